"""The registry of the folder, and the options that commands about prompts share."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.ports.records import PromptStore
    from solvent.prompts.exchange import Place
    from solvent.settings import Settings

by_option = click.option("--by", help="Who does it; the name git knows when left out.")
project_option = click.option("--project", help="Project; the folder's own when left out.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@contextmanager
def registry(project: str | None) -> Iterator[tuple[Settings, PromptStore, str]]:
    """Give the settings, the store and the project of a command."""
    from solvent.opening import open_prompts
    from solvent.settings import find_folder, load

    settings = load(find_folder())
    with open_prompts(settings) as store:
        yield settings, store, project or settings.project


@contextmanager
def place(project: str | None) -> Iterator[Place]:
    """Give the registry with the files and the repository around it."""
    from solvent.opening import find_repository
    from solvent.prompts.exchange import Place

    with registry(project) as (settings, store, named):
        around = find_repository(Path(settings.prompts.folder))
        yield Place(store, settings.prompts, named, around)


def text_of(file: Path) -> str:
    """Return what is in a file.

    Raises:
        NotFound: It cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"`{file}` cannot be read: {error}", hint="give a file in UTF-8") from error
