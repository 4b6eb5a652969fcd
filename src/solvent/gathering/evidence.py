"""The evidence of paths, opened for the time of an audit."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.debt.evidence import collect
from solvent.debt.opinions import Opinions
from solvent.debt.versions import VersionSources
from solvent.errors import Invalid
from solvent.gathering.kept import keeps, pins, registry_kept
from solvent.gathering.naming import DATA, divide
from solvent.opening import find_past, has_records, has_spans, open_second_opinion, open_spans
from solvent.prompts.files import prompt_files
from solvent.records.source import Scan
from solvent.traces.batches import read_batches
from solvent.traces.cost import price_spans
from solvent.traces.files import Unread
from solvent.traces.prices import PriceBook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from solvent.debt.evidence import Evidence
    from solvent.gathering.naming import Named
    from solvent.ports.spans import SpanStore
    from solvent.settings import Settings

    Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Gathered:
    """Evidence, and what of the paths could not be read."""

    evidence: Evidence
    unread: list[Unread]
    root: Path
    """Folder that the names of files in the code are relative to."""


class Written(NamedTuple):
    """What was scanned, and the folder that its names are relative to."""

    scan: Scan
    root: Path


@contextmanager
def open_evidence(
    settings: Settings,
    paths: Sequence[Path],
    since: int,
    progress: Progress,
    *,
    home: Path | None = None,
    project: str | None = None,
    opened: SpanStore | None = None,
) -> Iterator[Gathered]:
    """Give the evidence of files and folders; see `solvent.gathering`.

    Args:
        settings: Settings of the folder they are in.
        paths: What to read.
        since: First microsecond of the window.
        progress: Told what is being read.
        home: The folder among the paths that the settings are of.
        project: Project of what that folder collected; the main one when left out.
        opened: Its store, where this process has it open already.

    Raises:
        Conflict: Another process has the store of the folder.
        NotFound: A path is not there.
        Invalid: Nothing in them could be read.
    """
    home = home if home is not None and keeps(settings) else None
    named = divide(paths, home)
    unread: list[Unread] = []
    written = _written(settings, named, home, progress)
    with ExitStack() as stack:
        own = home is not None and not named.others and has_spans(settings)
        store = opened if own else None
        if store is None:
            store = open_spans(settings if own else ":memory:")
            stack.callback(store.close)
        taken = _take(settings, store, named.others, unread, progress)
        if not taken and named.others:
            written, unread = _as_prompts(settings, named.others, written, unread)
        if written:
            unread += [Unread(s.file, None, s.reason) for s in written.scan.skipped]
        if not taken and (written is None or _is_empty(named, written)):
            raise _nothing(paths[0], unread)
        looked_at = (project or main_project(store, settings.project)) if own else settings.project
        evidence = stack.enter_context(
            collect_from(
                settings,
                store,
                looked_at,
                since,
                progress,
                code=written.scan if written else None,
                versions=_versions(settings, written, home, progress),
            )
        )
        yield Gathered(evidence, unread, written.root if written else Path())


def scan_code(settings: Settings, folder: Path, progress: Progress = lambda _: None) -> Scan:
    """Return what a folder with code holds."""
    from solvent.code.scan import scan  # noqa: PLC0415  a server at rest does without
    from solvent.traces.sensitive import find_leaks  # noqa: PLC0415  a server at rest does without

    return scan(folder, settings.code, progress, find_leaks)


def read_files(settings: Settings, files: Sequence[Path], root: Path | None = None) -> Written:
    """Return what some files of program text and prompts hold."""
    from solvent.gathering.texts import read_texts  # noqa: PLC0415  a server at rest does without

    return Written(*read_texts(files, settings.code, root))


def collect_from(
    settings: Settings,
    store: SpanStore,
    project: str,
    since: int,
    progress: Progress,
    *,
    code: Scan | None = None,
    versions: VersionSources | None = None,
) -> AbstractContextManager[Evidence]:
    """Open the evidence of a store, as the settings say; see `solvent.debt.evidence.collect`."""
    return collect(
        store,
        PriceBook.load(settings.ledger.prices),
        project,
        since=since,
        scale_min_days=settings.ledger.scale_min_days,
        progress=progress,
        code=code,
        knowledge=settings.knowledge,
        versions=versions,
        pipelines=settings.pipelines,
        opinions=_opinions(settings),
    )


def _opinions(settings: Settings) -> Opinions | None:
    """Return who gives second opinions; opened when first asked."""
    if not settings.second_opinion.provider:
        return None
    return Opinions(lambda: open_second_opinion(settings), settings.second_opinion)


def projects_of(store: SpanStore) -> list[str]:
    """Return the projects that have spans, the largest first."""
    names: list[str] = store.query(
        "SELECT project, count(*) AS n FROM spans GROUP BY project ORDER BY n DESC, project"
    )["project"].to_pylist()
    return names


def main_project(store: SpanStore, own: str) -> str:
    """Return a folder's own project; where it has no spans, the largest."""
    names = projects_of(store)
    return own if own in names or not names else names[0]


