"""The rule protocol: a question about a project, its options, its answer and its price."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from solvent.errors import Invalid
from solvent.records.finding import Debt, Finding, Opinion, Proof, Quote, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from solvent.debt.evidence import Evidence
    from solvent.records.source import Place

MAX_EXAMPLES = 20
QUOTE_CHARS = 240


class Costs(NamedTuple):
    """What the findings of a rule cost, as a query over the evidence tables.

    The query answers one row for each thing that is wasted:

    | column | meaning |
    |---|---|
    | `subject` | the subject of the finding that claims it |
    | `id` | the span that pays (its `id`), or NULL for a whole trace |
    | `trace_id` | its trace |
    | `part` | the part of that span: a content hash, `cache`, or `*` for the whole span |
    | `tokens` | tokens wasted, or NULL when they are not known |
    | `usd` | dollars wasted, or NULL when no price is known |
    | `seconds` | seconds wasted, or NULL when time is not what is wasted |
    | `failed` | true when the trace failed because of it |

    The audit sums it for a finding alone, and over the union of all findings without counting a
    part twice.
    """

    sql: str
    params: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Rule:
    """One question about a project. Options are the dataclass fields of the subclass."""

    code: ClassVar[str]
    """Short permanent alias: two letters of the debt and three digits."""
    debt: ClassVar[Debt]
    since: ClassVar[str] = "0.1.0"
    status: ClassVar[str] = "preview"
    """preview until its precision was measured on labelled data, then stable; later retired."""
    security: ClassVar[bool] = False
    """Whether somebody else may use what is found; such findings stand before equal ones."""
    hours: ClassVar[float] = 1.0
    """Principal of one finding in engineer-hours; the docstring says how it is estimated."""

    @classmethod
    def name(cls) -> str:
        """Return the rule's identity, from its class name: `UnusedTool` is `unused-tool`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per subject.

        Raises:
            NoEvidence: What the rule reads was not collected.
        """
        raise NotImplementedError

    def costs(self, evidence: Evidence) -> Costs | None:  # noqa: ARG002  subclasses read it
        """Return what the findings cost, or None when the debt has no interest of its own."""
        return None

    def finding(
        self,
        subject: str,
        message: str,
        *,
        counts: Mapping[str, int | float] | None = None,
        examples: Iterable[Ref] = (),
        quotes: Iterable[Quote] = (),
        opinions: Iterable[Opinion] = (),
        confidence: float | None = None,
        fix: str = "",
        hours: float | None = None,
        key: str = "",
        at: Place | None = None,
    ) -> Finding:
        """Return a finding of this rule.

        Args:
            subject: What it is about, stable across audits.
            message: One sentence with the numbers in it.
            counts: Counts with their denominators.
            examples: Places to look; the first 20 are kept.
            quotes: Quoted text.
            opinions: What a language model said about it.
            confidence: How likely it is right, 0 to 1.
            fix: What to do.
            hours: Principal when it differs from the rule's own.
            key: What else identifies the finding beside its subject; must not change with time.
            at: Where in the code it stands.
        """
        identity = f"{self.name()}\0{subject}\0{key}"
        return Finding(
            rule=self.name(),
            code=self.code,
            debt=self.debt,
            subject=subject,
            message=message,
            proof=Proof(
                dict(counts or {}),
                tuple(examples)[:MAX_EXAMPLES],
                tuple(replace(q, text=shorten(q.text)) for q in quotes),
                tuple(opinions),
            ),
            principal_hours=self.hours if hours is None else hours,
            fix=fix,
            confidence=confidence,
            fingerprint=blake2b(identity.encode(), digest_size=8).hexdigest(),
            file=at.file if at else "",
            line=at.line if at else 0,
            end_line=at.end_line if at else 0,
        )


def shorten(text: str, limit: int = QUOTE_CHARS) -> str:
    """Return the text on one line, cut at `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def several(count: int, noun: str) -> str:
    """Return a count with its noun: `1 trace`, `2,300 traces`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def configure(rule: type[Rule], options: Mapping[str, Any]) -> Rule:
    """Return the rule with options from `[rules.<name>]` of the settings.

    Raises:
        Invalid: An option is unknown or has the wrong type.
    """
    known = {f.name: f for f in fields(rule)}
    values: dict[str, Any] = {}
    for key, value in options.items():
        if key not in known:
            hint = f"known: {', '.join(sorted(known)) or 'none'}"
            raise Invalid(f"`rules.{rule.name()}.{key}` is not an option", hint=hint)
        default: Any = known[key].default
        values[key] = _convert(value, default)
        if not isinstance(values[key], type(default)):
            hint = f"give a value like {default!r}"
            raise Invalid(f"`rules.{rule.name()}.{key}` is {value!r}", hint=hint)
    return rule(**values)


def _convert(value: Any, default: Any) -> Any:
    """Return what TOML can say in the type that the option has."""
    if isinstance(default, frozenset | tuple) and isinstance(value, list):
        return type(default)(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def documentation(rule: type[Rule]) -> str:
    """Return the rule's page as Markdown: its docstring."""
    return cleandoc(rule.__doc__ or "")
