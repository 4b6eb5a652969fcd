"""Whether a run succeeded, as its record says it: expressions over fields, or well-known fields.

An expression is a field, `not` a field, or a field compared with a value:

    reward>=1      task_success==success      is_correct      not failed      info.score > 0.8

Who judged may stand in front: `human:task_success==success`, or `judge:`, `code:`, `app:`; without
it, the application is taken to have reported it itself.

Without an expression the first of `AUTOMATIC` that a record has decides: at its top, else below
`info`, `metadata`, `result` or `evaluation`. `reward` and `score` count as success from 1 on.
"""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

AUTOMATIC = (
    "resolved", "task_success", "success", "is_success", "passed", "is_correct",
    "is_corrected",  # the hand-crafted part of Who&When misspells is_correct
    "correct", "reward>=1", "score>=1",
)  # fmt: skip
BELOW = ("", "info.", "metadata.", "result.", "evaluation.")
YES = frozenset(
    {"true", "yes", "success", "successful", "pass", "passed", "correct", "resolved", "1"}
)
NO = frozenset(
    {"false", "no", "failure", "fail", "failed", "incorrect", "wrong", "unresolved", "error", "0"}
)
_FORM = re.compile(
    r"\s*(?:(?P<source>human|judge|code|app):\s*)?(?P<no>not\s+|!\s*)?"
    r"(?P<field>[\w$@-]+(?:[.][\w$@ -]+)*?)\s*"
    r"(?:(?P<op>>=|<=|==|!=|=|>|<)\s*(?P<value>.+?)\s*)?"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """An expression that says of a record whether its run succeeded."""

    field: str
    op: str = ""
    value: str = ""
    negated: bool = False
    source: str = "app"
    """Who judged: human, judge, code or app."""

    def holds(self, record: Mapping[str, Any]) -> bool | None:
        """Return whether the run succeeded; None when the record does not say."""
        found = lookup(record, self.field)
        verdict = truth(found) if not self.op else self._compare(found)
        return verdict if verdict is None else verdict != self.negated

    def said(self, record: Mapping[str, Any]) -> str:
        """Return the expression with the value it met, for the rationale."""
        form = f"{'not ' * self.negated}{self.field}{self.op}{self.value}"
        return f"{form} (it is {lookup(record, self.field)!r})"

    def _compare(self, found: Any) -> bool | None:
        if found is None:
            return None
        number, wanted = _number(found), _number(self.value)
        if number is not None and wanted is not None:
            left, right = number, wanted
        elif self.op in _COMPARE:
            return None
        else:
            return (str(found).strip().lower() == self.value.lower()) != (self.op == "!=")
        if self.op in _COMPARE:
            return _COMPARE[self.op](left, right)
        return (left == right) != (self.op == "!=")


def parse(expression: str) -> Outcome:
    """Return the outcome an expression describes.

    Raises:
        Invalid: It is not a field, `not` a field, or a comparison of a field with a value.
    """
    found = _FORM.fullmatch(expression)
    if found is None:
        hint = "write `field`, `not field` or `field>=1`; fields inside others: `info.reward`"
        raise Invalid(f"`{expression}` is not an outcome expression", hint=hint)
    value = (found["value"] or "").strip("'\"")
    op = "==" if found["op"] == "=" else found["op"] or ""
    if op in _COMPARE and _number(value) is None:
        raise Invalid(
            f"`{expression}` compares with `{value}`, which is not a number",
            hint=f"`{op}` orders numbers; for words use ==",
        )
    return Outcome(found["field"], op, value, bool(found["no"]), found["source"] or "app")


class Verdict(NamedTuple):
    """What a record says of its run."""

    passed: bool
    why: str
    source: str
    """Who judged: human, judge, code or app."""


def assess(record: Mapping[str, Any], expressions: Sequence[str]) -> Verdict | None:
    """Return whether a run succeeded, by the first expression that its record can answer."""
    for outcome in map(parse, expressions) if expressions else _automatic():
        passed = outcome.holds(record)
        if passed is not None:
            return Verdict(passed, outcome.said(record), outcome.source)
    return None


def lookup(record: Mapping[str, Any], field: str) -> Any:
    """Return a field, or one inside others written with dots; None when it is not there."""
    if field in record:
        return record[field]
    head, _, rest = field.partition(".")
    inner = record.get(head)
    return lookup(inner, rest) if rest and isinstance(inner, dict) else None


@cache
def _automatic() -> tuple[Outcome, ...]:
    return tuple(parse(below + form) for form in AUTOMATIC for below in BELOW)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return float(value.strip().lower() == "true")
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def truth(value: Any) -> bool | None:
    """Return whether a field's value means success; None when it says neither."""
    if isinstance(value, str):
        word = value.strip().lower()
        return True if word in YES else False if word in NO else None
    return value > 0 if isinstance(value, int | float) else None
