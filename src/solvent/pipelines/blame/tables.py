"""What steps did in each trace, as SQL over the evidence tables and `contents`.

Run in this order; each becomes a table that the later ones read:

| table | one row is |
|---|---|
| `blame_trace` | a trace that is looked at: of each outcome at most so many |
| `blame_span` | one of its spans, with the names above it, repeated ones folded |
| `blame_part` | a content of such a span, in what went in or what came out |
| `blame_text` | such a content, once: its length, words and values |
| `blame_first` | a value in a trace, and when it was first seen there |
| `blame_run` | such a span with what can be measured about it |

`STEPS` answers one row for each step of each trace, `SAID` the values that a step came up with,
`ANSWERS` the inputs that a step was given again, and how it answered them.
"""

from __future__ import annotations

TRACES = """
SELECT trace_id, name, failed, (row_number() OVER (ORDER BY trace_id) - 1)::INTEGER AS nth FROM (
    SELECT trace_id, name, failed,
        row_number() OVER (PARTITION BY failed ORDER BY md5(trace_id)) AS place
    FROM trace WHERE spans > 1 OR failed IS NOT NULL
) WHERE place <= $most
"""

SPANS = """
WITH RECURSIVE own AS (
    SELECT s.id, s.trace_id, s.span_id, s.parent_id, s.type, s.name, s.started_at, s.duration_ns,
        s.status, s.model, s.prompt_version, s.tool_name, s.input_hashes,
        list_concat(s.output_hashes, s.document_hashes) AS output_hashes, t.nth
    FROM step s JOIN blame_trace t ON s.trace_id = t.trace_id
), placed AS (
    SELECT o.id, o.trace_id, o.span_id, [o.name] AS path FROM own o
    LEFT JOIN own p ON p.trace_id = o.trace_id AND p.span_id = o.parent_id
    WHERE p.id IS NULL
    UNION ALL
    SELECT o.id, o.trace_id, o.span_id, CASE WHEN list_contains(p.path, o.name)
        THEN p.path[:list_position(p.path, o.name)] ELSE list_append(p.path, o.name) END
    FROM placed p JOIN own o ON o.trace_id = p.trace_id AND o.parent_id = p.span_id
), parents AS (
    SELECT DISTINCT trace_id, parent_id AS span_id FROM own WHERE parent_id IS NOT NULL
)
SELECT o.*, p.path, array_to_string(p.path, $between) AS place,
    o.started_at + to_microseconds(greatest(coalesce(o.duration_ns, 0), 0) // 1000) AS ended_at,
    k.span_id IS NOT NULL AS has_children
FROM own o JOIN placed p USING (id)
LEFT JOIN parents k ON k.trace_id = o.trace_id AND k.span_id = o.span_id
"""

PARTS = """
SELECT id, nth, place, started_at AS moment, 'in' AS side, unnest(input_hashes) AS hash,
    generate_subscripts(input_hashes, 1) AS position, len(input_hashes) AS parts
FROM blame_span
UNION ALL
SELECT id, nth, place, ended_at, 'out', unnest(output_hashes),
    generate_subscripts(output_hashes, 1), len(output_hashes)
FROM blame_span
"""

TEXTS = r"""
WITH used AS (SELECT DISTINCT hash FROM blame_part)
SELECT c.hash, c.type, strlen(c.text) AS chars,
    trim(left(c.text, $chars)) AS text,
    list_distinct(regexp_extract_all(lower(left(c.text, $chars)), '[\pL\pN]+')) AS words,
    list_distinct(regexp_extract_all(left(c.text, $chars),
        '\pN[\pN\pL.:_-]*[\pN\pL]|\pN|\p{Lu}[\pL\pN_-]+|[\pL\pN]+_[\pL\pN_]+')) AS said
FROM contents c JOIN used USING (hash)
"""
"""Values are numbers, dates, identifiers and words that begin with a capital letter."""

