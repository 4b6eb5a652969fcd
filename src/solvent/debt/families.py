"""Prompts as people know them: the texts that one template made, under one stable subject.

A template filled with a date or a user's name is a new text with every request. Rules about
prompts look at the family:

| table | one row is |
|---|---|
| `prompt_member` | a text (`hash`) and the `subject` it belongs to |
| `prompt_family` | a subject with its most used text, and the sums over all its texts |
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.debt.evidence import NoEvidence
from solvent.debt.rule import Costs
from solvent.prompts.likeness import COMPARED_CHARS, Sample, families
from solvent.prompts.reading import read_prompt
from solvent.records.finding import Quote
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.records.finding import Ref
    from solvent.records.instruction import PromptReading, Statement
    from solvent.records.source import Place

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a prompt that only stands in the code was last sent."""
MAX_TEXTS = 500
"""Kinds of texts compared with each other, the most used first. Of a name with more kinds, the
others are counted to the family when there is only one, and left out when there are several."""
MAX_WORDS = 5
"""Places of one prompt that are looked for in its other texts."""
LEADING = 0.8
"""Share of a name's requests from which a family may carry the bare name."""
SLUG_WORDS = 6

_NAMED = """
SELECT hash, name AS prompt_name, requests, last_at,
    coalesce(name || coalesce('@' || version, ''), agent,
        nullif(trim(replace(step, coalesce(model, '-'), ''), ' :/'), ''), left(hash, 8)) AS name,
    regexp_replace(left(text, 200), '[0-9]+', '0', 'g') AS start
FROM prompt
"""

_KINDS = """
SELECT k.name, k.start, k.named, k.requests, left(p.text, $chars) AS text
FROM (
    SELECT name, start, bool_or(prompt_name IS NOT NULL) AS named,
        sum(requests)::BIGINT AS requests,
        arg_max(hash, (last_at, hash)) AS hash
    FROM prompt_named GROUP BY name, start ORDER BY sum(requests) DESC, start LIMIT $limit
) k JOIN prompt p USING (hash)
"""

_MEMBER = """
SELECT n.hash, coalesce(k.subject, alone.subject) AS subject
FROM prompt_named n LEFT JOIN prompt_kind k USING (name, start)
LEFT JOIN (
    SELECT name, any_value(subject) AS subject FROM prompt_kind
    GROUP BY name HAVING count(DISTINCT subject) = 1
) alone USING (name)
WHERE k.subject IS NOT NULL OR alone.subject IS NOT NULL
"""

_FAMILY = """
SELECT f.*, p.text, p.tokens, p.last_at FROM (
    SELECT m.subject, arg_max(p.hash, (p.requests, p.last_at, p.hash)) AS hash,
        count(*) AS texts, sum(p.requests)::BIGINT AS requests, sum(p.traces)::BIGINT AS traces,
        bool_and(p.dated) AS dated
    FROM prompt_member m JOIN prompt p USING (hash) GROUP BY m.subject
) f JOIN prompt p USING (hash)
"""


_CARRIER = """
WITH hit AS (
    SELECT k.subject, k.wasted, k.words, m.hash, m.hash = f.hash OR contains(p.text, k.words) AS has
    FROM {words} k JOIN prompt_family f USING (subject)
    JOIN prompt_member m USING (subject) JOIN prompt p ON p.hash = m.hash
), known AS (
    SELECT subject, words, count(*) FILTER (has) > 1 AS shared FROM hit GROUP BY subject, words
), kept AS (
    SELECT subject, words FROM known
    QUALIFY shared OR NOT bool_or(shared) OVER (PARTITION BY subject)
)
SELECT h.subject, h.hash, any_value(h.wasted) AS wasted
FROM hit h JOIN kept USING (subject, words) GROUP BY h.subject, h.hash HAVING bool_and(h.has)
"""


def define_families(evidence: Evidence) -> None:
    """Make `prompt_member` and `prompt_family`, once per audit.

    Raises:
        NoEvidence: There are no system prompts.
    """
    if evidence.has("prompt_family"):
        return
    import pyarrow as pa

    evidence.define("prompt_named", _NAMED)
    rows = evidence.rows(_KINDS, chars=COMPARED_CHARS, limit=MAX_TEXTS)
    subjects = _subjects(rows)
    text = pa.string()
    evidence.define(
        "prompt_kind",
        pa.table(
            {
                "name": pa.array([row["name"] for row in rows], text),
                "start": pa.array([row["start"] for row in rows], text),
                "subject": pa.array(subjects, text),
            }
        ),
    )
    evidence.define("prompt_member", _MEMBER)
    evidence.define("prompt_family", _FAMILY)


