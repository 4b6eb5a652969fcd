"""Retrieval as the spans show it: what was found, and which model calls carried it.

| table | one row is |
|---|---|
| `retrieval` | a retrieval: a retriever's span, or a tool call whose result is a list of passages |
| `retrieved` | one document of a retrieval that is read |
| `document` | a retrieved text, once |
| `carried` | one retrieved document in one later model call of its trace |
| `near_step`, `near_request` | spans and model calls of the traces that are read |
| `near_content` | the texts that these spans carry |

A reranker's documents are those of the retriever before it, and are not counted again. Of more
than `knowledge.max_retrievals` retrievals only those of some traces are read, drawn by a hash of
their id; `weight` in `retrieved` is how many of all each stands for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.debt.evidence import NoEvidence
from solvent.knowledge.passages import passages
from solvent.knowledge.use import probes
from solvent.records.identity import content_hash
from solvent.traces.tokens import count_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from solvent.debt.evidence import Evidence
    from solvent.knowledge.passages import Passage

MAX_RESULTS = 20_000
"""Distinct results of tools that are looked into for passages."""
MAX_RESULT_CHARS = 100_000
RECORDED = 0.8
"""Share of a step's retrievals with documents from which one without them found nothing."""
MIN_PROBE = 12
"""Characters by which a document is found in a prompt; shorter ones stand anywhere."""

