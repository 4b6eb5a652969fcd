"""What was said in the requests that carried a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.stems import stems

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence

_SAID = """
SELECT DISTINCT c.hash, c.text FROM (
    SELECT DISTINCT unnest(r.input_hashes) AS hash
    FROM prompt_member m JOIN prompt_use u USING (hash) JOIN request r ON r.id = u.id
    WHERE m.subject = $subject
) used JOIN contents c USING (hash)
WHERE c.type <> 'system' LIMIT $limit
"""
CHARS = 200_000
"""Characters of the longest text that is read."""


class Requested(NamedTuple):
    """The words of the requests that carried a prompt."""

    stems: frozenset[str] | None
    """Stems of all that users, tools and documents said; None: too much to read."""
    texts: int


def requested(evidence: Evidence, subject: str, *, limit: int) -> Requested:
    """Return what was said in the requests of a prompt, everything but system prompts.

    Args:
        evidence: The open evidence, with its families defined.
        subject: The prompt.
        limit: Texts that are read; with more, nothing is said about any.
    """
    rows = evidence.rows(_SAID, subject=subject, limit=limit + 1)
    if len(rows) > limit or any(len(row["text"]) > CHARS for row in rows):
        return Requested(None, len(rows))
    said = frozenset(stem for row in rows for stem in stems(row["text"]))
    return Requested(said, len(rows))
