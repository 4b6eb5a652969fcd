"""The evidence tables, as SQL over `spans` and `contents`, each with what it holds.

| table | one row is |
|---|---|
| `step` | a span in scope |
| `request` | a call of a model (a client span inside a framework's span counts once) |
| `offer` | a tool definition in one list of offered tools (`toolset`) |
| `prompt` | a system prompt: one text, with the requests that carried it |
| `prompt_use` | one system prompt in one request |
| `call` | a tool call: asked for by a model, or run, or both |
| `trace` | a trace with its outcome and what it cost |
| `assessment` | a judgement in scope |
| `code_prompt` | a prompt in the source code, with its file and lines |
| `code_call` | a place in the source code where a model is called, or an agent set up or started |
| `code_tool` | a tool definition in the source code |
| `code_parse` | a place where a model's answer without a schema is taken apart by its text |
| `code_leak` | a secret in a file of the repository |
| `registry_prompt` | a prompt of the registry, retired ones left out |
| `registry_version` | a version of such a prompt, all its messages as one text |
| `registry_alias` | an alias, and the version it points at now |
| `registry_move` | a move of an alias |
| `registry_evaluation` | a version tried on a dataset |
| `prompt_change` | a version of a prompt, from git or the registry, and what it changed |
| `raw` | a span's attributes as they came: slow to read, so only for a few spans, by time |
"""

from __future__ import annotations

from solvent.pipelines.outcomes import JUDGED, PASSED

STEP = """
SELECT * EXCLUDE (attributes, resource, events, links)
FROM spans WHERE project = {project} AND started_at >= {since} AND started_at < {until}
"""

RAW = """
SELECT id, started_at, attributes
FROM spans WHERE project = {project} AND started_at >= {since} AND started_at < {until}
"""

ASSESSMENT = """
SELECT a.* FROM assessments a WHERE a.project = $project
AND a.trace_id IN (SELECT trace_id FROM step)
"""

USED_MODEL = "SELECT DISTINCT provider, model FROM step WHERE type IN ('llm', 'embedding')"

UNCOUNTED = """
WITH large AS (
    SELECT hash FROM contents WHERE type = 'tool_result' AND strlen(text) >= 4000
    ORDER BY strlen(text) DESC, hash LIMIT 1000
), used AS (
    SELECT hash FROM large
    UNION
    SELECT unnest(offered_tools) AS hash FROM step WHERE offered_tools IS NOT NULL
    UNION
    SELECT unnest(input_hashes[1:3]) FROM step WHERE type = 'llm'
    UNION
    SELECT unnest(list_concat(input_hashes, output_hashes)) FROM step
    WHERE type = 'llm' AND input_tokens IS NULL
)
SELECT c.hash, c.text FROM contents c JOIN used USING (hash)
WHERE c.tokens IS NULL AND (
    c.type IN ('system', 'tool_definition', 'tool_result')
    OR c.hash IN (
        SELECT unnest(list_concat(input_hashes, output_hashes)) FROM step
        WHERE type = 'llm' AND input_tokens IS NULL
    )
)
ORDER BY length(c.text) LIMIT $limit
"""
"""Contents whose tokens the audit needs: prompts, tool definitions, the thousand longest tool
results, and every message of the requests for which the provider reported no usage."""

