"""Inputs and outputs as span attributes: current `gen_ai.*` where they fit, else `input.value`.

Chat messages are told by their shape (`role`), in the shapes of the OpenAI and Anthropic clients
and of the conventions themselves:
https://github.com/open-telemetry/semantic-conventions-genai
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from solvent.sdk.chat import find_messages, find_reply, model_request, to_plain
from solvent.sdk.values import JSON, TEXT, fits, plain, small_text, to_text

logger = logging.getLogger("solvent")

Redact = Callable[[str], str]

_MIN_MESSAGE_BYTES = 1000
"""Below this share it is better to leave messages out than to cut each further."""
_BYTES_PER_CHAR = 4

OPERATIONS = {
    "llm": "chat",
    "embedding": "embeddings",
    "tool": "execute_tool",
    "retriever": "retrieval",
    "agent": "invoke_agent",
    "workflow": "invoke_workflow",
}
"""Span type: `gen_ai.operation.name`. Other types have no operation in the conventions."""
SPECIAL = {"llm", "agent", "tool", "retriever"}
"""Span types whose inputs and outputs have attributes of their own."""


class Contents:
    """Writes values as attributes, within a bound and after redaction.

    Args:
        capture: False keeps every input, output and message text out of the spans.
        redact: Applied to each text before it is written; when it raises, the text is withheld.
        max_bytes: Bytes of one attribute value.
    """

    def __init__(self, *, capture: bool, redact: Redact | None, max_bytes: int) -> None:
        self.capture = capture
        self.redact = redact
        self.max_bytes = max_bytes

    def text(self, value: Any) -> tuple[str, str]:
        """Return the value as redacted, bounded text and its media type."""
        text, kind = to_text(value, self.max_bytes)
        if self.redact is None:
            return text, kind
        try:
            redacted = self.redact(text)
        except Exception:
            logger.warning("`redact` raised; the text is withheld", exc_info=True)
            return "[withheld: redact raised]", TEXT
        return (redacted if redacted is text else to_text(str(redacted), self.max_bytes)[0]), kind

    def quick(self, arguments: dict[str, Any]) -> tuple[str, str]:
        """Return a call's arguments as `text` does, sooner when they are a few scalars."""
        if self.redact is None:
            text = small_text(arguments, self.max_bytes)
            if text is not None:
                return text, JSON
        return self.text(arguments)

    def document(self, value: Any) -> str:
        """Return a value as redacted, bounded JSON."""
        return self.text(value)[0]

    def inputs(self, span_type: str, value: Any) -> dict[str, Any]:
        """Return the attributes of what went into a step of this type."""
        if not self.capture:
            return {}
        if span_type == "tool":
            return {"gen_ai.tool.call.arguments": self.document(value)}
        if span_type == "retriever" and (query := _query(value)) is not None:
            return {"gen_ai.retrieval.query.text": self.text(query)[0], **self._put("input", value)}
        if span_type in {"llm", "agent"}:
            messages, rest = find_messages(value)
            if messages is not None:
                out = {"gen_ai.input.messages": self._messages(messages)}
                known, rest = model_request(rest)
                out.update({key: self._whole(part) for key, part in known.items()})
                return {**out, **self._put("input", rest)} if rest else out
        return self._put("input", value)

    def outputs(self, span_type: str, value: Any) -> dict[str, Any]:
        """Return the attributes of what came out of a step of this type."""
        if span_type == "llm":
            reply, facts = find_reply(value)
            if reply is not None:
                if self.capture:
                    facts["gen_ai.output.messages"] = self._messages(reply)
                return facts
        if not self.capture:
            return {}
        if span_type == "tool":
            return {"gen_ai.tool.call.result": self.document(value)}
        if span_type == "retriever" and _is_list(value):
            return self.documents(value)
        return self._put("output", value)

    def documents(self, documents: Sequence[Any]) -> dict[str, Any]:
        """Return the attributes of retrieved documents: texts, mappings or objects."""
        if not self.capture:
            return {"solvent.retrieval.count": len(documents)}
        return {"gen_ai.retrieval.documents": self.document([_document(d) for d in documents])}

    def _put(self, side: str, value: Any) -> dict[str, Any]:
        text, kind = self.text(value)
        return {f"{side}.value": text, f"{side}.mime_type": kind}

    def _whole(self, value: Any) -> Any:
        return value if isinstance(value, str | int | float | bool) else self.document(value)

    def _messages(self, messages: list[dict[str, Any]]) -> str:
        """Return messages as JSON that stays a list of messages when it is too large.

        The first (the system prompt) and the latest are kept, each cut to its share.
        """
        if self.redact is not None:
            messages = [self._redacted(message) for message in messages]
        if fits(messages, self.max_bytes):
            text, kind = to_text(messages, self.max_bytes)
            if kind == JSON:
                return text
        keep = max(2, self.max_bytes // _MIN_MESSAGE_BYTES)
        if len(messages) > keep:
            messages = [messages[0], *messages[1 - keep :]]
        share = self.max_bytes // len(messages) // _BYTES_PER_CHAR
        return to_text([plain(m, share) for m in messages], self.max_bytes)[0]

    def _redacted(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)[0]
        if isinstance(value, Mapping):
            kept = {"role", "type", "id", "name"}
            return {k: v if k in kept else self._redacted(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._redacted(part) for part in value]
        return value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _query(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        for name in ("query", "question", "q", "text", "search_query"):
            if isinstance(value.get(name), str):
                return str(value[name])
    return None


def _document(document: Any) -> dict[str, Any]:
    """Return a document as `id`, `score`, `content` and `metadata`, as far as it tells."""
    if isinstance(document, str):
        return {"content": document}
    source = to_plain(document)
    if not isinstance(source, Mapping):
        return {"content": source}
    out: dict[str, Any] = {}
    names = {
        "id": ("id", "document_id", "doc_id", "chunk_id"),
        "score": ("score", "similarity", "relevance"),
        "content": ("content", "page_content", "text", "document"),
        "metadata": ("metadata",),
    }
    for key, aliases in names.items():
        for alias in aliases:
            if source.get(alias) is not None:
                out[key] = source[alias]
                break
    return out or {"content": dict(source)}
