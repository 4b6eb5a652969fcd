"""Every signal, and what each says of every step of a course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solvent.pipelines.within import acts, direct, flow, order, wording

if TYPE_CHECKING:
    from solvent.pipelines.within.scene import Scene
    from solvent.records.suspect import Reason

EVERY = (*order.SIGNALS, *wording.SIGNALS, *acts.SIGNALS, *flow.SIGNALS, *direct.SIGNALS)
"""A signal takes a scene and a place and returns a reason, or None when it does not apply."""


def read_signals(scene: Scene) -> list[dict[str, Reason]]:
    """Return what the signals say of each step, by the name of the signal."""
    found: list[dict[str, Reason]] = []
    for place in range(len(scene.steps)):
        said = (signal(scene, place) for signal in EVERY)
        found.append({reason.signal: reason for reason in said if reason is not None})
    return found