_SPANS = """
WITH own AS (
    SELECT id, trace_id, span_id, parent_id, name AS step, started_at, status, document_hashes,
        document_scores, output_hashes, coalesce(len(document_hashes), 0) AS documents
    FROM step WHERE type = 'retriever' OR (document_hashes IS NOT NULL AND type <> 'reranker')
), outer_ AS (
    SELECT o.* FROM own o LEFT JOIN own p
        ON p.trace_id = o.trace_id AND p.span_id = o.parent_id AND p.documents > 0
    WHERE p.id IS NULL
), told AS (
    SELECT o.id, regexp_matches(trim(lower(c.text)), $nothing) AS nothing
    FROM outer_ o LEFT JOIN contents c
        ON c.hash = o.output_hashes[1] AND o.documents = 0 AND strlen(c.text) < 200
)
SELECT o.id, o.trace_id, o.span_id, o.step, o.started_at, o.document_hashes AS hashes,
    o.document_scores AS scores, NULL::VARCHAR AS carrier, o.documents::INTEGER AS documents,
    o.status <> 'error' AND o.documents = 0 AND (
        o.document_hashes IS NOT NULL OR coalesce(t.nothing, false)
        OR (o.output_hashes IS NULL
            AND avg((o.documents > 0)::INTEGER) OVER (PARTITION BY o.step) >= $recorded)
    ) AS empty
FROM outer_ o JOIN told t USING (id)
"""
NOTHING = (
    r'^(\[\s*\]|\{\s*\}|null|none|""|"\[\]")?$'
    r'|^\{\s*"\w+"\s*:\s*\[\s*\]\s*\}$'
    r"|^(no|0|zero) (relevant |matching )?(results?|documents?|matches|passages|hits)\b"
)
_LISTS = """
SELECT DISTINCT c.hash, c.text FROM call k JOIN contents c ON c.hash = k.result_hash
WHERE strlen(c.text) <= $chars AND c.text[1:1] IN ('{', '[')
    AND regexp_matches(c.text,
        '"(content|page_content|text|snippet|passage|chunk|body|raw_content)"\\s*:\\s*"')
    AND regexp_matches(c.text, '"(source|url|link|uri|title|file|path|id|doc_id|score)"\\s*:')
ORDER BY c.hash LIMIT $most
"""
_SHORT = """
SELECT DISTINCT c.hash, c.text FROM call k JOIN contents c ON c.hash = k.result_hash
WHERE strlen(c.text) < 300 AND c.text[1:1] IN ('{', '[') ORDER BY c.hash LIMIT $most
"""
_CALLS = """
WITH found AS (
    SELECT k.id, k.trace_id, k.span_id, k.tool, l.hash, l.hashes, l.scores,
        k.started_at + to_microseconds(CASE WHEN k.traced THEN 0 ELSE 1 END) AS started_at
    FROM call k JOIN passage_list l ON l.hash = k.result_hash
), known AS (
    SELECT tool FROM found WHERE len(hashes) > 0 GROUP BY tool
)
SELECT f.id, f.trace_id, f.span_id, f.tool AS step, f.started_at, f.hashes, f.scores,
    f.hash AS carrier, len(f.hashes)::INTEGER AS documents, len(f.hashes) = 0 AS empty
FROM found f JOIN known USING (tool)
"""
_RETRIEVAL = """
WITH every AS NOT MATERIALIZED ({sources}),
drawn AS (
    SELECT trace_id, own, sum(own) OVER (ORDER BY md5(trace_id)) - own < $most AS sampled
    FROM (SELECT trace_id, count(*) AS own FROM every GROUP BY trace_id)
), weighed AS (
    SELECT sum(own) / greatest(sum(own) FILTER (sampled), 1)::DOUBLE AS weight FROM drawn
)
SELECT row_number() OVER (ORDER BY md5(trace_id), started_at, span_id, carrier) AS place, *,
    true AS sampled
FROM every SEMI JOIN (FROM drawn WHERE sampled) USING (trace_id), weighed
UNION ALL
SELECT NULL, *, false
FROM every SEMI JOIN (FROM drawn WHERE NOT sampled) USING (trace_id), weighed
"""
"""Only what is read is numbered: to sort every retrieval with its lists takes seconds."""
_RETRIEVED = """
SELECT DISTINCT ON (place, hash) * FROM (
    SELECT place, trace_id, span_id, step, started_at, carrier, weight, unnest(hashes) AS hash,
        unnest(scores) AS score, generate_subscripts(hashes, 1) AS rank
    FROM retrieval WHERE sampled AND documents > 0
) ORDER BY place, hash, rank
"""
_NEAR = """
SELECT s.* FROM {table} s
SEMI JOIN (SELECT trace_id FROM retrieval WHERE sampled) r USING (trace_id)
"""
_NEAR_CONTENT = """
WITH used AS (
    SELECT unnest(list_concat(
        input_hashes, output_hashes, document_hashes, offered_tools)) AS hash FROM near_step
)
SELECT c.hash, c.type, c.name, left(c.text, $chars) AS text
FROM contents c SEMI JOIN used u ON u.hash = c.hash
"""
TEXT_CHARS = 100_000
"""Characters of one text that are read."""
_TEXTS = """
SELECT c.hash, c.text, c.name FROM near_content c
SEMI JOIN retrieved r ON r.hash = c.hash WHERE c.text <> ''
"""
_CARRIED = """
WITH later AS (
    SELECT d.place, d.trace_id, d.hash, d.carrier, r.id, unnest(r.input_hashes) AS content
    FROM retrieved d JOIN near_request r
        ON r.trace_id = d.trace_id AND r.started_at >= d.started_at
), pair AS (SELECT DISTINCT hash, carrier, content FROM later),
held AS (
    SELECT p.hash, p.content, CASE WHEN p.content IN (p.carrier, p.hash) THEN 1
        ELSE greatest(1, list_min([
            ((length(c.text) - length(replace(c.text, p, ''))) // length(p))::INTEGER
            FOR p IN d.probes])) END AS times
    FROM pair p JOIN document d ON d.hash = p.hash JOIN near_content c ON c.hash = p.content
    WHERE p.content = p.carrier OR p.content = p.hash
        OR (p.carrier IS NULL AND length(d.probe) >= $probe AND contains(c.text, d.probe))
)
SELECT l.place, l.trace_id, l.hash, l.id, sum(h.times)::INTEGER AS times, r.input_rate
FROM (SELECT DISTINCT * FROM later) l JOIN held h USING (hash, content)
JOIN near_request r USING (id)
GROUP BY l.place, l.trace_id, l.hash, l.id, r.input_rate
"""


