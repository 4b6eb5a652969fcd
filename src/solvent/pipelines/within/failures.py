"""Which traces there are to look into."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.errors import Invalid, NotFound
from solvent.pipelines.outcomes import JUDGED, PASSED

if TYPE_CHECKING:
    from solvent.pipelines.within.asking import Asks

NAMED = 5
FOUND = """
SELECT DISTINCT trace_id FROM spans
WHERE project = $project AND starts_with(trace_id, $prefix) ORDER BY trace_id LIMIT $most
"""
FAILED = f"""
WITH assessed AS (SELECT * FROM assessments WHERE project = $project),
verdict AS ({JUDGED.format(assessments="assessed")})
SELECT s.trace_id FROM (
    SELECT trace_id, min(started_at) AS began,
        bool_or(parent_id IS NULL AND status = 'error') AS broke
    FROM spans WHERE project = $project GROUP BY trace_id
) s LEFT JOIN verdict v USING (trace_id)
WHERE coalesce(v.value < $passed, s.broke) ORDER BY s.began DESC, s.trace_id LIMIT $most
"""


def find_trace(store: Asks, project: str, prefix: str) -> str:
    """Return the id of the trace that begins so.

    Raises:
        NotFound: No trace does.
        Invalid: Several do.
    """
    found = store.query(FOUND, project=project, prefix=prefix.lower(), most=NAMED + 1)
    ids: list[str] = found["trace_id"].to_pylist()
    if not ids:
        raise NotFound(
            f"no trace of project `{project}` begins with `{prefix}`", hint="`solvent trace` lists"
        )
    if len(ids) > 1:
        named = ", ".join(f"`{one[:12]}`" for one in ids[:NAMED])
        raise Invalid(f"`{prefix}` begins several ids: {named}", hint="give more of the id")
    return ids[0]


def list_failed(store: Asks, project: str, most: int) -> list[str]:
    """Return the newest failed traces, by what was judged, else by the error of their root."""
    found = store.query(FAILED, project=project, passed=PASSED, most=most)
    ids: list[str] = found["trace_id"].to_pylist()
    return ids
