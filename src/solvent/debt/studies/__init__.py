"""Studies: what an audit works out for pages to show, one file each, found by walking this folder.

A study is a module with `study(evidence)`, which returns a JSON object, and raises `NoEvidence`
when what it needs was not collected. What a rule and a study both need is worked out once: see
`Evidence.once`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from solvent.debt.evidence import NoEvidence
from solvent.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solvent.debt.evidence import Evidence

    Make = Callable[[Evidence], Mapping[str, Any]]


@cache
def catalogue() -> Mapping[str, Make]:
    """Return every study by name."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        found[path.stem] = import_module(f"solvent.debt.studies.{path.stem}").study
    return MappingProxyType(found)


def run(
    evidence: Evidence,
    names: tuple[str, ...] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Mapping[str, Any]]:
    """Return what each study found; `{"missing": reason}` where there was nothing, or it broke.

    Args:
        evidence: The open evidence.
        names: Studies to run; all when empty.
        progress: Told the name of each study as it starts.

    Raises:
        NotFound: There is no such study.
    """
    known = catalogue()
    results: dict[str, Mapping[str, Any]] = {}
    for name in names or tuple(known):
        if name not in known:
            raise NotFound(f"no study is called `{name}`", hint=f"known: {', '.join(known)}")
        progress(name.replace("_", " "))
        try:
            results[name] = known[name](evidence)
        except NoEvidence as error:
            results[name] = {"missing": str(error)}
        except Exception as error:  # noqa: BLE001  one broken study must not take the audit along
            results[name] = {"missing": f"the study broke: {type(error).__name__}: {error}"}
    return results
