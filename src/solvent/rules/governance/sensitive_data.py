"""GV401."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Debt, NoEvidence, Quote, Ref, Rule, several
from solvent.traces.sensitive import CERTAIN, SECRETS, find_sensitive, masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solvent.debt import Evidence, Finding

_SIGNS = (
    r"@|\d[\d ().-]{6,}\d|PRIVATE KEY|sk-|gsk_|AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-"
    r"|AIza|k_(live|test)_|hf_|npm_|pypi-|SG\.|dop_v1_|eyJ|(?i:bearer|key|secret|token|passw|pwd)"
)
"""Without one of these a text holds nothing that the patterns find."""

_TYPES = {
    "user": "user messages",
    "assistant": "answers",
    "tool_call": "tool arguments",
    "tool_result": "tool results",
    "document": "documents",
    "value": "inputs and outputs of steps",
}

QUOTED_CHARS = 100
"""Characters shown on either side of a masked value."""

_SAMPLE = """
WITH newest AS (
    SELECT id, trace_id, span_id, input_hashes, output_hashes, document_hashes
    FROM step ORDER BY started_at DESC, id LIMIT $steps
),
used AS (
    SELECT unnest(list_concat(coalesce(input_hashes, []), coalesce(output_hashes, []),
        coalesce(document_hashes, []))) AS hash, trace_id, span_id, id
    FROM newest
),
one AS (
    SELECT hash, arg_min({'trace_id': trace_id, 'span_id': span_id}, id) AS place
    FROM used GROUP BY hash
),
kept AS (
    SELECT c.hash, c.type, left(c.text, $chars) AS text, one.place.trace_id AS trace_id,
        one.place.span_id AS span_id
    FROM one JOIN contents c USING (hash)
    WHERE c.type IN ('user', 'assistant', 'tool_call', 'tool_result', 'document', 'value')
    QUALIFY row_number() OVER (
        PARTITION BY c.type ORDER BY c.first_seen_at DESC, c.hash) <= $texts
)
SELECT *, regexp_matches(text, $signs) AS marked FROM kept
"""


@dataclass(frozen=True, slots=True)
class SensitiveData(Rule):
    """Traces carry personal data or secrets in clear text.

    ## What it does
    Searches the newest messages, tool arguments, tool results, documents and step values for
    access keys, tokens, passwords in addresses, private keys, payment cards, bank accounts, social
    security numbers, e-mail addresses, phone numbers and public IP addresses. One finding per
    kind. The sample is bounded: the distinct contents of the newest `max_steps` steps, at most
    `max_texts` of each type, the first `max_chars` characters of each; the finding counts what was
    read. Values are never shown, only the words around them.

    ## Why is this debt?
    What stands in a trace has been sent to the model's provider and is kept with every copy of the
    trace, for everybody who may read them. Nobody can be told later where it went, and a request
    for erasure has to find it all.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            input: "Refund it to my card 4539 5787 6362 1486, order {n}."
            output: Done.
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        steps:
          - llm: gpt-4o
            input: "Refund it to my card [card number], order {n}."
            output: Done.
    ```

    ## Interest
    None of its own: what a leak costs is not in the traces. Principal: two hours, to mask the kind
    before it is sent or recorded.

    ## When to accept it
    The data is made up, or belongs to a purpose that the people concerned agreed to, and the
    traces are kept no longer than it.

    ## References
    Measured on the 1,046 sentences with 1,897 labelled spans of
    https://github.com/microsoft/presidio-research (`python scripts/sensitive.py FILE`), precision
    and recall: card number 1.00 (97/97), 1.00 (97/97); e-mail address 1.00, 1.00 (24/24); bank
    account 1.00, 0.95 (20/21); social security number 1.00, 1.00 (10/10); IP address 1.00, 0.89
    (8/9, IPv6 is not searched); phone number 1.00, 0.83 (48/58, a local number is found only
    beside a word such as "call"). The patterns were adjusted on these sentences, so expect less
    elsewhere. Names, addresses and other data without a form are not found.
    """

    code = "GV401"
    debt = Debt.GOVERNANCE
    hours = 2.0
    security = True

    max_steps: int = 20_000
    """Steps whose contents are read, the newest."""
    max_texts: int = 1_500
    """Distinct texts of each type that are searched, the newest."""
    max_chars: int = 3_000
    """Characters of each text that are searched."""
    min_texts: int = 3
    """Texts that must carry a kind that has no checksum: a number alone may be anything."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per kind of data."""
        rows = evidence.rows(
            _SAMPLE,
            steps=self.max_steps,
            texts=self.max_texts,
            chars=self.max_chars,
            signs=_SIGNS,
        )
        if not rows:
            raise NoEvidence("no inputs or outputs")
        read = Counter(row["type"] for row in rows)
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            if row["marked"]:
                for kind in {hit.kind for hit in find_sensitive(row["text"])}:
                    found[kind].append(row)
        for kind, carriers in sorted(found.items()):
            if len(carriers) >= self.min_texts or kind in CERTAIN:
                yield self._found(kind, carriers, read)

    def _found(
        self, kind: str, carriers: Sequence[dict[str, Any]], read: Mapping[str, int]
    ) -> Finding:
        where = Counter(row["type"] for row in carriers)
        said = ", ".join(f"{n:,} {_called(type_, n)}" for type_, n in where.most_common())
        total = sum(read.values())
        return self.finding(
            f"data:{kind.replace(' ', '-')}",
            f"{len(carriers):,} of {several(total, 'text')} that were searched"
            f" {'carries' if len(carriers) == 1 else 'carry'} {_article(kind)} ({said})",
            counts={
                **{_TYPES[type_]: n for type_, n in where.items()},
                "texts": len(carriers),
                "searched texts": total,
            },
            examples=[Ref(row["trace_id"], row["span_id"]) for row in carriers[:10]],
            quotes=[_around(row, kind) for row in carriers[:3]],
            fix="replace it at its provider now, and keep keys out of messages"
            if kind in SECRETS
            else f"mask every {kind} before it is sent to the model or recorded, and delete the"
            " traces that hold one",
        )


def _around(row: Mapping[str, Any], kind: str) -> Quote:
    """Return the words around the first value, with every value of any kind masked."""
    text = masked(row["text"])
    at = max(text.find(f"[{kind}]"), 0)
    begin = max(0, at - QUOTED_CHARS)
    return Quote(text[begin : at + QUOTED_CHARS], row["hash"], text.count("\n", 0, at) + 1)


def _called(type_: str, count: int) -> str:
    """Return the name of a type of text, in the singular for one."""
    name = _TYPES[type_]
    return name if count != 1 else "step value" if type_ == "value" else name.removesuffix("s")


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiouI' else 'a'} {kind}"
