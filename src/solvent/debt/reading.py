"""What became of retrieved text: for each document, whether the answer or a later step used it.

`document_use` has one row for each document of a retrieval that is read, with `used`: NULL when
nothing was written afterwards, or when the text says too little alone.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.debt.retrieval import define_retrieval
from solvent.knowledge.use import Words, was_used, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt.evidence import Evidence

TEXT_CHARS = 20_000
"""Characters of one text that are read."""
BATCH = 500
"""Retrievals whose texts are in memory at once."""

_LATER = """
WITH near AS (
    SELECT place, trace_id, started_at FROM retrieval
    WHERE sampled AND documents > 0 AND place BETWEEN $first AND $last
), said AS (
    SELECT n.place, unnest(s.output_hashes) AS hash FROM near n
    JOIN near_step s ON s.trace_id = n.trace_id AND s.type = 'llm' AND s.started_at >= n.started_at
    UNION
    SELECT n.place, unnest(s.input_hashes) FROM near n
    JOIN near_step s ON s.trace_id = n.trace_id AND s.type = 'tool' AND s.started_at > n.started_at
), closed AS (
    SELECT n.place, unnest(s.output_hashes) AS hash FROM near n
    JOIN near_step s ON s.trace_id = n.trace_id AND s.parent_id IS NULL
    WHERE n.place NOT IN (SELECT place FROM said)
)
SELECT place, string_agg(left(c.text, $chars), chr(10) ORDER BY c.hash) AS text
FROM (FROM said UNION ALL FROM closed) JOIN near_content c USING (hash) GROUP BY place
"""
_ASKED = """
WITH near AS (
    SELECT place, id, trace_id, started_at FROM retrieval
    WHERE sampled AND documents > 0 AND place BETWEEN $first AND $last
), said AS (
    SELECT n.place, unnest(s.input_hashes) AS hash FROM near n
    JOIN near_step s ON s.trace_id = n.trace_id AND (s.id = n.id OR s.parent_id IS NULL)
    UNION
    SELECT n.place, unnest(s.output_hashes) FROM near n
    JOIN near_step s ON s.trace_id = n.trace_id AND s.type = 'llm' AND s.started_at < n.started_at
    UNION
    SELECT n.place, u.hash FROM near n JOIN (
        SELECT trace_id, unnest(input_hashes) AS hash FROM step
        WHERE type = 'llm' AND trace_id IN (SELECT trace_id FROM near)
    ) u ON u.trace_id = n.trace_id JOIN near_content c ON c.hash = u.hash AND c.type = 'user'
)
SELECT place, list(left(c.text, $chars)) AS texts
FROM said JOIN near_content c USING (hash) GROUP BY place
"""
_DOCUMENTS = """
SELECT r.place, r.trace_id, r.hash, r.rank, d.text, d.name, d.probe
FROM retrieved r JOIN document d USING (hash)
WHERE r.place BETWEEN $first AND $last ORDER BY r.place, r.rank
"""


class Used(NamedTuple):
    """One document of one retrieval."""

    place: int
    hash: str
    rank: int
    used: bool | None


def define_use(evidence: Evidence) -> None:
    """Make `document_use`, once per audit.

    Raises:
        NoEvidence: Nothing was retrieved.
    """
    define_retrieval(evidence)
    evidence.once("document_use", _define)


def _define(evidence: Evidence) -> None:
    import pyarrow as pa

    found = list(_judged(evidence))
    evidence.define(
        "document_use",
        pa.table(
            {
                "place": pa.array([one.place for one in found], pa.int64()),
                "hash": pa.array([one.hash for one in found], pa.string()),
                "rank": pa.array([one.rank for one in found], pa.int64()),
                "used": pa.array([one.used for one in found], pa.bool_()),
            }
        ),
    )


def _judged(evidence: Evidence) -> Iterator[Used]:
    """Yield every document that is read, some hundred retrievals at a time."""
    last = evidence.value("SELECT coalesce(max(place), 0) FROM retrieved")
    words = lru_cache(maxsize=20_000)(words_of)
    for first in range(1, last + 1, BATCH):
        span: dict[str, Any] = {"first": first, "last": first + BATCH - 1}
        later = {r["place"]: r["text"] for r in evidence.rows(_LATER, chars=TEXT_CHARS, **span)}
        asked = {r["place"]: r["texts"] for r in evidence.rows(_ASKED, chars=TEXT_CHARS, **span)}
        rows = evidence.rows(_DOCUMENTS, **span)
        for place, group in groupby(rows, key=lambda row: row["place"]):
            found = list(group)
            if place not in later:
                yield from (Used(place, row["hash"], row["rank"], None) for row in found)
                continue
            probes = [row["probe"] for row in found]
            known = words_of("\n".join(_without(asked.get(place, ()), probes)))
            after = words_of(later[place])
            bags = [words(row["text"][:TEXT_CHARS]) for row in found]
            for row, bag in zip(found, bags, strict=True):
                used = was_used(bag, known, _others(bag, bags), after, row["name"])
                yield Used(place, row["hash"], row["rank"], used)


def _without(texts: Sequence[str], probes: Sequence[str]) -> Iterator[str]:
    """Yield the texts that do not hold a document: a prompt with its documents is no question."""
    for text in texts:
        if not any(probe and probe in text for probe in probes):
            yield text


def _others(own: Words, bags: Sequence[Words]) -> list[Words]:
    """Return the other texts; the same text found twice is one."""
    return [bag for bag in bags if bag is not own and bag != own]
