"""The texts of prompts that are under version control: of the registry, and of the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from solvent.debt.evidence import NoEvidence
from solvent.prompts.matching import shape_of
from solvent.prompts.serving import text_of

if TYPE_CHECKING:
    from solvent.debt.evidence import Evidence
    from solvent.prompts.matching import Shape


class Known(NamedTuple):
    """A template that somebody can look up."""

    name: str
    """`NAME@N` of the registry, or `FILE#NAME` of the code."""
    shape: Shape


def known_texts(evidence: Evidence) -> list[Known]:
    """Return every version of the registry, whole and by its messages, and every prompt in code.

    Raises:
        NoEvidence: There is neither a registry with prompts nor a scan that found some.
    """
    found = evidence.once("known_texts", _known)
    if not found:
        raise NoEvidence("no prompts in a registry or in code")
    return found


def _known(evidence: Evidence) -> list[Known]:
    named: list[tuple[str, str]] = []
    for version in evidence.registry.versions:
        texts = {text_of(version.content), *(m.content for m in version.content.messages)}
        named += [(f"{version.name}@{version.number}", text) for text in sorted(texts)]
    if evidence.code:
        named += [(p.subject.removeprefix("code:"), p.text) for p in evidence.code.prompts]
    return [Known(name, shape) for name, text in named if (shape := shape_of(text))]
