"""Texts that scripts take from one another: by the module a name is imported from."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from posixpath import normpath
from typing import TYPE_CHECKING

from solvent.code.walk import SCRIPT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.code.draft import Draft, Facts

SEPARATOR = "#"
"""Stands between a module and the name that is imported from it."""


class Scripts:
    """The texts that the scripts of a repository declare.

    Args:
        facts: What each file tells.
    """

    def __init__(self, facts: Sequence[Facts]) -> None:
        self._texts = {one.file: one.texts for one in facts if one.texts}
        self._by_stem: dict[str, list[str]] = defaultdict(list)
        for file in self._texts:
            self._by_stem[_stem(file).rpartition("/")[2]].append(file)

    def texts(self, ref: str, asking: str) -> list[tuple[str, Draft]]:
        """Return the texts of a name that a script imports, with their files."""
        module, _, name = ref.partition(SEPARATOR)
        if module.startswith("."):
            wanted = _stem(normpath(f"{PurePosixPath(asking).parent}/{module}"))
            files = [f for f in self._by_stem[wanted.rpartition("/")[2]] if _stem(f) == wanted]
        else:
            tail = _stem(module.lstrip("@~#").partition("/")[2] or module)
            files = [
                f for f in self._by_stem[tail.rpartition("/")[2]]
                if f"/{_stem(f)}".endswith(f"/{tail}")
            ]  # fmt: skip
        holding = [f for f in files if name in self._texts[f]]
        return [(f, draft) for f in holding[:1] for draft in self._texts[f][name]]


def _stem(file: str) -> str:
    path = PurePosixPath(file)
    plain = str(path.with_suffix("")) if path.suffix in SCRIPT else file
    return plain.removesuffix("/index")
