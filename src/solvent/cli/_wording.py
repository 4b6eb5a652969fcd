"""The prompt that a reference of the command line means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.fixes.wording import Wording
    from solvent.ports.records import PromptStore
    from solvent.settings import Settings


def wording_of(settings: Settings, store: PromptStore, project: str, reference: str) -> Wording:
    """Return the version of a reference, the newest of a bare name, with what it includes.

    Raises:
        NotFound: It, or something it includes, is not there.
    """
    from solvent.fixes.wording import Wording
    from solvent.prompts.naming import LATEST, read
    from solvent.prompts.registry import get_resolved

    found = get_resolved(store, settings.prompts, project, read(reference, LATEST))
    label = f"{found.version.name}@{found.version.number}"
    return Wording(found.version.content, dict(found.texts), label)
