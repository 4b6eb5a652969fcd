"""What a project folder keeps beside its code: versions of prompts, and traces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from solvent.opening import has_records, has_spans, open_prompts
from solvent.prompts.files import prompt_files
from solvent.prompts.serving import read_registry, registry_of
from solvent.sdk.prompt_lock import read_lock

if TYPE_CHECKING:
    from solvent.records.prompt_past import Registry
    from solvent.settings import Settings


def keeps(settings: Settings) -> bool:
    """Tell whether a folder keeps anything: spans, a registry, a lock file or prompt files."""
    return (
        has_spans(settings)
        or has_records(settings)
        or pins(settings)
        or any(True for _ in prompt_files(Path(settings.prompts.folder)))
    )


def pins(settings: Settings) -> bool:
    """Tell whether a folder has a lock file."""
    return Path(settings.prompts.lock).is_file()


def registry_kept(settings: Settings) -> Registry:
    """Return the registry of a folder; where it has none, what its lock file pins.

    Raises:
        Invalid: The lock file cannot be read.
        Unavailable: The registry cannot be opened.
    """
    if has_records(settings):
        with open_prompts(settings) as store:
            return read_registry(store, settings.project, settings.prompts)
    return registry_of(read_lock(Path(settings.prompts.lock))["prompts"], settings.project)
