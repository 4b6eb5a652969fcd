"""PS301."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, Quote, Rule
from solvent.debt.families import define_families, examples_of
from solvent.debt.known_texts import known_texts
from solvent.debt.rule import shorten
from solvent.prompts.matching import matches, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.known_texts import Known


@dataclass(frozen=True, slots=True)
class UnversionedPrompt(Rule):
    """A prompt is in production, and no version of it is kept anywhere.

    ## What it does
    Flags system prompts of the traces that match no version in the registry and no prompt in the
    scanned code. A text matches when what a template writes out stands in it in order, around
    anything; where parts of a template depend on conditions, or more is put around it, the template
    has to make up half of the text. A trace that names prompt and version is believed, unless the
    registry has that version and it says something else.

    ## Why is this debt?
    When answers change, nobody can say whether the prompt did; what served yesterday cannot be
    brought back, and two servers may say two things.

    ## Example
    ```yaml
    prompts:
      triage: {versions: [{text: "You sort the mail of a shop into {{kinds}}."}]}
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o, name: answer, system: You answer the letters of our customers with care.,
             input: "Where is order 7?", output: It left yesterday.}
    ```

    ## Use instead
    ```yaml
    prompts:
      triage: {versions: [{text: "You sort the mail of a shop into {{kinds}}."}]}
    traces:
      - repeat: 30
        steps:
          - {llm: gpt-4o, name: answer, system: You sort the mail of a shop into two kinds.,
             input: "Where is order 7?", output: A question.}
    ```

    ## Interest
    None of its own: not knowing costs when something goes wrong. Principal: an hour, to put the
    prompt into the registry or a repository, and to serve it from there.

    ## When to accept it
    The prompt is kept in a place that Solvent does not see, such as another repository.

    ## References
    It has been read on no real project: it needs traces, and a registry or code, of one
    application.
    """

    code = "PS301"
    debt = Debt.PROMPTS
    hours = 1.0

    min_requests: int = 20
    """Model calls that must have carried the prompt."""
    max_prompts: int = 500
    """Prompts that are looked up, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt that nobody keeps."""
        known = known_texts(evidence)
        define_families(evidence)
        for row in evidence.rows(
            """
            SELECT f.subject, f.hash, f.text, f.requests, f.traces, f.texts, p.name, p.version
            FROM prompt_family f JOIN prompt p USING (hash)
            WHERE f.requests >= $least ORDER BY f.requests DESC, f.subject LIMIT $limit
            """,
            least=self.min_requests,
            limit=self.max_prompts,
        ):
            if (reason := _missing(row, known)) is not None:
                yield self._found(evidence, row, reason)

    def _found(self, evidence: Evidence, row: dict[str, Any], reason: str) -> Finding:
        name = row["subject"].removeprefix("prompt:")
        return self.finding(
            row["subject"],
            f"`{name}` {reason}, and was sent in {row['requests']:,} model calls",
            counts={key: row[key] for key in ("requests", "traces", "texts")},
            examples=examples_of(evidence, row["subject"]),
            quotes=[Quote(shorten(row["text"]), row["hash"], 1)],
            fix="add it to the registry (`solvent prompt add`) or to the repository, and send what"
            " stands there",
        )


def _missing(row: dict[str, Any], known: Sequence[Known]) -> str | None:
    """Return why a prompt counts as kept nowhere; None when it is kept."""
    text = plain(row["text"])
    if row["name"] and row["version"]:
        named = [one for one in known if one.name == f"{row['name']}@{row['version']}"]
        if not named or any(matches(one.shape, text) for one in named):
            return None
        return "is not what the registry keeps under that version"
    if any(matches(one.shape, text) for one in known):
        return None
    return "matches no version in the registry and no prompt in the code"
