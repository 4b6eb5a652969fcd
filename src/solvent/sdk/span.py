"""`solvent.span` and what is said about the current span and trace."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Self

from opentelemetry import trace as api
from opentelemetry.context import attach, detach
from opentelemetry.trace import INVALID_SPAN, set_span_in_context

from solvent.sdk.active import Active
from solvent.sdk.chat import usage_attributes
from solvent.sdk.step import begin, end, fail, keep_output, type_attributes, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

    from solvent.sdk.active import Recording

logger = logging.getLogger("solvent")

_UNSET: Any = object()


class span:  # noqa: N801  reads as a verb where it is used: `with solvent.span("step"):`
    """A step of your own: a context manager, plain or async, that records a span.

    Nothing here raises, and before `solvent.init()` nothing is recorded.

    Args:
        name: Name of the step.
        type: What it does: llm, tool, retriever, agent, workflow, chain, …
        attributes: Further attributes of the span.

    Example:
        >>> with span("rewrite", type="chain") as step:
        ...     step.set_input("how many goals").set_output("goals per season") is step
        True
    """

    def __init__(self, name: str, type: str = "span", **attributes: Any) -> None:  # noqa: A002  the word of the glossary
        self.name = name
        self.type = type
        self._attributes = attributes
        self._client: Recording | None = None
        self._span: api.Span = INVALID_SPAN
        self._token: Any = None

    def __enter__(self) -> Self:
        """Start the span and make it current."""
        client = self._client = Active.client
        if client is not None:
            known = {**type_attributes(self.name, self.type), **_clean(self._attributes)}
            self._span = begin(client, self.name, known)
            self._token = attach(set_span_in_context(self._span))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        """End the span; an exception is recorded and goes on."""
        client, self._client = self._client, None
        if client is None:
            return
        if error is not None and not isinstance(error, GeneratorExit):
            fail(client, self._span, error)
        detach(self._token)
        end(self._span)

    async def __aenter__(self) -> Self:
        """Start the span and make it current."""
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        """End the span; an exception is recorded and goes on."""
        self.__exit__(kind, error, stack)

    @property
    def trace_id(self) -> str | None:
        """The trace's id as 32 hex digits; None when nothing is recorded."""
        return _trace_id(self._span)

    @property
    def span_id(self) -> str | None:
        """The span's id as 16 hex digits; None when nothing is recorded."""
        context = self._span.get_span_context()
        return f"{context.span_id:016x}" if context.is_valid else None

    def set_input(self, value: Any) -> Self:
        """Record what went in: chat messages, a text, or any value."""
        return self._say(lambda client: client.contents.inputs(self.type, value))

    def set_output(self, value: Any) -> Self:
        """Record what came out: a reply, a text, or any value."""
        return self._say(lambda client: client.contents.outputs(self.type, value))

    def set_model(self, model: str, *, provider: str | None = None) -> Self:
        """Record which model was asked, and whose it is."""
        return self._say(lambda _: _model(model, provider))

    def set_usage(
        self,
        usage: Any = None,
        *,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        reasoning_tokens: int | None = None,
        cost_usd: float | None = None,
    ) -> Self:
        """Record token counts: a client's usage object, or numbers (input with what was cached)."""
        counts = {
            "gen_ai.usage.input_tokens": input_tokens,
            "gen_ai.usage.output_tokens": output_tokens,
            "gen_ai.usage.cache_read.input_tokens": cache_read_tokens,
            "gen_ai.usage.cache_write.input_tokens": cache_write_tokens,
            "gen_ai.usage.reasoning.output_tokens": reasoning_tokens,
            "llm.cost.total": cost_usd,
        }
        return self._say(lambda _: {**usage_attributes(usage), **_clean(counts)})

    def set_documents(self, documents: Sequence[Any], *, query: str | None = None) -> Self:
        """Record what was retrieved: texts, mappings with `content` and `score`, or objects."""

        def facts(client: Recording) -> dict[str, Any]:
            out = client.contents.documents(documents)
            if query is not None and client.contents.capture:
                out["gen_ai.retrieval.query.text"] = client.contents.text(query)[0]
            return out

        return self._say(facts)

    def set_tool(
        self,
        name: str | None = None,
        *,
        version: str | None = None,
        call_id: str | None = None,
        description: str | None = None,
        arguments: Any = None,
        result: Any = None,
    ) -> Self:
        """Record which tool ran, in which version, for which call, with what."""

        def facts(client: Recording) -> dict[str, Any]:
            out: dict[str, Any] = {
                "gen_ai.tool.name": name,
                "gen_ai.tool.call.id": call_id,
                "gen_ai.tool.description": description,
                "solvent.tool.version": version,
            }
            if client.contents.capture:
                if arguments is not None:
                    out["gen_ai.tool.call.arguments"] = client.contents.document(arguments)
                if result is not None:
                    out["gen_ai.tool.call.result"] = client.contents.document(result)
            return _clean(out)

        return self._say(facts)

    def set_prompt(self, name: str, version: str | int | None = None) -> Self:
        """Record which prompt was used, and which version of it."""
        return self._say(lambda _: _prompt(name, version))

    def set_attributes(self, attributes: Mapping[str, Any]) -> Self:
        """Record further attributes."""
        return self._say(lambda _: _clean(attributes))

    def _say(self, facts: Any) -> Self:
        client = self._client
        if client is not None and self._span.is_recording():
            _write(client, self._span, facts)
        return self


