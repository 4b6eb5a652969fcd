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
from solvent.prompts.likeness import COMPARED_CHARS, Sample, families
from solvent.prompts.matching import matches, plain, shape_of
from solvent.prompts.reading import read_prompt
from solvent.prompts.serving import serving, text_of
from solvent.records.finding import Quote
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.debt.evidence import Evidence
    from solvent.records.finding import Ref
    from solvent.records.instruction import PromptReading
    from solvent.records.source import Place

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a prompt that only stands in the code was last sent."""
MAX_TEXTS = 500
"""Kinds of texts compared with each other, the most used first. Of a name with more kinds, the
others are counted to the family when there is only one, and left out when there are several."""
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
    """Where in the code it stands; None: nowhere that was scanned."""
    registered: bool = False
    """Whether it was read from the registry and not from traces."""
    in_traces: bool = True
    """Whether requests carried it; else it only stands in the code or the registry."""

    @property
    def name(self) -> str:
        """Return the subject as a reader knows it."""
        return self.subject.removeprefix("prompt:").removeprefix("code:")

    @property
    def where(self) -> str:
        """Return where it was found, as the end of a sentence."""
        if self.in_traces:
            return f"in {self.requests:,} model calls"
        return "in the registry" if self.registered else "in the code"

    def is_sent(self, least: int) -> bool:
        """Tell whether so many requests carried it; outside of traces it needs none."""
        return not self.in_traces or self.requests >= least

    @property
    def reading(self) -> PromptReading:
        """Return the prompt read as instructions, its tokens counted."""
        return read_prompt(self.text, count)

    def line_of(self, line: int) -> int:
        """Return where a 1-based line of the prompt stands: in its file, else in its text."""
        if self.place is None or self.in_traces:
            return line
        straight = self.text.count("\n") <= self.place.end_line - self.place.line + 1
        return min(self.place.line + line - 1, self.place.end_line) if straight else self.place.line

    def quote(self, text: str, line: int) -> Quote:
        """Return a quote of the prompt by its 1-based line."""
        in_file = self.place is not None and not self.in_traces
        source = self.place.file if self.place is not None and in_file else self.hash
        return Quote(text, source, self.line_of(line))


class Resting(NamedTuple):
    """Prompts that stand in the registry or the code, each text once."""

    families: list[Family]
    same: dict[str, str]
    """Subject of a copy in the code: subject of the family that says the same."""


def list_families(evidence: Evidence, *, least: int, limit: int) -> list[Family]:
    """Return the most used prompts of at least so many requests, and what only stands elsewhere.

    A prompt is one wherever it is found: what was sent keeps the subject of the traces and has the
    place in the code of the text or template that made it; what serves in the registry has the
    place of the file that says the same.

    Raises:
        NoEvidence: There are no system prompts.
    """
    resting = _at_rest(evidence, limit)
    try:
        sent = _sent(evidence, least, limit)
    except NoEvidence:
        if not resting.families:
            raise
        return resting.families
    makers = _makers(evidence, limit)
    subjects = {family.subject for family in sent}
    made = {one.subject for subject in subjects for one in makers.get(subject, ())}
    places = {
        s: next((one.place for one in found if one.place), None) for s, found in makers.items()
    }
    return [
        *(family._replace(place=places.get(family.subject)) for family in sent),
        *(family for family in resting.families if family.subject not in subjects | made),
    ]


def subject_of(evidence: Evidence, subject: str) -> str:
    """Return the subject that a prompt of the code or the registry has in an audit.

    It is the one of the traces when they have it, else the one of the registry.
    """
    subject = _at_rest(evidence, MAX_TEXTS).same.get(subject, subject)
    try:
        makers = _makers(evidence, MAX_TEXTS)
    except NoEvidence:
        return subject
    named = (s for s, found in makers.items() if any(one.subject == subject for one in found))
    return next(named, subject)


def _at_rest(evidence: Evidence, limit: int) -> Resting:
    """Return what serves in the registry and stands in the code."""

    def found(evidence: Evidence) -> Resting:
        serves, said = _registered(evidence, limit)
        same: dict[str, str] = {}
        alone: list[Family] = []
        for family in _written(evidence, limit):
            text = family.text.strip()
            first = said.setdefault(text, family.subject)
            if first == family.subject:
                alone.append(family)
                continue
            same[family.subject] = first
            if first in serves and serves[first].place is None:
                serves[first] = serves[first]._replace(place=family.place)
        return Resting([*serves.values(), *alone], same)

    return evidence.once(f"resting prompts, {limit}", found)


def _makers(evidence: Evidence, limit: int) -> dict[str, list[Family]]:
    """Return for each prompt that was sent the resting ones that say the same or made it."""

    def found(evidence: Evidence) -> dict[str, list[Family]]:
        shaped = [(one, shape_of(one.text)) for one in _at_rest(evidence, limit).families]
        made: dict[str, list[Family]] = {}
        for sent in _sent(evidence, 1, limit):
            text, whole = plain(sent.text), sent.text.strip()
            made[sent.subject] = [
                one
                for one, shape in shaped
                if one.subject == sent.subject
                or one.text.strip() == whole
                or (shape is not None and matches(shape, text))
            ]
        return made

    return evidence.once(f"makers of sent prompts, {limit}", found)


def _registered(evidence: Evidence, limit: int) -> tuple[dict[str, Family], dict[str, str]]:
    """Return the versions that serve in the registry by subject, and who says each text.

    A version says what its messages say, one by one and all together.
    """
    found: list[Family] = []
    said: dict[str, str] = {}
    for version, _ in serving(evidence.registry):
        family = _resting(f"prompt:{version.name}@{version.number}", text_of(version.content))
        found.append(family._replace(registered=True))
        for text in (family.text, *(message.content for message in version.content.messages)):
            said.setdefault(text.strip(), family.subject)
    found.sort(key=lambda family: (-len(family.text), family.subject))
    return {family.subject: family for family in found[:limit]}, said


def _written(evidence: Evidence, limit: int) -> list[Family]:
    """Return the prompts of the code, the longest first."""
    if evidence.code is None or not evidence.code.prompts:
        return []
    chosen = sorted(evidence.code.prompts, key=lambda p: (-len(p.text), p.subject))[:limit]
    return [_resting(prompt.subject, prompt.text)._replace(place=prompt.place) for prompt in chosen]


def _resting(subject: str, text: str) -> Family:
    """Return a prompt that no request carried."""
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return Family(
        subject, digest, text, count(text), 1, 0, 0, last_at=NEVER, dated=False, in_traces=False
    )


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


def _slug(text: str) -> str:
    found = re.findall(r"[a-z]+", text[:400].lower())[:SLUG_WORDS]
    return "-".join(found)[:48] or "untitled"
