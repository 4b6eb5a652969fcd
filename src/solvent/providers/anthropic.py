"""Models behind an endpoint of the Anthropic shape (messages), on the official client."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from solvent.errors import Denied, Invalid
from solvent.providers.refusals import broken, missing, told
from solvent.records.completion import Completion, ToolCall

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from solvent.records.completion import CompletionRequest, Message
    from solvent.settings import Providers

KEY = "ANTHROPIC_API_KEY"


class AnthropicProvider:
    """Answers by an endpoint of the Anthropic shape.

    Args:
        settings: Address, patience and tries; the key is read by the client from
            ANTHROPIC_API_KEY.
        model: Model of the requests that name none.

    Raises:
        NotFound: The client library is not installed.
    """

    def __init__(self, settings: Providers, model: str = "") -> None:
        try:
            self._library = import_module("anthropic")
        except ImportError as error:
            raise missing("anthropic") from error
        self._max_tokens = settings.max_tokens
        self._client = self._library.Anthropic(
            base_url=settings.anthropic_base_url or None,
            timeout=settings.timeout_seconds,
            max_retries=settings.max_retries,
        )
        self._model = model
        self.endpoint = str(self._client.base_url).rstrip("/")

    def complete(self, request: CompletionRequest) -> Completion:
        """Return the whole answer. See `CompletionProvider.complete` for what it raises."""
        request = self._with_model(request)
        with self._told(request.model):
            answer = self._client.messages.create(**self._asked(request))
            if not isinstance(getattr(answer, "content", None), list):
                raise broken(self.endpoint, "its answer holds no content")
            usage = answer.usage
            return Completion(
                text="".join(part.text for part in answer.content if part.type == "text"),
                model=answer.model or request.model,
                tool_calls=tuple(
                    ToolCall(part.name, json.dumps(part.input), part.id)
                    for part in answer.content
                    if part.type == "tool_use"
                ),
                input_tokens=_all_input(usage),
                output_tokens=getattr(usage, "output_tokens", None),
                cache_read_tokens=getattr(usage, "cache_read_input_tokens", None),
                finish_reason=answer.stop_reason or "",
            )

    def stream(self, request: CompletionRequest) -> Generator[str, None, Completion]:
        """Yield the answer's text as it comes. See `CompletionProvider.stream`."""
        request = self._with_model(request)
        begun: Any = None
        written, reason, finished, parts = None, "", False, []
        with self._told(request.model):
            for event in self._client.messages.create(**self._asked(request), stream=True):
                if event.type == "message_start":
                    begun = event.message
                elif event.type == "content_block_delta" and event.delta.type == "text_delta":
                    parts.append(event.delta.text)
                    yield event.delta.text
                elif event.type == "message_delta":
                    written, reason = event.usage.output_tokens, event.delta.stop_reason or ""
                finished = finished or event.type == "message_stop"
            if not finished:
                raise broken(self.endpoint, "the stream ended before the answer did")
        usage = getattr(begun, "usage", None)
        return Completion(
            "".join(parts),
            getattr(begun, "model", "") or request.model,
            input_tokens=_all_input(usage),
            output_tokens=written,
            cache_read_tokens=getattr(usage, "cache_read_input_tokens", None),
            finish_reason=reason,
        )

    def _with_model(self, request: CompletionRequest) -> CompletionRequest:
        return request if request.model else replace(request, model=self._model)

    @contextmanager
    def _told(self, model: str) -> Iterator[None]:
        try:
            with told(self._library, self.endpoint, model=model, key=KEY):
                yield
        except TypeError as error:
            # The client says by a TypeError, when it asks, that no credentials were found.
            if "authentication" not in str(error):
                raise
            raise Denied("no key for the endpoint is known", hint=f"export {KEY}=<key>") from error

    def _asked(self, request: CompletionRequest) -> dict[str, Any]:
        """Return a request in the words of the wire."""
        system = [m.text for m in request.messages if m.role == "system"]
        asked: dict[str, Any] = {
            "model": request.model,
            "max_tokens": request.max_tokens or self._max_tokens,
            "messages": [_message(m) for m in request.messages if m.role != "system"],
        }
        if system:
            asked["system"] = "\n\n".join(system)
        if request.tools:
            asked["tools"] = [_tool(tool) for tool in request.tools]
        if request.temperature is not None:
            # Newer models take none, so the client has no parameter for it; older ones still do.
            asked["extra_body"] = {"temperature": request.temperature}
        if request.output_schema is not None:
            form = {"type": "json_schema", "schema": dict(request.output_schema)}
            asked["output_config"] = {"format": form}
        return asked


def _message(message: Message) -> dict[str, Any]:
    if message.role == "tool":
        result = {
            "type": "tool_result",
            "tool_use_id": message.tool_call_id or "",
            "content": message.text,
        }
        return {"role": "user", "content": [result]}
    if not message.tool_calls:
        return {"role": message.role, "content": message.text}
    calls = [
        {"type": "tool_use", "id": c.id, "name": c.name, "input": _arguments(c)}
        for c in message.tool_calls
    ]
    said = [{"type": "text", "text": message.text}] if message.text else []
    return {"role": message.role, "content": [*said, *calls]}


def _arguments(call: ToolCall) -> Any:
    try:
        return json.loads(call.arguments or "{}")
    except ValueError as error:
        raise Invalid(
            f"the arguments of the call `{call.name}` are not JSON",
            hint="send the call back with arguments that parse: this wire format takes no others",
        ) from error


def _tool(tool: Any) -> dict[str, Any]:
    function = tool.get("function", tool)
    return {
        "name": function["name"],
        "description": function.get("description", ""),
        "input_schema": function.get("parameters") or {"type": "object"},
    }


def _all_input(usage: Any) -> int | None:
    """Return every token read, cached or not: the wire counts the cached ones apart."""
    fresh = getattr(usage, "input_tokens", None)
    if fresh is None:
        return None
    cached = getattr(usage, "cache_read_input_tokens", None) or 0
    written = getattr(usage, "cache_creation_input_tokens", None) or 0
    return int(fresh) + int(cached) + int(written)
