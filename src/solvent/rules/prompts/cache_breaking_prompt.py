"""PS103."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from solvent.debt import Costs, Debt, Quote, Rule
from solvent.debt.families import define_families
from solvent.prompts.prefixes import Change, change
from solvent.traces.tokens import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Evidence, Finding

_MISSED = """
WITH used AS (
    SELECT c.*, u.hash, r.id, r.trace_id, r.span_id, r.started_at, r.cache_read_tokens,
        rate.input_usd - rate.cache_read_usd AS saved_usd,
        r.started_at - lag(r.started_at) OVER (
            PARTITION BY c.subject, r.provider, r.model, r.toolset ORDER BY r.started_at, r.id
        ) <= to_seconds($seconds) AS warm,
        r.started_at - lag(r.started_at) OVER (
            PARTITION BY u.hash, r.provider, r.model, r.toolset ORDER BY r.started_at, r.id
        ) <= to_seconds($seconds) AS own
    FROM cache_break c JOIN prompt_member m USING (subject) JOIN prompt_use u USING (hash)
    JOIN request r ON r.id = u.id
    LEFT JOIN rate ON rate.model = r.model AND rate.provider IS NOT DISTINCT FROM r.provider
    WHERE u.position = 1 AND r.dated
)
SELECT subject, id, trace_id, span_id, started_at, saved_usd,
    greatest(stable - greatest(coalesce(cache_read_tokens, 0), kept), 0) AS missed
