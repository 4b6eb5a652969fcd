"""Which steps failures begin at, over all traces of a project, without a language model.

The study is `solvent.records.blame.Blame` as a JSON object:

    {"verdict": "accused",                 also `none`, or `not enough traces`
     "note": "`rewrite` is where 78 % of the failures begin",
     "failed": 40, "passed": 160, "unlabelled": 0,   traces that were looked at
     "traces": 200,                                  traces there are
     "unexplained": 0.2,
     "steps": [                            best first; also steps that are not accused
       {"step": "rewrite",                 its name; `plan > search` where several have that name
        "name": "rewrite",                 the name of its spans
        "path": ["ask", "rewrite"],        names from the root, repeated ones folded
        "share": 0.78, "low": 0.63, "high": 0.9,     of the failed traces
        "suspicion": 0.87,                 Ochiai, 0 to 1
        "accused": true,                   more than chance
        "differences": [{"trait": "added", "text": "…", "failed": 34, "failed_of": 40,
                         "passed": 4, "passed_of": 160, "suspicion": 0.87, "p": 0.002}],
        "examples": [["trace id", "span id"]]}]}

At most `[pipelines] blame_traces` of each outcome are looked at; they are chosen by a hash, so that
the next audit looks at the same ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from solvent.debt.evidence import NoEvidence
from solvent.pipelines.blame import tables
from solvent.pipelines.blame.clues import Outcomes
from solvent.pipelines.blame.features import traits
from solvent.pipelines.blame.matching import bits
from solvent.pipelines.blame.ranking import rank
from solvent.pipelines.blame.shares import shares
from solvent.pipelines.blame.suspicion import ochiai
from solvent.pipelines.blame.words import counted, said
from solvent.records.blame import NOT_ENOUGH, Blame, Difference, RankedStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.pipelines.blame.clues import Clue
    from solvent.pipelines.blame.ranking import Candidate

RECENT = 4
"""Contents of a long input that are compared with the output, from its end."""
OPENING = 16
"""Characters at the beginning of a text by which it is known again."""
LEAST_SHARE = 0.02
DIFFERENCES, EXAMPLES, STEPS = 5, 10, 8
APPS = 8


def study(evidence: Evidence) -> Mapping[str, Any]:
    """Return the ranking as a JSON object.

    Raises:
        NoEvidence: No trace is known to have failed, and none among the unknown could be found to.
    """
    return asdict(find_blame(evidence))


def find_blame(evidence: Evidence) -> Blame:
    """Return the ranking, worked out once for all rules and studies of an audit.

    Raises:
        NoEvidence: No trace is known to have failed, and none among the unknown could be found to.
    """
    return evidence.once("blame", _find)


def _find(evidence: Evidence) -> Blame:
    if not evidence.value("""
        SELECT bool_or(failed) OR (bool_or(failed IS NULL) AND bool_or(NOT failed)) FROM trace
    """):
        raise NoEvidence("no failed traces")
    bounds = evidence.pipelines
    traces = _collect(evidence)
    size = len(traces)
    often: dict[str, float] = {"least": 3, "share": LEAST_SHARE}
    steps = traits(
        evidence.rows(tables.STEPS),
        evidence.rows(tables.SAID, most=bounds.blame_values, **often),
        evidence.rows(tables.ANSWERS),
        size,
    )
    asked = [
        bits(row["traces"], size)
        for row in evidence.rows(tables.ASKED, most=bounds.blame_words, **often)
    ]
    failed = bits((t["nth"] for t in traces if t["failed"]), size)
    passed = bits((t["nth"] for t in traces if t["failed"] is False), size)
    ranking = rank(steps, asked, Outcomes(failed, passed, _apps(traces)), size, bounds)
    found = ranking.steps[:STEPS]
    parts = shares([one.traces for one in found], failed, passed)
    _keep_begun(evidence, found, failed)
    names = name_steps([steps.paths[one.place] for one in found])
    ranked = tuple(
        RankedStep(
            step=name,
            name=steps.paths[one.place][-1],
            path=steps.paths[one.place],
            share=share.value,
            low=share.low,
            high=share.high,
            suspicion=max(_suspicion(c, failed, passed) for c in one.clues),
            accused=one.p < 1,
            differences=_differences(one, failed, passed),
            examples=_examples(evidence, one, failed),
        )
        for one, share, name in zip(found, parts, names, strict=True)
    )
    verdict = NOT_ENOUGH if not ranking.enough else "none"
    if any(one.accused for one in ranked):
        verdict = "accused"
    return Blame(
        verdict,
        _note(verdict, ranked, failed.bit_count(), passed.bit_count()),
        failed.bit_count(),
        passed.bit_count(),
        size - failed.bit_count() - passed.bit_count(),
        evidence.value("SELECT count(*) FROM trace"),
        max(0.0, 1 - sum(one.share for one in ranked if one.accused)),
        ranked,
    )


def _collect(evidence: Evidence) -> list[dict[str, Any]]:
    """Keep the tables of `tables`; return the traces that are looked at."""
    evidence.define("blame_trace", tables.TRACES, most=evidence.pipelines.blame_traces)
    evidence.define("blame_span", tables.SPANS, between=tables.BETWEEN)
    evidence.define("blame_part", tables.PARTS)
    evidence.define("blame_text", tables.TEXTS, chars=evidence.pipelines.blame_chars)
    evidence.define("blame_first", tables.FIRST)
    evidence.define(
        "blame_run",
        tables.RUNS,
        recent=RECENT,
        chars=evidence.pipelines.blame_chars,
        opening=OPENING,
        marks=tables.MARKS,
    )
    return evidence.rows("SELECT nth, trace_id, name, failed FROM blame_trace ORDER BY nth")


def _apps(traces: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the traces by the name of their root, the rarer names together."""
    often = Counter(trace["name"] for trace in traces).most_common(APPS)
    place = {name: n for n, (name, _) in enumerate(often)}
    groups: list[list[int]] = [[] for _ in range(len(often) + 1)]
    for trace in traces:
        groups[place.get(trace["name"], -1)].append(trace["nth"])
    return [bits(group, len(traces)) for group in groups if group]


