"""Numbered attributes (`llm.tools.0.tool.name`) back into the lists they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEPEST = 16


def unflatten(attributes: Mapping[str, Any], prefix: str) -> tuple[list[Any], list[str]]:
    """Return the list below `prefix` and the names of the attributes it was made of.

    Numbers in the names order the list; holes are closed.
    """
    start = prefix + "."
    root: dict[str, Any] = {}
    used: list[str] = []
    for name, value in attributes.items():
        if not name.startswith(start):
            continue
        steps = name[len(start) :].split(".", _DEEPEST)
        if not steps[0].isdecimal():
            continue
        node = root
        for step in steps[:-1]:
            inner = node.get(step)
            if not isinstance(inner, dict):
                inner = {} if inner is None else {"": inner}
                node[step] = inner
            node = inner
        last = steps[-1]
        held = node.get(last)
        if isinstance(held, dict):
            held[""] = value
        else:
            node[last] = value
        used.append(name)
    listed = _lists(root)
    return (listed if isinstance(listed, list) else []), used


def _lists(node: Any) -> Any:
    """Return nested dictionaries with numbers as keys as lists; at most `_DEEPEST` deep."""
    if not isinstance(node, dict):
        return node
    inner = {key: _lists(value) for key, value in node.items()}
    if inner and all(key.isdecimal() and len(key) < 10 for key in inner):  # noqa: PLR2004  fits 32 bits
        return [inner[key] for key in sorted(inner, key=int)]
    return inner