class Family(NamedTuple):
    """A prompt: its most used text, and the sums over all texts of its template."""

    subject: str
    hash: str
    text: str
    tokens: int | None
    texts: int
    requests: int
    traces: int
    last_at: datetime
    """When that text was last sent."""
    dated: bool
    """Whether that time comes from the sender."""
    place: Place | None = None
    """Where in the code it stands; None for a prompt of traces."""

    @property
    def name(self) -> str:
        """Return the subject as a reader knows it."""
        return self.subject.removeprefix("prompt:").removeprefix("code:")

    def is_sent(self, least: int) -> bool:
        """Tell whether so many requests carried it; a prompt in the code needs none."""
        return self.place is not None or self.requests >= least

    @property
    def reading(self) -> PromptReading:
        """Return the prompt read as instructions, its tokens counted."""
        return read_prompt(self.text, count)

    def quote(self, text: str, line: int) -> Quote:
        """Return a quote of the prompt by its 1-based line."""
        if self.place is None:
            return Quote(text, self.hash, line)
        straight = self.text.count("\n") <= self.place.end_line - self.place.line + 1
        at = min(self.place.line + line - 1, self.place.end_line) if straight else self.place.line
        return Quote(text, self.place.file, at)


def list_families(evidence: Evidence, *, least: int, limit: int) -> list[Family]:
    """Return the most used prompts of at least so many requests.

    Raises:
        NoEvidence: There are no system prompts.
    """
    written = _written(evidence, limit)
    try:
        sent = _sent(evidence, least, limit)
    except NoEvidence:
        if not written:
            raise
        sent = []
    known = {family.text.strip() for family in sent}
    return [*sent, *(family for family in written if family.text.strip() not in known)]


def _written(evidence: Evidence, limit: int) -> list[Family]:
    """Return the prompts of the code, the longest first."""
    if evidence.code is None or not evidence.code.prompts:
        return []
    chosen = sorted(evidence.code.prompts, key=lambda p: (-len(p.text), p.subject))[:limit]
    return [
        Family(
            subject=prompt.subject,
            hash=blake2b(prompt.text.encode(), digest_size=16).hexdigest(),
            text=prompt.text,
            tokens=count(prompt.text),
            texts=1,
            requests=0,
            traces=0,
            last_at=NEVER,
            dated=False,
            place=prompt.place,
        )
        for prompt in chosen
    ]


def _sent(evidence: Evidence, least: int, limit: int) -> list[Family]:
    define_families(evidence)
    rows = evidence.rows(
        """
        SELECT subject, hash, text, tokens, texts, requests, traces, last_at, dated
        FROM prompt_family WHERE requests >= $least ORDER BY requests DESC, subject LIMIT $limit
        """,
        least=least,
        limit=limit,
    )
    return [Family(**row) for row in rows]


def examples_of(evidence: Evidence, subject: str) -> tuple[Ref, ...]:
    """Return the newest requests that carried a prompt; none for a prompt of the code."""
    if not evidence.has("prompt_member"):
        return ()
    return evidence.examples(
        """
        SELECT r.trace_id, r.span_id FROM prompt_member m JOIN prompt_use u USING (hash)
        JOIN request r ON r.id = u.id WHERE m.subject = $subject
        ORDER BY r.started_at DESC, r.id LIMIT 5
        """,
        subject=subject,
    )


def define_carriers(
    evidence: Evidence, table: str, found: Mapping[str, tuple[int, Sequence[str]]]
) -> None:
    """Keep which texts of each prompt show what was found in its most used text.

    Texts of one name can differ: what stands in one of them is not in every request. A text counts
    when it holds each of the words, letter by letter. Words that only the most used text holds are
    left aside when others are shared: something in them is filled in.

    Args:
        evidence: The open evidence.
        table: Name of the table: `subject`, `hash` and `wasted`.
        found: By subject, the tokens wasted in each request, and the words that show it, of which
            a few are looked for.
    """
    import pyarrow as pa

    _define_subjects(evidence, table, found)
    if not evidence.has("prompt_member"):
        return
    rows = [(key, n, word) for key, (n, words) in found.items() for word in _few(words)]
    kinds = {
        "subject": pa.array([row[0] for row in rows], pa.string()),
        "wasted": pa.array([row[1] for row in rows], pa.int64()),
        "words": pa.array([row[2].strip() for row in rows], pa.string()),
    }
    evidence.define(f"{table}_words", pa.table(kinds))
    evidence.define(table, _CARRIER.format(words=f"{table}_words"))


