"""A repository of files under version control, as far as prompts need it."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the protocol has parameters of this type
from pathlib import Path  # noqa: TC003  the protocol has an attribute of this type
from typing import NamedTuple, Protocol


class Commit(NamedTuple):
    """Who changed something last, and why."""

    hash: str
    author: str
    at: int
    """Microseconds since 1970 UTC."""
    message: str


class History(Protocol):
    """What was committed of some files."""

    def text_of(self, path: str, commit: str = "HEAD") -> str | None:
        """Return a committed file; None when the commit has none.

        Raises:
            Invalid: It is not text in UTF-8.
        """

    def list_changes(self, path: str, newest: int = 0) -> list[tuple[Commit, str]]:
        """Return the commits that changed a file, oldest first, each with its path then.

        The file is followed through renames. Only the newest so many are returned; 0: all.
        """


class Repository(History, Protocol):
    """Reads what is committed, and adds branches; never touches a checked-out file or the index."""

    root: Path

    def list_files(self, folder: str) -> list[str]:
        """Return the committed files below a folder, by path from the root."""

    def last_change(self, path: str) -> Commit | None:
        """Return the last commit that changed a file; None when none did."""

    def is_changed(self, path: str) -> bool:
        """Tell whether a file differs from what is committed."""

    def add_branch(
        self, branch: str, files: Mapping[str, str], *, author: str, at: int, message: str
    ) -> Commit:
        """Make a branch with one commit on top of the current one that sets files, by path.

        Raises:
            Conflict: A branch of this name is there.
        """

    def list_branches(self, prefix: str) -> list[Commit]:
        """Return the newest commit of each branch below a prefix that is not merged yet.

        The message of each is the branch's name.
        """

    def patch_of(self, commit: str) -> str:
        """Return a commit as a patch that `git am` takes."""
