"""A small project in YAML: the traces a rule is shown in its page and in its tests.

```yaml
tools:                       # definitions by name, offered with `offered: [search]`
  search: {description: Find an order, parameters: {type: object, properties: {id: {type: string}}}}
code:                        # a repository beside the traces: file name -> text
  app.py: "client.responses.create(model='gpt-4o', input=question)"
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
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import yaml

from solvent.debt.audit import audit
from solvent.debt.evidence import collect
from solvent.errors import Invalid
from solvent.records.assessment import Assessment
from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.identity import content_hash, span_key
from solvent.records.span import SPAN_TYPES, Span
from solvent.settings import Ledger, Settings
from solvent.traces.prices import PriceBook
from solvent.workbench import open_spans, scan_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solvent.debt import Evidence, Rule
    from solvent.records.finding import Report
    from solvent.records.source import Scan

PROJECT = "sample"
SECOND = 1_000_000
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


@dataclass(slots=True)
class _Builder:
    """Collects rows while a project is read."""

    tools: Mapping[str, Any]
    batch: Batch = field(default_factory=Batch)
    clock: int = 0
    count: int = 0

    def content(
        self, type_: str, text: str, name: str | None = None, call: str | None = None
    ) -> str:
        """Keep a text and return its hash."""
        key = content_hash(type_, text, name, call)
        self.batch.contents.append(Content(key, type_, text, name, call, None, self.clock))
        return key

    def next_id(self) -> str:
        """Return the next span id."""
        self.count += 1
        return f"{self.count:016x}"


def read(text: str) -> Batch:
    """Return the rows of a project in YAML.

    Raises:
        Invalid: A key is not known.
    """
    project = yaml.safe_load(text) or {}
    _known(project, {"tools", "traces", "code"}, "a project")
    builder = _Builder(project.get("tools") or {})
    for number, trace in enumerate(project.get("traces") or []):
        _known(trace, TRACE_KEYS, "a trace")
        every = str(trace.get("every", "1h"))
        gap = int(every[:-1]) * EVERY[every[-1]]
        start = _micros(trace.get("at", "2026-10-01"))
        for n in range(int(trace.get("repeat", 1))):
            _trace(builder, trace, f"{number:04x}{n:028x}", start + n * gap, n)
    return builder.batch


@contextmanager
def evidence_of(text: str) -> Iterator[Evidence]:
    """Open the evidence of a project in YAML."""
    store = open_spans(":memory:")
    try:
        store.append(read(text))
        with collect(store, PriceBook.load(), PROJECT, code=_scanned(text)) as evidence:
            yield evidence
    finally:
        store.close()


def _scanned(text: str) -> Scan | None:
    """Return the scan of the `code` of a project, from files that are gone afterwards."""
    files = (yaml.safe_load(text) or {}).get("code")
    if files is None:
        return None
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return scan_code(Settings(), [Path(folder)])[0]


def audit_of(text: str, rules: Sequence[Rule], ledger: Ledger | None = None) -> Report:
    """Return the audit of a project in YAML."""
    with evidence_of(text) as evidence:
        return audit(evidence, rules, ledger or Ledger())


def _known(table: Mapping[str, Any], keys: set[str], what: str) -> None:
    unknown = set(table) - keys
    if unknown:
        raise Invalid(f"`{min(unknown)}` is not a key of {what}", hint=f"known: {sorted(keys)}")


def _micros(value: Any) -> int:
    moment = datetime.fromisoformat(str(value))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * SECOND)


def _trace(builder: _Builder, trace: Mapping[str, Any], trace_id: str, start: int, n: int) -> None:
    builder.clock = start
    shared = {
        "session_id": _numbered(trace.get("session"), n),
        "user_id": _numbered(trace.get("user"), n),
        "app_version": _numbered(trace.get("version"), n),
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


def _assess(builder: _Builder, item: Mapping[str, Any], trace_id: str) -> None:
    known = {"name", "value", "label", "source", "rationale", "type", "by", "span"}
    _known(item, known, "an assessment")
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


def _numbered(value: Any, n: int) -> str | None:
    return None if value is None else str(value).replace("{n}", str(n))


def _step(
    builder: _Builder,
    step: Mapping[str, Any],
    trace_id: str,
    parent: str | None,
    shared: Mapping[str, Any],
    n: int,
) -> None:
    type_ = next((key for key in step if key in SPAN_TYPES or key == "step"), None)
    if type_ is None:
        raise Invalid(f"a step needs one of {SPAN_TYPES}, or `step`", hint="`- llm: gpt-4o`")
    _known(step, {*STEP_KEYS, type_}, "a step")
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


def _llm(builder: _Builder, step: Mapping[str, Any], n: int) -> dict[str, Any]:
    name, _, version = str(step.get("prompt") or "").partition("@")
    messages: list[Mapping[str, Any]] = (
        [{"system": _prompt(step["system"])}] if "system" in step else []
    )
    messages += _listed(step.get("input"), "user")
    tokens = step.get("tokens") or [None, None]
    asked = step.get("asked") or {}
    asked = asked if isinstance(asked, dict) else {"gen_ai.request.model": asked}
    offered = [
        builder.content("tool_definition", _definition(builder, tool), _tool_name(tool))
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
        "input_hashes": [_message(builder, m, n) for m in messages] or None,
        "output_hashes": [_message(builder, m, n) for m in _listed(step.get("output"), "assistant")]
        or None,
    }


def _plain(builder: _Builder, step: Mapping[str, Any], type_: str, n: int) -> dict[str, Any]:
    columns: dict[str, Any] = {"name": step.get("name", step[type_])}
    if type_ == "tool":
        columns["tool_name"] = step["tool"]
        columns["tool_call_id"] = step.get("call")
        if "arguments" in step:
            text = _numbered(_text(step["arguments"]), n) or ""
            key = builder.content("tool_call", text, step["tool"], step.get("call"))
            columns["input_hashes"] = [key]
        if "result" in step:
            text = _numbered(_text(step["result"]), n) or ""
            key = builder.content("tool_result", text, step["tool"], step.get("call"))
            columns["output_hashes"] = [key]
        return columns
    for side, column in (("input", "input_hashes"), ("output", "output_hashes")):
        if side in step:
            columns[column] = [builder.content("value", _numbered(_text(step[side]), n) or "")]
    if "documents" in step:
        columns["document_hashes"] = [_document(builder, d, n) for d in step["documents"]]
        columns["document_scores"] = [None] * len(step["documents"])
    return columns


def _document(builder: _Builder, value: Any, n: int) -> str:
    text, source = (value["text"], value["source"]) if isinstance(value, dict) else (value, None)
    return builder.content("document", _numbered(text, n) or "", _numbered(source, n))


def _listed(value: Any, role: str) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [{role: value}]


def _message(builder: _Builder, message: Mapping[str, Any], n: int) -> str:
    role, value = next(iter(message.items()))
    if role == "call":
        text = _numbered(_text(value.get("arguments", {})), n) or ""
        return builder.content("tool_call", text, value["tool"], _numbered(value.get("id"), n))
    if role == "result":
        text = _numbered(_rows(value) if "rows" in value else _text(value["text"]), n) or ""
        return builder.content(
            "tool_result", text, value.get("tool"), _numbered(value.get("id"), n)
        )
    return builder.content(role, _numbered(_text(value), n) or "")


def _prompt(value: Any) -> str:
    if not isinstance(value, dict):
        return _text(value)
    _known(value, {"first", "line", "times"}, "a long prompt")
    lines = [value["line"].replace("{i}", str(i + 1)) for i in range(value["times"])]
    return "\n".join([value["first"], *lines] if "first" in value else lines)


def _rows(value: Mapping[str, Any]) -> str:
    """Return a long result: that many orders, each with a number and a town of its own."""
    rows = [
        {"order": f"A-{i}", "town": f"Winterthur{i}"} for i in range(1000, 1000 + value["rows"])
    ]
    return _text(rows)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _tool_name(tool: Any) -> str:
    return tool if isinstance(tool, str) else str(tool["name"])


def _definition(builder: _Builder, tool: Any) -> str:
    if isinstance(tool, str):
        return _text({"name": tool, **(builder.tools.get(tool) or {})})
    return _text(tool)
