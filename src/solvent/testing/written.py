"""The code and the registry of a project in YAML, each with its versions.

A file of the code, or a prompt, is a text or its versions, oldest first, one a day. A version has
`text`, or `add`: what it appends to the one before.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.code.past import read_past
from solvent.debt.versions import VersionSources
from solvent.gathering import scan_code
from solvent.opening import open_prompts
from solvent.ports.repository import Commit
from solvent.prompts import registry
from solvent.prompts.registry import Change
from solvent.prompts.serving import read_registry
from solvent.records.prompt import TEXT, Message, PromptContent
from solvent.records.prompt_past import PromptEvaluation
from solvent.settings import Settings, Storage
from solvent.testing.messages import SECOND, known, micros

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.ports.records import PromptStore
    from solvent.records.prompt_past import Past, Registry
    from solvent.records.source import Scan

START, DAY = "2026-09-01", 86_400 * SECOND
VERSION_KEYS = {"text", "add", "by", "source", "inputs", "output"}


class _Version(NamedTuple):
    text: str
    by: str
    at: int
    given: Mapping[str, Any]


def sources(
    project: str, code: Mapping[str, Any] | None, prompts: Mapping[str, Any] | None
) -> tuple[Scan | None, VersionSources]:
    """Return the scan of the code as it is now, and where the versions are found.

    Raises:
        Invalid: A key is not known.
    """
    pasts: tuple[Past, ...] = ()
    scan = None
    if code is not None:
        files = {name: _versions(versions) for name, versions in code.items()}
        scan = _scanned({name: versions[-1].text for name, versions in files.items()})
        if scan and any(len(versions) > 1 for versions in files.values()):
            pasts = read_past(_Commits(files), "", scan, Settings().code)
    kept = None if prompts is None else _registry(project, prompts)
    return scan, VersionSources(None if kept is None else lambda: kept, lambda: pasts)


def _versions(value: Any) -> list[_Version]:
    found: list[_Version] = []
    for number, given in enumerate([{"text": value}] if isinstance(value, str) else value):
        known(given, VERSION_KEYS, "a version")
        text = given["text"] if "text" in given else found[-1].text + given["add"]
        at = micros(START) + number * DAY
        found.append(_Version(text, given.get("by", "ana"), at, given))
    return found


def _scanned(files: Mapping[str, str]) -> Scan:
    """Return the scan of files that are gone afterwards."""
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return scan_code(Settings(), Path(folder))


class _Commits:
    """A repository in memory: each version of a file is a commit."""

    def __init__(self, files: Mapping[str, list[_Version]]) -> None:
        self._files = files

    def list_changes(self, path: str, newest: int = 0) -> list[tuple[Commit, str]]:
        """Return the commits of a file, oldest first."""
        versions = self._files[path]
        return [(Commit(str(n), v.by, v.at, ""), path) for n, v in enumerate(versions)][-newest:]

    def text_of(self, path: str, commit: str = "HEAD") -> str | None:
        """Return a file as it was."""
        return self._files[path][int(commit)].text


def _registry(project: str, prompts: Mapping[str, Any]) -> Registry:
    """Return what an audit reads of a registry with these prompts."""
    with _empty_registry() as store:
        for name, given in prompts.items():
            known(given, {"versions", "style", "aliases", "evaluated", "owner"}, "a prompt")
            for version in _versions(given["versions"]):
                _add(store, (project, name), version, given.get("style", "mustache"))
            _serve(store, (project, name), given)
        return read_registry(store, project, Settings().prompts)


@contextmanager
def _empty_registry() -> Iterator[PromptStore]:
    with TemporaryDirectory() as folder:
        storage = Storage(path=folder, records_url=":memory:")
        with open_prompts(replace(Settings(), storage=storage)) as store:
            yield store


def _add(store: PromptStore, ref: tuple[str, str], version: _Version, style: str) -> None:
    given = version.given
    content = PromptContent(
        (Message(TEXT, version.text),), style, given.get("inputs"), given.get("output")
    )
    change = Change(version.by, version.at, "", given.get("source", ""))
    registry.add(store, Settings().prompts, ref, content, change)


def _serve(store: PromptStore, ref: tuple[str, str], given: Mapping[str, Any]) -> None:
    """Point the aliases at their versions, one after the other, and keep the evaluations."""
    project, name = ref
    for alias, numbers in (given.get("aliases") or {}).items():
        for nth, number in enumerate(numbers if isinstance(numbers, list) else [numbers]):
            change = Change("ana", micros(START) + (60 + nth) * DAY, "")
            registry.move_alias(store, Settings().prompts, ref, (alias, number), change)
    for number in given.get("evaluated") or []:
        store.put_evaluation(
            PromptEvaluation(
                project, name, number, micros(START), "ana", "tickets", f"{name}@{number - 1}",
                "better", 40, 0.2, 0.1, 0.3,
            )
        )  # fmt: skip
