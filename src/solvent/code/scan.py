"""A repository → its prompts, model calls and tools; files are read in parallel, then joined."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import PurePosixPath
from queue import SimpleQueue
from typing import TYPE_CHECKING

from solvent.code.draft import Facts
from solvent.code.joining import join
from solvent.code.notebook import NOTEBOOK, python_of
from solvent.code.notes import acceptances
from solvent.code.reader import Reader
from solvent.code.tracing import is_settings_file, read_settings
from solvent.code.walk import PYTHON, SCRIPT, TEXT, is_built, is_documentation, list_files
from solvent.records.source import CodeLeak, Place, Scan, Skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from solvent.settings import Code

    Leaks = Callable[[str], list[tuple[str, int, str]]]
    """Returns the secrets of a text: kind, line, and the line without them."""

FEW = 200
"""Files below which starting processes costs more than it saves."""
CHUNK = 24
STEP = 200


def scan(
    path: Path,
    settings: Code,
    progress: Callable[[str], None] = lambda _: None,
    leaks: Leaks | None = None,
) -> Scan:
    """Return what is in a repository, or in one file.

    Args:
        path: Folder or file.
        settings: Bounds, and what to leave out.
        progress: Told how far it is.
        leaks: Finds secrets in a text; left out: they are not looked for.
    """
    root = path if path.is_dir() else path.parent
    paths = list(list_files(path, settings))
    late = [Skipped(str(p.relative_to(root)), f"over code.max_files = {settings.max_files:,}")
            for p in paths[settings.max_files :]]  # fmt: skip
    paths = paths[: settings.max_files]
    facts: list[Facts] = []
    for number, one in enumerate(_read_all(root, paths, settings, leaks), 1):
        facts.append(one)
        if number % STEP == 0:
            progress(f"reading code: {number:,} of {len(paths):,} files")
    progress("joining code")
    return join(root, facts, late, settings.max_prompt_chars)


def _read_all(
    root: Path, paths: list[Path], settings: Code, leaks: Leaks | None
) -> Iterator[Facts]:
    work = partial(read_file, root=root, settings=settings, leaks=leaks)
    count = settings.processes or min(os.cpu_count() or 1, 8)
    if count == 1 or len(paths) < FEW:
        yield from map(work, paths)
        return
    chunks = [paths[at : at + CHUNK] for at in range(0, len(paths), CHUNK)]
    idle: SimpleQueue[Reader] = SimpleQueue()
    readers = [Reader(work) for _ in range(count)]
    for reader in readers:
        idle.put(reader)

    def read(chunk: list[Path]) -> list[Facts]:
        reader = idle.get()
        found = reader.read(chunk)
        if found is None:
            found = [one for path in chunk for one in reader.read([path]) or [_lost(path, root)]]
        idle.put(reader)
        return found

    try:
        with ThreadPoolExecutor(count) as pool:
            for found in pool.map(read, chunks):
                yield from found
    finally:
        for reader in readers:
            reader.close()


def _lost(path: Path, root: Path) -> Facts:
    return Facts(path.relative_to(root).as_posix(), trouble="the process that read it ended")


def read_file(path: Path, *, root: Path, settings: Code, leaks: Leaks | None = None) -> Facts:
    """Return the facts of one file; trouble is a fact, too."""
    file = path.relative_to(root).as_posix()
    facts = Facts(file)
    try:
        size = path.stat().st_size
        if size > settings.max_file_bytes:
            if path.suffix in PYTHON | SCRIPT | NOTEBOOK:
                facts.trouble = f"{size:,} bytes, over code.max_file_bytes"
            return facts
        data = path.read_bytes()
        if is_built(data, path.suffix):
            return facts
        text = data.decode("utf-8-sig")
        facts = read_text(file, text)
        facts.lines = data.count(b"\n") + 1
        facts.acceptances = acceptances(file, text)
        if is_settings_file(path.name):
            facts.tracing |= read_settings(file, text).tracing
        facts.leaks = list(_leaks(file, text, leaks)) if leaks else []
    except UnicodeDecodeError as error:
        facts.trouble = f"not UTF-8 at byte {error.start:,}"
    except SyntaxError as error:
        facts.trouble = f"line {error.lineno}: {error.msg}"
    except RecursionError:
        facts.trouble = "nested too deeply"
    except (OSError, ValueError) as error:
        facts.trouble = str(error)
    return facts


def read_text(file: str, text: str) -> Facts:
    """Return the facts of a text, read as the name of its file says.

    Raises:
        SyntaxError: It is not what the name says.
    """
    suffix = PurePosixPath(file).suffix
    if suffix in PYTHON:
        from solvent.code.python.reading import read_python  # noqa: PLC0415  only what is needed

        return read_python(file, text)
    if suffix in NOTEBOOK:
        from solvent.code.python.reading import read_python  # noqa: PLC0415  only what is needed

        return read_python(file, python_of(text))
    if suffix in SCRIPT:
        from solvent.code.javascript.reading import read_script  # noqa: PLC0415  loads a parser

        return read_script(file, text)
    if is_settings_file(file.rpartition("/")[2]) and suffix not in TEXT:
        return read_settings(file, text)
    from solvent.code import files  # noqa: PLC0415  only what is needed

    return files.read_text(file, text)


def _leaks(file: str, text: str, leaks: Leaks) -> Iterable[CodeLeak]:
    for kind, line, shown in leaks(text):
        if kind == "password" and is_documentation(file):
            continue  # an address to show its form
        yield CodeLeak(Place(file, line, line), kind, shown)
