"""Rows of a simulated support agent, straight into the store: no wire, no server.

Eight spans a trace over 30 days: an agent, two model calls that are offered the same twenty tools
under one of three system prompts, three tool calls, a retrieval, a guardrail. Sessions of four
traces; one trace in twenty fails; one tool call in thirty has arguments its schema forbids.
"""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.identity import content_hash
from solvent.records.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

RARE = "zanzibarquokka"
PROJECT = "bench"
START = 1_760_000_000_000_000
MONTH = 30 * 86_400_000_000
MODELS = ("gpt-4o-mini-2024-07-18", "gpt-4o-2024-08-06", "claude-sonnet-4-20250514")
VERBS = ("search", "get", "list", "update", "cancel")
THINGS = ("orders", "customers", "refunds", "tickets")
TOOLS = tuple(f"{verb}_{thing}" for thing in THINGS for verb in VERBS)
RESOURCE = '{"service.name":"support","deployment.environment":"bench"}'
PARTS = ("ka", "lo", "mi", "ren", "tos", "vel", "an", "dor", "is", "qua", "ter", "un", "sa", "go")


def definition(name: str) -> str:
    verb, _, thing = name.partition("_")
    return json.dumps({
        "name": name,
        "description": f"{verb.title()} {thing} of the shop, by id or by customer. Returns JSON.",
        "parameters": {
            "type": "object",
            "properties": {
                "id": {"type": "string", "description": f"Id of the {thing[:-1]}."},
                "limit": {"type": "integer", "minimum": 1, "maximum": 100},
                "since": {"type": "string", "format": "date-time"},
                "reason": {"type": "string", "enum": ["customer", "fraud", "other"]},
            },
            "required": ["id"],
        },
    })  # fmt: skip


