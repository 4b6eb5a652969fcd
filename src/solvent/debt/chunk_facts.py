"""What retrieved texts say of themselves, and which of them a newer version replaces.

| table | one row is |
|---|---|
| `chunk` | a retrieved text with its heading, its source and whether it is dated |
| `old_version` | a text of which a newer version was retrieved, with that version |
| `stale` | a retrieval of an old version after the newer one had been seen, or beside it |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.retrieval import define_retrieval
from solvent.knowledge.chunks import describe
from solvent.knowledge.versions import Version, superseded

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence

_FOUND = """
SELECT d.hash, any_value(d.text) AS text, any_value(d.name) AS name, min(r.started_at) AS first_at
FROM retrieved r JOIN document d USING (hash) GROUP BY d.hash ORDER BY d.hash
"""
_STALE = """
SELECT s.title, s.hash, s.newer, r.place, r.trace_id, r.span_id, r.step, r.carrier, r.weight,
    r.started_at
FROM old_version s JOIN retrieved r USING (hash)
WHERE r.started_at >= s.newer_at OR r.place IN (SELECT place FROM retrieved WHERE hash = s.newer)
"""


def define_chunks(evidence: Evidence) -> None:
    """Make the tables of this module, once per audit.

    Raises:
        NoEvidence: Nothing was retrieved.
    """
    define_retrieval(evidence)
    evidence.once("chunk", _define)


def _define(evidence: Evidence) -> None:
    import pyarrow as pa

    rows = evidence.rows(_FOUND)
    texts = [Version(row["hash"], row["text"], row["name"]) for row in rows]
    chunks = [describe(text.text, text.name) for text in texts]
    kind = pa.string()
    evidence.define(
        "chunk",
        pa.table(
            {
                "hash": pa.array([text.hash for text in texts], kind),
                "heading": pa.array([chunk.heading for chunk in chunks], kind),
                "source": pa.array([chunk.source for chunk in chunks], kind),
                "dated": pa.array([chunk.dated for chunk in chunks], pa.date32()),
            }
        ),
    )
    first = {row["hash"]: row["first_at"] for row in rows}
    old = superseded(list(zip(texts, chunks, strict=True)))
    evidence.define(
        "old_version",
        pa.table(
            {
                "title": pa.array([title for title, _, _ in old], kind),
                "hash": pa.array([older for _, older, _ in old], kind),
                "newer": pa.array([newer for _, _, newer in old], kind),
                "newer_at": pa.array([first[newer] for _, _, newer in old], pa.timestamp("us")),
            }
        ),
    )
    evidence.define("stale", _STALE)
