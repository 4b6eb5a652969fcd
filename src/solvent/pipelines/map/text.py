"""A pipeline as text that other tools draw: Graphviz' DOT and Mermaid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.pipelines.map import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.pipelines.map.picture import Box, Picture

START, END = "first", "last"


def to_dot(picture: Picture) -> str:
    """Return the picture in the language of Graphviz."""
    lines = ["digraph pipeline {", "  rankdir=LR;", "  node [shape=box, style=rounded];"]
    lines += [f"  {START} [label={_dot(picture.name)}];", f"  {END} [label=end];"]
    lines += [f"  {line}" for box in picture.root.inside for line in _dot_box(box)]
    lines += [
        f"  {before} -> {after} [label={_dot(label)}];"
        for before, after, label in _moves(picture.root, outermost=True)
    ]
    return "\n".join([*lines, "}"])


def to_mermaid(picture: Picture) -> str:
    """Return the picture in the language of Mermaid."""
    lines = ["flowchart LR", f"  {START}([{_mermaid(picture.name)}])", f"  {END}([end])"]
    lines += [f"  {line}" for box in picture.root.inside for line in _mermaid_box(box)]
    lines += [
        f"  {before} -->|{_mermaid(label)}| {after}"
        for before, after, label in _moves(picture.root, outermost=True)
    ]
    return "\n".join(lines)


def _moves(box: Box, *, outermost: bool = False) -> Iterator[tuple[str, str, str]]:
    """Yield the moves inside a box: before, after, and how common it is."""
    leaves = {one.step.id: not one.inside for one in box.inside}
    start, end = (START, END) if outermost else ("", "")
    for line in box.lines:
        before = _place(box, line.before, leaves, last=True) or start
        after = _place(box, line.after, leaves, last=False) or end
        if before and after:
            yield before, after, words.share(line.share)
    for one in box.inside:
        yield from _moves(one)


def _place(box: Box, number: int | None, leaves: dict[int, bool], *, last: bool) -> str:
    """Return the node that a line meets: of a box with boxes inside, one of those."""
    if number is None:
        return ""
    if leaves[number]:
        return f"s{number}"
    inner = next(one for one in box.inside if one.step.id == number)
    ends = [line.before if last else line.after for line in inner.lines
            if (line.after if last else line.before) is None]  # fmt: skip
    best = next((end for end in ends if end is not None), inner.inside[0].step.id)
    return _place(inner, best, {one.step.id: not one.inside for one in inner.inside}, last=last)


def _said(box: Box) -> list[str]:
    errors = words.share(box.figures.errors / box.figures.runs) if box.figures.errors else ""
    said = [box.step.name, words.volume(box), " · ".join(words.spent(box))]
    return [part for part in (*said, f"{errors} errors" if errors else "") if part]


def _dot(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'


def _dot_box(box: Box) -> list[str]:
    label = _dot("\n".join(_said(box)))
    if not box.inside:
        return [f"s{box.step.id} [label={label}];"]
    inner = [f"  {line}" for one in box.inside for line in _dot_box(one)]
    return [f"subgraph cluster_{box.step.id} {{", f"  label={label};", *inner, "}"]


def _mermaid(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'"{" ".join(escaped.split())}"'


def _mermaid_box(box: Box) -> list[str]:
    label = "<br/>".join(_mermaid(part)[1:-1] for part in _said(box))
    if not box.inside:
        return [f's{box.step.id}["{label}"]']
    inner = [f"  {line}" for one in box.inside for line in _mermaid_box(one)]
    return [f'subgraph g{box.step.id} ["{label}"]', *inner, "end"]
