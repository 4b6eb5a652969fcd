"""Tables and columns as a prompt, a document or a file describes them.

Understood are `CREATE TABLE` statements with their comments, `COMMENT ON`, the forms that prompts
for text-to-SQL use (M-Schema, `# table ( column , column )`, `Table t, columns = [...]`), headed
lists of columns, and JSON with `table` and `columns`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_CHARS = 500_000
"""Characters of one text that are read."""
MAX_TABLES = 5_000


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """One column."""

    name: str
    type: str = ""
    description: str = ""
    """What it means, in words; empty when the text does not say."""


@dataclass(frozen=True, slots=True)
class TableOf:
    """One table, as one text describes it."""

    name: str
    columns: tuple[ColumnOf, ...] = ()
    description: str = ""


_CREATE = re.compile(r"\bcreate\s+(?:or\s+replace\s+)?(?:temp\w*\s+)?table\b", re.IGNORECASE)
_AFTER = re.compile(r";|\n\s*\n|\bcreate\b", re.IGNORECASE)
_COMMENT_ON = re.compile(
    r"\bcomment\s+on\s+(table|column)\s+([\w.\"`]+)\s+is\s+'((?:[^']|'')*)'", re.IGNORECASE
)
_REMARK = re.compile(r"^\s*,?\s*[\"`\[]?(\w+)[\"`\]]?\s[^\n]*?--[ \t]*(\S[^\n]*)$", re.MULTILINE)
_MSCHEMA = re.compile(
    r"^#\s*Table:\s*([\w.]+)(?:[ \t]*,[ \t]*([^\n]+))?\n\[\n(.*?)\n\]", re.DOTALL | re.MULTILINE
)
_MSCHEMA_COLUMN = re.compile(r"^\((\w+)\s*:\s*(\w[\w() ]*)(?:,\s*(.*?))?\),?$", re.MULTILINE)
_MSCHEMA_SAID = re.compile(r"\b(?:primary key|examples?:.*|maps to.*)", re.IGNORECASE | re.DOTALL)
_HASHED = re.compile(r"^#?[ \t]*([A-Za-z_]\w*)[ \t]*\(([\w ,]+)\)[ \t]*;?$", re.MULTILINE)
_LISTED = re.compile(r"\btable\s+(\w+)\s*,\s*columns?\s*=\s*\[([^\]]*)\]", re.IGNORECASE)
_HEAD = re.compile(
    r"^(?:#+\s*)?(?:\*\*)?table(?:\*\*)?(?:\s*name)?\s*[:=]?\s*[`\"*]*([A-Za-z_][\w.]*)[`\"*]*"
    r"(?:\s*(?:[:\u2014-]|\()\s*(.*?)\)?)?\s*$",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^\s*(?:[-*\u2022]|\d+\.)?\s*[`\"*]*([A-Za-z_]\w*)[`\"*]*"
    r"(?:\s*[(\[]([^)\]]*)[)\]]|\s+([A-Za-z]+(?:\(\d+(?:,\s*\d+)?\))?))?"
    r"(?:\s*[:\u2014]\s*|\s+-{1,2}\s+|\s*$)(.*)$"
)
_DOTTED = re.compile(
    r"^\s*(?:[-*\u2022]\s*)?[`\"]?([A-Za-z_]\w*)\.([A-Za-z_]\w*)[`\"]?"
    r"(?:\s*[(\[]([^)\]]*)[)\]])?(?:\s*[:\u2014]\s*|\s+-{1,2}\s+)(\S.*)$",
    re.MULTILINE,
)
_INLINE = re.compile(r"^\s*columns?\s*:\s*(.+)$", re.IGNORECASE)
_SECTION = re.compile(r"^\s*columns?\s*:?\s*$", re.IGNORECASE)
_SAYING = re.compile(r"^\s*(?:description|meaning)\s*:\s*(.+)$", re.IGNORECASE)


def read_schema(text: str) -> list[TableOf]:
    """Return the tables that a text describes; several descriptions of one are merged.

    Names are in lower case and without the schema they are in.
    """
    text = text[:MAX_CHARS]
    found = [
        *_json_tables(text),
        *_created(text),
        *_mschema(text),
        *_short_forms(text),
        *_headed(text),
    ]
    return merge(_commented(found, text))[:MAX_TABLES]


def merge(tables: Iterable[TableOf]) -> list[TableOf]:
    """Return each table once, with everything that is said of it; the first description stays."""
    known: dict[str, TableOf] = {}
    for table in tables:
        other = known.get(table.name)
        known[table.name] = table if other is None else _joined(other, table)
    return list(known.values())


def _joined(one: TableOf, other: TableOf) -> TableOf:
    columns = {column.name: column for column in one.columns}
    for column in other.columns:
        mine = columns.get(column.name, column)
        columns[column.name] = ColumnOf(
            column.name, mine.type or column.type, mine.description or column.description
        )
    return TableOf(one.name, tuple(columns.values()), one.description or other.description)


def _created(text: str) -> Iterator[TableOf]:
    for start in _CREATE.finditer(text):
        block = _statement(text, start.start())
        try:
            tree = sqlglot.parse_one(block, dialect="mysql" if "`" in block else "postgres")
        except (SqlglotError, RecursionError, ValueError):
            continue
        if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
            continue
        remarks = {name.lower(): said.strip() for name, said in _REMARK.findall(block)}
        columns = tuple(
            ColumnOf(
                column.name.lower(),
                column.kind.sql().lower() if column.kind else "",
                _own_comment(column) or remarks.get(column.name.lower(), ""),
            )
            for column in tree.this.expressions
            if isinstance(column, exp.ColumnDef)
        )
        about = tree.find(exp.SchemaCommentProperty)
        said = about.this.name if about else _remark_above(text[: start.start()])
        yield TableOf(tree.this.this.name.lower(), columns, said)


def _statement(text: str, start: int) -> str:
    """Return one statement: up to the end of its outermost parentheses and what follows them."""
    depth, quoted = 0, False
    for at in range(start, len(text)):
        letter = text[at]
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
            if depth == 0 and letter == ")":
                return text[start : at + 1] + _AFTER.split(text[at + 1 : at + 400])[0]
    return text[start:]


def _remark_above(before: str) -> str:
    """Return the comment in the lines right above a definition."""
    lines: list[str] = []
    for line in reversed(before.rstrip(" ").removesuffix("\n").splitlines()):
        if not line.startswith("--"):
            break
        lines.insert(0, line.strip("- "))
    return " ".join(lines)


def _own_comment(column: exp.ColumnDef) -> str:
    for constraint in column.constraints:
        if isinstance(constraint.kind, exp.CommentColumnConstraint):
            return str(constraint.kind.this.name)
    return ""


def _commented(tables: list[TableOf], text: str) -> Iterator[TableOf]:
    """Yield the tables, then what `COMMENT ON` says of them."""
    yield from tables
    for kind, path, said in _COMMENT_ON.findall(text):
        parts = [_plain(part) for part in path.split(".")]
        about = said.replace("''", "'").strip()
        if kind.lower() == "table":
            yield TableOf(parts[-1], description=about)
        elif len(parts) > 1:
            yield TableOf(parts[-2], (ColumnOf(parts[-1], description=about),))


def _mschema(text: str) -> Iterator[TableOf]:
    for name, about, body in _MSCHEMA.findall(text):
        columns = []
        for column, type_, rest in _MSCHEMA_COLUMN.findall(body):
            said = _MSCHEMA_SAID.sub("", rest or "").strip(" ,")
            columns.append(ColumnOf(column.lower(), type_.strip().lower(), said))
        yield TableOf(_last(name), tuple(columns), (about or "").strip())


def _short_forms(text: str) -> Iterator[TableOf]:
    if len(found := _HASHED.findall(text)) > 1 or text.lstrip().startswith("#"):
        for name, columns in found:
            if "," in columns:
                yield TableOf(name.lower(), _names(columns))
    for name, columns in _LISTED.findall(text):
        yield TableOf(name.lower(), _names(columns))
    for name, column, type_, said in _DOTTED.findall(text):
        yield TableOf(name.lower(), (ColumnOf(column.lower(), type_.lower(), said.strip()),))


def _names(columns: str) -> tuple[ColumnOf, ...]:
    words = (_plain(part).split(" ") for part in columns.split(","))
    return tuple(
        ColumnOf(name, type_[0] if type_ else "") for name, *type_ in words if name and name != "*"
    )


def _headed(text: str) -> Iterator[TableOf]:
    """Yield tables given as a heading `Table: t` with a list of columns below it."""
    table: TableOf | None = None
    for line in text.splitlines():
        head = _HEAD.match(line)
        if head:
            if table:
                yield table
            table = TableOf(_last(head[1]), description=(head[2] or "").strip())
        elif table and line.strip():
            more = _continued(table, line.strip())
            if more is None:
                yield table
            table = more
    if table:
        yield table


def _continued(table: TableOf, line: str) -> TableOf | None:
    """Return the table with what one more line says of it; None when the line is not about it."""
    if _SECTION.match(line):
        return table
    if said := _SAYING.match(line):
        return replace(table, description=table.description or said[1].strip())
    inline = _INLINE.match(line)
    parts = _split(inline[1]) if inline else [line]
    columns = [c for part in parts for c in (_row(part) if part[:1] == "|" else _item(part))]
    if columns or line[:1] == "|":
        return replace(table, columns=(*table.columns, *columns))
    if not table.columns and not table.description:
        return replace(table, description=line)
    return None


def _row(line: str) -> tuple[ColumnOf, ...]:
    """Return the column of one row of a Markdown table; none for its head and its rule."""
    name, *rest = [cell.strip(" `*") for cell in line.strip().strip("|").split("|")]
    if not re.fullmatch(r"[A-Za-z_]\w*", name) or name.lower() in {"column", "name", "field"}:
        return ()
    type_ = rest[0].lower() if len(rest) > 1 else ""
    return (ColumnOf(name.lower(), type_, rest[-1] if rest else ""),)


def _item(line: str) -> tuple[ColumnOf, ...]:
    found = _ITEM.match(line)
    if not found or not line.strip():
        return ()
    name, bracketed, bare, said = found.groups()
    return (ColumnOf(name.lower(), (bracketed or bare or "").strip().lower(), said.strip()),)


def _split(columns: str) -> list[str]:
    return re.split(r",\s*(?![^()]*\))", columns)


def _json_tables(text: str) -> Iterator[TableOf]:
    if text.lstrip()[:1] not in ("{", "["):
        return
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    for item in value if isinstance(value, list) else [value]:
        yield from _json_table(item)


def _json_table(item: Any) -> Iterator[TableOf]:
    if not isinstance(item, dict):
        return
    inner = item.get("tables")
    for one in inner if isinstance(inner, list) else ():
        yield from _json_table(one)
    name = item.get("table") or item.get("table_name") or item.get("name")
    columns = item.get("columns")
    if not isinstance(name, str) or not isinstance(columns, list | dict):
        return
    if isinstance(columns, dict):
        columns = [{"name": key, "description": said} for key, said in columns.items()]
    yield TableOf(
        _last(name),
        tuple(found for column in columns if (found := _json_column(column))),
        str(item.get("description") or item.get("comment") or ""),
    )


def _json_column(column: Any) -> ColumnOf | None:
    if isinstance(column, str):
        return ColumnOf(column.lower())
    name = column.get("name") or column.get("column") if isinstance(column, dict) else None
    if not isinstance(name, str):
        return None
    said = column.get("description") or column.get("comment") or ""
    return ColumnOf(name.lower(), str(column.get("type") or "").lower(), str(said))


def _last(name: str) -> str:
    return _plain(name.rpartition(".")[2])


def _plain(name: str) -> str:
    return name.strip().strip("\"`[]'").lower()