FIRST = """
SELECT nth, value, min(moment) AS moment FROM (
    SELECT p.nth, p.moment, unnest(t.said) AS value FROM blame_part p JOIN blame_text t USING (hash)
) GROUP BY nth, value
"""

RUNS = """
WITH recent AS (
    SELECT p.id, p.side, p.position, t.* FROM blame_part p JOIN blame_text t USING (hash)
    WHERE p.side = 'out' OR (p.position > p.parts - $recent AND t.type <> 'system')
), sides AS (
    SELECT id, side, sum(chars) AS chars, string_agg(text, ' ' ORDER BY position) AS text,
        trim(regexp_replace(string_agg(text, ' ' ORDER BY position), $marks, ' ', 'g')) AS plain,
        list_distinct(flatten(list(words))) AS words
    FROM recent GROUP BY id, side
), before AS (
    SELECT s.id, p.id AS prior FROM (
        SELECT id, trace_id, started_at FROM blame_span ORDER BY started_at
    ) s ASOF JOIN (
        SELECT id, trace_id, ended_at FROM blame_span WHERE NOT has_children
            AND id IN (SELECT id FROM sides WHERE side = 'out')
    ) p ON p.trace_id = s.trace_id AND p.ended_at <= s.started_at AND p.id <> s.id
), fresh AS (
    SELECT s.id, count(DISTINCT f.value) AS fresh FROM (
        SELECT p.id, p.nth, p.moment, unnest(t.said) AS value
        FROM blame_part p JOIN blame_text t USING (hash) WHERE p.side = 'out'
    ) s JOIN blame_first f ON f.nth = s.nth AND f.value = s.value AND f.moment = s.moment
    GROUP BY s.id
), bad AS (
    SELECT DISTINCT trace_id, span_id FROM assessment
    WHERE span_id IS NOT NULL AND type = 'feedback' AND name <> 'outcome'
        AND (value < 0.5 OR name = 'blame')
)
SELECT s.id, s.nth, s.trace_id, s.span_id, s.name, s.place, s.path, s.type, s.started_at,
    s.ended_at, s.model, s.prompt_version, s.tool_name,
    s.parent_id IS NULL AND s.has_children AS is_whole, s.status = 'error' AS error,
    bad.span_id IS NOT NULL AS bad, greatest(s.duration_ns, 0) / 1e9 AS seconds,
    i.chars AS in_chars, o.chars AS out_chars, coalesce(f.fresh, 0) AS fresh,
    o.id IS NULL OR o.text IN ('', '[]', '{}', '""', 'null', 'None') AS empty,
    CASE WHEN o.id IS NOT NULL AND i.id IS NOT NULL THEN NOT contains(i.text, o.text) END
        AS changed,
    1 - len(list_intersect(o.words, i.words)) / nullif(len(o.words), 0) AS added,
    1 - len(list_intersect(o.words, i.words)) / nullif(len(i.words), 0) AS dropped,
    1 - len(list_intersect(e.words, i.words)) / nullif(len(e.words), 0) AS lost,
    i.chars <= $chars AND e.chars <= $chars AND strlen(e.plain) > 2 * $opening
        AND contains(i.plain, left(e.plain, $opening)) AND NOT contains(i.plain, e.plain) AS cut,
    CASE WHEN i.text[1] = '{' AND json_valid(i.text) THEN json_structure(i.text)::VARCHAR END
        AS shape,
    CASE WHEN o.text[1] = '{' AND json_valid(o.text) THEN json_structure(o.text)::VARCHAR END
        AS out_shape
FROM blame_span s
LEFT JOIN sides i ON i.id = s.id AND i.side = 'in'
LEFT JOIN sides o ON o.id = s.id AND o.side = 'out'
LEFT JOIN before b ON b.id = s.id LEFT JOIN sides e ON e.id = b.prior AND e.side = 'out'
LEFT JOIN fresh f ON f.id = s.id
LEFT JOIN bad ON bad.trace_id = s.trace_id AND bad.span_id = s.span_id
"""

