"""What a causal check needs of a trace: its task, its steps, and what passing traces gave."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.errors import NotFound
from solvent.pipelines.causal.trials import RanStep, Substitute
from solvent.pipelines.outcomes import JUDGED, PASSED
from solvent.pipelines.within.failures import find_trace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.ports.spans import SpanStore

MAX_STEPS = 500
MAX_SIBLINGS = 1
"""Other outputs taken from passing traces, for each step."""

STEPS = """
WITH root AS (
    SELECT span_id FROM spans WHERE project = $project AND trace_id = $trace
    ORDER BY parent_id IS NOT NULL, started_at, id LIMIT 1
)
SELECT s.name, s.input_hashes, list_concat(s.output_hashes, s.document_hashes) AS outputs,
    s.span_id = root.span_id AS is_root
FROM spans s, root
WHERE s.project = $project AND s.trace_id = $trace
    AND (s.span_id = root.span_id OR s.parent_id = root.span_id)
ORDER BY is_root DESC, s.started_at, s.id LIMIT $most
"""

TEXTS = "SELECT hash, text FROM contents WHERE hash IN (SELECT unnest($hashes))"

_OURS = "(SELECT * FROM assessments WHERE project = $project)"
SIBLINGS = f"""
WITH passed AS (
    SELECT trace_id FROM ({JUDGED.format(assessments=_OURS)}) WHERE value >= {PASSED}
)
SELECT list_concat(s.output_hashes, s.document_hashes) AS outputs,
    min(s.trace_id) AS trace_id, count(*) AS n
FROM spans s JOIN passed USING (trace_id)
WHERE s.project = $project AND s.name = $name AND s.input_hashes = $inputs
    AND list_concat(s.output_hashes, s.document_hashes) <> $outputs
GROUP BY 1 ORDER BY n DESC, trace_id LIMIT $most
"""


@dataclass(frozen=True, slots=True)
class Run:
    """What a trace did, and what passing traces did instead: enough to try it again elsewhere."""

    trace_id: str
    task: Any
    steps: tuple[RanStep, ...]
    siblings: tuple[Substitute, ...]


def gather(store: SpanStore, project: str, prefix: str) -> Run:
    """Return the run of the trace whose id begins so.

    Raises:
        NotFound: No trace has such an id.
        Invalid: Several have.
    """
    trace_id = find_trace(store, project, prefix)
    task, steps = read_run(store, project, trace_id)
    return Run(trace_id, task, tuple(steps), tuple(from_siblings(store, project, trace_id)))


def from_document(told: Mapping[str, Any]) -> Run:
    """Return a run read back from the JSON object that `dataclasses.asdict` makes of it."""
    return Run(
        told["trace_id"],
        told["task"],
        tuple(RanStep(**one) for one in told["steps"]),
        tuple(Substitute(**one) for one in told["siblings"]),
    )


def read_run(store: SpanStore, project: str, trace_id: str) -> tuple[Any, list[RanStep]]:
    """Return what a trace was asked, and the steps below its root in order.

    Raises:
        NotFound: The project has no such trace.
    """
    rows = _rows(store, project, trace_id)
    texts = _texts(store, {h for row in rows for h in [*row["input_hashes"], *row["outputs"]]})
    times = Counter(row["name"] for row in rows if not row["is_root"])
    steps = [
        RanStep(
            row["name"],
            _value(row["input_hashes"], texts),
            _value(row["outputs"], texts),
            times[row["name"]],
        )
        for row in rows
        if not row["is_root"]
    ]
    return _value(rows[0]["input_hashes"], texts), steps


def from_siblings(store: SpanStore, project: str, trace_id: str) -> list[Substitute]:
    """Return what steps gave in passing traces where they were given the very same input."""
    out = []
    for row in _rows(store, project, trace_id):
        if row["is_root"] or not row["input_hashes"] or len(row["outputs"]) != 1:
            continue
        found = store.query(
            SIBLINGS,
            project=project,
            name=row["name"],
            inputs=row["input_hashes"],
            outputs=row["outputs"],
            most=MAX_SIBLINGS,
        ).to_pylist()
        for other in found:
            texts = _texts(store, set(other["outputs"]))
            source = f"what it gave in the passing trace {other['trace_id']}"
            out.append(Substitute(row["name"], _value(other["outputs"], texts), source))
    return out


def _rows(store: SpanStore, project: str, trace_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = store.query(
        STEPS, project=project, trace=trace_id, most=MAX_STEPS
    ).to_pylist()
    if not rows:
        raise NotFound(
            f"there is no trace `{trace_id}` in `{project}`", hint="`solvent trace` lists them"
        )
    return rows


def _texts(store: SpanStore, hashes: set[str]) -> dict[str, str]:
    rows = store.query(TEXTS, hashes=sorted(hashes)).to_pylist()
    return {row["hash"]: row["text"] for row in rows}


def _value(hashes: list[str], texts: dict[str, str]) -> Any:
    """Return a side of a step: the value itself, a list where there are several, None without."""
    found = [_parsed(texts[h]) for h in hashes if h in texts]
    return found[0] if len(found) == 1 else found or None


def _parsed(text: str) -> Any:
    """Return the value of a JSON object, list or string; any other text as it is."""
    if text[:1] in {"{", "[", '"'}:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
