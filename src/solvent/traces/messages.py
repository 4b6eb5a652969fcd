"""Messages of any sender -> contents: one message with text and two tool calls is three contents.

Read are the forms of OpenAI (chat and responses), Anthropic, Gemini, the GenAI conventions,
OpenInference, LangChain, the Vercel AI SDK and role-to-text objects. What has no form of its own
(an image, a file) becomes a `value` that holds its JSON, in its place in the order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.traces.messages_item import Item
from solvent.traces.messages_json import compact, dump, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROLES: Mapping[str, str] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "aimessage": "assistant",
    "aimessagechunk": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "agent": "assistant",
    "tool": "tool_result",
    "function": "tool_result",
    "ipython": "tool_result",
    "toolmessage": "tool_result",
    "humanmessage": "user",
    "systemmessage": "system",
}
"""A sender's role in lower case -> the type of its text."""
_TEXT_PARTS = frozenset({"text", "input_text", "output_text", "refusal", "summary_text"})
_REASONING_PARTS = frozenset({"reasoning", "thinking", "redacted_thinking", "reasoning_text"})
_CALL_PARTS = frozenset(
    {"tool_call", "tool_use", "tool-call", "function_call", "server_tool_call", "server_tool_use"}
)
_CALL_KEYS = frozenset({"functionCall", "function_call", "toolName"})
_RESULT_PARTS = frozenset(
    {
        "tool_call_response",
        "tool_result",
        "tool-result",
        "function_call_output",
        "server_tool_call_response",
        "web_search_tool_result",
    }
)
_WRAPPERS = ("message", "kwargs", "data")
_LISTS = ("messages", "choices", "candidates", "contents", "generations", "input", "output")
_AROUND = frozenset({"message", "content", "index", "finish_reason", *_LISTS})
_MESSAGE_KEYS = frozenset(
    {"role", "content", "parts", "tool_calls", "contents", "reasoning_content"}
)
_SILENT = frozenset(
    {"role", "content", "parts", "contents", "tool_calls", "tool_call_id", "name", "id", "type"}
    | {"finish_reason", "index", "status", "reasoning_content", "reasoning", "function_call"}
    | {"invalid_tool_calls"}
)


_CALL_SAYS = frozenset(
    {"id", "call_id", "toolCallId", "type", "function", "name", "toolName", "tool_name", "index"}
    | {"arguments", "input", "args", "server_tool_call", "tool_call", "status"}
)
_RESULT_SAYS = frozenset(
    {"id", "call_id", "toolCallId", "tool_use_id", "type", "name", "toolName", "status"}
    | {"content", "response", "result", "output", "parts", "contents"}
)
_TEXT_SAYS = frozenset({"type", "text", "content", "refusal", "id"})


