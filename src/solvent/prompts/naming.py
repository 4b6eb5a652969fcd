"""References to prompts: `support/triage@production`, `support/triage@7`, `…@latest`."""

from __future__ import annotations

import re
from typing import NamedTuple

from solvent.errors import Invalid

SEGMENT = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
NAME = re.compile(rf"{SEGMENT}(?:/{SEGMENT})*")
ALIAS = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
MAX_NAME = 200
"""Characters of a name."""
LATEST = "latest"
"""The newest version; no alias is called this."""


class Reference(NamedTuple):
    """A prompt and which of its versions."""

    name: str
    selector: str
    """Alias, number, or `latest`."""

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.name}@{self.selector}"


def read(text: str, default: str = "") -> Reference:
    """Return a reference.

    Args:
        text: As it is written.
        default: Selector of a name that stands alone; empty: it may not.

    Raises:
        Invalid: It is not one.
    """
    name, _, selector = text.strip().removeprefix("prompts:/").partition("@")
    selector = selector or default
    if not selector:
        raise Invalid(
            f"`{text}` does not say which version", hint=f"write {name}@production or {name}@3"
        )
    if not (selector.isdecimal() or ALIAS.fullmatch(selector)):
        raise Invalid(f"`{selector}` is neither an alias nor a number", hint=f"{name}@production")
    return Reference(checked(name), selector)


def checked(name: str) -> str:
    """Return a name if it is one.

    Raises:
        Invalid: It is not.
    """
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise Invalid(
            f"`{name[:MAX_NAME]}` is not a name of a prompt",
            hint="letters, digits, `_`, `-`, `.`, with slashes between: support/triage",
        )
    return name


def checked_alias(alias: str) -> str:
    """Return an alias if it is one.

    Raises:
        Invalid: It is not, or it is a word of ours.
    """
    if not ALIAS.fullmatch(alias) or alias == LATEST or len(alias) > MAX_NAME:
        raise Invalid(
            f"`{alias}` is not a name of an alias", hint="start with a letter; `latest` is ours"
        )
    return alias
