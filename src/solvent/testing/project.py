"""A small project in YAML: the traces a rule is shown in its page and in its tests.

```yaml
tools:                       # definitions by name, offered with `offered: [search]`
  search: {description: Find an order, parameters: {type: object, properties: {id: {type: string}}}}
code:                        # a repository beside the traces: file name -> text
  app.py: "client.responses.create(model='gpt-4o', input=question)"
  rules.md: [{by: ana, text: Be kind.}, {by: bo, add: " Be brief."}]   # its versions, oldest first
prompts:                     # a registry beside the traces: name -> versions and aliases
  triage:
    versions: [{by: ana, text: "Sort {{mail}}.", inputs: {...}, output: {...}}, {text: ...}]
    aliases: {production: [1, 2]}       # or a number; several: moved from one to the next
    evaluated: [2]                      # versions with a trial on a dataset
traces:
  - repeat: 3                # the same trace three times, `every` apart
    every: 1h                # s, m, h or d; 1h when left out
    at: 2026-10-01           # start of the first copy; 2026-10-01 when left out
    session: s-{n}           # {n} is the number of the copy
    user: ana
    version: "1.4"           # app version
    outcome: failed          # or passed; left out: unknown
    assessments: [{name: correct, value: 0, source: human, rationale: wrong date}]
                                 # `span: x` judges the step with `id: x`
    steps:
      - llm: gpt-4o
        name: answer
        system: You help with orders.     # or {first: …, line: "- Rule {i}.", times: 120}
        input: Where is order 7?          # or a list of {user|assistant|system|call|result: …}
                                          # [{result: {tool: search, text: not found, id: c1}}], or
                                          # {tool: search, rows: 200} for a long one
        output: It left yesterday.        # or [{call: {tool: search, arguments: {id: 7}, id: c1}}]
        offered: [search]
        tokens: [1200, 40]                # input, output as reported; left out: not reported
        cached: 800
        asked: gpt-4o                     # the name in the request, where another one answered;
                                          # or the attributes that say it: {llm.…: …}
        usd: 0.01                         # cost as reported
        seconds: 2
      - tool: search
        arguments: {id: "7"}
        result: not found
        error: order not found            # status error with this message
        call: c1
      - retriever: find                   # documents as texts, or with a source
        documents: [{text: Returns are free., source: handbook.md}]
      - step: rewriter                    # any other step: step, agent, retriever, guardrail, …
        input: Where is order 7?
        output: SELECT 7
        steps: [...]                      # children
```

Without a step that says `root: false`, the steps of a trace hang below a root span of type agent.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import yaml

from solvent.debt.audit import audit
from solvent.debt.evidence import collect
from solvent.errors import Invalid
from solvent.records.assessment import Assessment
from solvent.records.identity import content_hash, span_key
from solvent.records.span import SPAN_TYPES, Span
from solvent.settings import Ledger
from solvent.testing.messages import (
    SECOND,
    Builder,
    definition,
    document,
    known,
    listed,
    message_of,
    micros,
    numbered,
    prompt_text,
    text_of,
    tool_name,
)
from solvent.testing.written import sources
from solvent.traces.prices import PriceBook
from solvent.workbench import open_spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solvent.debt import Evidence, Rule
    from solvent.records.batch import Batch
    from solvent.records.finding import Report

PROJECT = "sample"
EVERY = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND}
TRACE_KEYS = {
    "repeat", "every", "at", "session", "user", "version", "outcome", "assessments", "steps",
    "environment", "root", "tags", "name", "error", "id", "dated",
}  # fmt: skip
STEP_KEYS = {
    "name", "system", "input", "output", "offered", "tokens", "cached", "usd", "seconds",
    "arguments", "result", "error", "call", "steps", "root", "provider", "prompt", "agent",
    "documents", "after", "status", "dated", "parent", "id", "unpriced",
    "asked",
}  # fmt: skip


def read(text: str) -> Batch:
    """Return the rows of a project in YAML.

    Raises:
        Invalid: A key is not known.
    """
    project = yaml.safe_load(text) or {}
    known(project, {"tools", "traces", "code", "prompts"}, "a project")
    builder = Builder(project.get("tools") or {})
    for number, trace in enumerate(project.get("traces") or []):
        known(trace, TRACE_KEYS, "a trace")
        every = str(trace.get("every", "1h"))
        gap = int(every[:-1]) * EVERY[every[-1]]
        start = micros(trace.get("at", "2026-10-01"))
        for n in range(int(trace.get("repeat", 1))):
            _trace(builder, trace, f"{number:04x}{n:028x}", start + n * gap, n)
    return builder.batch


@contextmanager
def evidence_of(text: str) -> Iterator[Evidence]:
    """Open the evidence of a project in YAML."""
    store = open_spans(":memory:")
    try:
        store.append(read(text))
        project = yaml.safe_load(text) or {}
        code, versions = sources(PROJECT, project.get("code"), project.get("prompts"))
        with collect(store, PriceBook.load(), PROJECT, code=code, versions=versions) as evidence:
            yield evidence
    finally:
        store.close()


def audit_of(text: str, rules: Sequence[Rule], ledger: Ledger | None = None) -> Report:
    """Return the audit of a project in YAML."""
    with evidence_of(text) as evidence:
        return audit(evidence, rules, ledger or Ledger())


def _trace(builder: Builder, trace: Mapping[str, Any], trace_id: str, start: int, n: int) -> None:
    builder.clock = start
    shared = {
        "session_id": numbered(trace.get("session"), n),
        "user_id": numbered(trace.get("user"), n),
        "app_version": numbered(trace.get("version"), n),
        "environment": trace.get("environment"),
        "tags": trace.get("tags"),
        "dated": trace.get("dated", True),
    }
    parent = None
    root_at = len(builder.batch.spans)
    if trace.get("root", True):
        parent = builder.next_id()
    for step in trace.get("steps") or []:
        _step(builder, step, trace_id, parent, shared, n)
    if parent is not None:
        root = Span(
            id=span_key(trace_id, parent),
            project=PROJECT,
            trace_id=trace_id,
            span_id=parent,
            parent_id=None,
            type="agent",
            name=trace.get("name", "agent"),
            started_at=start,
            duration_ns=max(builder.clock - start, 1) * 1000,
            status="error" if trace.get("error") else "ok",
            status_message=trace.get("error"),
            input_hashes=[builder.content("value", "question")],
            output_hashes=[builder.content("value", "answer")],
            dialect="gen_ai",
            received_at=start,
            **shared,
        )
        builder.batch.spans.insert(root_at, root)
    judged = list(trace.get("assessments") or [])
    if trace.get("outcome"):
        judged.append(
            {"name": "outcome", "value": int(trace["outcome"] == "passed"), "source": "app"}
        )
    for item in judged:
        _assess(builder, item, trace_id)


def _assess(builder: Builder, item: Mapping[str, Any], trace_id: str) -> None:
    keys = {"name", "value", "label", "source", "rationale", "type", "by", "span"}
    known(item, keys, "an assessment")
    key = content_hash("value", json.dumps([trace_id, dict(item)], sort_keys=True))
    value = item.get("value")
    builder.batch.assessments.append(
        Assessment(
            id=key,
            project=PROJECT,
            trace_id=trace_id,
            span_id=item.get("span"),
            name=item["name"],
            type=item.get("type", "feedback"),
            value=None if value is None else float(value),
            label=item.get("label"),
            source_type=item.get("source", "human"),
            source_id=item.get("by"),
            rationale=item.get("rationale"),
            created_at=builder.clock,
        )
    )


def _step(
    builder: Builder,
    step: Mapping[str, Any],
    trace_id: str,
    parent: str | None,
    shared: Mapping[str, Any],
    n: int,
) -> None:
    type_ = next((key for key in step if key in SPAN_TYPES or key == "step"), None)
    if type_ is None:
        raise Invalid(f"a step needs one of {SPAN_TYPES}, or `step`", hint="`- llm: gpt-4o`")
    known(step, {*STEP_KEYS, type_}, "a step")
    if step.get("after"):
        builder.clock += int(float(step["after"]) * SECOND)
    started, span_id = builder.clock, str(step.get("id") or builder.next_id())
    at = len(builder.batch.spans)
    for child in step.get("steps") or []:
        _step(builder, child, trace_id, span_id, shared, n)
    lasted = int(float(step.get("seconds", 0 if step.get("steps") else 1)) * SECOND)
    builder.clock = max(builder.clock, started + max(lasted, 0))
    columns = _llm(builder, step, n) if type_ == "llm" else _plain(builder, step, type_, n)
    span = Span(
        id=span_key(trace_id, span_id),
        project=PROJECT,
        trace_id=trace_id,
        span_id=span_id,
        parent_id=step.get("parent", parent),
        type="chain" if type_ == "step" else type_,
        started_at=started,
        duration_ns=(lasted if "seconds" in step else builder.clock - started) * 1000,
        status=step.get("status", "error" if step.get("error") else "ok"),
        status_message=step.get("error"),
        agent=step.get("agent"),
        dialect="gen_ai",
        received_at=started,
        **columns,
        **shared,
    )
    builder.batch.spans.insert(at, span)


def _llm(builder: Builder, step: Mapping[str, Any], n: int) -> dict[str, Any]:
    name, _, version = str(step.get("prompt") or "").partition("@")
    messages: list[Mapping[str, Any]] = (
        [{"system": prompt_text(step["system"])}] if "system" in step else []
    )
    messages += listed(step.get("input"), "user")
    tokens = step.get("tokens") or [None, None]
    asked = step.get("asked") or {}
    asked = asked if isinstance(asked, dict) else {"gen_ai.request.model": asked}
    offered = [
        builder.content("tool_definition", definition(builder, tool), tool_name(tool))
        for tool in step.get("offered") or []
    ]
    return {
        "name": step.get("name", "chat"),
        "provider": step.get("provider", "openai"),
        "model": step["llm"],
        "attributes": json.dumps(asked),
        "input_tokens": tokens[0],
        "output_tokens": tokens[1],
        "cache_read_tokens": step.get("cached"),
        "cost_usd": step.get("usd"),
        "cost_source": "reported" if step.get("usd") is not None else None,
        "prompt_name": name or None,
        "prompt_version": version or None,
        "offered_tools": offered or None,
        "input_hashes": [message_of(builder, m, n) for m in messages] or None,
        "output_hashes": [
            message_of(builder, m, n) for m in listed(step.get("output"), "assistant")
        ]
        or None,
    }


def _plain(builder: Builder, step: Mapping[str, Any], type_: str, n: int) -> dict[str, Any]:
    columns: dict[str, Any] = {"name": step.get("name", step[type_])}
    if type_ == "tool":
        columns["tool_name"] = step["tool"]
        columns["tool_call_id"] = step.get("call")
        if "arguments" in step:
            text = numbered(text_of(step["arguments"]), n) or ""
            key = builder.content("tool_call", text, step["tool"], step.get("call"))
            columns["input_hashes"] = [key]
        if "result" in step:
            text = numbered(text_of(step["result"]), n) or ""
            key = builder.content("tool_result", text, step["tool"], step.get("call"))
            columns["output_hashes"] = [key]
        return columns
    for side, column in (("input", "input_hashes"), ("output", "output_hashes")):
        if side in step:
            columns[column] = [builder.content("value", numbered(text_of(step[side]), n) or "")]
    if "documents" in step:
        columns["document_hashes"] = [document(builder, d, n) for d in step["documents"]]
        columns["document_scores"] = [None] * len(step["documents"])
    return columns