def update_span(
    *,
    input: Any = _UNSET,  # noqa: A002  the word people know
    output: Any = _UNSET,
    model: str | None = None,
    provider: str | None = None,
    usage: Any = None,
    prompt_name: str | None = None,
    prompt_version: str | int | None = None,
    tool_version: str | None = None,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Say more about the current span; does nothing when there is none.

    An output set here wins over the value the traced function returns.

    Example:
        >>> update_span(prompt_name="support/triage", prompt_version=7)
    """
    client, current = Active.client, api.get_current_span()
    if client is None or not current.is_recording():
        return

    def facts(client: Recording) -> dict[str, Any]:
        known = getattr(current, "attributes", None) or {}
        span_type = str(known.get("solvent.span.type", "span"))
        out: dict[str, Any] = {}
        if input is not _UNSET:
            out.update(client.contents.inputs(span_type, input))
        if output is not _UNSET:
            out.update(client.contents.outputs(span_type, output))
        if model is not None:
            out.update(_model(model, provider))
        if usage is not None:
            out.update(usage_attributes(usage))
        out.update(_prompt(prompt_name, prompt_version))
        out["solvent.tool.version"] = tool_version
        return _clean({**out, **(attributes or {})})

    _write(client, current, facts)
    if output is not _UNSET:
        keep_output(current)


def update_trace(
    *,
    session_id: str | None = None,
    user_id: str | None = None,
    tags: Sequence[str] | None = None,
    app_version: str | None = None,
    environment: str | None = None,
    outcome: str | bool | None = None,
    outcome_reason: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Say something about the current trace: on its root, this span, and spans that start later.

    Args:
        session_id: The conversation the trace belongs to.
        user_id: Whom it serves.
        tags: Words to find it by.
        app_version: Version of the application, when it differs from `init`.
        environment: Where it runs, when it differs from `init`.
        outcome: Whether the application reached its end: True or False, `success`, `failure`, or
            a word of its own, which is kept as a label and decides nothing.
        outcome_reason: Why, for the people who read the trace.
        metadata: Anything else, as JSON.

    Example:
        >>> update_trace(session_id="s-1", user_id="u-7", tags=["beta"])
    """
    client, current = Active.client, api.get_current_span()
    context = current.get_span_context()
    if client is None or not context.is_valid:
        return
    try:
        facts = {
            "session.id": session_id,
            "gen_ai.conversation.id": session_id,
            "user.id": user_id,
            "solvent.tags": [str(tag) for tag in tags] if tags else None,
            "solvent.app.version": app_version,
            "deployment.environment.name": environment,
            "metadata": client.contents.document(dict(metadata)) if metadata else None,
        }
        known = _clean(facts)
        client.recorder.update_trace(context.trace_id, known)
        write(current, known)
        if outcome is not None:  # of the whole: later steps do not share it
            client.recorder.update_root(context.trace_id, _outcome(client, outcome, outcome_reason))
    except Exception:
        logger.warning("the trace cannot be updated", exc_info=True)


def _outcome(client: Recording, outcome: str | bool, reason: str | None) -> dict[str, Any]:
    word = outcome if isinstance(outcome, str) else "success" if outcome else "failure"
    facts = {"solvent.outcome": word}
    if reason is not None and client.contents.capture:
        facts["solvent.outcome.reason"] = client.contents.text(reason)[0]
    return facts


def current_trace_id() -> str | None:
    """Return the id of the current trace as 32 hex digits; None when there is none.

    Example:
        >>> current_trace_id() is None
        True
    """
    return _trace_id(api.get_current_span())


def _trace_id(current: api.Span) -> str | None:
    context = current.get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def _write(client: Recording, target: api.Span, facts: Any) -> None:
    try:
        write(target, facts(client))
    except Exception:
        logger.warning("the span cannot be updated", exc_info=True)


def _model(model: str, provider: str | None) -> dict[str, Any]:
    return _clean({"gen_ai.request.model": model, "gen_ai.provider.name": provider})


def _prompt(name: str | None, version: str | int | None) -> dict[str, Any]:
    return _clean(
        {
            "gen_ai.prompt.name": name,
            "solvent.prompt.version": None if version is None else str(version),
        }
    )


def _clean(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that have a value, mappings and objects as JSON."""
    out: dict[str, Any] = {}
    for key, value in attributes.items():
        if value is None:
            continue
        simple = isinstance(value, str | int | float | bool) or (
            isinstance(value, list | tuple) and all(isinstance(part, str) for part in value)
        )
        out[key] = value if simple else json.dumps(value, default=repr, ensure_ascii=False)
    return out