def _written(
    settings: Settings, named: Named, home: Path | None, progress: Progress
) -> Written | None:
    """Return what the code and the prompt files say; None when none were named."""
    if named.texts:
        return read_files(settings, named.texts)
    if named.folder is None:
        return None
    found = scan_code(settings, named.folder, progress)
    if named.folder == home:
        known = {prompt.place.file for prompt in found.prompts}
        root = named.folder.resolve()
        more = [
            path
            for path in map(Path.resolve, prompt_files(Path(settings.prompts.folder)))
            if path.is_relative_to(root) and path.relative_to(root).as_posix() not in known
        ]
        if more:
            found = _together(found, read_files(settings, more, root).scan)
    return Written(found, named.folder)


def _together(first: Scan, second: Scan) -> Scan:
    """Return two scans below one root as one."""
    both: dict[str, Any] = {
        part.name: getattr(first, part.name) + getattr(second, part.name) for part in fields(Scan)
    }
    return Scan(**both)


def _take(
    settings: Settings,
    store: SpanStore,
    paths: Sequence[Path],
    unread: list[Unread],
    progress: Progress,
) -> int:
    """Store what files hold of traces; return how many spans that were."""
    prices = PriceBook.load(settings.ledger.prices)
    taken = 0
    for batch in read_batches(settings, paths, settings.project, unread):
        taken += store.append(price_spans(batch, prices))
        progress(f"reading: {taken:,} spans")
    return taken


def _as_prompts(
    settings: Settings, paths: Sequence[Path], written: Written | None, unread: list[Unread]
) -> tuple[Written | None, list[Unread]]:
    """Return what is in files and folders without traces, when it is prompts, and what is not."""
    if written is not None:
        return written, unread
    files = [path for path in paths if path.is_file() and path.suffix.lower() in DATA]
    folders = [path for path in paths if path.is_dir()]
    found = None
    if files:
        found = read_files(settings, files)
    elif len(folders) == 1:
        found = Written(scan_code(settings, folders[0]), folders[0])
    if found is None or not (found.scan.prompts or found.scan.tools):
        return None, unread
    return found, []


def _is_empty(named: Named, written: Written) -> bool:
    """Tell whether none of the files that were named one by one could be read."""
    return bool(named.texts) and written.scan.files == len(written.scan.skipped)


def _nothing(path: Path, unread: Sequence[Unread]) -> Invalid:
    """Return what to say when there is nothing to audit."""
    reason = f": {unread[0]}" if unread else ""
    return Invalid(
        f"`{path}` holds no traces, no code and no prompts{reason}",
        hint="`solvent import --help` lists the forms of traces",
    )


def _versions(
    settings: Settings, written: Written | None, home: Path | None, progress: Progress
) -> VersionSources:
    """Return where versions of prompts are: the folder's registry or lock file, and git."""
    has = home is not None and (has_records(settings) or pins(settings))
    registry = (lambda: registry_kept(settings)) if has else None
    if written is None:
        return VersionSources(registry)
    scanned, root = written
    return VersionSources(registry, lambda: find_past(settings, scanned, root, progress))
