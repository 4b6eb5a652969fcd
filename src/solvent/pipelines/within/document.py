"""An inquiry read back from the JSON object that `dataclasses.asdict` makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.suspect import Inquiry, Pair, Reason, Sibling, Suspect

if TYPE_CHECKING:
    from collections.abc import Mapping


def from_document(told: Mapping[str, Any]) -> Inquiry:
    """Return the inquiry."""
    beside = told["sibling"]
    return Inquiry(
        **{
            **told,
            "suspects": tuple(_suspect(one) for one in told["suspects"]),
            "sibling": beside and _sibling(beside),
        }
    )


def _suspect(told: Mapping[str, Any]) -> Suspect:
    return Suspect(**{**told, "reasons": tuple(Reason(**one) for one in told["reasons"])})


def _sibling(told: Mapping[str, Any]) -> Sibling:
    return Sibling(**{**told, "pairs": tuple(Pair(**one) for one in told["pairs"])})
