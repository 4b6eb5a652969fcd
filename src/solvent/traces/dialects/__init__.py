"""One file per sender's vocabulary; adding a file adds the dialect."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.traces.dialect import Dialect


@cache
def dialects() -> tuple[Dialect, ...]:
    """Return every dialect, the most specific first."""
    found = [import_module(f"{__name__}.{info.name}").DIALECT for info in iter_modules(__path__)]
    return tuple(sorted(found, key=lambda dialect: (dialect.rank, dialect.name)))
