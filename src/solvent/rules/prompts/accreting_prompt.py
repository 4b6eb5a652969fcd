"""PS302."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.debt import Debt, Quote, Rule
from solvent.debt.families import subject_of
from solvent.prompts.history import is_accreting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding
    from solvent.debt.versions import Traced
    from solvent.records.instruction_change import PromptHistory


@dataclass(frozen=True, slots=True)
class AccretingPrompt(Rule):
    r"""A prompt was only ever added to, by several people, and hardly ever edited.

    ## What it does
    Flags prompts of the registry, and of the code when its git history is there, with at least five
    versions by two authors or more, that ended with more statements than they began with, and of
    whose versions at most a fifth took a statement away. Versions are compared statement by
    statement: one that was moved or reworded is not one taken away and another added. More than
    `min_share` of the changes that touched a statement must have done nothing but add.

    ## Why is this debt?
    Each addition answers one complaint, and nobody looks at what was there already. What the first
    authors meant is forgotten, so nobody dares to take anything out; the prompt becomes longer,
    says things twice, and in the end contradicts itself.

    ## Example
    ```yaml
    prompts:
      triage:
        versions:
          - {by: ana, text: "You sort the mail of a shop."}
          - {by: bo, add: "\nName the number of the order."}
          - {by: ana, add: "\nNever promise a refund."}
          - {by: cai, add: "\nAnswer in the language of the customer."}
          - {by: bo, add: "\nDo not mention other shops."}
    ```

    ## Use instead
    ```yaml
    prompts:
      triage:
        versions:
          - {by: ana, text: "You sort the mail of a shop. Be polite to everybody."}
          - {by: bo, add: "\nName the number of the order."}
          - {by: ana, text: "You sort the mail of a shop. Name the number of the order."}
          - {by: cai, text: "You sort the mail. Answer in the language of the customer."}
          - {by: bo, add: "\nDo not mention other shops."}
    ```

    ## Interest
    None of its own: the length is claimed by `mega-prompt`, what is said twice by
    `duplicated-instruction`. Principal: four hours, to read the prompt with those who wrote it and
    to try what can go.

    ## When to accept it
    The prompt is a list that grows by nature, such as names of products, and is made by a program.

    ## References
    Of git, the newest `code.history_changes` versions are read of the `code.history_files` files
    with the longest prompts; what is older does not count.
    """

    code = "PS302"
    debt = Debt.PROMPTS
    hours = 4.0

    min_statements: int = 5
    """Statements a prompt must have now."""
    min_changes: int = 4
    """Changes that must have touched a statement; those of white space alone do not count."""
    min_share: float = 0.5
    """Share of these that must have done nothing but add, and that has to be passed."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt that only grew."""
        evidence.need("prompt_change")
        told: set[str] = set()
        for one in evidence.traced:
            subject = subject_of(evidence, one.past.subject)
            name = subject.partition("@")[0]
            if name not in told and is_accreting(one.history) and self._only_grew(one.history):
                told.add(name)
                yield self._found(one, subject)

    def _only_grew(self, history: PromptHistory) -> bool:
        """Tell whether most changes did nothing but add, and enough of them touched a statement."""
        touched = [g for g in history.growth[1:] if g.added or g.removed or g.changed]
        added = sum(not g.removed and not g.changed for g in touched)
        return (
            history.growth[-1].total >= self.min_statements
            and len(touched) >= self.min_changes
            and added > self.min_share * len(touched)
        )

    def _found(self, one: Traced, subject: str) -> Finding:
        history, place = one.history, one.past.place
        first, last = history.growth[0].total, history.growth[-1].total
        later = len(history.editions) - 1
        name = one.past.subject.removeprefix("prompt:").removeprefix("code:")
        return self.finding(
            subject,
            f"`{name}` grew from {first:,} to {last:,} statements in {later:,} changes by"
            f" {len(history.authors):,} people; {history.removals:,} of the changes took something"
            f" away, and {history.untouched:,} additions stand as they came",
            counts={
                "changes": later,
                "changes that only added": history.additions,
                "changes that took away": history.removals,
                "authors": len(history.authors),
                "statements at first": first,
                "statements now": last,
                "additions never touched": history.untouched,
            },
            quotes=[
                Quote(
                    f"{line.since.author}: {line.statement.text}",
                    place.file if place else one.past.subject,
                    min(place.line + line.statement.line - 1, place.end_line)
                    if place
                    else line.statement.line,
                )
                for line in history.lineages
                if line.since is not history.editions[0] and not line.edits
            ][:5],
            fix="read it with those who wrote it (`solvent prompt history` says who), and try what"
            " can go (`solvent prompt ablate`)",
            at=place,
        )
