"""Blame on the map: the share of the failures that began at each step, as the blame study says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from solvent.records.pipeline_map import Step


@dataclass(frozen=True, slots=True)
class Blamed:
    """What was said about blame."""

    note: str
    """The verdict in a sentence, or why there is none."""
    measured: bool = False
    """Some step is accused; otherwise shares would mean nothing."""
    shares: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    """By the names from the root down to the step."""

    def by_step(self, steps: Iterable[Step]) -> dict[int, float] | None:
        """Return the share of every step, 0 for those without; None when it is not measured.

        A tool's step has the tool's name here and the span's name there: the name alone serves when
        only one accused step has it.
        """
        if not self.measured:
            return None
        alone = Counter(path[-1] for path in self.shares)
        by_name = {p[-1]: share for p, share in self.shares.items() if alone[p[-1]] == 1}
        paths: dict[int, tuple[str, ...]] = {}
        found: dict[int, float] = {}
        for step in steps:
            around = () if step.within is None else paths[step.within]
            paths[step.id] = (*around, step.name)
            found[step.id] = self.shares.get(paths[step.id], 0.0)
        met = {paths[number] for number in found}
        for number, path in paths.items():
            share = by_name.get(path[-1], 0.0)
            unmet = share and not any(p in met for p in self.shares if p[-1] == path[-1])
            found[number] = share if unmet else found[number]
        return found


def read_blame(body: Mapping[str, Any] | None) -> Blamed:
    """Return what a blame study says, in the shape of `solvent.records.blame.Blame`."""
    if body is None:
        return Blamed("not measured: no audit has worked it out yet")
    if "missing" in body:
        return Blamed(f"not measured: {body['missing']}")
    if body["verdict"] != "accused":
        return Blamed(body["note"])
    accused = (one for one in body.get("steps", ()) if one["path"] and one.get("accused", True))
    shares = {tuple(one["path"]): float(one["share"]) for one in accused}
    return Blamed(body["note"], measured=True, shares=shares)