def _keep_begun(evidence: Evidence, found: Sequence[Candidate], failed: int) -> None:
    """Keep the failed traces that begin at each accused step, as `blame_begun`.

    A trace that shows several of them is booked to the first.
    """
    import pyarrow as pa

    places: list[str] = []
    numbers: list[int] = []
    for one in found:
        shown = one.traces & failed if one.p < 1 else 0
        failed &= ~shown
        here = [n for n in range(shown.bit_length()) if shown >> n & 1]
        numbers += here
        places += [one.place] * len(here)
    columns = {"place": pa.array(places, pa.string()), "nth": pa.array(numbers, pa.int32())}
    evidence.define("blame_begun", pa.table(columns))


def name_steps(paths: Sequence[tuple[str, ...]]) -> list[str]:
    """Return a name for each step: the last of its path, with as many before it as tell it apart.

    Example:
        >>> name_steps([("ask", "find"), ("ask", "plan", "find"), ("ask", "plan")])
        ['ask > find', 'plan > find', 'plan']
    """
    lengths = dict.fromkeys(paths, 1)
    while True:
        names = {path: " > ".join(path[-lengths[path] :]) for path in lengths}
        often = Counter(names.values())
        unclear = [p for p, name in names.items() if often[name] > 1 and lengths[p] < len(p)]
        if not unclear:
            return [names[path] for path in paths]
        for path in unclear:
            lengths[path] += 1


def _suspicion(clue: Clue, failed: int, passed: int) -> float:
    a = (clue.traces & failed).bit_count()
    return ochiai(a, (clue.traces & passed).bit_count(), failed.bit_count() - a)


def _differences(one: Candidate, failed: int, passed: int) -> tuple[Difference, ...]:
    """Return what speaks against a step: traits that failed traces have more often than passed."""
    found = (_difference(clue, one, failed, passed) for clue in one.clues)
    against = [r for r in found if r.failed * r.passed_of > r.passed * r.failed_of]
    return tuple(against[:DIFFERENCES])


def _difference(clue: Clue, one: Candidate, failed: int, passed: int) -> Difference:
    counts = (
        (clue.traces & failed).bit_count(),
        failed.bit_count(),
        (clue.traces & passed).bit_count(),
        passed.bit_count(),
    )
    text = said(clue.trait)
    if clue.branch:
        branch = clue.branch.place.split(tables.BETWEEN)[-1]
        text = f"{text} (looking only where `{branch}` {said(clue.branch)})"
    p = one.p if clue is one.clues[0] else 1.0
    return Difference(
        clue.trait.kind, counted(text, *counts), *counts, _suspicion(clue, failed, passed), p
    )


def _examples(evidence: Evidence, one: Candidate, failed: int) -> tuple[tuple[str, str], ...]:
    shown = one.traces & failed
    numbers = [n for n in range(shown.bit_length()) if shown >> n & 1][:EXAMPLES]
    rows = evidence.rows(
        """
        SELECT t.trace_id, (
            SELECT arg_min(r.span_id, r.started_at) FROM blame_run r
            WHERE r.nth = t.nth AND r.place = $place
        ) AS span_id
        FROM blame_trace t WHERE t.nth IN (SELECT unnest($numbers)) ORDER BY t.nth
        """,
        place=one.place,
        numbers=numbers,
    )
    return tuple((row["trace_id"], row["span_id"] or "") for row in rows)


def _note(verdict: str, ranked: Sequence[RankedStep], failed: int, passed: int) -> str:
    seen = f"{failed:,} failed and {passed:,} passed traces"
    if verdict == NOT_ENOUGH:
        known = ranked and ranked[0].differences
        hint = f"; look at `{ranked[0].step}` first" if known or (ranked and not failed) else ""
        return f"not enough traces: {seen} cannot tell a cause from chance{hint}"
    if verdict == "none":
        return f"no step differs between {seen} by more than chance"
    parts = ", ".join(f"{one.share:.0%} at `{one.step}`" for one in ranked if one.accused)
    return f"of the failures, {parts} (from {seen})"