REQUEST = """
WITH llm AS (SELECT * FROM step WHERE type = 'llm'),
nested AS (
    SELECT child.id AS child, parent.id AS parent,
        child.input_tokens IS NULL
            OR child.input_tokens IS NOT DISTINCT FROM parent.input_tokens AS same,
        child.input_tokens
    FROM llm child JOIN llm parent
        ON child.trace_id = parent.trace_id AND child.parent_id = parent.span_id
),
summed AS (SELECT parent FROM nested WHERE NOT same),
counted AS (
    SELECT u.id,
        CASE WHEN count(c.tokens) FILTER (u.side = 'in') = count(*) FILTER (u.side = 'in')
            THEN sum(c.tokens) FILTER (u.side = 'in') END AS input_tokens,
        CASE WHEN count(c.tokens) FILTER (u.side = 'out') = count(*) FILTER (u.side = 'out')
            THEN sum(c.tokens) FILTER (u.side = 'out') END AS output_tokens
    FROM (
        SELECT id, 'in' AS side, unnest(input_hashes) AS hash FROM llm WHERE input_tokens IS NULL
        UNION ALL
        SELECT id, 'in', unnest(offered_tools) FROM llm WHERE input_tokens IS NULL
        UNION ALL
        SELECT id, 'out', unnest(output_hashes) FROM llm WHERE input_tokens IS NULL
    ) u LEFT JOIN contents c USING (hash) GROUP BY u.id
)
SELECT s.id, s.trace_id, s.span_id, s.parent_id, s.name, s.started_at, s.duration_ns, s.status,
    s.agent, s.provider, s.model, s.service, s.session_id, s.user_id, s.app_version,
    s.prompt_name, s.prompt_version, s.dated,
    coalesce(s.input_tokens, counted.input_tokens) AS input_tokens,
    coalesce(s.output_tokens, counted.output_tokens) AS output_tokens,
    s.input_tokens IS NOT NULL AS reported,
    s.cache_read_tokens, s.cost_usd, s.cost_source,
    CASE WHEN s.cache_read_tokens > 0 AND s.input_tokens > 0
        THEN rate.input_usd
            + (rate.cache_read_usd - rate.input_usd) * s.cache_read_tokens / s.input_tokens
        ELSE rate.input_usd END AS input_rate,
    rate.output_usd AS output_rate,
    coalesce(s.cost_usd, input_rate * coalesce(s.input_tokens, counted.input_tokens)
        + rate.output_usd * coalesce(s.output_tokens, counted.output_tokens, 0)) AS usd,
    CASE WHEN len(s.offered_tools) > 0
        THEN md5(array_to_string(s.offered_tools, ',')) END AS toolset,
    coalesce(len(s.offered_tools), 0) AS tools,
    s.input_hashes, s.output_hashes
FROM llm s
LEFT JOIN rate ON s.model = rate.model AND s.provider IS NOT DISTINCT FROM rate.provider
LEFT JOIN counted ON s.id = counted.id
WHERE s.id NOT IN (SELECT parent FROM summed)
    AND s.id NOT IN (
        SELECT child FROM nested
        WHERE same AND (input_tokens IS NULL OR parent NOT IN (SELECT parent FROM summed)))
"""

OFFER = """
WITH lists AS (
    SELECT md5(array_to_string(offered_tools, ',')) AS toolset,
        any_value(offered_tools) AS offered_tools
    FROM step WHERE type = 'llm' AND len(offered_tools) > 0 GROUP BY toolset
), offered AS (
    SELECT toolset, unnest(offered_tools) AS hash,
        generate_subscripts(offered_tools, 1) AS position
    FROM lists
)
SELECT o.toolset, o.hash, o.position, c.name, c.text AS definition, c.tokens
FROM offered o JOIN contents c USING (hash)
"""

PROMPT_USE = """
WITH used AS (
    SELECT id, trace_id, unnest(input_hashes[1:3]) AS hash,
        generate_subscripts(input_hashes[1:3], 1) AS position
    FROM request
)
SELECT u.id, u.trace_id, u.hash, u.position FROM used u
JOIN contents c USING (hash) WHERE c.type = 'system'
"""

