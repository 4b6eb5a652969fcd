"""A map that was kept as JSON, as the nouns it was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.pipeline_map import (
    Figures,
    Move,
    Overlap,
    Pipeline,
    PipelineMap,
    Slice,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def from_document(body: Mapping[str, Any]) -> PipelineMap:
    """Return the map that `dataclasses.asdict` or JSON made this object of."""
    return PipelineMap(
        tuple(_pipeline(one) for one in body["pipelines"]),
        body["others"],
        body["other_traces"],
        body["spans"],
        body["unplaced"],
    )


def _pipeline(body: Mapping[str, Any]) -> Pipeline:
    return Pipeline(
        body["name"],
        tuple(Step(**one) for one in body["steps"]),
        tuple(Overlap(**one) for one in body["overlaps"]),
        tuple(_slice(one) for one in body["slices"]),
    )


def _slice(body: Mapping[str, Any]) -> Slice:
    return Slice(
        body["kind"],
        body["name"],
        body["traces"],
        {int(step): Figures(**figures) for step, figures in body["figures"].items()},
        tuple(Move(**one) for one in body["moves"]),
    )
