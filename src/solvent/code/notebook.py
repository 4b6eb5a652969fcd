"""A notebook → the Python of its code cells, each line where it stands in the file."""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTEBOOK = frozenset({".ipynb"})
_MAGIC = re.compile(r"^(\s*)(?:[%!?]|\w[\w.]*\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"^(\s*)([\w, ]+)=\s*[%!].*$")
"""`files = !ls`: the shell's answer is given to a name."""


def python_of(text: str) -> str:
    """Return the program of a notebook.

    Line N of it is line N of the file where the file has one string a line, which is how notebooks
    are saved; what stands in other lines follows below the others. Cells of other languages and
    cells that are not Python are left out, as are magics.

    Raises:
        ValueError: It is not a notebook.
    """
    body = json.loads(text)
    cells = body.get("cells") if isinstance(body, dict) else None
    if not isinstance(cells, list):
        raise ValueError("not a notebook: it has no `cells`")  # noqa: TRY004  the text is wrong
    raw = text.split("\n")
    placed: dict[int, str] = {}
    late: list[str] = []
    at = 0
    for source in _sources(cells):
        numbers = _lines(source, raw, at)
        if numbers:
            at = numbers[-1] + 1
        if not _is_python(source):
            continue
        plain = [_without_magic(line) for line in source]
        if numbers:
            placed.update(zip(numbers, plain, strict=True))
        else:
            late += plain
    last = max(placed, default=-1)
    return "\n".join([*(placed.get(number, "") for number in range(last + 1)), *late]) + "\n"


def _sources(cells: list[Any]) -> Iterator[list[str]]:
    for cell in cells:
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            source = cell.get("source", "")
            text = source if isinstance(source, str) else "".join(map(str, source))
            if text.strip():
                yield text.split("\n")


def _lines(source: list[str], raw: list[str], at: int) -> list[int]:
    """Return the indices of the lines of a file that hold the lines of a cell; empty when none."""
    forms = [_written(source, number) for number in range(len(source))]
    for start in range(at, len(raw) - len(source) + 1):
        if all(raw[start + n].strip() in forms[n] for n in range(len(source))):
            return list(range(start, start + len(source)))
    return []


def _written(source: list[str], number: int) -> set[str]:
    """Return the ways in which a line of a cell may be written as an item of a JSON list."""
    line = source[number] + ("\n" if number < len(source) - 1 else "")
    plain = {json.dumps(line), json.dumps(line, ensure_ascii=False)}
    return plain | {f"{one}," for one in plain}


def _is_python(source: list[str]) -> bool:
    if source[0].lstrip().startswith("%%") and not re.match(r"\s*%%(?:time|capture)", source[0]):
        return False
    try:
        ast.parse("\n".join(map(_without_magic, source)))
    except SyntaxError:
        return False
    return True


def _without_magic(line: str) -> str:
    given = _ASSIGNED.match(line)
    if given:
        return f"{given[1]}{given[2]}= None"
    magic = _MAGIC.match(line)
    return f"{magic[1]}pass" if magic else line