class Simulation:
    """Traces one after another, the same every time.

    Args:
        spans: How many there will be: they are spread over 30 days.
    """

    def __init__(self, spans: int) -> None:
        self._random = random.Random(11)
        pick = self._random.choice
        words = ["".join(pick(PARTS) for _ in range(1 + n % 4)) for n in range(6000)]
        weights = [1 / (n + 2) for n in range(len(words))]
        self._text = " ".join(self._random.choices(words, weights, k=600_000))
        self._spans, self._traces = spans, 0
        self._step = MONTH // max(spans // 8, 1)
        self._tools = [self._fixed("tool_definition", definition(name), name) for name in TOOLS]
        self._offered = [content.hash for content in self._tools]
        rules = [f"{n + 1}. Always {self._piece(60, 160)}." for n in range(30)]
        self._systems = [
            self._fixed("system", "You are the support agent.\n" + "\n".join(rules[n:]))
            for n in range(3)
        ]

    def _fixed(self, type_: str, text: str, name: str | None = None) -> Content:
        key = content_hash(type_, text, name)
        return Content(key, type_, text, name, first_seen_at=START)

    def _piece(self, least: int, most: int) -> str:
        size = least + int(self._random.random() * (most - least))
        at = int(self._random.random() * (len(self._text) - size))
        return self._text[at : at + size]

    def batches(self, size: int = 4096) -> Iterator[Batch]:
        """Yield everything in batches."""
        for start in range(0, self._spans, size):
            batch = Batch()
            batch.contents += [*self._tools, *self._systems]
            for _ in range(min(size, self._spans - start) // 8):
                self._trace(batch)
            yield batch

    def _keep(self, batch, type_, text, name=None, call_id=None) -> str:
        key = self._random.randbytes(16).hex()
        batch.contents.append(Content(key, type_, text, name, call_id, None, self._at))
        return key

    def _trace(self, batch: Batch) -> None:
        n, self._traces = self._traces, self._traces + 1
        self._at = START + n * self._step
        trace, failed = self._random.randbytes(16).hex(), n % 20 == 3
        spans = [self._random.randbytes(8).hex() for _ in range(8)]
        system = self._systems[n % 3].hash
        question = f"about {RARE} " * (n % 4096 == 11) + self._piece(80, 400)
        asked = self._keep(batch, "user", question)
        history, bodies = [system, asked], []
        found = [self._keep(batch, "document", self._piece(300, 900)) for _ in range(3)]
        calls, results = [], []
        for place in range(3):
            name = TOOLS[(n * 7 + place * 5) % 16]
            arguments = {"id": f"o-{n}", "limit": 500 if n % 30 == place else 20}
            call_id = f"call-{n}-{place}"
            text = json.dumps(arguments)
            calls.append((name, text, self._keep(batch, "tool_call", text, name, call_id), call_id))
            result = json.dumps({"rows": self._piece(200, 900)})
            if failed and place == 2:
                result = '{"error": "upstream timed out"}'
            results.append(self._keep(batch, "tool_result", result, name, call_id))
        answer = self._keep(batch, "assistant", said := self._piece(200, 900))
        bodies.append(
            ("agent", "support", 4000, 0, {"input_hashes": [asked], "output_hashes": [answer]})
        )
        bodies.append(
            (
                "retriever",
                "search_help",
                120,
                20,
                {
                    "input_hashes": [asked],
                    "document_hashes": found,
                    "document_scores": [0.9, 0.7, 0.4],
                },
            )
        )
        first = {"input_hashes": history, "output_hashes": [call[2] for call in calls]}
        second = {
            "input_hashes": history + first["output_hashes"] + results,
            "output_hashes": [answer],
        }
        bodies.append(("llm", "chat", 1200, 200, first))
        for place, (name, text, key, call_id) in enumerate(calls):
            bodies.append(
                (
                    "tool",
                    name,
                    150 + place * 40,
                    1500 + place * 250,
                    {
                        "input_hashes": [key],
                        "output_hashes": [results[place]],
                        "tool_name": name,
                        "tool_call_id": call_id,
                        "input_preview": text,
                    },
                )
            )
        bodies.append(("llm", "chat", 1100, 2500, second))
        bodies.append(("guardrail", "pii", 40, 3800, {"input_hashes": [answer]}))  # fmt: skip
        for place, (span, body) in enumerate(zip(spans, bodies, strict=True)):
            wrong = failed and place in {0, 5}
            batch.spans.append(self._span(n, trace, span, spans[0], body, wrong, question, said))

    def _span(self, n, trace, span, root, body, wrong, question, said) -> Span:
        type_, name, took, offset, columns = body
        llm = type_ == "llm"
        used = len(columns["input_hashes"]) * 180 + 2600 if llm else None
        attributes = {
            "openinference.span.kind": type_.upper(), "session.id": f"s-{n // 4}",
            "user.id": f"u-{n % 997}", "input.value": {"$contents": columns["input_hashes"]},
            "output.value": {"$contents": columns.get("output_hashes", [])},
        }  # fmt: skip
        if llm:
            columns = {
                **columns, "offered_tools": self._offered, "model": MODELS[n % 3], "provider":
                "anthropic" if n % 3 == 2 else "openai", "input_tokens": used, "output_tokens": 150,
                "cost_usd": used * 1e-6, "cost_source": "computed",
            }  # fmt: skip
            attributes |= {"gen_ai.usage.input_tokens": used, "gen_ai.request.temperature": 0.2}
        return Span(**{
            "id": int.from_bytes(self._random.randbytes(8)) >> 1, "project": PROJECT,
            "trace_id": trace, "span_id": span, "parent_id": None if span == root else root,
            "type": type_, "name": name, "started_at": self._at + offset * 1000,
            "duration_ns": (took + n % 100) * 1_000_000, "status": "error" if wrong else "ok",
            "status_message": "TimeoutError: upstream timed out" if wrong else None,
            "service": "support", "app_version": f"r{n % 5}", "session_id": f"s-{n // 4}",
            "user_id": f"u-{n % 997}", "input_preview": question[:120],
            "output_preview": said[:120], "attributes": json.dumps(attributes),
            "resource": RESOURCE, "dialect": "openinference", "received_at": self._at + 5_000_000,
            **columns,
        })  # fmt: skip