FROM used WHERE warm AND NOT coalesce(own, false)
"""
"""A request missed the cache when its own text was not sent within the cache's lifetime, and
another text of the same prompt was, to the same model with the same tools."""


@dataclass(frozen=True, slots=True)
class CacheBreakingPrompt(Rule):
    """Changing text stands ahead of a long stable part of a prompt, so that no cache can hold it.

    ## What it does
    Flags system prompts whose texts differ from request to request early on (a time, a name, an
    identifier), while at least `min_tokens` tokens after the change are the same again. Only
    requests count that came within `cache_minutes` of another request with the same prompt, model
    and tools, and whose exact text was not sent within that time.

    ## Why is this debt?
    Providers charge a fraction for input that begins exactly like an earlier request, from 1,024
    tokens on. The first character that differs ends the match: one timestamp in the first line
    makes every request pay the full price for all that follows.

    ## Example
    ```yaml
    traces:
      - repeat: 30
        every: 1m
        steps:
          - llm: gpt-4o
            prompt: support
            system: {first: "This is call {n}.", times: 120,
              line: "Paragraph {i} of the handbook says what to do in case {i}."}
            input: "Where is order 7?"
            output: It left yesterday.
    ```

    ## Use instead
    ```yaml
    traces:
      - repeat: 30
        every: 1m
        steps:
          - llm: gpt-4o
            prompt: support
            system: {line: "Paragraph {i} of the handbook says what to do in case {i}.", times: 120}
            input: "This is call {n}. Where is order 7?"
            output: It left yesterday.
    ```

    ## Interest
    (Input price - cached price) x tokens that stay the same, for each request that missed; less
    what the provider reports as read from its cache anyway, and less the stable beginning where
    that is long enough to be cached by itself. No tokens are saved, only their price. Models
    without a cached price leave the dollars unmeasured. Principal: one hour, to move the changing
    text behind the stable part or into the first message.

    ## When to accept it
    The provider does not cache, or the changing text must come first for the model to heed it.

    ## References
    OpenAI, "Prompt caching", and Anthropic, "Prompt caching": exact prefixes of at least 1,024
    tokens, kept for five to ten minutes after the last use.
    """

    code = "PS103"
    debt = Debt.PROMPTS
    hours = 1.0

    min_tokens: int = 1024
    """Tokens from which providers cache; as many must be lost for a finding."""
    cache_minutes: int = 5
    """Minutes a cached beginning is kept after its last use."""
    min_requests: int = 20
    """Model calls that must have missed the cache."""
    max_prompts: int = 100
    """Prompts that are compared, the most used first."""
    max_texts: int = 20
    """Texts of one prompt that are compared, the newest."""

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        """Yield one finding per prompt that broke its cache."""
        define_families(evidence)
        broken: dict[str, Change] = {}
        for subject, rows in self._texts(evidence).items():
            found = change([row["text"] for row in rows], count)
            if found and found.stable_tokens - self._kept(found) >= self.min_tokens:
                broken[subject] = found
        self._keep(evidence, broken)
        for row in evidence.rows(
            """
            SELECT subject, count(*) AS missed, count(DISTINCT trace_id) AS traces,
                any_value(f.requests) AS requests, any_value(f.texts) AS texts,
                any_value(f.hash) AS hash
            FROM cache_missed JOIN prompt_family f USING (subject) WHERE missed > 0
            GROUP BY subject HAVING count(*) >= $least ORDER BY subject
            """,
            least=self.min_requests,
        ):
            yield self._found(evidence, row, broken[row["subject"]])

    def _texts(self, evidence: Evidence) -> dict[str, list[dict[str, Any]]]:
        grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in evidence.rows(
            """
            SELECT n.subject, p.text FROM (
                SELECT f.subject, p.hash, p.first_at FROM prompt_member m JOIN prompt p USING (hash)
                JOIN (
                    SELECT * FROM prompt_family WHERE texts > 1 AND requests >= $least
                    ORDER BY requests DESC, subject LIMIT $limit
                ) f USING (subject)
                QUALIFY row_number() OVER (
                    PARTITION BY f.subject ORDER BY p.first_at DESC, p.hash) <= $texts
            ) n JOIN prompt p USING (hash)
            ORDER BY n.subject, n.first_at, p.hash
            """,
            least=self.min_requests,
            limit=self.max_prompts,
            texts=self.max_texts,
        ):
            grouped[row["subject"]].append(row)
        return grouped

    def _kept(self, found: Change) -> int:
        """Return the tokens that can be cached as it is."""
        return found.prefix_tokens if found.prefix_tokens >= self.min_tokens else 0

    def _keep(self, evidence: Evidence, broken: dict[str, Change]) -> None:
        import pyarrow as pa

        evidence.define(
            "cache_break",
            pa.table(
                {
                    "subject": pa.array(list(broken), pa.string()),
                    "stable": pa.array([c.stable_tokens for c in broken.values()], pa.int64()),
                    "kept": pa.array([self._kept(c) for c in broken.values()], pa.int64()),
                }
            ),
        )
        evidence.define("cache_missed", _MISSED, seconds=60 * self.cache_minutes)

    def _found(self, evidence: Evidence, row: dict[str, Any], found: Change) -> Finding:
        name = row["subject"].removeprefix("prompt:")
        return self.finding(
            row["subject"],
            f"`{name}` changes ({found.kind}) after {found.prefix_tokens:,} tokens, so"
            f" {found.stable_tokens - self._kept(found):,} tokens that stay the same could not be"
            f" read from a cache in {row['missed']:,} of {row['requests']:,}"
            " model calls",
            counts={
                "tokens before the change": found.prefix_tokens,
                "tokens that stay the same": found.stable_tokens,
                "requests that missed": row["missed"],
                "requests": row["requests"],
                "traces": row["traces"],
                "texts": row["texts"],
            },
            examples=evidence.examples(
                """
                SELECT trace_id, span_id FROM cache_missed WHERE subject = $subject
                ORDER BY started_at DESC LIMIT 5
                """,
                subject=row["subject"],
            ),
            quotes=[Quote(found.text, row["hash"], found.line)],
            fix=f"move the text of line {found.line} that changes to the end of the prompt, or into"
            " the user's message",
        )

    def costs(self, evidence: Evidence) -> Costs:  # noqa: ARG002  the table is made by check
        """Claim the difference between the full and the cached price."""
        return Costs("""
            SELECT subject, id, trace_id, 'cache' AS part, NULL::BIGINT AS tokens,
                missed * saved_usd AS usd, NULL::DOUBLE AS seconds, NULL::BOOLEAN AS failed
            FROM cache_missed WHERE missed > 0
        """)