class Reader:
    """Collects the items of one list of messages.

    Attributes:
        items: What was read, in order.
        whole: False when something was said that items cannot express.
        finish: Reasons why generations ended.
        called: Call id -> tool name, so that results can say which tool gave them.
    """

    def __init__(self, called: dict[str, str] | None = None) -> None:
        self.items: list[Item] = []
        self.whole = True
        self.finish: list[str] = []
        self.called: dict[str, str] = {} if called is None else called

    def add(self, type_: str, text: Any, name: Any = None, call_id: Any = None) -> None:
        """Append one item; a value that is not text is written as compact JSON."""
        written = text if isinstance(text, str) else dump(text)
        self.items.append(
            Item(type_, written, str(name) if name else None, str(call_id) if call_id else None)
        )

    def read(self, value: Any, role: str) -> None:
        """Read messages of any form; text outside a message gets the type of `role`."""
        for one in self._flatten(value):
            if isinstance(one, dict):
                self._message(one, role)
            elif isinstance(one, str):
                if one:
                    self.add(role, one)
            elif one is not None:
                self.add("value", one)

    def _flatten(self, value: Any) -> Iterable[Any]:
        """Yield single messages out of nested lists and the answers around them."""
        stack = [value]
        while stack:
            one = stack.pop()
            if isinstance(one, list | tuple):
                stack.extend(reversed(one))
            elif isinstance(one, dict) and (inner := _inside(one)) is not None:
                if reason := one.get("finish_reason"):
                    self.finish.append(str(reason))
                if isinstance(inner, dict) and "type" in one and "role" not in inner:
                    inner = {"role": one["type"], **inner}
                self._note(one, _AROUND)
                stack.append(inner)
            else:
                yield one

    def _message(self, message: Mapping[str, Any], fallback: str) -> None:
        role = message.get("role")
        kind = message.get("type")
        if role is None and isinstance(kind, str) and kind.lower() in ROLES:
            role = kind
        if role is None and not (_MESSAGE_KEYS & message.keys()):
            self._bare(message, fallback)
        elif isinstance(kind, str) and (kind in _CALL_PARTS or kind in _RESULT_PARTS):
            self._part(message, fallback)
        else:
            self._spoken(message, role, fallback)

    def _bare(self, message: Mapping[str, Any], fallback: str) -> None:
        """Read an object without a role: `{"system": "..."}`, or a part on its own."""
        if len(message) == 1:
            ((only, said),) = message.items()
            type_ = ROLES.get(only.lower())
            calls = (
                (find(said) if isinstance(said, str) else said) if type_ == "assistant" else None
            )
            calls = calls if isinstance(calls, list) else [calls]
            if all(isinstance(one, dict) and _kind(one) in _CALL_PARTS for one in calls):
                for one in calls:
                    self._call(one)
                return
            if type_ and isinstance(said, str):
                self.add(type_, said)
                return
        self._part(message, fallback)

    def _spoken(self, message: Mapping[str, Any], role: Any, fallback: str) -> None:
        type_ = fallback if role is None else ROLES.get(str(role).lower())
        name = message.get("name")
        if type_ is None:
            name, type_, self.whole = role, fallback, False
        if reason := message.get("finish_reason"):
            self.finish.append(str(reason))
        self._note(message, _SILENT)
        if type_ == "tool_result":
            self._result(message, message.get("tool_call_id") or message.get("id"), name)
            return
        thought = message.get("reasoning_content") or message.get("reasoning")
        if thought:
            self.add("reasoning", thought)
        self._body(message, type_, name)
        for call in _listed(message.get("tool_calls")):
            self._call(call)
        if isinstance(message.get("function_call"), dict):
            self._call(message["function_call"])

    def _body(self, message: Mapping[str, Any], type_: str, name: Any) -> None:
        for key in ("content", "parts", "contents"):
            body = message.get(key)
            if isinstance(body, str):
                if body:
                    self.add(type_, body, name)
            elif isinstance(body, list):
                for part in body:
                    self._part(part, type_, name)
            elif isinstance(body, dict):
                self._part(body, type_, name)
            elif body is not None:
                self.add(type_, body, name)

    def _part(self, part: Any, type_: str, name: Any = None) -> None:
        if isinstance(part, str):
            if part:
                self.add(type_, part, name)
            return
        if not isinstance(part, dict):
            self.add("value", part)
            return
        inner = part.get("message_content")
        if isinstance(inner, dict):
            part = inner
        kind = _kind(part)
        if kind in _TEXT_PARTS or (not kind and isinstance(part.get("text"), str)):
            self._text(part, type_, name)
        elif kind in _REASONING_PARTS:
            self._thought(part)
        elif kind in _RESULT_PARTS or "functionResponse" in part:
            inner = part.get("functionResponse")
            part = inner if isinstance(inner, dict) else part
            call_id = next(
                (part[k] for k in ("tool_use_id", "call_id", "id", "toolCallId") if part.get(k)),
                None,
            )
            self._note(part, _RESULT_SAYS)
            self._result(part, call_id, part.get("name") or part.get("toolName"))
        elif kind in _CALL_PARTS or not _CALL_KEYS.isdisjoint(part):
            self._call(part.get("functionCall") or part.get("function_call") or part)
        else:
            self.add("value", part)

    def _text(self, part: Mapping[str, Any], type_: str, name: Any) -> None:
        text = next((part[k] for k in ("text", "content", "refusal") if part.get(k)), "")
        if text:
            self.add(type_, text, name)
        self._note(part, _TEXT_SAYS)

    def _note(self, holder: Mapping[str, Any], said: frozenset[str]) -> None:
        """Remember when an object holds more than our form says."""
        if any(value and key not in said for key, value in holder.items()):
            self.whole = False

    def _thought(self, part: Mapping[str, Any]) -> None:
        found = next(
            (part[k] for k in ("thinking", "content", "text", "summary") if part.get(k)), None
        )
        if isinstance(found, list):
            found = "\n".join(
                str(p.get("text", "")) if isinstance(p, dict) else str(p) for p in found
            )
        if found:
            self.add("reasoning", found)
        else:
            self.whole = False

    def _call(self, call: Any) -> None:
        if not isinstance(call, dict):
            self.add("value", call)
            return
        inner = call.get("tool_call")
        call = inner if isinstance(inner, dict) else call
        detail = call.get("function")
        detail = detail if isinstance(detail, dict) else call
        name = next((detail[k] for k in ("name", "toolName", "tool_name") if detail.get(k)), None)
        call_id = next((call[k] for k in ("call_id", "id", "toolCallId") if call.get(k)), None)
        arguments: Any = next(
            (detail[k] for k in ("arguments", "input", "args", "server_tool_call") if k in detail),
            {},
        )
        if isinstance(arguments, str):
            arguments = compact(arguments)
        self._note({**call, **detail}, _CALL_SAYS)
        if name and call_id:
            self.called[str(call_id)] = str(name)
        self.add("tool_call", arguments if arguments is not None else {}, name, call_id)

    def _result(self, holder: Mapping[str, Any], call_id: Any, name: Any) -> None:
        body = next(
            (
                holder[k]
                for k in ("content", "response", "result", "output", "parts", "contents")
                if holder.get(k) is not None
            ),
            "",
        )
        if isinstance(body, list):
            inner = [p["message_content"] if _wraps(p) else p for p in body]
            if len(inner) == 1 and _result_inside(inner[0]):
                part = inner[0]
                self._result(part, part.get("id") or part.get("toolCallId") or call_id, name)
                return
            if inner and all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in inner):
                body = "\n".join(p["text"] for p in inner)
            elif inner and all(_plain_text(p) for p in inner):
                body = "\n".join(p["content"] for p in inner)
        elif isinstance(body, dict) and body.keys() == {"type", "value"}:
            body = body["value"]
        known = self.called.get(str(call_id)) if call_id else None
        self.add("tool_result", body, name or known, call_id)


