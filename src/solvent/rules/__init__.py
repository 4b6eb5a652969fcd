"""The catalogue: one file a rule, found by walking this folder."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from solvent.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.debt.rule import Rule


@cache
def catalogue() -> Mapping[str, type[Rule]]:
    """Return every rule by name, ordered by code."""
    found: dict[str, type[Rule]] = {}
    for path in sorted(Path(__file__).parent.glob("*/*.py")):
        if path.stem != "__init__":
            module = import_module(f"solvent.rules.{path.parent.name}.{path.stem}")
            rule = getattr(module, "".join(word.title() for word in path.stem.split("_")))
            found[rule.name()] = rule
    return MappingProxyType(dict(sorted(found.items(), key=lambda item: item[1].code)))


def select(names: tuple[str, ...], ignore: tuple[str, ...] = ()) -> Mapping[str, type[Rule]]:
    """Return the rules that names, codes or code prefixes pick; all when none is given.

    Raises:
        NotFound: A selector matches no rule.
    """
    rules = catalogue()
    for selector in (*names, *ignore):
        if not any(_matches(rule, selector) for rule in rules.values()):
            raise NotFound(f"no rule matches `{selector}`", hint="`solvent rule` lists them")
    return {
        name: rule
        for name, rule in rules.items()
        if (not names or any(_matches(rule, s) for s in names))
        and not any(_matches(rule, s) for s in ignore)
    }


def get_rule(name: str) -> type[Rule]:
    """Return a rule by name or code.

    Raises:
        NotFound: There is no such rule.
    """
    for rule in catalogue().values():
        if name.lower() in {rule.name(), rule.code.lower()}:
            return rule
    raise NotFound(f"no rule is called `{name}`", hint="`solvent rule` lists them")


def _matches(rule: type[Rule], selector: str) -> bool:
    return selector.lower() == rule.name() or rule.code.startswith(selector.upper())
