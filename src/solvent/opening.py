"""Opening what is outside: stores, the journal, providers, the repository of a folder."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Invalid, NotFound, Unavailable
from solvent.settings import Settings, Storage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solvent.ports.completions import CompletionProvider
    from solvent.ports.records import PromptStore
    from solvent.ports.repository import Repository
    from solvent.records.prompt_past import Past
    from solvent.records.source import Scan
    from solvent.stores.duckdb import DuckSpans
    from solvent.stores.journal import Journal
    from solvent.stores.records import Database


def open_spans(where: Settings | Storage | Path | str, *, address: str = "") -> DuckSpans:
    """Return the span store of some settings, of a file, or of `:memory:`.

    Args:
        where: Settings name the folder; a path names the file itself.
        address: Where this process can be reached, told to a second process that wants the file.

    Raises:
        Conflict: Another process has the file open, or a newer Solvent wrote it.
        Invalid: `spans_url` names an engine that is not there.
        Unavailable: The file cannot be opened or made.
    """
    from solvent.stores.duckdb import DuckSpans

    if isinstance(where, Path | str):
        return DuckSpans(where, Storage(), address=address)
    storage = where.storage if isinstance(where, Settings) else where
    url = storage.spans_url
    if "://" in url and not url.startswith("duckdb://"):
        raise Invalid(
            f"`spans_url` names `{url.partition(':')[0]}`, and the span store is on DuckDB only",
            hint="leave it empty, or give duckdb://<file>",
        )
    if url:
        return DuckSpans(url.removeprefix("duckdb://"), storage, address=address)
    folder = _own_folder(Path(storage.path))
    return DuckSpans(folder / "spans.duckdb", storage, address=address)


def has_spans(settings: Settings) -> bool:
    """Tell whether a folder has a store of spans."""
    storage = settings.storage
    return bool(storage.spans_url) or (Path(storage.path) / "spans.duckdb").exists()


def has_records(settings: Settings) -> bool:
    """Tell whether a folder has a database of records: prompts, findings, assessments."""
    storage = settings.storage
    return bool(storage.records_url) or (Path(storage.path) / "records.sqlite").exists()


def _own_folder(folder: Path) -> Path:
    """Return a folder, made when missing, that git does not look into."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return folder


def open_records(settings: Settings) -> Database:
    """Return the database of the records of some settings, made when missing.

    Raises:
        Conflict: A newer Solvent wrote it.
        Unavailable: It cannot be opened.
    """
    from solvent.stores.records import Database

    return Database(settings.storage.records_url or Path(settings.storage.path) / "records.sqlite")


@contextmanager
def open_prompts(settings: Settings) -> Iterator[PromptStore]:
    """Give the prompt registry of a folder alone; several processes may have it open.

    Raises:
        Conflict: A newer Solvent wrote it.
        Unavailable: It cannot be opened.
    """
    from solvent.stores.records import SqlPrompts

    _own_folder(Path(settings.storage.path))
    database = open_records(settings)
    try:
        yield SqlPrompts(database)
    finally:
        database.close()


def open_journal(settings: Settings) -> Journal:
    """Return the journal of the intake, beside the stores.

    Raises:
        Unavailable: The folder cannot be made or written.
    """
    from solvent.stores.journal import Journal

    free = 2 * settings.storage.min_free_mb * 1024 * 1024
    return Journal(Path(settings.storage.path) / "journal", min_free_bytes=free)


def open_provider(settings: Settings, name: str) -> CompletionProvider:
    """Return who answers: `replay:FILE`, `openai:MODEL` or `anthropic:MODEL`.

    Raises:
        Invalid: The name has another form, or the file holds no recordings.
        NotFound: The file or the client library is missing.
        Denied: No key for the endpoint is known.
    """
    from solvent.providers.opening import open_named

    return open_named(name, settings.providers)


def open_second_opinion(settings: Settings) -> CompletionProvider:
    """Return who gives second opinions; what a live model answered is remembered in the folder.

    Raises:
        Invalid: The name has another form, or the file does not hold recordings.
        NotFound: The file or the client library is missing.
        Denied: No key for the endpoint is known.
    """
    from solvent.providers.remembering import Remembering

    name = settings.second_opinion.provider
    provider = open_provider(settings, name)
    kind, _, model = name.partition(":")
    if kind == "replay":
        return provider
    folder = _own_folder(Path(settings.storage.path))
    return Remembering(provider, folder / "opinions.jsonl", model)


def find_repository(folder: Path) -> Repository | None:
    """Return the git repository around a folder, or around where it would be; None: there is none.

    Raises:
        Unavailable: Git is not installed.
    """
    from solvent.providers.git import GitRepository

    there = next((one for one in (folder, *folder.absolute().parents) if one.is_dir()), folder)
    try:
        return GitRepository(there)
    except NotFound:
        return None


def find_past(
    settings: Settings, code: Scan, path: Path, progress: Callable[[str], None]
) -> tuple[Past, ...]:
    """Return the history in git of the prompts of scanned code; nothing where there is no git.

    Args:
        settings: Bounds.
        code: What the scan found.
        path: Folder or file that was scanned.
        progress: Told how far it is.
    """
    from solvent.code.past import read_past

    folder = (path if path.is_dir() else path.parent).resolve()
    try:
        repository = find_repository(folder)
    except Unavailable:  # without git there is no history, and the rest of an audit stands
        repository = None
    if repository is None:
        return ()
    inside = folder.relative_to(repository.root.resolve()).as_posix()
    return read_past(repository, "" if inside == "." else inside, code, settings.code, progress)
