"""From a path to bytes: plain, gzip and zip files, folders; every failure in one sentence."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"

BROKEN = (EOFError, gzip.BadGzipFile, zlib.error, zipfile.BadZipFile, OSError, NotImplementedError)
"""What reading a damaged or forbidden file raises."""


def files(path: Path) -> Iterator[Path]:
    """Yield the files below a path in a stable order, hidden ones left out."""
    if not path.is_dir():
        yield path
        return
    for child in sorted(path.iterdir()):
        if not child.name.startswith("."):
            yield from files(child)


def entries(path: Path) -> list[str]:
    """Return the names of the files in a zip archive; `[""]` for any other file."""
    with path.open("rb") as stream:
        if stream.read(4) != ZIP:
            return [""]
    with zipfile.ZipFile(path) as archive:
        return [item.filename for item in archive.infolist() if not item.is_dir()]


@contextmanager
def opened(path: Path, entry: str = "") -> Iterator[IO[bytes]]:
    """Open a file, or an entry of a zip archive, as decompressed bytes."""
    with ExitStack() as stack:
        if entry:
            archive = stack.enter_context(zipfile.ZipFile(path))
            try:
                stream = stack.enter_context(archive.open(entry))
            except RuntimeError as error:  # the archive is encrypted
                raise zipfile.BadZipFile(str(error)) from error
        else:
            stream = stack.enter_context(path.open("rb"))
        start = stream.read(2)
        stream.seek(0)
        if start == GZIP:
            stream = cast("IO[bytes]", stack.enter_context(gzip.open(stream)))
        yield stream


def explained(error: Exception) -> str:
    """Return what went wrong while reading, in words."""
    if isinstance(error, EOFError):
        return "the compressed data ends too early: the file is cut off; copy it again"
    if isinstance(error, PermissionError):
        return "may not be read: permission denied; change its mode or owner"
    if isinstance(error, FileNotFoundError):
        return "is not there"
    if isinstance(error, gzip.BadGzipFile | zlib.error | zipfile.BadZipFile):
        return f"the compressed data is damaged ({error}); copy it again"
    if isinstance(error, NotImplementedError):
        return f"the archive cannot be opened: {error}"
    return (
        f"cannot be read: {error.strerror or error}" if isinstance(error, OSError) else str(error)
    )
