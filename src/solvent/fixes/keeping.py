"""Keeping a split: its parts as versions of the registry, or as files on a branch of git."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from solvent.errors import Invalid, NotFound
from solvent.fixes.parts import ASSEMBLED, assembled, texts_of
from solvent.prompts import exchange, registry
from solvent.templates.form import Form

if TYPE_CHECKING:
    from solvent.fixes.wording import Wording
    from solvent.ports.records import PromptStore
    from solvent.ports.repository import Commit
    from solvent.prompts.exchange import Place
    from solvent.prompts.registry import Change
    from solvent.records.decomposition import Decomposition
    from solvent.records.prompt import PromptContent, PromptVersion

SOURCE = "decompose:"
"""How the source of such a version begins; the version that was split follows."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept of a split."""

    parts: tuple[PromptVersion, ...]
    """The core, the modules and the router."""
    assembled: PromptVersion | None
    """What includes them; None: nothing does."""
    why: str = ""
    """Why nothing joins them."""


def keep(place: Place, name: str, wording: Wording, found: Decomposition, change: Change) -> Kept:
    """Keep the parts as versions that no alias points at.

    Args:
        place: The registry.
        name: The prompt that is split; its parts are `NAME/core` and so on.
        wording: Its version.
        found: The split.
        change: Who and when.
    """
    made = _told(change, wording)
    included, parts = {}, []
    for short, text in texts_of(found, wording.content.style):
        ref = (place.project, f"{name}/{short}")
        version = registry.add(place.store, place.rules, ref, text, made)
        included[short] = f"{version.name}@{version.number}"
        parts.append(version)
    try:
        joined = assembled(wording, found, included)
    except Invalid as error:
        return Kept(tuple(parts), None, f"{error.what}; {error.hint}")
    ref = (place.project, f"{name}/{ASSEMBLED}")
    return Kept(tuple(parts), registry.add(place.store, place.rules, ref, joined, made))


def propose(
    place: Place, name: str, wording: Wording, found: Decomposition, change: Change
) -> Commit:
    """Make a branch with the parts as files; nothing that is checked out is touched.

    What includes the parts names the versions that they get when the branch is merged and pushed.

    Raises:
        Invalid: There is no repository, or a part does not hold together.
        Conflict: The branch is there already.
    """
    made = _told(change, wording)
    contents: dict[str, PromptContent] = {}
    included, texts = {}, {}
    for short, content in texts_of(found, wording.content.style):
        whole = f"{name}/{short}"
        registry.draft(place.store, place.rules, (place.project, whole), content, made)
        contents[whole] = content
        included[short] = f"{whole}@{_next(place, whole, content)}"
        texts[included[short]] = content.messages[0].content
    joined = assembled(wording, found, included)
    Form(joined, {**wording.parts, **texts})
    contents[f"{name}/{ASSEMBLED}"] = joined
    return exchange.branch_off(place, branch_of(name, found), contents, made)


def branch_of(name: str, found: Decomposition) -> str:
    """Return the name of the branch that a split is proposed on."""
    return f"{exchange.branch_prefix(name)}split-{digest(found)[:8]}"


def list_kept(store: PromptStore, project: str, name: str, label: str) -> list[PromptVersion]:
    """Return the newest versions below a prompt that came from splitting one version of it."""
    below = [p for p in store.list_prompts(project) if p.name.startswith(f"{name}/")]
    newest = [store.get_version(project, p.name, p.latest) for p in below]
    return [version for version in newest if version.source == SOURCE + label]


def digest(found: Decomposition) -> str:
    """Return hex digits over what a split would write: another split has others."""
    said = [(part.name, part.text) for part in found.parts]
    text = json.dumps([said, found.router], ensure_ascii=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _told(change: Change, wording: Wording) -> Change:
    reason = change.reason or f"split of {wording.label}"
    return replace(change, reason=reason, source=SOURCE + wording.label)


def _next(place: Place, name: str, content: PromptContent) -> int:
    """Return the number that a content gets in the registry."""
    try:
        latest = place.store.get_prompt(place.project, name).latest
    except NotFound:
        return 1
    newest = place.store.get_version(place.project, name, latest)
    return latest if newest.hash == registry.digest(content) else latest + 1