def define_retrieval(evidence: Evidence) -> None:
    """Make the tables of this module, once per audit.

    Raises:
        NoEvidence: Nothing was retrieved.
    """
    if not evidence.once("retrieval", _define):
        raise NoEvidence("no retrievals")


def _define(evidence: Evidence) -> bool:
    sources = ["SELECT * FROM retrieval_span"]
    evidence.define("retrieval_span", _SPANS, nothing=NOTHING, recorded=RECORDED)
    texts = _define_lists(evidence)
    if texts is not None:
        evidence.define("retrieval_call", _CALLS)
        sources.append("SELECT * FROM retrieval_call")
    evidence.define(
        "retrieval",
        _RETRIEVAL.format(sources=" UNION ALL ".join(sources)),
        most=evidence.knowledge.max_retrievals,
    )
    if not evidence.value("SELECT count(*) FROM retrieval"):
        return False
    evidence.define("near_step", _NEAR.format(table="step"))
    evidence.define("near_content", _NEAR_CONTENT, chars=TEXT_CHARS)
    evidence.define("retrieved", _RETRIEVED)
    _define_documents(evidence, texts or {})
    try:
        evidence.define("near_request", _NEAR.format(table="request"))
    except NoEvidence:
        evidence.define("carried", _nothing_carried())
    else:
        evidence.define("carried", _CARRIED, probe=MIN_PROBE)
    return True


def _define_lists(evidence: Evidence) -> dict[str, Passage] | None:
    """Make `passage_list` and return the passages by hash; None when there are no tool calls."""
    try:
        rows = evidence.rows(_LISTS, chars=MAX_RESULT_CHARS, most=MAX_RESULTS)
        rows += evidence.rows(_SHORT, most=MAX_RESULTS)
    except NoEvidence:
        return None
    texts: dict[str, Passage] = {}
    lists: dict[str, list[tuple[str, float | None]]] = {}
    for row in rows:
        found = passages(row["text"])
        if found is None:
            continue
        lists[row["hash"]] = []
        for passage in found:
            key = content_hash("document", passage.text, passage.name)
            texts[key] = passage
            lists[row["hash"]].append((key, passage.score))
    evidence.define("passage_list", _list_table(lists))
    return texts


def _list_table(lists: Mapping[str, Sequence[tuple[str, float | None]]]) -> Any:
    import pyarrow as pa

    text = pa.string()
    return pa.table(
        {
            "hash": pa.array(list(lists), text),
            "hashes": pa.array(
                [[key for key, _ in found] for found in lists.values()], pa.list_(text)
            ),
            "scores": pa.array(
                [[score for _, score in found] for found in lists.values()],
                pa.list_(pa.float64()),
            ),
        }
    )


def _define_documents(evidence: Evidence, passed: Mapping[str, Passage]) -> None:
    import pyarrow as pa

    known = {row["hash"]: (row["text"], row["name"]) for row in evidence.rows(_TEXTS)}
    wanted = {row["hash"] for row in evidence.rows("SELECT DISTINCT hash FROM retrieved")}
    known |= {key: (p.text, p.name) for key, p in passed.items() if key in wanted and p.text}
    texts = [text for text, _ in known.values()]
    pieces = [probes(text) for text in texts]
    kind = pa.string()
    evidence.define(
        "document",
        pa.table(
            {
                "hash": pa.array(list(known), kind),
                "text": pa.array(texts, kind),
                "name": pa.array([name for _, name in known.values()], kind),
                "tokens": pa.array(count_many(texts), pa.int64()),
                "probe": pa.array([found[0] if found else "" for found in pieces], kind),
                "probes": pa.array(pieces, pa.list_(kind)),
            }
        ),
    )


def _nothing_carried() -> Any:
    import pyarrow as pa

    return pa.table(
        {
            "place": pa.array([], pa.int64()),
            "trace_id": pa.array([], pa.string()),
            "hash": pa.array([], pa.string()),
            "id": pa.array([], pa.int64()),
            "times": pa.array([], pa.int32()),
            "input_rate": pa.array([], pa.float64()),
        }
    )
