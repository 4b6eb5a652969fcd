"""Rows of records become Arrow columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

import pyarrow as pa

from solvent.errors import Invalid
from solvent.records.assessment import Assessment
from solvent.records.content import Content
from solvent.records.span import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEXTS = pa.list_(pa.string())
_TIME = pa.timestamp("us")
_SPECIAL: dict[str, Any] = {
    "started_at": _TIME, "received_at": _TIME, "first_seen_at": _TIME, "created_at": _TIME,
    "duration_ns": pa.int64(), "input_tokens": pa.int64(), "output_tokens": pa.int64(),
    "cache_read_tokens": pa.int64(), "cache_write_tokens": pa.int64(),
    "reasoning_tokens": pa.int64(), "tokens": pa.int64(),
    "cost_usd": pa.float64(), "value": pa.float64(), "dated": pa.bool_(),
    "tags": _TEXTS, "input_hashes": _TEXTS, "output_hashes": _TEXTS, "offered_tools": _TEXTS,
    "document_hashes": _TEXTS, "document_scores": pa.list_(pa.float64()),
}  # fmt: skip


def _schema(record: type[Any], **special: Any) -> pa.Schema:
    kinds = _SPECIAL | special
    return pa.schema([(name, kinds.get(name, pa.string())) for name in record._fields])


SPANS = _schema(Span, id=pa.int64())
CONTENTS = _schema(Content)
ASSESSMENTS = _schema(Assessment)


def content_key(hash_: str) -> int:
    """Return the 60 bits of a content's hash by which it is looked for."""
    try:
        return int(hash_[:15], 16)
    except ValueError:
        return crc32(hash_.encode("utf-8", "replace"))


def to_table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    """Return the rows as columns of a schema.

    Text that is not Unicode (lone surrogates) is kept with U+FFFD in their place: neither Arrow nor
    the database can hold it, and a span is worth more than the character.

    Raises:
        Invalid: A value does not fit its column, such as a number over 64 bits.
    """
    if not rows:
        return schema.empty_table()
    arrays = [
        _array(values, field) for values, field in zip(zip(*rows, strict=True), schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def spans(rows: Sequence[tuple[Any, ...]], batch: int) -> pa.Table:
    """Return new spans as the columns of their table."""
    return _numbered(to_table(rows, SPANS), batch)


def contents(rows: Sequence[tuple[Any, ...]], batch: int) -> pa.Table:
    """Return new contents as the columns of their table."""
    keys = pa.array([content_key(row[0]) for row in rows], pa.int64())
    return _numbered(to_table(rows, CONTENTS), batch).append_column("key", keys)


def _numbered(table: pa.Table, batch: int) -> pa.Table:
    number = pa.repeat(pa.scalar(batch, pa.int32()), table.num_rows)
    return table.append_column("batch", number)


def counts(tokens: Mapping[str, int]) -> pa.Table:
    """Return token counts as the columns `key`, `hash` and `tokens`."""
    hashes = list(tokens)
    keys = pa.array([content_key(hash_) for hash_ in hashes], pa.int64())
    numbers = pa.array(tokens.values(), pa.int64())
    return pa.table([keys, pa.array(hashes), numbers], ["key", "hash", "tokens"])


def release() -> None:
    """Give the memory of columns that are gone back to the system (some 50 MB after a load)."""
    pa.default_memory_pool().release_unused()


def _array(values: Sequence[Any], field: Any) -> Any:
    try:
        return pa.array(values, field.type)
    except UnicodeEncodeError:
        return pa.array([_unicode(value) for value in values], field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, TypeError) as error:
        raise Invalid(
            f"`{field.name}` has a value that is no {field.type}: {error}",
            hint="send whole numbers under 2^63 and text as strings",
        ) from error


def _unicode(value: Any) -> Any:
    if isinstance(value, str):
        # Halves that belong together become one character; only lone ones are replaced.
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_unicode(part) for part in value]
    return value
