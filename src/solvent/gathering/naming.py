"""What each path of a command line stands for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from solvent.code.walk import TEXT, has_source, is_source
from solvent.errors import Invalid, NotFound, SolventError
from solvent.prompts.files import parse
from solvent.settings import FILE

if TYPE_CHECKING:
    from collections.abc import Sequence

STDIN = Path("-")
DATA = frozenset({".json", ".jsonl"})
"""Text that is as often traces as prompts."""
ANSWERS = frozenset({"assistant", "model", "tool"})
"""Roles of messages that only a recorded conversation has."""
MAX_LOOKED_AT = 400_000
"""Bytes of such a file that is looked into; a prompt has fewer."""


class Named(NamedTuple):
    """Paths by what is looked for in them."""

    folder: Path | None
    """Scanned for code and prompts."""
    texts: tuple[Path, ...]
    """Files of code and prompts that were named one by one."""
    others: tuple[Path, ...]
    """Traces, or not known before they are read."""


def find_home(paths: Sequence[Path]) -> Path | None:
    """Return the first folder among paths that is a project's own; None: none is."""
    return next((path for path in paths if (path / FILE).is_file()), None)


def divide(paths: Sequence[Path], home: Path | None) -> Named:
    """Return the paths by what is looked for in them.

    Args:
        paths: As they were given.
        home: The folder among them that keeps something of its own; it is scanned in any case.

    Raises:
        NotFound: One of them is not there.
        Invalid: Two folders hold code, or a folder and a file beside it.
    """
    folders: list[Path] = []
    texts: list[Path] = []
    others: list[Path] = []
    for path in dict.fromkeys(paths):
        if path != STDIN and not path.exists():
            raise NotFound(f"`{path}` is not there", hint="give a file or a folder")
        if path.is_dir() and (path == home or has_source(path)):
            folders.append(path)
        elif path == STDIN or (path.is_file() and is_text(path)):
            texts.append(path)
        else:
            others.append(path)
    scanned = [*folders, *texts] if folders else []
    if len(scanned) > 1:
        raise Invalid(
            f"`{scanned[0]}` and `{scanned[1]}` both hold code or prompts",
            hint="name the folder around them, or files alone",
        )
    return Named(folders[0] if folders else None, tuple(texts), tuple(others))


def is_text(path: Path) -> bool:
    """Tell whether a file is code or prompts; JSON is when it is one prompt and no conversation."""
    if path.suffix.lower() in DATA:
        return path.suffix.lower() == ".json" and _is_prompt(path)
    return is_source(path) or path.suffix.lower() in TEXT


def _is_prompt(path: Path) -> bool:
    try:
        if path.stat().st_size > MAX_LOOKED_AT:
            return False
        text = path.read_text("utf-8-sig")
        messages = parse(path.name, text).content.messages
    except (OSError, ValueError, SolventError):
        return False
    return not any(message.role in ANSWERS for message in messages)
