"""From a conversation to the steps of a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from solvent.traces.files.parts.failure import failure
from solvent.traces.files.parts.turns import Call, Result, Turn, code_blocks, told_apart, turn
from solvent.traces.usage import from_anthropic_usage, from_openai_usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solvent.traces.files.parts.draft import Draft

Columns = dict[str, Any]
RECALLED = -1
"""Position of a call that another run made."""


class Steps:
    """Turns on their way to spans: what was said so far, and which calls wait for a result."""

    def __init__(self, draft: Draft, shared: Columns, prompts: Mapping[str, str]) -> None:
        self.draft = draft
        self.shared = shared
        """Columns of every step: parent, session, user, offered tools."""
        self.prompts = prompts
        """System prompts kept beside the messages, by speaker; under `""`, everybody's."""
        self.said: list[str] = []
        self.waiting: list[tuple[int, Call]] = []
        self.steps: dict[int, str] = {}
        """Span of a message, by the message's position."""

    def add(self, index: int, turn_: Turn, before: str) -> None:
        """Add the steps of one message; `before` is the text of the message ahead of it."""
        if turn_.role in {"assistant", "agent"}:
            self._speak(index, turn_)
        for result in turn_.results:
            self._answer(index, turn_, result, before)
        if turn_.role in {"system", "user"}:
            self.said.extend(self.draft.content(turn_.role, text) for text in turn_.texts if text)

    def recall(self, turn_: Turn) -> None:
        """Take in a message that another run made, without a step of its own."""
        role = turn_.role if turn_.role in {"system", "user"} else "assistant"
        if role == "assistant":
            self.said += self._spoken(turn_)
        else:
            self.said += [self.draft.content(role, text) for text in turn_.texts if text]
        self.waiting += [(RECALLED, call) for call in turn_.calls]
        for result in turn_.results:
            call = self._asked(result) or Call(result.name or "tool", "", result.id)
            self.said.append(
                self.draft.content("tool_result", result.text, call.name, call.id or result.id)
            )

    def finish(self, at: int) -> None:
        """Add the calls that never got a result."""
        for index, call in self.waiting:
            if index != RECALLED:
                self._tool(at + index, call, None, None)
        self.waiting.clear()

    def _speak(self, index: int, turn_: Turn) -> None:
        draft, speaker, out = self.draft, turn_.speaker, self._spoken(turn_)
        columns = dict(self.shared)
        columns["model"] = turn_.model or columns.get("model")
        if turn_.step == "agent":
            columns.pop("model")
            columns.pop("offered_tools", None)
        self.steps[index] = draft.span(
            str(index),
            turn_.step,
            speaker or "assistant",
            turn_.at,
            input_hashes=self._prompt(speaker) + self.said,
            output_hashes=out,
            agent=speaker or columns.pop("agent", None),
            attributes=draft.attributes({"role": turn_.said_as} if turn_.speaker else {}),
            **{k: v for k, v in columns.items() if k != "agent"},
            **_spent(turn_.usage),
        )
        self.said += out
        self.waiting += [(index, call) for call in turn_.calls]

    def _spoken(self, turn_: Turn) -> list[str]:
        draft, speaker = self.draft, turn_.speaker
        out = [draft.content("reasoning", text, speaker) for text in turn_.reasoning if text]
        out += [draft.content("assistant", text, speaker) for text in turn_.texts if text]
        return out + [draft.content("tool_call", c.arguments, c.name, c.id) for c in turn_.calls]

    def _prompt(self, speaker: str | None) -> list[str]:
        text = self.prompts.get(speaker or "") or self.prompts.get("")
        return [self.draft.content("system", text)] if text else []

    def _answer(self, index: int, turn_: Turn, result: Result, before: str) -> None:
        call = self._asked(result)
        if call is None:
            name = result.name or "tool"
            code = code_blocks(before)
            arguments = orjson.dumps({"code": code}).decode() if code else ""
            call = Call(name, arguments, result.id)
        self.said.append(self._tool(index, call, result, turn_.at))

    def _asked(self, result: Result) -> Call | None:
        """Return the waiting call a result answers: by id, by name, else the oldest."""
        tests: tuple[Callable[[Call], bool], ...] = (
            lambda call: result.id is not None and call.id == result.id,
            lambda call: result.id is None and call.name == result.name,
            lambda _: result.id is None and result.name is None,
        )
        for test in tests:
            for place, (_, call) in enumerate(self.waiting):
                if test(call):
                    del self.waiting[place]
                    return call
        return None

    def _tool(self, index: int, call: Call, result: Result | None, at: int | None) -> str:
        draft = self.draft
        columns = {k: v for k, v in self.shared.items() if k not in {"offered_tools", "model"}}
        out = ""
        if result is not None:
            out = draft.content("tool_result", result.text, call.name, call.id or result.id)
            wrong = failure(result.text) or (result.text[:200] if result.failed else None)
            columns |= {"output_hashes": [out], "status": "error" if wrong else "ok"}
            columns["status_message"] = wrong
        if call.arguments:
            asked = draft.content("tool_call", call.arguments, call.name, call.id)
            columns["input_hashes"] = [asked]
        part = f"{index}/{call.id or ''}/{len(draft.batch.spans)}"
        span = draft.span(
            part, "tool", call.name, at, tool_name=call.name, tool_call_id=call.id, **columns
        )
        self.steps.setdefault(index, span)
        return out


