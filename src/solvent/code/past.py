"""The history of the prompts of a repository: each file as it was, read again for its prompts."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from solvent.code.draft import rendered
from solvent.code.scan import read_text
from solvent.errors import Invalid
from solvent.records.instruction_change import Edition
from solvent.records.prompt_past import Past

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from solvent.ports.repository import History
    from solvent.records.source import CodePrompt, Scan
    from solvent.settings import Code

MIN_CHARS = 200
"""Shorter prompts have no history worth reading."""


def read_past(
    repository: History,
    inside: str,
    scan: Scan,
    settings: Code,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Past, ...]:
    """Return the versions of the prompts of a scan.

    A prompt is followed by the name that holds it and its file through renames; a name that holds
    several prompts of one file is left out. A version whose file cannot be read is left out.

    Args:
        repository: Where the history is.
        inside: Path of the scanned folder from the root of the repository; empty: the root.
        scan: What the folder holds now.
        settings: Bounds: files, changes, seconds.
        progress: Told how far it is.
    """
    chosen = _by_file(scan.prompts)
    until = time.monotonic() + settings.history_seconds
    found: list[Past] = []
    files = list(chosen)[: settings.history_files]
    for number, file in enumerate(files, 1):
        if time.monotonic() > until:
            progress(f"reading history: out of time after {number - 1} of {len(files)} files")
            break
        progress(f"reading history: {number} of {len(files)} files")
        path = f"{inside}/{file}" if inside else file
        changes = repository.list_changes(path, settings.history_changes)
        editions: dict[str, list[Edition]] = {name: [] for name in chosen[file]}
        for commit, then in changes:
            texts = _texts(repository, then, commit.hash) if time.monotonic() <= until else {}
            for name in editions.keys() & texts.keys():
                known = editions[name]
                if not known or known[-1].text != texts[name]:
                    known.append(
                        Edition(commit.hash, texts[name], commit.author, commit.at, commit.message)
                    )
        found += [
            Past(prompt.subject, tuple(editions[name]), prompt.place)
            for name, prompt in chosen[file].items()
            if editions[name]
        ]
    return tuple(found)


def _by_file(prompts: Sequence[CodePrompt]) -> dict[str, dict[str, CodePrompt]]:
    """Return the prompts that can be followed, by file and name, the longest first."""
    held = Counter((prompt.place.file, _bare(prompt.name)) for prompt in prompts)
    chosen: dict[str, dict[str, CodePrompt]] = {}
    for prompt in sorted(prompts, key=lambda p: (-len(p.text), p.subject)):
        alone = held[prompt.place.file, _bare(prompt.name)] == 1
        if len(prompt.text) >= MIN_CHARS and alone:
            chosen.setdefault(prompt.place.file, {})[prompt.name] = prompt
    return chosen


def _bare(name: str) -> str:
    """Return a name without the number that tells several of one name apart."""
    return name.partition("~")[0]


def _texts(repository: History, path: str, commit: str) -> Mapping[str, str]:
    """Return the prompts of a file as it was, by name; none when it cannot be read."""
    try:
        text = repository.text_of(path, commit)
        drafts = read_text(path, text).drafts if text else []
    except (Invalid, SyntaxError, ValueError, RecursionError):
        return {}
    held = Counter(draft.name for draft in drafts)
    return {d.name or "module": rendered(d.pieces) for d in drafts if held[d.name] == 1}
