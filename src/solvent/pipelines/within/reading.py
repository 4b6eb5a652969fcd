"""From the spans of a trace to its course: steps in order with the texts that were new in each."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from solvent.pipelines.outcomes import DECIDES, PASSED
from solvent.pipelines.within.asking import BETWEEN
from solvent.pipelines.within.declared import read_breaches
from solvent.records.suspect import Course, Step, Verdict
from solvent.settings import Blame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from solvent.pipelines.within.asking import Asks

Row = dict[str, Any]

CONTAINERS = frozenset({"agent", "workflow"})
"""Types of spans that only hold others, when there are others in them."""
INNER = frozenset({"llm", "embedding", "prompt", "parser"})
"""Types of spans that are the inside of the step around them, when that has texts itself."""
CONVERSING = frozenset({"llm", "agent"})
"""Types whose input repeats what was said before."""

WHEN = """
SELECT epoch_us(min(started_at)) AS first, epoch_us(max(started_at)) AS last FROM spans
WHERE project = $project AND trace_id IN (SELECT unnest($traces))
"""
"""Spans lie in the order of time: what is asked of a stretch of it reads no other."""

ENDS = ("first", "last")

SPANS = f"""
SELECT id, trace_id, span_id, parent_id, epoch_us(started_at) AS at, type, name,
    agent, tool_name, status, status_message,
    CASE WHEN len(input_hashes) > 9 THEN list_concat(input_hashes[1:1], input_hashes[-8:])
        ELSE input_hashes END AS input_hashes,
    list_concat(output_hashes, document_hashes) AS output_hashes, offered_tools AS offered,
    count(*) OVER whole AS spans
FROM spans WHERE project = $project AND trace_id IN (SELECT unnest($traces))
    AND {BETWEEN}
WINDOW up AS (PARTITION BY trace_id ORDER BY started_at, id),
    down AS (PARTITION BY trace_id ORDER BY started_at DESC, id DESC),
    whole AS (PARTITION BY trace_id)
QUALIFY row_number() OVER up <= $most - $most // 4 OR row_number() OVER down <= $most // 4
ORDER BY trace_id, started_at, id
"""

SAID = f"""
SELECT trace_id, span_id,
    any_value(label) FILTER (type = 'expectation' AND span_id IS NULL) AS label,
    arg_min(struct_pack(value := value, source := source_type, name := name, why := rationale),
        ({DECIDES}, -epoch_us(created_at), id)) FILTER (
        span_id IS NOT NULL AND type = 'feedback' AND value BETWEEN 0 AND 1
        AND name IN (SELECT unnest($names))) AS said