PROMPT = """
WITH used AS (
    SELECT u.hash, count(DISTINCT u.id) AS requests, count(DISTINCT u.trace_id) AS traces,
        min(r.started_at) AS first_at, max(r.started_at) AS last_at, bool_and(r.dated) AS dated,
        min(r.prompt_name) AS name, min(r.prompt_version) AS version, min(r.agent) AS agent,
        min(r.name) AS step, min(r.model) AS model
    FROM prompt_use u JOIN request r ON r.id = u.id GROUP BY u.hash
)
SELECT u.hash, c.text, c.tokens, u.* EXCLUDE (hash)
FROM used u JOIN (FROM contents WHERE type = 'system') c USING (hash)
"""

CALL = """
WITH wanted AS (
    SELECT id AS request_id, trace_id, started_at, unnest(output_hashes) AS hash,
        generate_subscripts(output_hashes, 1) AS position
    FROM request
),
asked AS (
    SELECT w.*, c.name AS tool, c.call_id, c.text AS arguments, row_number() OVER (
            PARTITION BY hash(w.trace_id, c.call_id) ORDER BY w.started_at, w.position) AS turn
    FROM wanted w JOIN contents c USING (hash) WHERE c.type = 'tool_call'
),
ran AS (
    SELECT s.id, s.trace_id, s.span_id, s.parent_id, s.started_at, s.duration_ns, s.status,
        s.status_message, coalesce(s.tool_name, s.name) AS tool, s.tool_call_id AS call_id,
        s.input_hashes[1] AS hash, s.output_hashes[1] AS result_hash, row_number() OVER (
            PARTITION BY hash(s.trace_id, s.tool_call_id) ORDER BY s.started_at, s.id) AS turn
    FROM step s WHERE s.type = 'tool'
),
by_id AS (
    SELECT asked.request_id, asked.position, ran.id
    FROM asked JOIN ran ON asked.trace_id = ran.trace_id AND asked.call_id = ran.call_id
        AND asked.turn = ran.turn
),
left_asked AS (
    SELECT request_id, position, trace_id, tool,
        row_number() OVER (PARTITION BY trace_id, tool ORDER BY started_at, position) AS nth
    FROM asked a
    WHERE NOT EXISTS (
        SELECT 1 FROM by_id b WHERE b.request_id = a.request_id AND b.position = a.position)
),
left_ran AS (
    SELECT id, trace_id, tool,
        row_number() OVER (PARTITION BY trace_id, tool ORDER BY started_at, id) AS nth
    FROM ran r WHERE r.id NOT IN (SELECT id FROM by_id)
),
pairs AS (
    SELECT request_id, position, id FROM by_id
    UNION ALL
    SELECT a.request_id, a.position, r.id FROM left_asked a
    FULL JOIN left_ran r ON a.trace_id = r.trace_id AND a.tool = r.tool AND a.nth = r.nth
),
alone AS (
    SELECT ran.id, c.text FROM pairs JOIN ran ON ran.id = pairs.id
    JOIN contents c ON c.hash = ran.hash WHERE pairs.request_id IS NULL
),
untraced AS (
    SELECT a.request_id, a.position, a.call_id, r.id AS next_id
    FROM (
        SELECT asked.* FROM pairs JOIN asked USING (request_id, position)
        WHERE pairs.id IS NULL AND asked.call_id IS NOT NULL
    ) a ASOF JOIN request r ON a.trace_id = r.trace_id AND a.started_at < r.started_at
),
told AS (
    SELECT u.request_id, u.position, any_value(c.hash) AS hash
    FROM untraced u JOIN (
        SELECT id, unnest(input_hashes) AS hash FROM request
        WHERE id IN (SELECT next_id FROM untraced)
    ) m ON m.id = u.next_id
    JOIN contents c ON c.hash = m.hash AND c.type = 'tool_result' AND c.call_id = u.call_id
    GROUP BY u.request_id, u.position
)
SELECT ran.id, pairs.request_id, coalesce(ran.trace_id, asked.trace_id) AS trace_id,
    ran.span_id, ran.parent_id, coalesce(asked.tool, ran.tool) AS tool,
    coalesce(ran.call_id, asked.call_id) AS call_id,
    coalesce(asked.arguments, alone.text) AS arguments,
    coalesce(ran.result_hash, told.hash) AS result_hash,
    coalesce(ran.status, 'unset') AS status, ran.status_message,
    coalesce(ran.started_at, asked.started_at) AS started_at, ran.duration_ns,
    coalesce(asked.position, 0) AS position, ran.id IS NOT NULL AS traced
FROM pairs
LEFT JOIN asked ON pairs.request_id = asked.request_id AND pairs.position = asked.position
LEFT JOIN ran ON pairs.id = ran.id
LEFT JOIN told ON pairs.id IS NULL
    AND pairs.request_id = told.request_id AND pairs.position = told.position
LEFT JOIN alone ON pairs.request_id IS NULL AND alone.id = pairs.id
"""
"""Where no span tells how a call went, its result is the one the next model call carries. To number
the calls of one id, a 64-bit hash of trace and id stands for both, as in `solvent.pipelines`."""

