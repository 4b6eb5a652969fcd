"""Git by its plumbing: objects and references only, so that nobody's checkout is disturbed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Conflict, Invalid, NotFound, Unavailable
from solvent.ports.repository import Commit

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_SECONDS = 60
NONE = "0" * 40
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", "--literal-pathspecs")
UNFIT = re.compile(r"[<>\n\0]")


class GitRepository:
    """The repository around a folder. See `solvent.ports.repository.Repository`.

    Args:
        folder: A folder inside of it.

    Raises:
        NotFound: The folder is in no repository.
        Unavailable: Git is not installed.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder
        found = self._try("rev-parse", "--show-toplevel")
        if found is None:
            raise NotFound(f"`{folder}` is in no git repository", hint="git init")
        self.root = Path(found.strip())

    def list_files(self, folder: str) -> list[str]:
        """Return the committed files below a folder, by path from the root."""
        said = self._try("ls-tree", "-r", "-z", "--name-only", "HEAD", "--", f"{folder or '.'}/")
        return [path for path in (said or "").split("\0") if path]

    def text_of(self, path: str, commit: str = "HEAD") -> str | None:
        """Return a committed file; None when the commit has none.

        Raises:
            Invalid: It is not text in UTF-8.
        """
        done = self._run("cat-file", "blob", f"{commit}:{path}")
        if done.returncode:
            return None
        try:
            return done.stdout.decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid(f"`{path}` is not text in UTF-8", hint="save it in UTF-8") from None

    def last_change(self, path: str) -> Commit | None:
        """Return the last commit that changed a file; None when none did."""
        said = self._try("log", "-1", "--format=%H%x00%an%x00%at%x00%B", "--", path)
        if not said:
            return None
        hash_, author, at, message = said.split("\0", 3)
        return Commit(hash_, author, int(at) * 1_000_000, message.strip())

    def list_changes(self, path: str, newest: int = 0) -> list[tuple[Commit, str]]:
        """Return the commits that changed a file, oldest first, each with its path then.

        The file is followed through renames. Only the newest so many are returned; 0: all.
        """
        shape = "--format=%x01%H%x00%an%x00%at%x00%B%x02"
        words = ("log", "--follow", "--name-only", "--diff-filter=d", shape)
        said = self._try(*words, *([f"-{newest}"] if newest else []), "--", path)
        found = []
        for entry in filter(None, (said or "").split("\1")):
            head, _, names = entry.partition("\2")
            hash_, author, at, message = head.split("\0", 3)
            then = names.strip().splitlines()
            if then:
                commit = Commit(hash_, author, int(at) * 1_000_000, message.strip())
                found.append((commit, then[0]))
        return found[::-1]

    def is_changed(self, path: str) -> bool:
        """Tell whether a file differs from what is committed."""
        return bool(self._try("status", "--porcelain", "--", path))

    def add_branch(
        self, branch: str, files: Mapping[str, str], *, author: str, at: int, message: str
    ) -> Commit:
        """Make a branch with one commit on top of the current one that sets files, by path.

        Raises:
            Conflict: A branch of this name is there.
        """
        parent = (self._try("rev-parse", "--verify", "HEAD^{commit}") or "").strip()
        tree = f"{parent}^{{tree}}" if parent else EMPTY_TREE
        for path, text in files.items():
            blob = self._give("hash-object", "-w", "--stdin", given=text)
            tree = self._with(tree, path.split("/"), blob)
        who = f"{UNFIT.sub(' ', author).strip() or 'unknown'} <solvent@localhost>"
        when = f"{at // 1_000_000} +0000"
        lines = [f"tree {tree}", *([f"parent {parent}"] if parent else [])]
        lines += [f"author {who} {when}", f"committer {who} {when}", "", message.strip(), ""]
        commit = self._give("hash-object", "-t", "commit", "-w", "--stdin", given="\n".join(lines))
        done = self._run("update-ref", f"refs/heads/{branch}", commit, NONE)
        if done.returncode:
            raise Conflict(
                f"the branch `{branch}` cannot be made: {_said(done)}",
                hint="merge it or delete it first",
            )
        return Commit(commit, author, at, message.strip())

    def list_branches(self, prefix: str) -> list[Commit]:
        """Return the newest commit of each branch below a prefix that is not merged yet.

        The message of each is the branch's name.
        """
        shape = "%(objectname)%00%(authorname)%00%(authordate:unix)%00%(refname:short)"
        merged = ("--no-merged", "HEAD") if self._try("rev-parse", "--verify", "HEAD") else ()
        said = self._try("for-each-ref", f"--format={shape}", *merged, f"refs/heads/{prefix}*")
        rows = [line.split("\0") for line in (said or "").splitlines()]
        return [Commit(hash_, who, int(at) * 1_000_000, name) for hash_, who, at, name in rows]

    def patch_of(self, commit: str) -> str:
        """Return a commit as a patch that `git am` takes."""
        return self._give("format-patch", "-1", "--stdout", commit, strip=False)

    def _with(self, tree: str, path: list[str], blob: str) -> str:
        """Return a tree with one file set."""
        name, *below = path
        said = "" if tree == EMPTY_TREE else self._give("ls-tree", "-z", tree, strip=False)
        entries: dict[str, str] = {}
        for entry in filter(None, said.split("\0")):
            what, _, known = entry.partition("\t")
            entries[known] = what
        if below:
            kind, _, inner = entries.get(name, "").partition(" tree ")
            entries[name] = f"040000 tree {self._with(inner if kind else EMPTY_TREE, below, blob)}"
        else:
            mode = entries.get(name, "100644 ").partition(" ")[0]
            entries[name] = f"{mode} blob {blob}"
        text = "".join(f"{what}\t{known}\0" for known, what in entries.items())
        return self._give("mktree", "-z", given=text)

    def _give(self, *words: str, given: str = "", strip: bool = True) -> str:
        done = self._run(*words, given=given)
        if done.returncode:
            raise Unavailable(f"git cannot {words[0]}: {_said(done)}", hint="look with git status")
        said = done.stdout.decode("utf-8", "replace")
        return said.strip() if strip else said

    def _try(self, *words: str) -> str | None:
        done = self._run(*words)
        return None if done.returncode else done.stdout.decode("utf-8", "replace")

    def _run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(  # noqa: S603  words of ours; names are never options
                ["git", *QUIET, *words],  # noqa: S607  the git of whoever runs this
                cwd=self.root,
                input=given.encode("utf-8", "surrogatepass"),
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"git cannot be run: {error}", hint="install git") from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    return " ".join(done.stderr.decode("utf-8", "replace").split())[:300]
