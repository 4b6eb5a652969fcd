"""TS205."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, Quote, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding
    from solvent.records.source import CodeTool

_WORD = re.compile(r"[^\W\d_]{2,}")
_VAGUE = re.compile(
    r"(?i)^(?:tool|function|run|execute|do|process|handle|action|call|helper|func|data|api|test|my_?tool"
    r"|foo|bar|main|operation)(?:_?\d+)?$"
)
_PLAIN = re.compile(
    r"(?i)^(?:id|url|query|email|path|file_?name|date|start_date|end_date|limit|offset|page|text"
    r"|question|message|name|title|\w+_(?:id|url|path|name|number|date|email))$"
)
"""Parameters whose name says what they are."""


@dataclass(frozen=True, slots=True)
class UnclearTool(Rule):
    """A tool does not say what it is for, or what its parameters mean.

    ## What it does
    Flags tool definitions in the code with no description, with one of fewer than `min_words`
    words, with a name that means nothing (`run`, `process`, `data`), or whose parameters are not
    described. Of the parameters, only those count whose name does not already say what they are,
    and only when at least `max_undescribed` of them lack a description.

    ## Why is this debt?
    The description is all that a model knows of a tool. Of 856 tools of 103 public servers, 97.1 %
    had a defect in their description and 56 % an unclear purpose; completing the descriptions
    raised task success by 5.85 points. It also raised the steps by 67 % and made 16.67 % of the
    cases worse: replay a new description before it goes live (arXiv 2602.14878).

    ## Example
    ```yaml
    code:
      tools.py: |
        from agents import function_tool
        @function_tool
        def process(mode: str, flags: str, data: str) -> str:
            return ""
    ```

    ## Use instead
    ```yaml
    code:
      tools.py: |
        from agents import function_tool
        @function_tool
        def find_order(order_id: str) -> str:
            '''Find one order of the shop by its number and return its state and delivery date.'''
            return ""
    ```

    ## Interest
    None of its own: wrong choices and invalid arguments are booked by `wrong-tool` and
    `invalid-arguments`. Principal: a quarter of an hour for each tool.

    ## When to accept it
    The framework writes the description, or the tool is offered to no model.

    ## References
    Tool description smells: arXiv 2602.14878. The thresholds are conventions, not measured.
    """

    code = "TS205"
    debt = Debt.TOOLS
    hours = 0.25

    min_words: int = 4
    """Words a description must have."""
    max_undescribed: int = 2
    """Parameters that may say nothing, from this number on the tool is flagged."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per unclear tool of the code."""
        evidence.need("code_tool")
        seen: set[str] = set()
        for tool in evidence.code.tools if evidence.code else ():
            reasons = self._reasons(tool)
            subject = f"tool:{tool.place.file}#{tool.name}"
            if reasons and subject not in seen:
                seen.add(subject)
                yield self._found(tool, subject, reasons)

    def _reasons(self, tool: CodeTool) -> list[str]:
        reasons = []
        length = len(_WORD.findall(tool.description))
        if tool.description != "…" and length < self.min_words:
            reasons.append(
                f"its description has {length} words" if length else "it has no description"
            )
        if _VAGUE.match(tool.name):
            reasons.append("its name means nothing")
        bare = [name for name, told in tool.parameters if not told and not _PLAIN.match(name)]
        if len(bare) >= self.max_undescribed:
            named = ", ".join(f"`{name}`" for name in bare[:4])
            reasons.append(
                f"{len(bare)} of {len(tool.parameters)} parameters say nothing ({named})"
            )
        return reasons

    def _found(self, tool: CodeTool, subject: str, reasons: list[str]) -> Finding:
        return self.finding(
            subject,
            f"`{tool.name}` is unclear to a model: {'; '.join(reasons)}",
            counts={
                "words of the description": len(_WORD.findall(tool.description)),
                "parameters": len(tool.parameters),
                "undescribed parameters": sum(not told for _, told in tool.parameters),
            },
            quotes=[Quote(tool.description or tool.name, tool.place.file, tool.place.line)],
            fix="say what it does, when to use it and when not, and what each parameter means",
            at=tool.place,
        )
