"""What an answer claims that can be looked up: numbers, names and quoted values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_CHARS = 20_000

_NUMBER = re.compile(r"(?<![\w.,/-])\d[\d,]*(?:\.\d+)?(?![\w/-]|\.\d)")
_QUOTED = re.compile(r"[\"\u201c\u2018`]([^\"\u201d\u2019`\n]{3,60})[\"\u201d\u2019`]")
_NAME = re.compile(
    r"(?<![.!?:\n] )(?<!^)\b[A-Z][\w'\u2019-]+"
    r"(?:\s+(?:of|de|van|von|la|der|du|al|bin)?\s*[A-Z][\w'\u2019-]+)+"
)
_CODE = re.compile(r"```.*?```", re.DOTALL)
_LINK = re.compile(r"https?://\S+")
_SPACE = re.compile(r"\s+")
_PLAIN_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def claims(answer: str) -> list[str]:
    """Return the values that an answer states, each once, in lower case.

    They are numbers of three digits or with decimals (smaller ones count and number things), names
    of two words and more inside a sentence, and quoted values. Code and addresses are no claims.
    """
    text = _LINK.sub(" ", _CODE.sub(" ", answer[:MAX_CHARS]))
    found = [number for n in _NUMBER.findall(text) if _is_telling(number := _digits(n))]
    found += [_flat(quote) for quote in _QUOTED.findall(text)]
    found += [_flat(name) for name in _NAME.findall(text)]
    return list(dict.fromkeys(found))


def unsupported(stated: Iterable[str], known: str) -> list[str]:
    """Return the claims that a text does not hold; case, spaces and separators aside.

    A number counts as known too when it is a rounded one of the text.
    """
    flat = _flat(known)
    numbers = {_digits(n) for n in _PLAIN_NUMBER.findall(known)}
    return [c for c in stated if c not in flat and not _is_known(c, numbers)]


def _is_known(claim: str, numbers: set[str]) -> bool:
    if not _PLAIN_NUMBER.fullmatch(claim):
        return False
    if claim in numbers:
        return True
    decimals = len(claim.partition(".")[2])
    value = float(claim)
    return any(abs(float(n) - value) <= 0.5 * 10**-decimals for n in numbers)


def _digits(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def _is_telling(number: str) -> bool:
    return "." in number or len(number) >= 3  # noqa: PLR2004  smaller ones count things


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text.lower()).strip(" .,;:")
