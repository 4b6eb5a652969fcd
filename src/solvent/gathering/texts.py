"""Code and prompt files that were named one by one, as a scan of them alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.code.draft import Draft, Facts
from solvent.code.joining import join
from solvent.code.scan import read_file
from solvent.code.walk import TEXT, is_source
from solvent.errors import Invalid
from solvent.gathering.naming import STDIN
from solvent.prompts.files import STYLE_OF, parse
from solvent.traces.sensitive import find_leaks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.records.source import Scan
    from solvent.settings import Code

SHORTEST = 3
"""Characters of a text that can be a prompt."""


def read_texts(
    paths: Sequence[Path], settings: Code, root: Path | None = None
) -> tuple[Scan, Path]:
    """Return what the files hold, and the folder that their names are relative to.

    A prompt file is taken for a prompt whatever its name, as somebody named it.

    Args:
        paths: Files; `-` is standard input.
        settings: Bounds.
        root: What their names are relative to; left out: see `root_of`.
    """
    root = root or root_of([path for path in paths if path != STDIN])
    facts = [
        _read_stdin() if path == STDIN else read_text_file(path, root, settings) for path in paths
    ]
    return join(root, facts, (), settings.max_prompt_chars), root


def root_of(paths: Sequence[Path]) -> Path:
    """Return this folder when all files are below it, as findings then keep their names.

    Else the folder around them.
    """
    here = Path.cwd()
    full = [path.resolve() for path in paths]
    if all(path.is_relative_to(here) for path in full):
        return here
    return Path(os.path.commonpath([path.parent for path in full]))


def read_text_file(path: Path, root: Path, settings: Code) -> Facts:
    """Return the facts of one file; one that is no code is a prompt in any case."""
    path = path.resolve()
    facts = read_file(path, root=root, settings=settings, leaks=find_leaks)
    if facts.trouble or facts.drafts or is_source(path):
        return facts
    if path.stat().st_size > settings.max_file_bytes:
        facts.trouble = f"{path.stat().st_size:,} bytes, over code.max_file_bytes"
        return facts
    _take_whole(facts, path.read_text("utf-8-sig"))
    return facts


def _read_stdin() -> Facts:
    facts = Facts("stdin.md")
    try:
        _take_whole(facts, sys.stdin.buffer.read().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        facts.trouble = f"not UTF-8 at byte {error.start:,}"
    return facts


def _take_whole(facts: Facts, text: str) -> None:
    """Add the messages of a prompt file; of other text, the whole of it."""
    path = Path(facts.file)
    facts.lines = text.count("\n") + 1
    if len(text.strip()) < SHORTEST:
        facts.trouble = "is empty"
        return
    if path.suffix not in STYLE_OF:
        if path.suffix == ".toml" or path.suffix not in TEXT:
            facts.trouble = "holds no prompt"
        else:
            facts.drafts = [_draft(path.stem, "", text, text)]
        return
    try:
        content = parse(facts.file, text).content
    except Invalid as error:
        facts.trouble = f"is no prompt file: {error}"
        return
    facts.drafts = [
        _draft(path.stem, message.role, message.content, text)
        for message in content.messages
        if message.content.strip()
    ]


def _draft(name: str, role: str, said: str, text: str) -> Draft:
    """Return a prompt with the lines it stands on; the whole file where they are not plain."""
    said = said.strip("\n")
    at = text.find(said)
    first = text.find(said.split("\n", 1)[0])
    line = 1 + text.count("\n", 0, max(at, first, 0))
    end = line + said.count("\n") if at >= 0 else text.count("\n") + 1
    return Draft(line, end, name, role, "file", (("text", said),))
