"""Prompts between a folder of files, git and the registry; and the lock file beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import Conflict, Invalid, NotFound, SolventError
from solvent.prompts import registry
from solvent.prompts.document import to_document
from solvent.prompts.files import (
    Written,
    is_prompt,
    name_of,
    parse,
    path_of,
    prompt_files,
    render,
)
from solvent.prompts.naming import checked, read
from solvent.prompts.registry import Change
from solvent.prompts.sync import Step, Where, plan
from solvent.sdk.prompt_lock import SCHEMA, read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from solvent.ports.records import PromptStore
    from solvent.ports.repository import Commit, Repository
    from solvent.records.prompt import Prompt, PromptContent
    from solvent.settings import Prompts as Rules


@dataclass(frozen=True, slots=True)
class Place:
    """Where prompts of a project are: the registry, and the files beside it."""

    store: PromptStore
    rules: Rules
    project: str
    repository: Repository | None = None
    """Git around it; None: files only."""

    @property
    def folder(self) -> Path:
        """Return the folder of prompt files."""
        return Path(self.rules.folder)

    @property
    def lock(self) -> Path:
        """Return the lock file."""
        return Path(self.rules.lock)

    def in_repository(self, path: str) -> str:
        """Return a path of the folder as the repository has it.

        Raises:
            Invalid: The folder is outside of the repository.
        """
        if self.repository is None:
            return path
        top = self.repository.root.resolve()
        full = self.folder.resolve()
        if not full.is_relative_to(top):
            raise Invalid(f"`{full}` is outside of `{top}`", hint="set SOLVENT_PROMPTS_FOLDER")
        return (
            (full.relative_to(top) / path).as_posix() if path else full.relative_to(top).as_posix()
        )


class File(NamedTuple):
    """A prompt file that was read."""

    path: str
    """From the folder of prompts."""
    written: Written
    hash: str


class Fault(NamedTuple):
    """A file that could not be taken, and why."""

    path: str
    reason: str


class Done(NamedTuple):
    """What was done about one prompt."""

    name: str
    what: str
    """version 3, wrote support/triage.md, or why nothing was done."""


@dataclass(frozen=True, slots=True)
class Exchanged:
    """What came of an exchange."""

    done: tuple[Done, ...] = ()
    conflicts: tuple[Step, ...] = ()
    faults: tuple[Fault, ...] = ()
    waiting: tuple[str, ...] = ()
    """Files that are not committed yet."""


def read_files(place: Place, *, committed: bool) -> tuple[dict[str, File], list[Fault]]:
    """Return the prompts in files, by name.

    Args:
        place: Where to look.
        committed: Whether git's text counts, where there is git, or the one on the disk.
    """
    found: dict[str, File] = {}
    faults: list[Fault] = []
    for path, load in _texts(place, committed=committed):
        try:
            written = parse(path, load())
            name = checked(name_of(path))
            if name in found:
                raise Invalid(f"`{found[name].path}` has the same name", hint="rename one")
            found[name] = File(path, written, registry.digest(written.content))
        except (SolventError, OSError, UnicodeDecodeError) as error:
            faults.append(Fault(path, str(error)))
    return found, faults


def _texts(place: Place, *, committed: bool) -> Iterable[tuple[str, Callable[[], str]]]:
    repository = place.repository
    if committed and repository is not None:
        folder = place.in_repository("")
        for whole in repository.list_files(folder):
            path = whole.removeprefix(f"{folder}/") if folder != "." else whole
            if is_prompt(path):
                yield path, partial(_committed, repository, whole)
        return
    for file in prompt_files(place.folder):
        yield file.relative_to(place.folder).as_posix(), partial(file.read_text, encoding="utf-8")


def _committed(repository: Repository, path: str) -> str:
    return repository.text_of(path) or ""


def compare(place: Place, *, committed: bool) -> tuple[list[Step], dict[str, File], list[Fault]]:
    """Return where every prompt stands, its files, and what could not be read."""
    files, faults = read_files(place, committed=committed)
    newest = {prompt.name: _newest_hash(place, prompt) for prompt in _prompts(place).values()}
    synced = {name: part["hash"] for name, part in read_lock(place.lock)["synced"].items()}
    return plan({n: f.hash for n, f in files.items()}, newest, synced), files, faults


def _prompts(place: Place) -> dict[str, Prompt]:
    return {prompt.name: prompt for prompt in place.store.list_prompts(place.project)}


def _newest_hash(place: Place, prompt: Prompt) -> str:
    return place.store.get_version(place.project, prompt.name, prompt.latest).hash


def push(place: Place, change: Change, *, take: bool = False) -> Exchanged:
    """Keep what is ahead in files as versions: with git, what is committed, as who committed it.

    Args:
        place: Where.
        change: Who does it; counts where git does not say.
        take: Whether the file wins where both sides changed.
    """
    steps, files, faults = compare(place, committed=True)
    ahead = [s for s in steps if s.where is Where.FILE or (take and s.where is Where.CONFLICT)]
    known = _prompts(place)
    done: list[Done] = []
    waiting = ahead
    while waiting:
        later: list[Step] = []
        for step in waiting:
            file = files[step.name]
            base = known[step.name].latest if step.name in known else None
            try:
                done.append(_keep(place, step.name, file, _told(place, file, change), base))
            except NotFound as error:  # it includes one whose turn comes later
                later.append(step)
                reason = str(error)
            except SolventError as error:
                faults.append(Fault(file.path, str(error)))
        if len(later) == len(waiting):
            faults += [Fault(files[s.name].path, reason) for s in later]
            break
        waiting = later
    same = [s.name for s in steps if s.where is Where.SAME]
    _remember(place, {name: files[name] for name in (*same, *(d.name for d in done))})
    _describe(place, files, same, change)
    return Exchanged(
        tuple(done),
        () if take else tuple(s for s in steps if s.where is Where.CONFLICT),
        tuple(faults),
        tuple(_uncommitted(place)),
    )


def _told(place: Place, file: File, change: Change) -> Change:
    """Return who changed a file, as git says."""
    whole = place.in_repository(file.path)
    commit = place.repository.last_change(whole) if place.repository else None
    if commit is None:
        return replace(change, source=f"file:{file.path}")
    return Change(commit.author, commit.at, commit.message, f"git:{commit.hash}:{whole}")


def _keep(place: Place, name: str, file: File, change: Change, base: int | None) -> Done:
    ref = (place.project, name)
    content = file.written.content
    version = registry.add(place.store, place.rules, ref, content, change, base=base)
    place.store.describe(
        *ref, by=change.by, at=change.at, owner=file.written.owner or None,
        tags=file.written.tags or None, path=file.path,
    )  # fmt: skip
    return Done(name, f"version {version.number} by {change.by}")


def _describe(place: Place, files: dict[str, File], names: Iterable[str], change: Change) -> None:
    """Take owner and tags from files whose text is in step."""
    for name in names:
        written = files[name].written
        place.store.describe(
            place.project, name, by=change.by, at=change.at, owner=written.owner or None,
            tags=written.tags or None, path=files[name].path,
        )  # fmt: skip


def _uncommitted(place: Place) -> Iterable[str]:
    if place.repository is None:
        return
    for file in prompt_files(place.folder):
        path = file.relative_to(place.folder).as_posix()
        if place.repository.is_changed(place.in_repository(path)):
            yield path


def pull(place: Place, *, take: bool = False, only: Collection[str] = ()) -> Exchanged:
    """Write what is ahead in the registry into files.

    Args:
        place: Where.
        take: Whether the registry wins where both sides changed.
        only: Names of the prompts that are written; all when empty.
    """
    steps, files, faults = compare(place, committed=False)
    done: list[Done] = []
    now: dict[str, File] = {s.name: files[s.name] for s in steps if s.where is Where.SAME}
    broken = {name_of(fault.path) for fault in faults}
    for prompt in _prompts(place).values():
        step = next(s for s in steps if s.name == prompt.name)
        wanted = step.where is Where.REGISTRY or (take and step.where is Where.CONFLICT)
        if not wanted or prompt.name in broken or (only and prompt.name not in only):
            continue
        content = place.store.get_version(place.project, prompt.name, prompt.latest).content
        written = Written(content, prompt.owner, prompt.tags)
        old = files[prompt.name].path if prompt.name in files else prompt.path
        there = place.folder / (old or "")
        before = there.read_text(encoding="utf-8") if prompt.name in files else ""
        path, text = _as_file(old or path_of(prompt.name, content), written, before)
        target = place.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if prompt.name in files and files[prompt.name].path != path:
            (place.folder / files[prompt.name].path).unlink()
        now[prompt.name] = File(path, written, registry.digest(content))
        done.append(Done(prompt.name, f"wrote {path}, version {prompt.latest}"))
    _remember(place, now)
    conflicts = () if take else tuple(s for s in steps if s.where is Where.CONFLICT)
    return Exchanged(tuple(done), conflicts, tuple(faults))


def _as_file(path: str, written: Written, before: str) -> tuple[str, str]:
    """Return path and text of a file; another suffix where the old one cannot say it."""
    try:
        return path, render(path, written, before)
    except Invalid:
        other = path_of(name_of(path), written.content)
        return other, render(other, written)


def propose(place: Place, name: str, content: PromptContent, change: Change) -> Commit:
    """Make a branch on which a prompt's file says this; nothing checked out is touched.

    Args:
        place: Where; needs a repository.
        name: The prompt.
        content: What it is to say.
        change: Who, when and why.

    Raises:
        Invalid: There is no repository, or the content does not hold together.
        Conflict: A branch for the same change is there.
    """
    registry.draft(place.store, place.rules, (place.project, name), content, change)
    branch = f"{branch_prefix(name)}{registry.digest(content)[:8]}"
    return branch_off(place, branch, {name: content}, change)


def branch_prefix(name: str) -> str:
    """Return how the names of branches that propose something about a prompt begin."""
    return f"solvent/{name.replace('/', '-')}-"


def branch_off(
    place: Place, branch: str, contents: Mapping[str, PromptContent], change: Change
) -> Commit:
    """Make a branch with one commit that sets the files of some prompts.

    Args:
        place: Where; needs a repository.
        branch: Its name.
        contents: What each prompt is to say, by its name; not checked.
        change: Who, when and why.

    Returns:
        The commit; its message is the branch's name.

    Raises:
        Invalid: There is no repository.
        Conflict: The branch is there.
    """
    if place.repository is None:
        raise Invalid(
            f"`{place.folder}` is in no git repository",
            hint="git init, or prompts.truth = registry",
        )
    known, _ = read_files(place, committed=True)
    texts = {}
    for name, content in contents.items():
        old = known.get(name)
        written = Written(content, *((old.written.owner, old.written.tags) if old else ()))
        before = place.repository.text_of(place.in_repository(old.path)) if old else ""
        path, text = _as_file(old.path if old else path_of(name, content), written, before or "")
        texts[place.in_repository(path)] = text
    message = change.reason.strip() or f"Change the prompt {', '.join(contents)}"
    commit = place.repository.add_branch(
        branch, texts, author=change.by, at=change.at, message=message
    )
    return commit._replace(message=branch)


def _remember(place: Place, files: dict[str, File]) -> None:
    """Write into the lock file which contents both sides have."""
    known = read_lock(place.lock)
    synced = {name: {"hash": f.hash, "path": f.path} for name, f in files.items()}
    if synced and {**known["synced"], **synced} != known["synced"]:
        _write(place, {**known, "synced": {**known["synced"], **synced}})


def pin(place: Place, references: Iterable[str], at: int) -> list[str]:
    """Write prompts into the lock file, so that applications start from them without a server.

    Args:
        place: Where.
        references: Which; none: every alias of every prompt.
        at: Now, in microseconds.

    Returns:
        The references that are pinned now.

    Raises:
        NotFound: One of them is not in the registry.
    """
    wanted = list(references) or [
        f"{prompt.name}@{alias.alias}"
        for prompt in _prompts(place).values()
        for alias in prompt.aliases
    ]
    documents: dict[str, Any] = {
        ref: to_document(registry.get_resolved(place.store, place.rules, place.project, read(ref)))
        for ref in wanted
    }
    _write(place, {**read_lock(place.lock), "at": at, "prompts": documents})
    return wanted


def _write(place: Place, facts: dict[str, Any]) -> None:
    text = json.dumps({**facts, "schema": SCHEMA}, indent=1, sort_keys=True, ensure_ascii=False)
    place.lock.parent.mkdir(parents=True, exist_ok=True)
    draft = place.lock.with_name(f"{place.lock.name}.new")
    try:
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(place.lock)
    except OSError as error:
        raise Conflict(f"`{place.lock}` cannot be written: {error.strerror}") from error
