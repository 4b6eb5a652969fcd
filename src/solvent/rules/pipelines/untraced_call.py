"""OP301."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.code.tracing import AGENTS_OFF, EVERYTHING
from solvent.debt import Debt, Quote, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.records.source import CodeCall

_SENDING = frozenset({"request", "embedding", "run"})
_TRACES_ITSELF = frozenset({"agents"})
"""Packages that trace unless they are told not to: https://openai.github.io/openai-agents-python/tracing/"""


@dataclass(frozen=True, slots=True)
class UntracedCall(Rule):
    """The code calls a model where no trace is made.

    ## What it does
    Flags files whose model calls stand in no traced function and whose library is not instrumented
    anywhere in the repository. Traced means: below a decorator or inside a `with` of a tracing
    library, or of a module of the repository named after tracing. Instrumented means: by set-up
    code, tests and examples aside; by `LANGSMITH_TRACING=true` or `opentelemetry-instrument` in the
    code, a Dockerfile, a compose file or an `.env.example`; or by the library itself, as the OpenAI
    Agents SDK does until it is told not to. With traces at hand, a call is known too when a span
    carries the name of its function or of its model.

    ## Why is this debt?
    When an answer is wrong, the step that made it so has left nothing to look at. The cost of these
    calls is in no report, and no rule of this catalogue can see them.

    ## Example
    ```yaml
    code:
      app.py: |
        from openai import OpenAI
        client = OpenAI()
        def answer(question):
            return client.chat.completions.create(
                model="gpt-4o-2024-08-06", messages=[{"role": "user", "content": question}])
    ```

    ## Use instead
    ```yaml
    code:
      app.py: |
        import solvent
        from openai import OpenAI
        client = OpenAI()
        @solvent.trace
        def answer(question):
            return client.chat.completions.create(
                model="gpt-4o-2024-08-06", messages=[{"role": "user", "content": question}])
    ```

    ## Interest
    None of its own: what is not traced cannot be measured. Principal: a quarter of an hour for each
    file, to add a decorator or one line of instrumentation.

    ## When to accept it
    The calls are traced from outside the repository: by an agent of the platform, by a gateway, or
    because this is a library and its users trace it.
    """

    code = "OP301"
    debt = Debt.PIPELINES
    hours = 0.25

    max_files: int = 20
    """Files that are reported, those with the most calls first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per file with untraced calls."""
        evidence.need("code_call")
        code = evidence.code
        seen = _seen(evidence)
        untraced: dict[str, list[CodeCall]] = defaultdict(list)
        total = 0
        for call in code.calls if code else ():
            if call.kind not in _SENDING:
                continue
            total += 1
            own = call.function.rpartition(".")[2]
            if not (call.traced or _instrumented(call, code.tracing if code else ())) and not (
                (own and own in seen) or (call.model and call.model in seen)
            ):
                untraced[call.place.file].append(call)
        count = sum(map(len, untraced.values()))
        ordered = sorted(untraced.items(), key=lambda item: (-len(item[1]), item[0]))
        for file, calls in ordered[: self.max_files]:
            yield self._found(file, calls, count, total)

    def _found(self, file: str, calls: Sequence[CodeCall], count: int, total: int) -> Finding:
        first = calls[0]
        several = "calls" if len(calls) > 1 else "call"
        return self.finding(
            f"code:{file}",
            f"`{file}` has {len(calls):,} model {several} that no trace covers, the first in line"
            f" {first.place.line:,} (`{first.callee}`)",
            counts={"untraced here": len(calls), "untraced": count, "model calls": total},
            quotes=[Quote(c.callee, c.place.file, c.place.line) for c in calls[:5]],
            fix="`@solvent.trace` on the function, or `solvent.autolog()` where the program starts",
            at=first.place,
        )


def _instrumented(call: CodeCall, tracing: Sequence[str]) -> bool:
    by_itself = call.library in _TRACES_ITSELF and AGENTS_OFF not in tracing
    return (
        by_itself
        or EVERYTHING in tracing
        or any(name and (name in call.library or name in call.callee.lower()) for name in tracing)
    )


def _seen(evidence: Evidence) -> set[str]:
    """Return names of spans and models in the traces; empty when there are none."""
    if not evidence.observed.spans:
        return set()
    rows = evidence.rows("""
        SELECT DISTINCT name FROM step WHERE name IS NOT NULL
        UNION SELECT DISTINCT model FROM step WHERE model IS NOT NULL LIMIT 20000
    """)
    return {row["name"].rpartition(".")[2] for row in rows} | {row["name"] for row in rows}
