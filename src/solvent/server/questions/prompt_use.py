"""How prompts are used in traces: calls, tokens, cost of versions, and what no name covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.ports.spans import SpanStore

UNNAMED = 50
"""System prompts without a name that are listed."""
CHECKED = 500
"""Newest outputs of a version that are held against its schema."""

# A prompt is named on the model call, or on the step that filled it in and made the call.
CALLS = """
SELECT s.id, s.trace_id, s.span_id, s.started_at, s.dated, s.input_tokens, s.output_tokens,
    s.cost_usd, s.output_hashes, coalesce(s.prompt_name, p.prompt_name) AS prompt,
    CASE WHEN s.prompt_name IS NULL THEN p.prompt_version ELSE s.prompt_version END AS version
FROM spans s LEFT JOIN (
    SELECT trace_id, span_id, prompt_name, prompt_version FROM spans
    WHERE project = $project AND prompt_name IS NOT NULL
) p ON s.trace_id = p.trace_id AND s.parent_id = p.span_id
WHERE s.project = $project AND s.type = 'llm'
    AND coalesce(s.prompt_name, p.prompt_name) IS NOT NULL
"""

USE = f"""
SELECT prompt, version, count(*) AS calls, count(DISTINCT trace_id) AS traces,
    sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) FILTER (
        input_tokens IS NOT NULL OR output_tokens IS NOT NULL)::BIGINT AS tokens,
    sum(cost_usd) AS usd, count(cost_usd) AS priced,
    epoch_us(max(started_at) FILTER (dated)) AS last_at
FROM ({CALLS}) GROUP BY prompt, version
"""

OUTPUTS = f"""
WITH newest AS (
    SELECT trace_id, span_id, unnest(output_hashes) AS hash FROM (
        SELECT * FROM ({CALLS}) WHERE prompt = $prompt AND version = $version
            AND len(output_hashes) > 0 ORDER BY started_at DESC LIMIT $most)
)
SELECT n.trace_id, c.text FROM newest n JOIN contents c USING (hash) WHERE c.type = 'assistant'
"""

UNNAMED_PROMPTS = """
WITH naming AS (
    SELECT trace_id, span_id FROM spans WHERE project = $project AND prompt_name IS NOT NULL
), sent AS (
    SELECT s.id, s.started_at, unnest(s.input_hashes[1:2]) AS hash
    FROM spans s LEFT JOIN naming p ON s.trace_id = p.trace_id AND s.parent_id = p.span_id
    WHERE s.project = $project AND s.type = 'llm' AND s.prompt_name IS NULL AND p.span_id IS NULL
)
SELECT c.hash, c.text[1:240] AS text, length(c.text) AS chars, any_value(c.tokens) AS tokens,
    count(DISTINCT s.id) AS calls, epoch_us(max(s.started_at)) AS last_at
FROM sent s JOIN contents c USING (hash) WHERE c.type = 'system'
GROUP BY c.hash, c.text ORDER BY calls DESC, c.hash LIMIT $most
"""


@dataclass(frozen=True, slots=True)
class Use:
    """What one version did in traces."""

    prompt: str
    version: str | None
    calls: int
    traces: int
    tokens: int | None
    usd: float | None
    """Cost of the calls that have one; None when none has."""
    priced: int
    """Calls that have a cost."""
    last_at: int | None


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A system prompt in traces that names no prompt of the registry."""

    hash: str
    text: str
    chars: int
    tokens: int | None
    calls: int
    last_at: int | None


def list_use(spans: SpanStore, project: str) -> list[Use]:
    """Return the use of every prompt and version that traces name."""
    return [Use(**row) for row in spans.query(USE, project=project).to_pylist()]


def list_outputs(
    spans: SpanStore, project: str, prompt: str, version: int
) -> list[tuple[str, str]]:
    """Return trace and text of the newest outputs of a version."""
    rows = spans.query(
        OUTPUTS, project=project, prompt=prompt, version=str(version), most=CHECKED
    ).to_pylist()
    return [(row["trace_id"], row["text"]) for row in rows]


def list_unnamed(spans: SpanStore, project: str) -> list[Unnamed]:
    """Return the system prompts that no prompt's name covers, the most used first."""
    rows = spans.query(UNNAMED_PROMPTS, project=project, most=UNNAMED).to_pylist()
    return [Unnamed(**row) for row in rows]
