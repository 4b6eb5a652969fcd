"""The texts of one span -> contents and hashes, and what stands in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.content import Content
from solvent.records.identity import content_hash
from solvent.traces.derive.envelope import LISTS, envelope, expressed
from solvent.traces.derive.flat import unflatten
from solvent.traces.messages import Reader, looks_like_messages
from solvent.traces.messages_item import Item
from solvent.traces.messages_json import compact, dump, find, from_python
from solvent.traces.messages_tools import tool_definitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from solvent.traces.dialect import Source
    from solvent.traces.raw import RawEvent

LONG = 256
"""A string longer than this is kept once, in `contents`."""
_VALUES = frozenset({"value", "json", "event_value"})
_BESIDE = frozenset({"instructions", "reply"})
"""Forms that do not rule other messages out."""
_SPOKEN = frozenset({"llm", "agent"})
_OPAQUE = frozenset({"tool", "retriever", "embedding", "reranker"})


class Keeper:
    """Keeps contents of a batch, each once."""

    def __init__(self, contents: list[Content], seen_at: int) -> None:
        self._contents = contents
        self._seen_at = seen_at
        self._known: set[str] = set()

    def keep(
        self, type_: str, text: str, name: str | None = None, call_id: str | None = None
    ) -> str:
        """Return the hash of a content, and remember the content."""
        key = content_hash(type_, text, name, call_id)
        if key not in self._known:
            self._known.add(key)
            self._contents.append(Content(key, type_, text, name, call_id, None, self._seen_at))
        return key


class Texts:
    """Reads the contents of one span.

    Attributes:
        replaced: Attribute -> what stands in its place.
        dropped: Attributes that a replacement speaks for.
        finish: Why generations ended, as far as messages said so.
        requested: Hashes of the tools inside the request that was read.
        unfolded: Attribute that stood elsewhere than on the span -> what stands in its place.
        in_events: Place of an event and attribute -> what stands in its place.
    """

    __slots__ = (
        "_attributes", "_by_text", "_call_id", "_events", "_keeper", "_tool", "_type",
        "dropped", "finish", "in_events", "replaced", "requested", "unfolded",
    )  # fmt: skip

    def __init__(
        self,
        keeper: Keeper,
        attributes: Mapping[str, Any],
        events: list[RawEvent],
        thing: tuple[str, str | None, str | None],
    ) -> None:
        self._keeper = keeper
        self._attributes = attributes
        self._events = events
        self._type, self._tool, self._call_id = thing
        self.replaced: dict[str, Any] = {}
        self.dropped: set[str] = set()
        self.finish: list[str] = []
        self.requested: list[str] = []
        self.unfolded: dict[str, Any] = {}
        self.in_events: dict[tuple[int, str], dict[str, Any]] = {}
        self._by_text: dict[str, str] = {}

    def side(
        self, sources: tuple[Source, ...], *, incoming: bool
    ) -> tuple[list[str] | None, list[Item]]:
        """Return hashes and items of the inputs or the outputs."""
        items: list[Item] = []
        hashes: list[str] = []
        messages = False
        for source in sources:
            if source.form in _VALUES:
                if items:
                    break
            elif messages and source.form not in _BESIDE:
                continue
            found = self._read(source, incoming=incoming)
            if found:
                messages = messages or source.form not in _BESIDE
                items += found[0]
                hashes += found[1]
        return (hashes or None), items

    def _read(self, source: Source, *, incoming: bool) -> tuple[list[Item], list[str]] | None:
        role = "user" if incoming else "assistant"
        form = source.form
        if form.startswith("event_"):
            return self._from_events(source, role)
        if form == "flat_messages":
            return self._from_flat(source.attribute, role)
        value = self._attributes.get(source.attribute)
        if value is None or value == "":
            return None
        if form in _VALUES:
            return self._value(source, value, incoming=incoming)
        parsed = find(value) if isinstance(value, str) else value
        reader = Reader()
        if form == "instructions":
            role = "system"
        reader.read(value if parsed is None else parsed, role)
        return self._done(source.attribute, value, reader)

    def _done(
        self, attribute: str, value: Any, reader: Reader
    ) -> tuple[list[Item], list[str]] | None:
        if not reader.items:
            return None
        hashes = self.hashes(reader.items)
        self.finish += reader.finish
        if reader.whole:
            self.replaced[attribute] = {"$contents": hashes}
        elif isinstance(value, str) and len(value) > LONG:
            self.replaced[attribute] = {"$content": self._keeper.keep("value", value)}
        return reader.items, hashes

    def hashes(self, items: list[Item]) -> list[str]:
        """Return the hashes of items, and keep them."""
        keep = self._keeper.keep
        return [keep(*item) for item in items]

    def _value(
        self, source: Source, value: Any, *, incoming: bool
    ) -> tuple[list[Item], list[str]] | None:
        attribute = source.attribute
        text = value if isinstance(value, str) else dump(value)
        around: dict[str, Any] = {}
        if source.form == "json" and text[:1] == '"':
            inner = find(f"[{text}]")
            if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], str):
                text, around = inner[0], {"$quoted": True}
        if not text:
            return None
        if self._type == "tool":
            item, around = self._tool_item(text, around, incoming=incoming)
        else:
            parsed = find(text) if text[:1] in "{[" and self._type not in _OPAQUE else None
            if parsed is not None and looks_like_messages(parsed):
                found = self._messages(attribute, value, parsed, incoming=incoming)
                if found:
                    return found
            type_ = "value"
            if parsed is None and self._type in _SPOKEN:
                type_ = "user" if incoming else "assistant"
            item = Item(type_, text)
        key = self._keeper.keep(*item)
        self.replaced[attribute] = {"$content": key, **around}
        return [item], [key]

    def _tool_item(
        self, text: str, around: dict[str, Any], *, incoming: bool
    ) -> tuple[Item, dict[str, Any]]:
        """Return the arguments or the result of a tool span."""
        if not incoming:
            return Item("tool_result", text, self._tool, self._call_id), around
        parsed = find(text)
        if (
            isinstance(parsed, dict)
            and parsed.keys() == {"args", "kwargs"}
            and not parsed["args"]
            and isinstance(parsed["kwargs"], dict)
        ):  # a decorated Python function
            text, around = dump(parsed["kwargs"]), {**around, "$kwargs": True}
        return Item("tool_call", compact(from_python(text)), self._tool, self._call_id), around

    def _messages(
        self, attribute: str, value: Any, parsed: Any, *, incoming: bool
    ) -> tuple[list[Item], list[str]] | None:
        role = "user" if incoming else "assistant"
        if isinstance(parsed, dict):
            if incoming and isinstance(
                given := parsed.get("tools") or parsed.get("functions"), list
            ):
                self.requested = self.hashes(tool_definitions(given))
            if "role" in parsed:
                reader = Reader()
                reader.read(parsed, role)
                if reader.whole:
                    return self._done(attribute, value, reader)
            found = envelope(parsed, self.hashes, role)
            if found and found[1].items:
                kept, reader = found
                self.replaced[attribute] = {"$json": kept}
                self.finish += reader.finish
                return reader.items, self.hashes(reader.items)
        reader = Reader()
        reader.read(parsed, role)
        if isinstance(parsed, dict):
            reader.whole = False
        return self._done(attribute, value, reader)

    def set_apart(self, names: Iterable[str]) -> None:
        """Remember that these names are no attributes of the span itself."""
        for name in names:
            if name in self.replaced:
                self.unfolded[name] = self.replaced.pop(name)

    def shrink(self, text: str) -> dict[str, Any]:
        """Return what stands for a long text that is no content of its own."""
        if text in self._by_text:
            return {"$content": self._by_text[text]}
        if text[0] == "{" and any(f'"{key}"' in text for key in LISTS):
            parsed = find(text)
            if isinstance(parsed, dict):
                found = envelope(parsed, self.hashes, "user")
                if found:
                    return {"$json": found[0]}
        return {"$content": self._keeper.keep("value", text)}

    def _from_flat(self, prefix: str, role: str) -> tuple[list[Item], list[str]] | None:
        single = self._attributes.get(prefix)
        if single is not None:
            reader = Reader()
            parsed = find(single) if isinstance(single, str) else single
            reader.read(single if parsed is None else parsed, role)
            return self._done(prefix, single, reader)
        listed, used = unflatten(self._attributes, prefix)
        reader = Reader()
        reader.read(listed, role)
        if not reader.items:
            return None
        hashes = self.hashes(reader.items)
        self.finish += reader.finish
        if reader.whole:
            self.dropped.update(used)
            self.replaced[prefix] = {"$contents": hashes}
        return reader.items, hashes

    def _from_events(self, source: Source, role: str) -> tuple[list[Item], list[str]] | None:
        reader = Reader()
        hashes: list[str] = []
        for place, event in enumerate(self._events):
            if event.name not in source.events:
                continue
            before = len(reader.items)
            if source.form == "event_value":
                self._event_value(reader, event.attributes.get(source.attribute), role)
            else:
                reader.read(_event_message(event), role)
            items = reader.items[before:]
            added = self.hashes(items)
            hashes += added
            self._by_text.update((i.text, key) for i, key in zip(items, added, strict=True))
            if added and reader.whole and source.form == "event_value":
                self.in_events[place, source.attribute] = {"$contents": added}
        self.finish += reader.finish
        return (reader.items, hashes) if reader.items else None

    def _event_value(self, reader: Reader, value: Any, role: str) -> None:
        if value is None or value == "":
            return
        if self._type == "tool":
            text = value if isinstance(value, str) else dump(value)
            item, _ = self._tool_item(text, {}, incoming=role == "user")
            reader.items.append(item)
            return
        for part in value if isinstance(value, list) else [value]:
            parsed = find(part) if isinstance(part, str) else part
            reader.read(part if parsed is None else parsed, role)

    def tools(self, sources: tuple[Source, ...]) -> list[str] | None:
        """Return the hashes of the tools that were offered, in order."""
        for source in sources:
            used: list[str] = []
            value = self._attributes.get(source.attribute)
            if value is None and source.form == "flat_tools":
                value, used = unflatten(self._attributes, source.attribute)
            parsed = find(value) if isinstance(value, str) else value
            items = tool_definitions(parsed) if parsed else []
            if items:
                hashes = self.hashes(items)
                if expressed(parsed):
                    self.dropped.update(used)
                    self.replaced[source.attribute] = {"$contents": hashes}
                return hashes
        return None

    def documents(
        self, sources: tuple[Source, ...]
    ) -> tuple[list[str] | None, list[float | None] | None]:
        """Return the hashes and scores of retrieved documents."""
        for source in sources:
            given: Any = None
            if source.form == "flat_documents":
                given, _ = unflatten(self._attributes, source.attribute)
            elif self._type in {"retriever", "reranker"} or "retrieval" in source.attribute:
                value = self._attributes.get(source.attribute)
                given = find(value) if isinstance(value, str) else value
                if isinstance(given, dict):
                    given = given.get("documents")
            listed = given if isinstance(given, list) else []
            found = [document for one in listed if (document := _document(one))]
            if found:
                hashes = [self._keeper.keep("document", text, name) for text, name, _ in found]
                self._point(source, found, hashes)
                return hashes, [score for *_, score in found]
        return None, None

    def _point(
        self, source: Source, found: list[tuple[str, str | None, float | None]], hashes: list[str]
    ) -> None:
        if source.form != "flat_documents":
            return
        by_text = {text: key for (text, *_), key in zip(found, hashes, strict=True)}
        for name, value in self._attributes.items():
            if name.startswith(source.attribute) and isinstance(value, str) and len(value) > LONG:
                key = by_text.get(value)
                if key:
                    self.replaced[name] = {"$content": key}


def _event_message(event: RawEvent) -> dict[str, Any]:
    """Return the message of one event of the GenAI conventions up to 1.36."""
    body = dict(event.attributes)
    packed = body.pop("gen_ai.event.content", None)
    if isinstance(packed, str):
        inner = find(packed)
        body = inner if isinstance(inner, dict) else {"content": packed}
    for name, role in (("gen_ai.prompt", "user"), ("gen_ai.completion", "assistant")):
        if name in body:
            inner = find(body[name]) if isinstance(body[name], str) else body[name]
            return (
                {"messages": inner}
                if isinstance(inner, list)
                else {"role": role, "content": body[name]}
            )
    for key in ("message", "tool_calls", "content"):
        if isinstance(body.get(key), str):
            inner = find(body[key])
            body[key] = body[key] if inner is None else inner
    message = body.get("message")
    if isinstance(message, str):
        body["message"] = message = {"role": "assistant", "content": message}
    if isinstance(message, dict):
        message.setdefault("role", "assistant")
        return {"message": message, "finish_reason": body.get("finish_reason")}
    middle = event.name.removeprefix("gen_ai.").removesuffix(".message")
    body.setdefault("role", "assistant" if middle == "choice" else middle)
    if body.get("role") == "tool" and "id" in body:
        body["tool_call_id"] = body["id"]
    return {k: v for k, v in body.items() if not k.startswith("gen_ai.")}


def _document(value: Any) -> tuple[str, str | None, float | None] | None:
    if isinstance(value, dict) and isinstance(value.get("document"), dict):
        value = value["document"]
    if isinstance(value, str):
        return value, None, None
    if not isinstance(value, dict):
        return None
    text = next(
        (
            value[k]
            for k in ("content", "page_content", "pageContent", "text")
            if isinstance(value.get(k), str)
        ),
        None,
    )
    metadata = value.get("metadata")
    metadata = find(metadata) if isinstance(metadata, str) else metadata
    name = value.get("id")
    if isinstance(metadata, dict):
        name = metadata.get("source") or metadata.get("doc_uri") or name
    if text is None and name is None:
        return None
    score = value.get("score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        score = None
    return text or "", None if name is None else str(name), None if score is None else float(score)
