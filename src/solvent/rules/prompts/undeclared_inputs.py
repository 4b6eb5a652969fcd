"""PS203."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, NoEvidence, Quote, Rule, several
from solvent.debt.families import define_families, examples_of
from solvent.debt.known_texts import known_texts
from solvent.errors import SolventError
from solvent.prompts.matching import plain, values
from solvent.prompts.serving import serving, text_of
from solvent.templates.form import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solvent.debt import Evidence, Finding
    from solvent.debt.known_texts import Known
    from solvent.records.prompt import PromptVersion

EMPTY = re.compile(r"(?i)|none|null|nan|undefined|n/?a|\[\s*\]|\"\"|''|\[object object\]")
"""What a place is filled with when the program had nothing for it; braces are taken out before."""

_TEXTS = """
SELECT f.subject, p.hash, p.text, p.requests, f.requests AS total, f.traces
FROM prompt_family f JOIN prompt_member m USING (subject) JOIN prompt p ON p.hash = m.hash
WHERE f.subject IN (
    SELECT subject FROM prompt_family WHERE requests >= $least
    ORDER BY requests DESC, subject LIMIT $limit
)
QUALIFY row_number() OVER (PARTITION BY f.subject ORDER BY p.requests DESC, p.hash) <= $texts
ORDER BY f.requests DESC, f.subject, p.requests DESC, p.hash
"""


@dataclass(frozen=True, slots=True)
class UndeclaredInputs(Rule):
    """A prompt does not say what it is filled with, or is filled with nothing.

    ## What it does
    Flags prompts that serve in the registry, ask for inputs and declare none of them; and system
    prompts of the traces that a template of the registry or the code made, when a place of it was
    empty (nothing, `None`, `null`, `[]`), or still held its own name, in at least `min_share` of
    the model calls. Templates with conditions are not compared with traces.

    ## Why is this debt?
    A place that nobody fills stays unseen: the sentence around it still reads well, and the model
    makes up what should have stood there. Declared inputs make it an error when the prompt is
    filled in, before anybody pays for the answer.

    ## Example
    ```yaml
    prompts:
      triage:
        versions: [{text: "You answer letters to the shop {{shop}} with care."}]
    ```

    ## Use instead
    ```yaml
    prompts:
      triage:
        versions:
          - text: You answer letters to the shop {{shop}} with care.
            inputs: {type: object, required: [shop], properties: {shop: {type: string}}}
    ```

    ## Interest
    None of its own: what an answer without its facts costs shows in failed traces. Principal: half
    an hour, to declare the inputs and to follow an empty one to where it should come from.

    ## When to accept it
    The place is for something that most requests do not have.

    ## References
    It has been read on no real project: it needs traces, and a registry or code, of one
    application.
    """

    code = "PS203"
    debt = Debt.PROMPTS
    hours = 0.5

    min_requests: int = 20
    """Model calls that must have carried the prompt."""
    min_share: float = 0.9
    """Share of them in which a place must have been empty."""
    max_prompts: int = 200
    """Prompts that are compared with templates, the most used first."""
    max_texts: int = 200
    """Texts of each, the most used first."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt without declared inputs, and one per prompt with a gap."""
        known = known_texts(evidence)
        for version, _ in serving(evidence.registry):
            if names := _undeclared(version):
                yield self._silent(version, names)
        try:
            define_families(evidence)
        except NoEvidence:
            if evidence.registry.prompts:
                return
            raise
        for subject, rows in self._texts(evidence).items():
            if found := self._gap(rows, known):
                yield self._empty(evidence, subject, rows, *found)

    def _texts(self, evidence: Evidence) -> Mapping[str, list[dict[str, Any]]]:
        grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
        bounds = {"least": self.min_requests, "limit": self.max_prompts, "texts": self.max_texts}
        for row in evidence.rows(_TEXTS, **bounds):
            grouped[row["subject"]].append(row)
        return grouped

    def _gap(
        self, rows: Sequence[dict[str, Any]], known: Sequence[Known]
    ) -> tuple[Known, dict[str, int], int] | None:
        """Return the template of some texts, and in how many calls which place was empty."""
        first = plain(rows[0]["text"])
        for one in known:
            if one.shape.loose or not any(one.shape.names) or values(one.shape, first) is None:
                continue
            empty: dict[str, int] = defaultdict(int)
            read = 0
            for row in rows:
                filled = values(one.shape, plain(row["text"]))
                if filled is None:
                    continue
                read += row["requests"]
                for name, value in filled.items():
                    if EMPTY.fullmatch(value) or value == name:
                        empty[name] += row["requests"]
            often = {name: n for name, n in empty.items() if n >= self.min_share * read}
            return (one, often, read) if often and read >= self.min_requests else None
        return None

    def _silent(self, version: PromptVersion, names: Sequence[str]) -> Finding:
        shown = ", ".join(f"`{name}`" for name in names[:5])
        return self.finding(
            f"prompt:{version.name}@{version.number}",
            f"`{version.name}@{version.number}` asks for {several(len(names), 'input')} ({shown})"
            " and declares none",
            counts={"inputs": len(names)},
            quotes=[Quote(text_of(version.content), f"{version.name}@{version.number}")],
            fix="declare the inputs with their types, and an example of each",
            key="declared",
        )

    def _empty(
        self, evidence: Evidence, subject: str, rows: Sequence[dict[str, Any]], one: Known,
        often: Mapping[str, int], read: int,
    ) -> Finding:  # fmt: skip
        shown = ", ".join(f"`{name}` ({n:,})" for name, n in sorted(often.items()))
        return self.finding(
            subject,
            f"`{subject.removeprefix('prompt:')}`, made by `{one.name}`, was sent with nothing in"
            f" {shown} of {several(read, 'model call')} that were read",
            counts={"places without a value": len(often), "requests": rows[0]["total"],
                    "requests read": read, "traces": rows[0]["traces"]},
            examples=examples_of(evidence, subject),
            quotes=[Quote(rows[0]["text"], rows[0]["hash"])],
            fix="fill it in or take it out; a declared input that is needed cannot be left empty",
            key="filled",
        )  # fmt: skip


def _undeclared(version: PromptVersion) -> list[str]:
    """Return the inputs that a version asks for when it declares none."""
    if version.content.inputs is not None:
        return []
    try:
        return sorted(Form(version.content).names)
    except SolventError:  # it includes others, which are not looked up here
        return []