STEPS = """
SELECT nth, place, any_value(path) AS path, any_value(name) AS name, count(*) AS runs,
    bool_or(error) AS error, arg_max(error, started_at) AS gave_up, bool_or(bad) AS bad,
    bool_or(empty AND NOT error) AS empty,
    max(seconds) AS seconds, max(in_chars) AS in_chars, max(out_chars) AS out_chars,
    min(out_chars) FILTER (NOT error) AS least_chars,
    max(fresh) AS fresh, bool_or(changed) AS changed, max(added) AS added, max(dropped) AS dropped,
    max(lost) AS lost, bool_or(cut) AS cut,
    list_distinct(list(model)) AS models, list_distinct(list(prompt_version)) AS versions,
    list_distinct(list(tool_name)) AS tools, list_distinct(list(shape)) AS shapes,
    list_distinct(list(out_shape)) AS out_shapes,
    bool_and(is_whole) AS is_whole, epoch_us(min(started_at)) AS started_at,
    epoch_us(max(ended_at)) AS ended_at
FROM blame_run GROUP BY nth, place ORDER BY nth, place
"""

SAID = """
WITH new AS (
    SELECT DISTINCT p.place, p.nth, f.value FROM (
        SELECT p.place, p.nth, p.moment, unnest(t.said) AS value
        FROM blame_part p JOIN blame_text t USING (hash) WHERE p.side = 'out'
    ) p JOIN blame_first f ON f.nth = p.nth AND f.value = p.value AND f.moment = p.moment
), often AS (
    SELECT place, value, list(nth) AS traces, count(*) AS n FROM new GROUP BY place, value
    HAVING count(*) >= greatest($least, $share * (SELECT count(*) FROM blame_trace))
)
SELECT place, value, traces FROM often
QUALIFY row_number() OVER (PARTITION BY place ORDER BY n DESC, value) <= $most
ORDER BY place, value
"""
"""Values that a step came up with: its output is where the trace has them first."""

ANSWERS = """
WITH answer AS (
    SELECT place, input_hashes, any_value(type) AS type, list(DISTINCT nth) AS traces,
        coalesce(output_hashes, []) AS given
    FROM blame_span WHERE len(input_hashes) > 0 GROUP BY ALL
), placed AS (
    SELECT *, row_number() OVER (
        PARTITION BY place, input_hashes ORDER BY len(traces) DESC, given
    ) AS rank FROM answer
)
SELECT place, bool_and(type IN ('tool', 'retriever')) AS looked_up,
    any_value(traces) FILTER (rank = 1) AS usual,
    coalesce(flatten(list(traces) FILTER (rank > 1)), []) AS others
FROM placed GROUP BY place, input_hashes HAVING sum(len(traces)) > 1 ORDER BY place, input_hashes
"""
"""What a step was given in several traces: those with its most frequent answer, and the others."""

ASKED = """
WITH first AS (
    SELECT nth, arg_min(id, (started_at, len(path))) AS id FROM blame_span
    WHERE NOT has_children OR parent_id IS NOT NULL GROUP BY nth
), words AS (
    SELECT DISTINCT p.nth, unnest(t.words) AS value FROM first f
    JOIN blame_part p ON p.id = f.id AND p.side = 'in' JOIN blame_text t USING (hash)
    WHERE t.type <> 'system'
), often AS (
    SELECT value, list(nth) AS traces, count(*) AS n FROM words GROUP BY value
    HAVING count(*) >= greatest($least, $share * (SELECT count(*) FROM blame_trace))
)
SELECT value, traces FROM often QUALIFY row_number() OVER (ORDER BY n DESC, value) <= $most
ORDER BY value
"""
"""Words of the request: what the first step was given."""

BETWEEN = "\x1f"
"""Between the names of a path."""

MARKS = r'(\\[nrt"]|[^\pL\pN])+'
"""What stands between words, also in the notation of JSON."""
