"""Any Python value as bounded text, without ever raising.

Small plain values go straight to the C encoder. What is large, circular, not finite or not
plain is first copied into something that is none of these.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

logger = logging.getLogger("solvent")

JSON, TEXT = "application/json", "text/plain"
_MAX_DEPTH = 32
_INT64 = 1 << 63
_SMALL_ARRAY = 1000
_AS_TEXT = {"datetime", "date", "time", "timedelta", "UUID", "Decimal", "Fraction"}
_ATOMS = {None: "null", True: "true", False: "false"}
_dumps = json.JSONEncoder(ensure_ascii=False, check_circular=False).encode
_make: Any = getattr(json.encoder, "c_make_encoder", None)
_encode: Any = _make and _make(
    None, None, json.encoder.encode_basestring, None, ": ", ", ", False, False, False
)
"""The encoder that `JSONEncoder` would build anew for each value."""
_SMALL_CHARS = 2000


def to_text(value: Any, max_bytes: int) -> tuple[str, str]:
    """Return the value as text of at most `max_bytes` bytes of UTF-8, and its media type.

    Strings stay as they are, everything else becomes JSON. What had to be left out is marked
    with `…` and its extent; a value that resists altogether becomes its type's name.
    """
    kind = type(value)
    if kind is str and len(value) <= max_bytes and value.isascii():
        return value, TEXT
    if value is None or kind is bool or (kind is int and -_INT64 <= value < _INT64):
        return str(value) if kind is int else _ATOMS[value], JSON
    try:
        if isinstance(value, str):
            return _cut(str.__str__(value), max_bytes), TEXT
        return _json(value, max_bytes)
    except Exception:  # objects may raise anything from their own methods
        logger.debug("a value of type %s resists", kind.__name__, exc_info=True)
        return _cut(_type_name(value), max_bytes), TEXT


def small_text(values: dict[str, Any], max_bytes: int) -> str | None:
    """Return a mapping of a few scalars as JSON, the quick way; None when it is not one."""
    room = min(_SMALL_CHARS, max_bytes // 8) - 40 * len(values)
    for value in values.values():
        kind = type(value)
        if kind is str:
            room -= len(value)
        elif kind is int:
            if not -_INT64 <= value < _INT64:
                return None
        elif kind is not float and kind is not bool and value is not None:
            return None
    if room < 0 or _encode is None:
        return None
    try:
        text = "".join(_encode(values, 0))
    except ValueError:  # NaN and the infinities are not JSON
        return None
    return text if text.isascii() else None


def fits(value: Any, max_bytes: int) -> bool:
    """Whether the value is made of JSON types and about as small as `max_bytes`."""
    try:
        return _room(value, max_bytes, 0) >= 0
    except Exception:  # a mapping may change while it is read
        logger.debug("a value of type %s resists", type(value).__name__, exc_info=True)
        return False


def plain(value: Any, max_bytes: int) -> Any:
    """Return a bounded copy of the value made of JSON types only; raises nothing."""
    try:
        return _Copy(max_bytes).of(value, 0)
    except Exception:  # objects may raise anything from their own methods
        logger.debug("a value of type %s resists", type(value).__name__, exc_info=True)
        return _type_name(value)


def _type_name(value: Any) -> str:
    return f"<{type(value).__module__}.{type(value).__qualname__}>"


def _json(value: Any, max_bytes: int) -> tuple[str, str]:
    if _room(value, max_bytes, 0) < 0:
        value = _Copy(max_bytes).of(value, 0)
        if isinstance(value, str):
            return _cut(value, max_bytes), TEXT
    text = _dumps(value)
    whole = _cut(text, max_bytes)
    return whole, JSON if whole is text else TEXT


def _cut(text: str, max_bytes: int) -> str:
    if text.isascii():
        if len(text) <= max_bytes:
            return text
        encoded = text[:max_bytes].encode()
    else:
        encoded = text[: max_bytes + 1].encode("utf-8", "replace")
        if len(encoded) <= max_bytes:
            # The text itself when it was sound: lone surrogates cannot be sent.
            clean = encoded.decode("utf-8")
            return text if clean == text else clean
    mark = f"… ({len(text)} characters)"
    keep = max(0, max_bytes - len(mark.encode()))
    return encoded[:keep].decode("utf-8", "ignore") + mark


def _room(value: Any, room: int, depth: int) -> int:  # noqa: C901, PLR0911  one branch a type
    """Return how much of `room` the value leaves as JSON; negative: too large, or not plain."""
    kind = type(value)
    if kind is str:
        return room - len(value) - 2
    if kind is int:
        return room - 20 if -_INT64 <= value < _INT64 else -1
    if value is None or kind is bool:
        return room - 5
    if kind is float:
        return room - 24 if value - value == 0.0 else -1
    if depth >= _MAX_DEPTH:
        return -1
    if kind is dict:
        for key, part in value.items():
            if type(key) is not str:
                return -1
            room = _room(part, room - len(key) - 6, depth + 1)
            if room < 0:
                return -1
        return room - 2
    if kind is list or kind is tuple:
        for part in value:
            room = _room(part, room - 2, depth + 1)
            if room < 0:
                return -1
        return room - 2
    return -1


class _Copy:
    """Copies a value into JSON types, as far as the room reaches."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.within: set[int] = set()

    def of(self, value: Any, depth: int) -> Any:  # noqa: PLR0911  one branch a type
        """Return a copy of the value, as much of it as there is room for."""
        if value is None or isinstance(value, bool):
            self.room -= 5
            return value
        if isinstance(value, str):
            return self._text(str.__str__(value))
        if isinstance(value, int) and not isinstance(value, Enum):
            self.room -= 20
            return int(value) if -_INT64 <= value < _INT64 else hex(value)
        if isinstance(value, float):
            self.room -= 24
            return float(value) if value - value == 0.0 else repr(float(value))
        if isinstance(value, bytes | bytearray | memoryview):
            self.room -= 30
            return f"<{len(value)} bytes>"
        if isinstance(value, Enum):
            return self.of(value.value, depth + 1)
        if depth >= _MAX_DEPTH:
            return self._text(f"… ({type(value).__name__}, too deep)")
        if id(value) in self.within:
            return self._text(f"… ({type(value).__name__}, again)")
        self.within.add(id(value))
        try:
            return self._inside(value, depth)
        except Exception:  # objects may raise anything from their own methods
            logger.debug("a value of type %s resists", type(value).__name__, exc_info=True)
            return self._text(_type_name(value))
        finally:
            self.within.discard(id(value))

    def _inside(self, value: Any, depth: int) -> Any:  # noqa: PLR0911  one branch a type
        array = _array(value)
        if array is not None:
            return self.of(array, depth + 1)
        if isinstance(value, Mapping):
            return self._pairs(value.items(), len(value), depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [(f.name, getattr(value, f.name, None)) for f in dataclasses.fields(value)]
            return self._pairs(fields, len(fields), depth)
        if hasattr(type(value), "model_fields") or hasattr(type(value), "__attrs_attrs__"):
            inside = vars(value) if hasattr(value, "__dict__") else {}
            return self._pairs(list(inside.items()), len(inside), depth)
        if isinstance(value, Sequence | AbstractSet) or type(value).__name__ == "deque":
            return self._items(value, depth)
        if type(value).__name__ in _AS_TEXT or hasattr(type(value), "__fspath__"):
            return self._text(str(value))
        if isinstance(value, BaseException):
            return self._text(f"{type(value).__name__}: {value}")
        return self._text(repr(value))

    def _pairs(self, pairs: Any, count: int, depth: int) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, part in pairs:
            if self.room <= 0:
                out["…"] = f"{count - len(out)} more"
                break
            name = self._text(key if isinstance(key, str) else str(key))
            self.room -= 6
            out[name] = self.of(part, depth + 1)
        return out

    def _items(self, items: Any, depth: int) -> list[Any]:
        out: list[Any] = []
        for part in items:
            if self.room <= 0:
                out.append(f"… ({len(items) - len(out)} more)")
                break
            self.room -= 2
            out.append(self.of(part, depth + 1))
        return out

    def _text(self, text: str) -> str:
        room = max(self.room, 0)
        self.room -= len(text) + 2
        if len(text) <= room:
            return text
        return f"{text[:room]}… ({len(text)} characters)"


def _array(value: Any) -> Any:
    """Return numpy and pandas values as plain ones, told by their module: neither is imported."""
    module = type(value).__module__.partition(".")[0]
    if module == "numpy":
        if getattr(value, "ndim", 0) == 0:
            return value.item()
        if value.size <= _SMALL_ARRAY:
            return value.tolist()
        return {"shape": list(value.shape), "dtype": str(value.dtype)}
    if module == "pandas" and hasattr(value, "head") and hasattr(value, "shape"):
        head = value.head(5)
        rows = head.to_dict("records") if len(value.shape) > 1 else head.tolist()
        names = [str(name) for name in getattr(value, "columns", [])]
        return {"shape": list(value.shape), "columns": names, "head": rows}
    return None
