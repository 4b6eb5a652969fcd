"""The reference of attributes: the tables of all dialects as rows and as a page."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, NamedTuple

from solvent.traces.dialects import dialects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.traces.dialect import Dialect, Source

_FORMS = {
    "messages": "messages",
    "instructions": "system instructions",
    "reply": "the model's answer",
    "value": "text or JSON as it is",
    "json": "JSON text",
    "tools": "tool definitions",
    "documents": "documents",
}


_HEAD = (
    "# Attributes that are understood",
    "",
    "Generated from the tables in `solvent.traces.dialects`. A column is filled from the first",
    "dialect below that has it; the first dialect that a span speaks is its `dialect`. All else",
    "is kept raw in `attributes`, where a reference stands for every text that is kept once in",
    '`contents`: `{"$content": hash}` for one text, `{"$contents": [hash]}` for messages or tools,',
    '`{"$json": {...}}` for JSON text with such references inside. `"$quoted"` beside a reference',
    'says that the text was sent as a JSON string, `"$kwargs"` that it was sent as the keyword',
    "arguments of a Python function; `solvent.traces.derive.envelope.restore` puts texts back.",
)


class AttributeRow(NamedTuple):
    """One attribute of one dialect and what it becomes."""

    dialect: str
    attribute: str
    """`name.N.*` stands for numbered attributes; `event NAME: attribute` for those of an event."""
    column: str
    meaning: str


def attribute_page() -> str:
    """Return `docs/reference/attributes.md`."""
    lines = [*_HEAD]
    for dialect in dialects():
        told = inspect.getdoc(sys.modules[f"solvent.traces.dialects.{dialect.name}"]) or ""
        lines += ["", f"## {dialect.name}", "", told, ""]
        if dialect.tokens_note:
            lines += [f"Tokens: {dialect.tokens_note}", ""]
        lines += ["| attribute | becomes | how |", "|---|---|---|"]
        lines += [f"| `{r.attribute}` | `{r.column}` | {r.meaning} |" for r in _rows(dialect)]
    return "\n".join(lines) + "\n"


def _rows(dialect: Dialect) -> Iterator[AttributeRow]:
    name = dialect.name
    for column, attributes in dialect.resource.items():
        for attribute in attributes:
            yield AttributeRow(name, attribute, column, "resource attribute")
    for attribute, values in dialect.types.items():
        known = ", ".join(f"{given} → {type_}" for given, type_ in values.items())
        yield AttributeRow(name, attribute, "type", known)
    for attribute, values in dialect.statuses.items():
        known = ", ".join(f"{given} → {status}" for given, status in values.items())
        yield AttributeRow(name, attribute, "status", f"{known}, where the span's own is unset")
    for column, attributes in dialect.columns.items():
        for place, attribute in enumerate(attributes):
            yield AttributeRow(name, attribute, column, "first choice" if not place else "else")
    yield from _content_rows(dialect)


def _content_rows(dialect: Dialect) -> Iterator[AttributeRow]:
    name = dialect.name
    for attribute in dialect.usage:
        yield AttributeRow(name, attribute, "*_tokens", "JSON object of counts")
    for column, sources in (
        ("input_hashes", dialect.inputs),
        ("output_hashes", dialect.outputs),
        ("offered_tools", dialect.tools),
        ("document_hashes", dialect.documents),
    ):
        for source in sources:
            yield from _source_rows(name, column, source)
    for prefix in dialect.assessments:
        yield AttributeRow(name, f"{prefix}.N.*", "assessments", "name, score, label, explanation")


def _source_rows(name: str, column: str, source: Source) -> Iterator[AttributeRow]:
    kind, _, form = source.form.rpartition("_")
    meaning = _FORMS[form]
    if kind == "flat":
        yield AttributeRow(name, f"{source.attribute}.N.*", column, meaning)
    elif kind == "event":
        for event in source.events:
            yield AttributeRow(name, f"event {event}: {source.attribute or '*'}", column, meaning)
    else:
        yield AttributeRow(name, source.attribute, column, meaning)
