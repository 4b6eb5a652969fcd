"""The registry as an audit reads it, and what serves in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.prompts.document import version_of
from solvent.prompts.naming import LATEST, read
from solvent.records.instruction_change import Edition
from solvent.records.prompt import Alias, Prompt
from solvent.records.prompt_past import Past, Registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.ports.records import PromptStore
    from solvent.records.prompt import PromptContent, PromptVersion
    from solvent.settings import Prompts


def read_registry(store: PromptStore, project: str, rules: Prompts) -> Registry:
    """Return the prompts of a project, of each the newest versions and those that serve.

    Args:
        store: Where they are kept.
        project: Whose they are.
        rules: Bounds: prompts, and versions of each.
    """
    prompts = store.list_prompts(project)[: rules.audited]
    versions: list[PromptVersion] = []
    for prompt in prompts:
        newest = store.list_versions(project, prompt.name, rules.audited_versions)
        known = {version.number for version in newest}
        older = sorted({alias.number for alias in prompt.aliases} - known, reverse=True)
        versions += newest + [store.get_version(project, prompt.name, n) for n in older]
    return Registry(
        tuple(prompts),
        tuple(versions),
        tuple(store.list_moves(project)),
        tuple(store.list_evaluations(project)),
    )


def registry_of(documents: Mapping[str, Mapping[str, Any]], project: str) -> Registry:
    """Return the prompts that a lock file pins, as a registry of those versions alone.

    Args:
        documents: Resolved prompts as documents, by reference.
        project: Whose they are.
    """
    versions: dict[tuple[str, int], PromptVersion] = {}
    aliases: dict[str, list[Alias]] = {}
    for reference, document in sorted(documents.items()):
        version = version_of(document, project)
        versions[version.name, version.number] = version
        alias = read(reference).selector
        pointed = aliases.setdefault(version.name, [])
        if not alias.isdecimal() and alias != LATEST:
            pointed.append(Alias(alias, version.number, version.at, version.author, ""))
    prompts = [
        Prompt(
            project=project,
            name=name,
            latest=max(number for other, number in versions if other == name),
            created_at=0,
            aliases=tuple(pointed),
        )
        for name, pointed in aliases.items()
    ]
    return Registry(tuple(prompts), tuple(versions.values()))


def text_of(content: PromptContent) -> str:
    """Return the messages of a version as one text, as its history and its checks read it."""
    return "\n\n".join(message.content for message in content.messages)


def serving(registry: Registry) -> Iterator[tuple[PromptVersion, tuple[str, ...]]]:
    """Yield each version that an alias points at, with its aliases; without any, the newest."""
    versions = {(v.name, v.number): v for v in registry.versions}
    for prompt in registry.prompts:
        numbers = {alias.number for alias in prompt.aliases} or {prompt.latest}
        for number in sorted(numbers):
            names = tuple(a.alias for a in prompt.aliases if a.number == number)
            yield versions[prompt.name, number], names


def pasts_of(registry: Registry) -> Iterator[Past]:
    """Yield the versions of each prompt of the registry, oldest first."""
    by_name: dict[str, list[PromptVersion]] = {}
    for version in registry.versions:
        by_name.setdefault(version.name, []).append(version)
    for name, versions in by_name.items():
        yield Past(
            f"prompt:{name}",
            tuple(
                Edition(str(v.number), text_of(v.content), v.author, v.at, v.message)
                for v in sorted(versions, key=lambda version: version.number)
            ),
        )
