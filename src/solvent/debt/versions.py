"""The registry and the history of prompts as evidence tables, read when first asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.prompts.serving import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pyarrow as pa

    from solvent.records.instruction_change import PromptHistory
    from solvent.records.prompt_past import Past, Registry

    _Shape = tuple[list[tuple[str, pa.DataType]], list[dict[str, Any]]]


def _no_past() -> tuple[Past, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class VersionSources:
    """Where an audit gets what it knows of the versions of prompts."""

    registry: Callable[[], Registry] | None = None
    """Reads the registry; None: there is none."""
    past: Callable[[], Sequence[Past]] = _no_past
    """Reads the history of the prompts in the code."""


class Traced(NamedTuple):
    """A prompt with its history, statement by statement."""

    past: Past
    history: PromptHistory


def trace_all(pasts: Iterable[Past]) -> list[Traced]:
    """Return the prompts with more than one version, each with its history."""
    from solvent.prompts.history import trace_history  # noqa: PLC0415  a server at rest does without

    return [Traced(past, trace_history(past.editions)) for past in pasts if len(past.editions) > 1]


def registry_tables(registry: Registry) -> dict[str, pa.Table]:
    """Return the tables `registry_*`."""
    import pyarrow as pa

    return {
        name: pa.Table.from_pylist(rows, schema=pa.schema(columns))
        for name, (columns, rows) in {**_texts(registry), **_events(registry)}.items()
    }


def _texts(registry: Registry) -> dict[str, _Shape]:
    """Return the columns and rows of what was written."""
    import pyarrow as pa

    text, number, moment = pa.string(), pa.int64(), pa.timestamp("us")
    return {
        "registry_prompt": (
            [("project", text), ("name", text), ("latest", number), ("created_at", moment),
             ("owner", text), ("tags", pa.list_(text)), ("path", text)],
            [
                {"project": p.project, "name": p.name, "latest": p.latest,
                 "created_at": p.created_at, "owner": p.owner or None, "tags": list(p.tags),
                 "path": p.path or None}
                for p in registry.prompts
            ],
        ),
        "registry_version": (
            [("name", text), ("number", number), ("text", text), ("hash", text), ("style", text),
             ("chat", pa.bool_()), ("author", text), ("created_at", moment), ("message", text),
             ("source", text), ("inputs", text), ("output", text)],
            [
                {"name": v.name, "number": v.number, "text": text_of(v.content), "hash": v.hash,
                 "style": v.content.style, "chat": v.content.is_chat, "author": v.author,
                 "created_at": v.at, "message": v.message, "source": v.source or None,
                 "inputs": _json(v.content.inputs), "output": _json(v.content.output)}
                for v in registry.versions
            ],
        ),
    }  # fmt: skip


def _events(registry: Registry) -> dict[str, _Shape]:
    """Return the columns and rows of what was done with it."""
    import pyarrow as pa

    text, number, moment = pa.string(), pa.int64(), pa.timestamp("us")
    return {
        "registry_alias": (
            [("name", text), ("alias", text), ("number", number), ("moved_at", moment),
             ("author", text), ("reason", text)],
            [
                {"name": p.name, "alias": a.alias, "number": a.number, "moved_at": a.at,
                 "author": a.by, "reason": a.reason}
                for p in registry.prompts for a in p.aliases
            ],
        ),
        "registry_move": (
            [("name", text), ("alias", text), ("was", number), ("number", number),
             ("moved_at", moment), ("author", text)],
            [
                {"name": m.name, "alias": m.alias, "was": m.was, "number": m.number,
                 "moved_at": m.at, "author": m.by}
                for m in registry.moves
            ],
        ),
        "registry_evaluation": (
            [("name", text), ("number", number), ("evaluated_at", moment), ("author", text),
             ("dataset", text), ("before", text), ("verdict", text), ("pairs", number),
             ("difference", pa.float64()), ("low", pa.float64()), ("high", pa.float64())],
            [
                {"name": e.name, "number": e.number, "evaluated_at": e.at, "author": e.by,
                 "dataset": e.dataset, "before": e.before, "verdict": e.verdict, "pairs": e.pairs,
                 "difference": e.difference, "low": e.low, "high": e.high}
                for e in registry.evaluations
            ],
        ),
    }  # fmt: skip


def change_table(traced: Iterable[Traced]) -> pa.Table:
    """Return the table `prompt_change`, the versions of each prompt oldest first."""
    import pyarrow as pa

    text, number = pa.string(), pa.int64()
    columns = [
        ("subject", text), ("position", number), ("version", text), ("author", text),
        ("changed_at", pa.timestamp("us")), ("message", text), ("added", number),
        ("removed", number), ("changed", number), ("statements", number), ("appended", pa.bool_()),
    ]  # fmt: skip
    rows = [
        {
            "subject": one.past.subject, "position": position, "version": growth.edition.name,
            "author": growth.edition.author or None, "changed_at": growth.edition.at,
            "message": growth.edition.message, "added": growth.added, "removed": growth.removed,
            "changed": growth.changed, "statements": growth.total,
            "appended": growth.added > 0 and not growth.removed and not growth.changed,
        }
        for one in traced
        for position, growth in enumerate(one.history.growth, 1)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=pa.schema(columns))


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