def define_excess(evidence: Evidence, table: str, knees: Mapping[str, int]) -> None:
    """Keep which texts of each prompt are longer than a number of tokens, and by how many.

    Args:
        evidence: The open evidence.
        table: Name of the table: `subject`, `hash` and `wasted`.
        knees: By subject, the tokens that are not objected to.
    """
    import pyarrow as pa

    _define_subjects(evidence, table, knees)
    if not evidence.has("prompt_member"):
        return
    columns = {
        "subject": pa.array(list(knees), pa.string()),
        "knee": pa.array(list(knees.values()), pa.int64()),
    }
    evidence.define(f"{table}_knee", pa.table(columns))
    evidence.define(
        table,
        f"""
        SELECT k.subject, m.hash, p.tokens - k.knee AS wasted
        FROM {table}_knee k JOIN prompt_member m USING (subject) JOIN prompt p ON p.hash = m.hash
        WHERE p.tokens > k.knee
        """,
    )


def _define_subjects(evidence: Evidence, table: str, found: Iterable[str]) -> None:
    import pyarrow as pa

    evidence.define(f"{table}_subject", pa.table({"subject": pa.array(list(found), pa.string())}))


def use_of(evidence: Evidence, table: str, families: Sequence[Family]) -> list[Family]:
    """Return the families with the counts of those texts alone that a table of carriers names.

    Families of the code stay as they are when something was found in them.
    """
    named = {row["subject"] for row in evidence.rows(f"SELECT subject FROM {table}_subject")}
    written = [family for family in families if family.place and family.subject in named]
    if not evidence.has("prompt_member"):
        return written
    counted = {
        row["subject"]: row
        for row in evidence.rows(f"""
            SELECT k.subject, count(DISTINCT k.hash) AS texts, count(*) AS requests,
                count(DISTINCT u.trace_id) AS traces
            FROM {table} k JOIN prompt_use u USING (hash) GROUP BY k.subject
            """)
    }
    return [
        family._replace(**{k: counted[family.subject][k] for k in ("texts", "requests", "traces")})
        for family in families
        if family.subject in counted
    ] + written


def carriers_of(evidence: Evidence, table: str, subject: str) -> tuple[Ref, ...]:
    """Return the newest requests that a table of carriers names."""
    if not evidence.has("prompt_member"):
        return ()
    return evidence.examples(
        f"""
        SELECT r.trace_id, r.span_id FROM {table} k JOIN prompt_use u USING (hash)
        JOIN request r ON r.id = u.id WHERE k.subject = $subject
        ORDER BY r.started_at DESC, r.id LIMIT 5
        """,
        subject=subject,
    )


def token_costs(evidence: Evidence, table: str) -> Costs | None:
    """Return the wasted tokens of each carrier in every request; None without traces."""
    if not evidence.has("prompt_member"):
        return None
    return Costs(f"""
        SELECT k.subject, r.id, r.trace_id, p.hash AS part, least(k.wasted, p.tokens) AS tokens,
            least(k.wasted, p.tokens) * r.input_rate AS usd,
            NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
        FROM {table} k JOIN prompt p USING (hash)
        JOIN prompt_use u USING (hash) JOIN request r ON r.id = u.id
    """)


def _subjects(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return a subject for each kind: the name, and first words where a name has several."""
    samples = [Sample(row["name"], row["text"], row["requests"]) for row in rows]
    leads = families(samples)
    asked: dict[str, int] = {}
    led: dict[int, int] = {}
    for sample, lead in zip(samples, leads, strict=True):
        asked[sample.name] = asked.get(sample.name, 0) + sample.requests
        led[lead] = led.get(lead, 0) + sample.requests
    chosen: dict[int, str] = {}
    for lead in sorted(led, key=lambda i: (-led[i], samples[i].text)):
        subject = f"prompt:{samples[lead].name}"
        if led[lead] < LEADING * asked[samples[lead].name]:
            subject += f"/{_slug(samples[lead].text)}"
        if subject in chosen.values():
            subject += f"-{blake2b(samples[lead].text.encode(), digest_size=2).hexdigest()}"
        chosen[lead] = subject
    return [
        f"prompt:{row['name']}" if row["named"] else chosen[lead]
        for row, lead in zip(rows, leads, strict=True)
    ]


def _few(words: Sequence[str]) -> list[str]:
    """Return a few of the places, evenly spread; of a prompt without any, what every text holds."""
    few = min(len(words), MAX_WORDS)
    return [words[i * len(words) // few] for i in range(few)] or [""]


def words_of(prompt: Family, statement: Statement) -> str:
    """Return the words of a statement as they stand in the prompt: its line when it has several."""
    line = prompt.text.splitlines()[statement.line - 1]
    return statement.text if statement.text in line else line


def _slug(text: str) -> str:
    found = re.findall(r"[a-z]+", text[:400].lower())[:SLUG_WORDS]
    return "-".join(found)[:48] or "untitled"