def _inside(one: Mapping[str, Any]) -> dict[str, Any] | list[Any] | None:
    """Return what an object wraps: an answer its choices, a candidate its message."""
    if "role" not in one:
        content, contents = one.get("content"), one.get("contents")
        if isinstance(content, dict) and ("parts" in content or "role" in content):
            return content
        first = contents[0] if isinstance(contents, list) and contents else None
        if isinstance(first, dict) and ("parts" in first or "role" in first):
            return contents if isinstance(contents, list) else None
    if _MESSAGE_KEYS & one.keys() and "message" not in one:
        return None
    if _kind(one) in _RESULT_PARTS or _kind(one) in _CALL_PARTS:
        return None
    inner = next((one[k] for k in _WRAPPERS if isinstance(one.get(k), dict)), None)
    if inner is None:
        inner = next((one[k] for k in _LISTS if isinstance(one.get(k), list)), None)
    return inner


def _kind(part: Mapping[str, Any]) -> str:
    kind = part.get("type")
    return kind if isinstance(kind, str) else ""


def _wraps(part: Any) -> bool:
    return isinstance(part, dict) and isinstance(part.get("message_content"), dict)


def _result_inside(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and _kind(part) in _RESULT_PARTS
        and any(part.get(k) is not None for k in ("response", "result", "output"))
    )


def _plain_text(part: Any) -> bool:
    return (
        isinstance(part, dict)
        and part.get("type") == "text"
        and isinstance(part.get("content"), str)
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def looks_like_messages(value: Any) -> bool:
    """Tell whether a parsed value is messages, or a request or an answer that holds some."""
    if isinstance(value, dict):
        if "role" in value and not {"content", "parts", "tool_calls"}.isdisjoint(value):
            return True
        value = next((value[k] for k in _LISTS if isinstance(value.get(k), list)), None)
    while isinstance(value, list) and value and isinstance(value[0], list):
        value = value[0]
    first = value[0] if isinstance(value, list) and value else None
    if not isinstance(first, dict):
        return False
    kind = _kind(first)
    return (
        "role" in first
        or isinstance(first.get("message"), dict)
        or kind in {"message", "function_call", "function_call_output", "reasoning"}
        or (kind.lower() in ROLES and ("content" in first or "data" in first))
        or (len(first) == 1 and next(iter(first)).lower() in ROLES)
    )
