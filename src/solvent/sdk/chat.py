"""Chat messages, requests and replies in the shapes of the large clients."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Any

Message = dict[str, Any]

_REQUEST = {
    "model": "gen_ai.request.model",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "seed": "gen_ai.request.seed",
    "tools": "gen_ai.tool.definitions",
}
_INPUT_TOKENS, _OUTPUT_TOKENS = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
_CACHE_READ = "gen_ai.usage.cache_read.input_tokens"
_CACHE_WRITE = "gen_ai.usage.cache_write.input_tokens"
_REASONING = "gen_ai.usage.reasoning.output_tokens"


def to_plain(value: Any) -> Any:
    """Return mappings of Pydantic models, and of documents with a text; others as they are."""
    if isinstance(value, Mapping | str | list | tuple):
        return value
    dump = getattr(type(value), "model_dump", None)
    if dump is not None:
        try:
            return dump(value, exclude_none=True)
        except Exception:  # noqa: BLE001  a foreign model's own method; the caller has the object
            return value
    if hasattr(value, "page_content"):
        found = {"content": value.page_content, "metadata": getattr(value, "metadata", None)}
        return {**found, "id": getattr(value, "id", None)}
    if hasattr(value, "__dict__") and not callable(value):
        return vars(value)
    return value


def find_messages(value: Any) -> tuple[list[Message] | None, dict[str, Any]]:
    """Return chat messages found in an input, and what else the input held."""
    if isinstance(value, Mapping) and "messages" in value:
        rest = {key: part for key, part in value.items() if key != "messages"}
        system = rest.get("system")
        messages = _messages(value["messages"])
        if messages is not None and isinstance(system, str):
            del rest["system"]
            messages.insert(0, {"role": "system", "parts": [_text(system)]})
        return messages, rest
    return _messages(value), {}


def find_reply(value: Any) -> tuple[list[Message] | None, dict[str, Any]]:
    """Return the messages of a model's reply, and usage, model and finish reasons as attributes."""
    if isinstance(value, str):
        return [{"role": "assistant", "parts": [_text(value)]}], {}
    if isinstance(value, list | tuple):
        return _messages(value), {}
    reply = to_plain(value)
    if not isinstance(reply, Mapping):
        return None, {}
    choices = reply.get("choices")
    if isinstance(choices, list | tuple) and choices:
        parts = [to_plain(choice) for choice in choices]
        found = [c for c in parts if isinstance(c, Mapping)]
        messages = _messages([c.get("message") for c in found])
        reasons = [str(c["finish_reason"]) for c in found if c.get("finish_reason")]
        return messages, _reply_facts(reply, reasons) if messages is not None else {}
    if "role" in reply:
        reason = reply.get("stop_reason")
        return _messages([reply]), _reply_facts(reply, [str(reason)] if reason else [])
    return None, {}


def model_request(rest: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a call's other arguments into request attributes and what has no attribute."""
    known: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for key, part in rest.items():
        if key in _REQUEST and part is not None:
            known[_REQUEST[key]] = part
        elif part is not None:
            left[key] = part
    return known, left


def usage_attributes(usage: Any) -> dict[str, int]:
    """Return token counts of a usage object as attributes; input includes what was cached.

    OpenAI counts cached tokens inside its input, Anthropic beside it; the conventions want them
    inside.
    """
    source = to_plain(usage)
    if not isinstance(source, Mapping):
        return {}
    details = to_plain(source.get("prompt_tokens_details") or source.get("input_tokens_details"))
    spent = to_plain(source.get("completion_tokens_details") or source.get("output_tokens_details"))
    read = _count(source, "cache_read_input_tokens")
    written = _count(source, "cache_creation_input_tokens")
    given = _count(source, "prompt_tokens", "input_tokens")
    if given is not None and (read or written):
        given += (read or 0) + (written or 0)
    found = {
        _INPUT_TOKENS: given,
        _OUTPUT_TOKENS: _count(source, "completion_tokens", "output_tokens"),
        _CACHE_READ: read if read is not None else _count(details, "cached_tokens"),
        _CACHE_WRITE: written,
        _REASONING: _count(spent, "reasoning_tokens"),
    }
    return {key: count for key, count in found.items() if count is not None}


def _count(source: Any, *names: str) -> int | None:
    if isinstance(source, Mapping):
        for name in names:
            value = source.get(name)
            if isinstance(value, int) and not isinstance(value, bool):
                return value
    return None


def _reply_facts(reply: Mapping[str, Any], reasons: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = dict(usage_attributes(reply.get("usage")))
    if isinstance(reply.get("model"), str):
        facts["gen_ai.response.model"] = reply["model"]
    if isinstance(reply.get("id"), str):
        facts["gen_ai.response.id"] = reply["id"]
    if reasons:
        facts["gen_ai.response.finish_reasons"] = reasons
    return facts


def _messages(value: Any) -> list[Message] | None:
    if not isinstance(value, list | tuple) or not value:
        return None
    out = []
    for item in value:
        message = to_plain(item)
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            return None
        out.append(_message(message))
    return out


def _message(message: Mapping[str, Any]) -> Message:
    role, content = message["role"], message.get("content")
    if isinstance(message.get("parts"), list):
        return dict(message)
    if role == "tool":
        part = {"type": "tool_call_response", "response": content}
        if message.get("tool_call_id"):
            part["id"] = message["tool_call_id"]
        return {"role": role, "parts": [part]}
    parts: list[Any] = []
    if isinstance(content, str):
        parts.append(_text(content))
    elif isinstance(content, list | tuple):
        parts += [_part(to_plain(block)) for block in content]
    calls = message.get("tool_calls")
    if isinstance(calls, list | tuple):
        parts += [_call(to_plain(call)) for call in calls]
    named = {"name": message["name"]} if isinstance(message.get("name"), str) else {}
    return {"role": role, "parts": parts, **named}


def _text(content: str) -> Message:
    return {"type": "text", "content": content}


def _part(block: Any) -> Any:  # noqa: PLR0911  one branch a kind of block
    if isinstance(block, str):
        return _text(block)
    if not isinstance(block, Mapping):
        return {"type": "unknown", "content": block}
    kind = block.get("type")
    if kind in {"text", "input_text", "output_text"} and isinstance(block.get("text"), str):
        return _text(block["text"])
    if kind == "tool_use":
        return {"type": "tool_call", "id": block.get("id"), "name": block.get("name"),
                "arguments": block.get("input")}  # fmt: skip
    if kind == "tool_result":
        return {"type": "tool_call_response", "id": block.get("tool_use_id"),
                "response": block.get("content")}  # fmt: skip
    if kind == "thinking":
        return {"type": "reasoning", "content": block.get("thinking")}
    if kind == "image_url" and isinstance(block.get("image_url"), Mapping):
        return {"type": "uri", "modality": "image", "uri": block["image_url"].get("url")}
    return dict(block)


def _call(call: Any) -> Any:
    if not isinstance(call, Mapping):
        return {"type": "tool_call", "arguments": call}
    function = to_plain(call.get("function"))
    source = function if isinstance(function, Mapping) else call
    arguments = source.get("arguments")
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError, RecursionError):
            arguments = json.loads(arguments)
    part = {"type": "tool_call", "name": source.get("name"), "arguments": arguments}
    return {**part, "id": call["id"]} if call.get("id") else part
