"""Scorers in code: an answer and what was expected become a score from 0 to 1.

| scorer | right when |
|---|---|
| `exact` | the answer is the expected text; case, outer spaces and a full stop do not matter |
| `contains` | the expected text, or each text of an expected list, stands in the answer |
| `number` | the first number of the answer is the expected one; `number:0.01` allows 1 % |
| `json` | the answer is the expected JSON value |
| `schema:FILE` | the answer is JSON that the JSON Schema in the file accepts |
| `regex:PATTERN` | the pattern is found in the answer |
| `MODULE:FUNCTION` | the function, given the example and the answer, says a number or true |

The last three need no expectation.
"""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.records.trial import Score

if TYPE_CHECKING:
    from collections.abc import Callable

    from solvent.records.dataset import Example

    Scorer = Callable[[Example, str], Score]

_FENCE = re.compile(r"^\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*$", re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def scorer(spec: str) -> Scorer:
    """Return the scorer that a spec names; see the table of this module.

    Raises:
        Invalid: The spec names no scorer, or its file, pattern or function is not there.
    """
    name, _, argument = spec.partition(":")
    if name in _PLAIN and not argument:
        return _needing(_PLAIN[name])
    if name == "number":
        return _needing(_number(spec, argument))
    if name == "regex" and argument:
        return _regex(argument)
    if name == "schema" and argument:
        return _schema(Path(argument))
    if argument and re.fullmatch(r"[\w.]+", name):
        return _function(name, argument)
    known = ", ".join((*_PLAIN, "number", "regex:PATTERN", "schema:FILE", "MODULE:FUNCTION"))
    raise Invalid(f"`{spec}` is not a scorer", hint=f"known: {known}")


def _needing(score: Scorer) -> Scorer:
    """Return a scorer that refuses an example of which nobody said what is expected."""

    def checked(example: Example, text: str) -> Score:
        if example.expected is None:
            raise Invalid(f"example `{example.id}` says no expectation", hint="give `expected`")
        return score(example, text)

    return checked


def _exact(example: Example, text: str) -> Score:
    wanted, found = _folded(example.expected), _folded(text)
    return Score(float(wanted == found), "" if wanted == found else f"expected {wanted!r}")


def _contains(example: Example, text: str) -> Score:
    wanted = example.expected if isinstance(example.expected, list) else [example.expected]
    found = _folded(text)
    missing = [str(item) for item in wanted if _folded(item) not in found]
    return Score(
        1 - len(missing) / len(wanted), f"missing: {', '.join(missing)}" if missing else ""
    )


def _json(example: Example, text: str) -> Score:
    try:
        found = json.loads(_unfenced(text))
    except json.JSONDecodeError as error:
        return Score(0.0, f"not JSON: {error}")
    wanted = example.expected
    if isinstance(wanted, str):
        try:
            wanted = json.loads(wanted)
        except json.JSONDecodeError:
            return Score(float(found == wanted))
    return Score(float(found == wanted), "" if found == wanted else "another value")


def _number(spec: str, argument: str) -> Scorer:
    try:
        tolerance = float(argument) if argument else 0.0
    except ValueError:
        raise Invalid(f"`{spec}` has no number", hint="`number:0.01` allows 1 %") from None

    def score(example: Example, text: str) -> Score:
        wanted = _first_number(str(example.expected))
        found = _first_number(text)
        if wanted is None:
            raise Invalid(f"example `{example.id}` expects no number", hint="use `exact`")
        if found is None:
            return Score(0.0, "no number in the answer")
        close = abs(found - wanted) <= tolerance * abs(wanted)
        return Score(float(close), "" if close else f"{found:g} instead of {wanted:g}")

    return score


def _regex(pattern: str) -> Scorer:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise Invalid(f"`{pattern}` is not a pattern", hint=str(error)) from error
    return lambda _, text: Score(float(bool(compiled.search(text))))


def _schema(path: Path) -> Scorer:
    import jsonschema_rs  # noqa: PLC0415  only this scorer needs it

    try:
        validator = jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, jsonschema_rs.ValidationError) as error:
        raise Invalid(f"`{path}` holds no JSON Schema", hint=str(error)) from error

    def score(_: Example, text: str) -> Score:
        try:
            validator.validate(json.loads(_unfenced(text)))
        except (json.JSONDecodeError, jsonschema_rs.ValidationError) as error:
            return Score(0.0, str(error).partition("\n")[0])
        return Score(1.0)

    return score


def _function(module: str, name: str) -> Scorer:
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise Invalid(f"`{module}:{name}` cannot be imported", hint=str(error)) from error

    def score(example: Example, text: str) -> Score:
        found: Any = function(example, text)
        if isinstance(found, Score):
            return found
        value = float(found)
        if not 0 <= value <= 1:
            raise Invalid(f"`{module}:{name}` said {found!r}", hint="a score is from 0 to 1")
        return Score(value)

    return score


def _folded(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()).rstrip(".").casefold()


def _unfenced(text: str) -> str:
    fenced = _FENCE.match(text)
    return fenced[1] if fenced else text


def _first_number(text: str) -> float | None:
    found = _NUMBER.search(text)
    return float(found[0].replace(",", "")) if found else None


_PLAIN: dict[str, Scorer] = {"exact": _exact, "contains": _contains, "json": _json}
