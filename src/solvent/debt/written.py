"""What a scan of the code found, as evidence tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from solvent.records.source import Place, Scan


def code_tables(scan: Scan) -> dict[str, pa.Table]:
    """Return the tables `code_prompt`, `code_call`, `code_tool`, `code_parse` and `code_leak`."""
    import pyarrow as pa

    text, number, flag = pa.string(), pa.int64(), pa.bool_()
    place = [("file", text), ("line", number), ("end_line", number)]
    shapes: dict[str, tuple[list[tuple[str, pa.DataType]], list[dict[str, Any]]]] = {
        "code_prompt": (
            [*place, ("subject", text), ("name", text), ("role", text), ("form", text), ("text",
            text),
             ("variables", pa.list_(text)), ("calls", pa.list_(text))],
            [
                {**_place(p.place), "subject": p.subject, "name": p.name, "role": p.role,
                 "form": p.form, "text": p.text, "variables": p.variables, "calls": p.calls}
                for p in scan.prompts
            ],
        ),
        "code_call": (
            [*place, ("kind", text), ("callee", text), ("library", text), ("function", text),
             ("model", text), ("traced", flag)],
            [
                {**_place(c.place), "kind": c.kind, "callee": c.callee, "library": c.library,
                 "function": c.function, "model": c.model, "traced": c.traced}
                for c in scan.calls
            ],
        ),
        "code_tool": (
            [*place, ("name", text), ("description", text), ("form", text),
             ("parameters", pa.list_(text)), ("described", pa.list_(flag))],
            [
                {**_place(t.place), "name": t.name, "description": t.description, "form": t.form,
                 "parameters": [name for name, _ in t.parameters],
                 "described": [bool(told) for _, told in t.parameters]}
                for t in scan.tools
            ],
        ),
        "code_parse": (
            [*place, ("how", text), ("function", text), ("call", text)],
            [
                {**_place(p.place), "how": p.how, "function": p.function, "call": p.call}
                for p in scan.parses
            ],
        ),
        "code_leak": (
            [*place, ("kind", text), ("shown", text)],
            [{**_place(s.place), "kind": s.kind, "shown": s.shown} for s in scan.leaks],
        ),
    }  # fmt: skip
    return {
        name: pa.Table.from_pylist(rows, schema=pa.schema(fields))
        for name, (fields, rows) in shapes.items()
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "end_line": place.end_line}
