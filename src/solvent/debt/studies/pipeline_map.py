"""Which steps the traces go through, in what order, how often, and at what cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from solvent.pipelines.map.reading import read_map

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.debt.evidence import Evidence


def study(evidence: Evidence) -> Mapping[str, Any]:
    """Return the pipeline map as a JSON object.

    Raises:
        NoEvidence: There are no spans.
    """
    evidence.need("step")
    return asdict(read_map(evidence, evidence.pipelines))
