"""From a message of a chat log to a turn, whatever shape the log gives it.

Understood: OpenAI chat messages, Anthropic content blocks, ShareGPT's `from`/`value`, and
messages whose role or name is the speaking agent (AG2, Magentic-One).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "ai": "assistant", "model": "assistant", "gpt": "assistant",
    "bot": "assistant", "chatbot": "assistant",
    "tool": "tool", "function": "tool", "ipython": "tool", "observation": "tool",
}  # fmt: skip
PEOPLE = frozenset({"user", "human", "customer", "user_proxy", "userproxy", "admin"})
TIMES = ("timestamp", "created_at", "createdAt", "created", "create_time", "time", "date", "ts")
EXECUTOR = re.compile(r"terminal|executor|interpreter", re.IGNORECASE)
EXIT_CODE = re.compile(r"\s*exit ?code:", re.IGNORECASE)
FENCE = re.compile(r"```[^\n]*\n(.*?)```", re.DOTALL)


@dataclass(slots=True)
class Call:
    """A tool the model wants to run."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(slots=True)
class Result:
    """What a tool answered."""

    text: str
    id: str | None = None
    name: str | None = None
    failed: bool = False


@dataclass(slots=True)
class Turn:
    """One message, told in one way."""

    role: str
    """system, user, assistant, tool, or agent: a named speaker in a conversation of several."""
    speaker: str | None = None
    texts: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    at: int | None = None
    model: str | None = None
    usage: dict[str, Any] = field(default_factory=dict)
    step: str = "llm"
    """Type of the step: `agent` where the log names speakers by role and not by model call."""
    said_as: str = ""
    """The role as the log has it."""


def is_message(value: Any) -> bool:
    """Tell a message from any other object."""
    if not isinstance(value, dict):
        return False
    if isinstance(value.get("role"), str):
        return any(key in value for key in ("content", "tool_calls", "function_call", "parts"))
    return isinstance(value.get("from"), str) and "value" in value


def is_conversation(value: Any) -> bool:
    """Tell a list of messages, some of which may say nothing, from any other list."""
    if not isinstance(value, list) or not any(is_message(part) for part in value):
        return False
    return all(
        isinstance(part, dict) and isinstance(part.get("role") or part.get("from"), str)
        for part in value
    )


def turn(message: dict[str, Any], speakers: str) -> Turn:
    """Return a message as a turn; `speakers` says what tells them apart (see `told_apart`)."""
    said_as = str(message.get("role") or message.get("from"))
    role = ROLES.get(said_as.lower(), "agent")
    name = message.get("name") if isinstance(message.get("name"), str) else None
    result = Turn(role, at=when(message), said_as=said_as, model=_text(message.get("model")))
    if role == "agent" or (speakers == "role" and role == "assistant"):
        result.role, result.step = "agent", "agent"
        result.speaker = name or said_as.partition(" (")[0].strip()
    elif speakers == "name" and name and role in {"user", "assistant"}:
        person = name.lower() in PEOPLE
        result.role, result.speaker = ("user", None) if person else ("agent", name)
    usage = message.get("usage")
    result.usage = usage if isinstance(usage, dict) else {}
    _fill(result, message)
    if role == "tool":
        id_ = _text(message.get("tool_call_id") or _first(message.get("tool_call_ids")))
        result.results.append(Result("\n".join(result.texts), id_, name))
        result.texts = []
    elif result.role == "agent" and _executes(result):
        result.role = "tool"
        result.results.append(Result("\n".join(result.texts), None, result.speaker))
        result.texts = []
    return result


def told_apart(messages: list[dict[str, Any]]) -> str:
    """Return what tells the speakers of a conversation apart.

    `role`, when roles other than those of a chat occur (`WebSurfer`); `name`, when every message
    of an assistant has one (AG2); else nothing: users may happen to have names.
    """
    roles = [str(m.get("role") or m.get("from")).lower() for m in messages]
    if any(role not in ROLES for role in roles):
        return "role"
    said = [m for m, role in zip(messages, roles, strict=True) if ROLES[role] == "assistant"]
    return "name" if said and all(isinstance(m.get("name"), str) for m in said) else ""


def when(record: dict[str, Any]) -> int | None:
    """Return the time of a record in microseconds since 1970, when it has one."""
    for key in TIMES:
        if key in record and (at := microseconds(record[key])) is not None:
            return at
    return None


def microseconds(value: Any) -> int | None:
    """Return a time in microseconds: ISO text, or seconds to nanoseconds since 1970."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1e6)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    for limit, factor in ((1e10, 1e6), (1e13, 1e3), (1e16, 1.0), (1e19, 1e-3)):
        if limit * 0.01 <= value < limit:
            return round(value * factor)
    return None


def code_blocks(text: str) -> str:
    """Return the fenced code of a message."""
    return "\n\n".join(block.rstrip("\n") for block in FENCE.findall(text))


def _executes(found: Turn) -> bool:
    text = found.texts[0] if found.texts else ""
    return bool(EXIT_CODE.match(text) or EXECUTOR.search(found.speaker or ""))


def _fill(result: Turn, message: dict[str, Any]) -> None:
    content = next((message[k] for k in ("content", "value", "parts") if k in message), None)
    for block in content if isinstance(content, list) else [content]:
        _block(result, block)
    for key in ("reasoning_content", "reasoning", "thinking"):
        if isinstance(message.get(key), str) and message[key]:
            result.reasoning.append(message[key])
    for call in _list(message.get("tool_calls")):
        _call(result, call)
    if isinstance(message.get("function_call"), dict):
        _call(result, {"function": message["function_call"]})


def _block(result: Turn, block: Any) -> None:
    if isinstance(block, str):
        result.texts.append(block)
    elif isinstance(block, dict):
        kind = str(block.get("type"))
        if kind == "tool_use":
            id_ = _text(block.get("id"))
            result.calls.append(Call(str(block.get("name")), _json(block.get("input")), id_))
        elif kind == "tool_result":
            id_ = _text(block.get("tool_use_id"))
            failed = block.get("is_error") is True
            result.results.append(Result(_plain(block.get("content")), id_, None, failed))
        elif kind in {"thinking", "reasoning"}:
            result.reasoning.append(_plain(block.get("thinking") or block.get("text")))
        else:
            text = block.get("text")
            result.texts.append(text if isinstance(text, str) else _json(block))
    elif block is not None:
        result.texts.append(_json(block))


def _call(result: Turn, call: Any) -> None:
    if not isinstance(call, dict):
        return
    function = call.get("function")
    inner = function if isinstance(function, dict) else call
    arguments = next((inner[k] for k in ("arguments", "args", "input") if k in inner), None)
    name = inner.get("name") or (function if isinstance(function, str) else "unknown")
    result.calls.append(Call(str(name), _json(arguments), _text(call.get("id"))))


def _plain(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(_plain(part) for part in content)
    if isinstance(content, dict):
        return content["text"] if isinstance(content.get("text"), str) else _json(content)
    return content if isinstance(content, str) else _json(content)


def _json(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "{}" if value is None else orjson.dumps(value).decode()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
