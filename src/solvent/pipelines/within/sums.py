"""Equations that a text states, and whether they hold: `$105 + $102 = $216`, `4 * 24.75 = 99`.

Only what is written out counts: a total below a list, or a number of things announced before one,
was wrong more often in how it was read than in what it said. Read on the answers of the models in
Who&When, tau-bench (airline), LiveMCPBench and LLMBar: of 60 equations found, 2 are called wrong,
and both are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_OPERAND = rf"[-\u2212]?[$€£]?{_NUMBER}(?:\s?%)?"
_OPERATOR = r"(?:\s[-\u2212\u2013]\s|\s?[+*/\u00d7\u00f7]\s?|\sx\s)"
_EQUATION = re.compile(
    rf"(?<![\w.,%)\]^$€£])(?P<left>{_OPERAND}(?:{_OPERATOR}{_OPERAND}){{1,12}})"
    rf"\s?(?P<sign>[=\u2248])\s?(?P<right>[-\u2212]?[$€£]?{_NUMBER})(?P<percent>\s?%)?"
    r"(?![\d.,]*\d)(?!\w)"
)
"""A hyphen without spaces is no minus: `70-71-66=207` is a golfer's card."""
_GOES_ON = re.compile(r"\s?[-+*/\u00d7\u00f7^!]\s?[\d($]|\sx\s|\s?\(mod")
_COMES_FROM = re.compile(r"(?:[-+*/\u00d7\u00f7^=(]|\bx)\s?$")
_FORMS = (
    (re.compile(r"\\(?:text|mathrm|textbf)\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}"), r"\1 / \2"),
    (re.compile(r"\\(?:times|cdot)(?![a-z])"), "\u00d7"),
    (re.compile(r"\\div(?![a-z])"), "\u00f7"),
    (re.compile(r"\\approx(?![a-z])"), "\u2248"),
    (re.compile(r"\\([$%#&])"), r"\1"),
    (re.compile(r"\*\*|`"), ""),
)
"""LaTeX and Markdown around numbers."""
_PARTS = re.compile(rf"({_OPERAND})|({_OPERATOR})")
EXACT, ABOUT = 0.001, 0.005
"""Part of a stated result by which it may be off, with `=` and with `≈`; one unit of its last digit
always: people round, and cut off."""


class Stated(NamedTuple):
    """An equation whose result is not what its own numbers come to."""

    text: str
    comes_to: float


def wrong_equations(text: str) -> Iterator[Stated]:
    """Yield the equations of a text that do not hold, in its order."""
    for pattern, plain in _FORMS:
        text = pattern.sub(plain, text)
    for found in _EQUATION.finditer(text):
        before = text[max(found.start() - 3, 0) : found.start()]
        if _COMES_FROM.search(before) or _GOES_ON.match(text, found.end()):
            continue
        left = found["left"]
        value = _value(left)
        if value is None:
            continue
        in_hundredths = "%" not in left and (found["percent"] or re.search(r"[/\u00f7]", left))
        results = (value, 100 * value) if in_hundredths else (value,)
        said = _read(found["right"]) / (100 if found["percent"] and "%" in left else 1)
        unit = 10.0 ** -len(found["right"].partition(".")[2])
        slack = max(unit, abs(said) * (EXACT if found["sign"] == "=" else ABOUT)) * 1.0001
        if all(abs(result - said) > slack for result in results):
            yield Stated(" ".join(found[0].split()), value)


def _value(text: str) -> float | None:
    """Return what an expression comes to, products before sums; None: it divides by zero."""
    total, product, sign, operator = 0.0, 0.0, 1.0, "+"
    for operand, between in _PARTS.findall(text):
        if not operand:
            operator = between.strip()
            continue
        number = _read(operand)
        if operator in "*x\u00d7":
            product *= number
        elif operator in "/\u00f7":
            if not number:
                return None
            product /= number
        else:
            total += sign * product
            product, sign = number, 1.0 if operator == "+" else -1.0
    return total + sign * product


def _read(text: str) -> float:
    plain = re.sub(r"[$€£,\s]", "", text).replace("\u2212", "-")
    return float(plain[:-1]) / 100 if plain.endswith("%") else float(plain)