TRACE = f"""
WITH outcome AS ({JUDGED.format(assessments="assessment")}),
spent AS (
    SELECT trace_id, count(*) AS requests, sum(input_tokens) AS input_tokens,
        sum(output_tokens) AS output_tokens, sum(usd) AS usd
    FROM request GROUP BY trace_id
),
rolled AS (
    SELECT trace_id, min(started_at) AS started_at, count(*) AS spans,
        count(*) FILTER (parent_id IS NULL) AS roots,
        count(*) FILTER (status = 'error') AS errors,
        arg_min(name, started_at) FILTER (parent_id IS NULL) AS name,
        arg_min(status, started_at) FILTER (parent_id IS NULL) AS status,
        arg_min(duration_ns, started_at) FILTER (parent_id IS NULL) AS duration_ns,
        max(session_id) AS session_id, max(user_id) AS user_id, max(app_version) AS app_version,
        bool_and(dated) AS dated
    FROM step GROUP BY trace_id
)
SELECT r.*, s.requests, s.input_tokens, s.output_tokens, s.usd, o.value AS outcome,
    CASE WHEN o.value IS NOT NULL THEN o.value < {PASSED}
        WHEN r.status = 'error' THEN true END AS failed,
    CASE WHEN o.value IS NOT NULL THEN o.source
        WHEN r.status = 'error' THEN 'error' END AS outcome_source,
    o.why AS outcome_why,
    coalesce(o.conflict OR (r.status = 'error' AND o.value >= {PASSED}), false) AS outcome_conflict
FROM rolled r LEFT JOIN spent s USING (trace_id) LEFT JOIN outcome o USING (trace_id)
"""

MEANINGS = {
    "step": "spans",
    "request": "model calls",
    "offer": "tool definitions offered to a model",
    "prompt": "system prompts",
    "prompt_use": "system prompts",
    "call": "tool calls",
    "trace": "traces",
    "assessment": "assessments",
    "code_prompt": "prompts in the code",
    "code_call": "model calls in the code",
    "code_tool": "tool definitions in the code",
    "code_parse": "parsed answers in the code",
    "code_leak": "secrets in the code",
    "registry_prompt": "prompts in the registry",
    "registry_version": "prompts in the registry",
    "registry_alias": "aliases in the registry",
    "registry_move": "moved aliases in the registry",
    "registry_evaluation": "evaluated versions in the registry",
    "prompt_change": "history of prompts",
}
"""What a skipped rule says was missing."""

FROM_CODE = frozenset({"code_prompt", "code_call", "code_tool", "code_parse", "code_leak"})
"""Tables that a scan of the repository fills."""


FROM_REGISTRY = frozenset(
    {"registry_prompt", "registry_version", "registry_alias", "registry_move",
     "registry_evaluation"}
)  # fmt: skip
"""Tables that the registry fills, when a question first reads one of them."""

FROM_HISTORY = frozenset({"prompt_change"})
"""Tables that versions fill, of the registry and of git."""
