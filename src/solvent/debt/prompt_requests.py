"""What users asked with a prompt: the last text from the user in each call that carried it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.debt.evidence import NoEvidence
from solvent.debt.families import define_families
from solvent.records.decomposition import Asked

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence

# A prompt is named on the model call or on the step that filled it in and made the call; a text in
# the traces that no name covers is found by its family, or because it holds the longest lines.
_ASKED = """
WITH meant AS (
    SELECT hash FROM prompt WHERE name = $name OR text = $text OR (len($lines) > 0
        AND list_bool_and(list_transform($lines, lambda line: contains(text, line))))
    UNION SELECT hash FROM prompt_member WHERE subject = $subject
), carrying AS (
    SELECT u.id FROM prompt_use u JOIN meant USING (hash)
    UNION
    SELECT r.id FROM request r JOIN step s ON r.trace_id = s.trace_id AND r.parent_id = s.span_id
    WHERE s.prompt_name = $name
), carried AS (
    SELECT r.id, r.trace_id, r.input_hashes, r.input_rate
    FROM request r JOIN carrying USING (id)
), drawn AS (
    SELECT trace_id FROM carried GROUP BY trace_id
    ORDER BY md5(trace_id), trace_id LIMIT $most
), said AS (
    SELECT id, trace_id, input_rate, unnest(input_hashes) AS hash,
        generate_subscripts(input_hashes, 1) AS position
    FROM carried JOIN drawn USING (trace_id)
), last AS (
    SELECT s.id, any_value(s.trace_id) AS trace_id, any_value(s.input_rate) AS rate,
        arg_max(c.hash, s.position) AS hash
    FROM said s JOIN contents c USING (hash) WHERE c.type = 'user' GROUP BY s.id
)
SELECT left(any_value(c.text), $chars) AS text, l.trace_id, count(*) AS calls, avg(l.rate) AS rate
FROM last l JOIN contents c USING (hash)
GROUP BY l.trace_id, l.hash ORDER BY md5(l.trace_id), l.trace_id, l.hash LIMIT $most
"""
MAX_CHARS = 20_000
"""Characters of a request that are read."""
LINES = 5
"""Lines by which a filled-in template is known again."""
LINE_CHARS = 30
"""Characters of such a line at least."""


def requests_of(evidence: Evidence, name: str, text: str, most: int) -> list[Asked]:
    """Return what users asked with a prompt, whole traces drawn by a hash of their id.

    Args:
        evidence: The open evidence.
        name: Of a prompt in the registry, or the subject of a finding, such as `prompt:triage@3`.
        text: The prompt.
        most: Requests that are returned at most.
    """
    try:
        define_families(evidence)
        rows = evidence.rows(
            _ASKED,
            name=name.removeprefix("prompt:"),
            subject=name,
            text=text,
            most=most,
            chars=MAX_CHARS,
            lines=_fixed(text),
        )
    except NoEvidence:
        return []
    return [Asked(**row) for row in rows]


def _fixed(text: str) -> list[str]:
    """Return the longest lines of a template that nothing is filled into; none of a short one."""
    lines = {line.strip() for line in text.split("\n") if "{" not in line}
    long = [line for line in lines if len(line) >= LINE_CHARS]
    chosen = sorted(long, key=lambda line: (-len(line), line))[:LINES]
    return chosen if len(chosen) == LINES else []
