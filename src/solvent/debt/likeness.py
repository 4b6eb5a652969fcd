"""Which retrieved texts are the same or nearly so.

`document_group` has one row for each retrieved text: `part` is the hash of the text that leads its
group of near-duplicates, often its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.retrieval import define_retrieval
from solvent.knowledge.shingles import groups, near_duplicates

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence

MAX_COMPARED = 10_000
"""Texts that are compared, the most retrieved first; of others only exact copies are seen."""

_OFTEN = """
SELECT d.hash, d.text FROM document d JOIN (
    SELECT hash, count(*) AS n FROM retrieved GROUP BY hash
) r USING (hash) ORDER BY r.n DESC, d.hash LIMIT $most
"""
_GROUP = """
WITH same AS (
    SELECT d.hash, coalesce(l.part, min(d.hash) OVER (
        PARTITION BY trim(regexp_replace(lower(d.text), '\\s+', ' ', 'g')))) AS part
    FROM document d LEFT JOIN alike l USING (hash)
)
SELECT hash, part FROM same
"""


def define_likeness(evidence: Evidence) -> None:
    """Make `document_group`, once per audit.

    Raises:
        NoEvidence: Nothing was retrieved.
    """
    define_retrieval(evidence)
    evidence.once("document_group", _define)


def _define(evidence: Evidence) -> None:
    import pyarrow as pa

    rows = evidence.rows(_OFTEN, most=MAX_COMPARED)
    lead = {
        rows[i]["hash"]: min(rows[j]["hash"] for j in group)
        for group in groups(near_duplicates([row["text"] for row in rows]))
        for i in group
    }
    text = pa.string()
    evidence.define(
        "alike",
        pa.table({"hash": pa.array(list(lead), text), "part": pa.array(list(lead.values()), text)}),
    )
    evidence.define("document_group", _GROUP)