def build(
    draft: Draft,
    messages: list[dict[str, Any]],
    *,
    name: str,
    shared: Columns,
    prompts: Mapping[str, str] = {},
    question: str | None = None,
    task: str | None = None,
    root: Columns | None = None,
    since: int = 0,
) -> dict[int, str]:
    """Turn a conversation into one root step and the steps below it.

    Args:
        draft: The trace the steps go into.
        messages: The conversation, in order.
        name: Name of the root step.
        shared: Columns of every step, such as the session.
        prompts: System prompts kept beside the messages, by speaker.
        question: What was asked, when no message says it.
        task: What was asked, when it is not the first message of a person.
        root: Further columns of the root step.
        since: Position of the first message that was made here; those before it went in with it.

    Returns:
        The span of each message that has one, by its position.
    """
    speakers = told_apart(messages)
    turns = [turn(message, speakers) for message in messages]
    asked = next((t for t in turns if t.role == "user" and t.texts), None)
    answers = [t for t in turns if t.role in {"assistant", "agent"} and t.texts and t.texts[-1]]
    if task is None:
        task = "\n".join(asked.texts) if asked else question or _first_text(turns)
    columns: Columns = dict(shared) | (root or {})
    columns.pop("model", None)
    columns.pop("offered_tools", None)
    columns["input_hashes"] = [draft.content("user", task)] if task else None
    if answers:
        last = answers[-1]
        columns["output_hashes"] = [draft.content("assistant", last.texts[-1], last.speaker)]
    started = next((t.at for t in turns if t.at is not None), None)
    parent = draft.span("root", "agent", name, columns.pop("at", None) or started, **columns)
    steps = Steps(draft, shared | {"parent_id": parent}, prompts)
    before = ""
    for index, turn_ in enumerate(turns):
        if index < since:
            steps.recall(turn_)
        else:
            steps.add(index, turn_, before)
        before = "\n".join(turn_.texts)
    steps.finish(len(turns))
    return steps.steps


def offered(draft: Draft, tools: Any) -> list[str]:
    """Keep the tools a record offers and return their hashes, in the order offered."""
    hashes = []
    for tool in tools if isinstance(tools, list) else []:
        inner = tool.get("function", tool) if isinstance(tool, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("name"), str):
            keys = ("parameters", "input_schema", "inputSchema")
            schema = next((inner[key] for key in keys if key in inner), None)
            form = {"name": inner["name"], "description": inner.get("description") or ""}
            form["parameters"] = schema if schema is not None else {}
            text = orjson.dumps(form).decode()
            hashes.append(draft.content("tool_definition", text, inner["name"]))
    return hashes


def _spent(usage: dict[str, Any]) -> dict[str, int]:
    """Return token columns from the usage of a message; what it does not say stays away."""
    openai = "prompt_tokens" in usage or "input_tokens_details" in usage
    found = (from_openai_usage if openai else from_anthropic_usage)(usage)
    if found is None:
        return {}
    columns = {
        "input_tokens": found.input_tokens,
        "output_tokens": found.output_tokens,
        "cache_read_tokens": found.cache_read_tokens or None,
        "cache_write_tokens": found.cache_write_tokens or None,
        "reasoning_tokens": found.reasoning_tokens or None,
    }
    return {key: count for key, count in columns.items() if count is not None}


def _first_text(turns: list[Turn]) -> str:
    return next((text for t in turns for text in t.texts if text), "")
