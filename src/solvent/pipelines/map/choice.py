"""Which pipeline and which of its traces somebody wants to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.errors import NotFound

if TYPE_CHECKING:
    from solvent.records.pipeline_map import Pipeline, PipelineMap, Slice


def find_pipeline(found: PipelineMap, name: str = "", step: str = "") -> Pipeline:
    """Return the pipeline of a name, or with a step of a name, or the most used one.

    Raises:
        NotFound: There is none.
    """
    wanted = [
        one
        for one in found.pipelines
        if (not name or one.name == name)
        and (not step or any(step == known.name for known in one.steps))
    ]
    if not wanted:
        asked = f"pipeline `{name}`" if name else f"pipeline with a step `{step}`"
        known = ", ".join(f"`{one.name}`" for one in found.pipelines[:8])
        raise NotFound(f"there is no {asked}" if name or step else "there is no pipeline",
                       hint=f"known: {known or 'none'}")  # fmt: skip
    return wanted[0]


def find_slice(pipeline: Pipeline, name: str = "") -> Slice:
    """Return the traces of an app version or of a time; all without a name.

    Raises:
        NotFound: The map has no figures for it.
    """
    for one in pipeline.slices:
        if one.name == name:
            return one
    known = ", ".join(f"`{one.name}`" for one in pipeline.slices[1:])
    raise NotFound(
        f"the map of `{pipeline.name}` has no figures for `{name}`",
        hint=f"known: {known}" if known else "it has one version and one time only",
    )
