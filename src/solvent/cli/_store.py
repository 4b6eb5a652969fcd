"""What a folder has collected, wherever it is open: here, or in the server that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from solvent.errors import Conflict, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from solvent.settings import Settings
    from solvent.traces.files import Unread

T = TypeVar("T")
SHOWN_UNREAD = 5


def need_store(settings: Settings, hint: str) -> None:
    """Refuse a command on a folder that has collected nothing.

    Raises:
        NotFound: It has no store of spans.
    """
    from solvent.opening import has_spans

    if not has_spans(settings):
        raise NotFound(f"there is nothing collected in `{settings.storage.path}`", hint=hint)


def here_or_asked(
    settings: Settings,
    work: Callable[[], T],
    path: str,
    query: Mapping[str, str],
    progress: Callable[[str], None],
) -> T | dict[str, Any]:
    """Return what `work` finds in the folder's store, or what the server that holds it answers.

    Args:
        settings: Settings of the folder.
        work: Opens the store.
        path: Where a server does the same.
        query: What it is told.
        progress: Told when the server is asked.

    Raises:
        Conflict: Another process has the store, and no server listens.
    """
    from urllib.parse import urlencode

    from solvent.cli._server import ask

    try:
        return work()
    except Conflict:
        progress("asking the server")
        answer = ask(settings, f"{path}?{urlencode(query)}")
        if answer is None:
            raise
        return answer


def say_unread(unread: Sequence[Unread]) -> None:
    """Name the first things that could not be read, on standard error."""
    for line in unread[:SHOWN_UNREAD]:
        click.echo(f"not read: {line}", err=True)
    if len(unread) > SHOWN_UNREAD:
        click.echo(f"not read: {len(unread) - SHOWN_UNREAD:,} more", err=True)


def write_output(text: str, output: Path) -> None:
    """Write what a command found to the file that it was given.

    Raises:
        Unavailable: It cannot be written.
    """
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"`{output}` cannot be written: {error.strerror}", hint="give --output another path"
        ) from error
    click.echo(f"wrote {output}", err=True)