FROM assessments WHERE project = $project AND trace_id IN (SELECT unnest($traces))
GROUP BY ALL
"""
"""What was expected of a trace, and what was said of its steps."""


def read_courses(
    store: Asks, project: str, trace_ids: Sequence[str], bounds: Blame | None = None
) -> list[Course]:
    """Return the courses of some traces, in the order of their ids; unknown ids are left out.

    Args:
        store: Where the spans are.
        project: The project of the traces.
        trace_ids: A page or a sample of them: all their texts are held at once.
        bounds: How much of each is read; the defaults when left out.
    """
    bounds = bounds or Blame()
    rows = read_spans(store, project, trace_ids, bounds, find_when(store, project, trace_ids))
    texts = read_texts(store, hashes_of(rows), bounds.max_chars)
    judge(store, project, rows, texts, bounds)
    return to_courses(rows, texts)


def read_spans(
    store: Asks, project: str, trace_ids: Sequence[str], bounds: Blame, between: tuple[int, int]
) -> list[Row]:
    """Return the spans of some traces, which started between two times (microseconds)."""
    when = dict(zip(ENDS, between, strict=True))
    most = bounds.max_steps
    rows: list[Row] = store.query(
        SPANS, project=project, traces=list(trace_ids), most=most, **when
    ).to_pylist()
    return rows


def hashes_of(rows: Iterable[Row]) -> set[str]:
    """Return the hashes of the texts of some spans, and of the tools that they were offered."""
    return {h for row in rows for side in (*SIDES, "offered") for h in row[side] or ()}


def read_texts(store: Asks, hashes: Iterable[str], chars: int) -> dict[str, Row]:
    """Return texts by hash, each cut in its middle to so many characters."""
    return {row["hash"]: row for row in store.list_contents(sorted(hashes), chars).to_pylist()}


def judge(
    store: Asks, project: str, rows: Sequence[Row], texts: Mapping[str, Row], bounds: Blame
) -> None:
    """Add to spans what was said of them, what was expected, and what schemas they break."""
    asked = {"project": project, "traces": sorted({row["trace_id"] for row in rows})}
    said = store.query(SAID, names=list(bounds.step_feedback), **asked).to_pylist()
    expected = {r["trace_id"]: r["label"] for r in said if r["span_id"] is None and r["label"]}
    verdicts = {(r["trace_id"], r["span_id"]): _verdict(r["said"]) for r in said if r["said"]}
    broken = read_breaches(store, rows, texts)
    for row in rows:
        row["broken"] = broken.get(row["id"], ())
        row["verdict"] = verdicts.get((row["trace_id"], row["span_id"]))
        row["expected"] = expected.get(row["trace_id"], "")


def to_courses(rows: Iterable[Row], texts: Mapping[str, Row]) -> list[Course]:
    """Return the courses of some spans, in the order of their traces."""
    by_trace: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_trace[row["trace_id"]].append(row)
    return [course(spans, texts) for spans in by_trace.values()]


SIDES = ("input_hashes", "output_hashes")


def find_when(store: Asks, project: str, trace_ids: Sequence[str]) -> tuple[int, int]:
    """Return when the first and the last span of some traces started (microseconds)."""
    found = store.query(WHEN, project=project, traces=list(trace_ids)).to_pylist()[0]
    return found["first"] or 0, found["last"] or 0


def _verdict(said: Mapping[str, Any]) -> Verdict:
    why = said["why"] or ""
    return Verdict(said["value"] < PASSED, said["source"], said["name"], said["value"], why)


def course(spans: Sequence[Row], texts: Mapping[str, Row]) -> Course:
    """Return the course of one trace from its spans in the order of time and their texts."""
    known = {row["span_id"] for row in spans}
    children: dict[str | None, list[Row]] = defaultdict(list)
    for row in spans:
        parent = row["parent_id"] if row["parent_id"] in known else None
        children[parent if parent != row["span_id"] else None].append(row)
    roots = children[None]
    units = list(_units(roots, children))
    seen: set[str] = set()
    steps: list[Step] = []
    for place, row in enumerate(units):
        steps.append(_step(place, list(_inner(row, children)), texts, seen))
        seen.update(row["input_hashes"] or (), row["output_hashes"] or ())
    root = roots[0] if roots else {}
    task = _spoken(root.get("input_hashes"), texts)
    answer = _spoken(root.get("output_hashes"), texts)
    return Course(
        trace_id=spans[0]["trace_id"],
        task=task or (steps[0].asked if steps else ""),
        steps=tuple(steps),
        answer=answer or (steps[-1].said if steps else ""),
        expected=spans[0].get("expected", ""),
        left_out=max(spans[0]["spans"] - len(spans), 0),
    )


def _units(roots: Iterable[Row], children: Mapping[str | None, list[Row]]) -> Iterator[Row]:
    """Yield the spans that count as steps, parents before children."""
    walk = [(row, True, False) for row in reversed(list(roots))]
    met: set[str] = set()
    while walk:
        row, top, inside = walk.pop()
        if row["span_id"] in met:
            continue
        met.add(row["span_id"])
        below = children.get(row["span_id"], [])
        told = bool(row["input_hashes"] or row["output_hashes"] or row["status_message"])
        holds = bool(below) and (top or row["type"] in CONTAINERS)
        unit = told and not holds and not (inside and row["type"] in INNER)
        if unit:
            yield row
        walk.extend((child, False, unit or inside) for child in reversed(below))


def _inner(row: Row, children: Mapping[str | None, list[Row]]) -> Iterator[Row]:
    """Yield the span of a step, and those that are the inside of it."""
    walk, met = [row], set()
    while walk:
        one = walk.pop()
        if one["span_id"] in met:
            continue
        met.add(one["span_id"])
        yield one
        walk.extend(c for c in children.get(one["span_id"], ()) if c["type"] in INNER)


def _step(place: int, spans: Sequence[Row], texts: Mapping[str, Row], seen: set[str]) -> Step:
    row = spans[0]
    failures = [one["status_message"] or "" for one in spans if one["status"] == "error"]
    inputs = [h for h in row["input_hashes"] or () if h in texts]
    told = [texts[h]["text"] for h in inputs if texts[h]["type"] == "system"]
    inputs = [h for h in inputs if texts[h]["type"] != "system"]
    if row["type"] in CONVERSING:
        inputs = [h for h in inputs if h not in seen] or inputs[-1:]
    name = row["name"] or row["tool_name"] or row["type"]
    return Step(
        place=place,
        span_id=row["span_id"],
        type=row["type"],
        name=name,
        agent=row["agent"] or "",
        told="\n".join(told),
        asked="\n".join(_line(texts[h]) for h in inputs),
        said="\n".join(_line(texts[h]) for h in row["output_hashes"] or () if h in texts),
        failed=bool(failures),
        error=next((message for message in failures if message), ""),
        broken=tuple(words for one in spans for words in one.get("broken", ())),
        verdict=next((one["verdict"] for one in spans if one.get("verdict")), None),
    )


def _line(text: Row) -> str:
    """Return a content as it reads: a tool call with the name of its tool."""
    if text["type"] == "tool_call" and text["name"]:
        return f"{text['name']}({text['text']})"
    return str(text["text"])


def _spoken(hashes: Sequence[str] | None, texts: Mapping[str, Row]) -> str:
    found = [texts[h] for h in hashes or () if h in texts and texts[h]["type"] != "system"]
    return "\n".join(_line(text) for text in found)
