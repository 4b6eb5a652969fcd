"""The embedded span store at a million spans: cost of appending, size, memory, questions.

    python benchmarks/store.py [--spans 1000000] [--batch 4096] [--keep FILE]

Simulated load: agent traces of 8 spans, about 2.2 kB of text and attributes a span, 6,000 words.
Rows are made in this process; only the calls into the store are timed. CPU counts all threads.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path

from query import whole_trace

from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.span import Span
from solvent.settings import Storage
from solvent.stores.duckdb import DuckSpans

RARE = "zanzibarquokka"
ABSENT = "zanzibarquokkb"
STEPS = (
    # type, name, milliseconds, offset, characters in and out
    ("chain", "query_rewriter", 300, 10, (80, 300), (80, 200)),
    ("retriever", "retriever", 120, 320, (80, 200), (600, 2000)),
    ("llm", "chat", 1200, 1000, (1000, 4000), (1000, 4000)),
    ("tool", "search_orders", 200, 2300, (60, 200), (100, 600)),
    ("tool", "refund_policy", 90, 2600, (60, 200), (100, 600)),
    ("llm", "chat", 1000, 2800, (1000, 4000), (1000, 4000)),
    ("guardrail", "pii", 40, 3900, (200, 600), (20, 60)),
    ("agent", "support", 4000, 0, (80, 300), (200, 800)),
)
MODELS = ("gpt-4o-mini", "gpt-4o", "claude-sonnet-4")
START = 1_760_000_000_000_000
RESOURCE = '{"service.name":"support","deployment.environment":"bench"}'


class Load:
    """Traces one after another, 8 s apart, the same every time."""

    def __init__(self) -> None:
        self._random = random.Random(7)
        pick = self._random.choice
        parts = (
            "ka",
            "lo",
            "mi",
            "ren",
            "tos",
            "vel",
            "an",
            "dor",
            "is",
            "qua",
            "ter",
            "un",
            "sa",
            "go",
        )
        words = ["".join(pick(parts) for _ in range(1 + n % 4)) for n in range(6000)]
        weights = [1 / (n + 2) for n in range(len(words))]
        self._text = " ".join(self._random.choices(words, weights, k=600_000))
        self._traces = 0

    def _piece(self, between: tuple[int, int]) -> str:
        size = between[0] + int(self._random.random() * (between[1] - between[0]))
        at = int(self._random.random() * (len(self._text) - size))
        return self._text[at : at + size]

    def batch(self, spans: int) -> Batch:
        """Return the next traces."""
        batch = Batch()
        for _ in range(spans // len(STEPS)):
            self._trace(batch)
        return batch

    def _trace(self, batch: Batch) -> None:
        n, self._traces = self._traces, self._traces + 1
        trace = self._random.randbytes(16).hex()
        spans = [self._random.randbytes(8).hex() for _ in STEPS]
        at = START + n * 8_000_000
        for step, span in zip(STEPS, spans, strict=True):
            self._span(batch, n, (trace, span, spans[-1]), at, step)

    def _span(self, batch, n, ids, at, step) -> None:
        kind, name, took, offset, before, after = step
        trace, span, root = ids
        llm, failed = kind == "llm", n % 20 == 3 and name in {"refund_policy", "support"}
        said, answer = self._piece(before), self._piece(after)
        if llm and n % 256 == 11:
            said = f"please tell me about {RARE} and {said}"
        one, two = (self._random.randbytes(16).hex() for _ in range(2))
        model = MODELS[n % 3] if llm else None
        usage = (len(said) // 4, len(answer) // 4) if llm else (None, None)
        attributes = (
            f'{{"input.mime_type":"text/plain","output.mime_type":"text/plain",'
            f'"openinference.span.kind":"{kind.upper()}","session.id":"session-{n % 97:04d}",'
            f'"user.id":"user-{n % 41:03d}","tenant.id":"tenant-{n % 16:02d}",'
            f'"input.value":{{"$content":"{one}"}},"output.value":{{"$content":"{two}"}}'
        )
        if llm:
            attributes += (
                f',"gen_ai.operation.name":"chat","gen_ai.system":"openai",'
                f'"gen_ai.request.model":"{model}","gen_ai.response.model":"{model}",'
                f'"gen_ai.request.temperature":0.2,"gen_ai.request.max_tokens":1024,'
                f'"gen_ai.usage.input_tokens":{usage[0]},"gen_ai.usage.output_tokens":{usage[1]}'
            )
        batch.spans.append(
            Span(
                id=int.from_bytes(self._random.randbytes(8)) >> 1,
                project="bench",
                trace_id=trace,
                span_id=span,
                parent_id=None if span == root else root,
                type=kind,
                name=f"{name} {model}" if llm else name,
                started_at=at + offset * 1000,
                duration_ns=(took + n % 100) * 1_000_000,
                status="error" if failed else "ok",
                status_message="TimeoutError: upstream timed out" if failed else None,
                service="support",
                app_version=f"r{n % 5}",
                environment="bench",
                session_id=f"session-{n % 97:04d}",
                user_id=f"user-{n % 41:03d}",
                model=model,
                input_tokens=usage[0],
                output_tokens=usage[1],
                cost_usd=len(said) * 1e-6 if llm else None,
                cost_source="computed" if llm else None,
                tool_name=name if kind == "tool" else None,
                input_hashes=[one],
                output_hashes=[two],
                input_preview=said[:120],
                output_preview=answer[:120],
                attributes=attributes + "}",
                resource=RESOURCE,
                dialect="openinference",
                received_at=at + 5_000_000,
            )
        )
        types = ("user", "assistant") if llm else ("value", "value")
        batch.contents.append(Content(one, types[0], said, first_seen_at=at))
        batch.contents.append(Content(two, types[1], answer, first_seen_at=at))


def resident_mb() -> float:
    """Return what this process has in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def row(name: str, value: str, bound: str = "") -> None:
    """Print one line of the table."""
    print(f"| {name:<34} | {value:>28} | {bound:>14} |", flush=True)


def load(store: DuckSpans, spans: int, size: int) -> None:
    """Append the load and print what it cost."""
    source, cpu, walls, peak = Load(), 0.0, [], 0.0
    for _ in range(spans // size):
        batch = source.batch(size)
        before, started = time.process_time(), time.perf_counter()
        store.append(batch)
        walls.append(time.perf_counter() - started)
        cpu += time.process_time() - before
        peak = max(peak, resident_mb())
    done = spans // size * size
    before = time.process_time()
    store.index()
    if store._indexer is not None:
        store._indexer.join()
    cpu += time.process_time() - before
    row("append, CPU s per 1000 spans", f"{cpu / done * 1000:.4f}", "<= 0.06")
    row("append, spans per second", f"{done / sum(walls):,.0f}")
    ordered = sorted(walls)
    slow = ordered[int(len(ordered) * 0.99)]
    row("append, p50 / p99 / longest ms", spread(statistics.median(walls), slow, ordered[-1]))
    row("resident MB, most while loading", f"{peak:.0f}", "< 300")


def spread(*seconds: float) -> str:
    """Return times in milliseconds."""
    return " / ".join(f"{second * 1000:.1f}" for second in seconds)


def measure(name: str, ask, bound_ms: float, times: int = 20) -> None:
    """Print p50, p95 and CPU of a question."""
    walls, cpu = [], time.process_time()
    for _ in range(times):
        started = time.perf_counter()
        answer = ask()
        walls.append(time.perf_counter() - started)
    cpu = (time.process_time() - cpu) / times
    walls.sort()
    found = f"{len(answer)} rows"
    times_said = spread(statistics.median(walls), walls[int(times * 0.95) - 1], cpu)
    row(f"{name} ({found})", times_said, f"p95 < {bound_ms:g}")


COLUMNS = """trace_id, span_id, name, type, started_at, duration_ns, status, cost_usd,
input_preview, output_preview"""
NEWEST = "ORDER BY started_at DESC LIMIT 50"
PER_DAY = "FROM spans WHERE project = 'bench' AND parent_id IS NULL GROUP BY ALL ORDER BY ALL"
QUESTIONS = {
    "newest 50 spans": f"SELECT {COLUMNS} FROM spans WHERE project = 'bench' {NEWEST}",
    "newest 50 traces": f"SELECT {COLUMNS} FROM spans WHERE project = 'bench' "
    f"AND parent_id IS NULL {NEWEST}",
    "failed": f"SELECT {COLUMNS} FROM spans WHERE project = 'bench' AND status = 'error' "
    f"AND parent_id IS NULL {NEWEST}",
    "one session": f"SELECT {COLUMNS} FROM spans WHERE project = 'bench' "
    f"AND session_id = 'session-0042' {NEWEST}",
    "one model": f"SELECT {COLUMNS} FROM spans WHERE project = 'bench' "
    f"AND model = 'gpt-4o' {NEWEST}",
    "a user who is not there": f"SELECT {COLUMNS} FROM spans WHERE project = 'bench' "
    f"AND user_id = 'nobody' {NEWEST}",
    "traces per day": f"SELECT date_trunc('day', started_at) AS day, count(*) {PER_DAY}",
    "p95 latency per day": "SELECT date_trunc('day', started_at) AS day, "
    f"approx_quantile(duration_ns, 0.95) {PER_DAY}",
    "cost per day": "SELECT date_trunc('day', started_at) AS day, sum(cost_usd) FROM spans "
    "WHERE project = 'bench' GROUP BY ALL ORDER BY ALL",
}


def questions(store: DuckSpans, spans: int) -> None:
    """Ask everything a page asks and print how long it took: p50 / p95 / CPU, in ms."""
    for name, sql in QUESTIONS.items():
        measure(name, lambda sql=sql: store.query(sql), 50)
    sample = store.query(f"SELECT trace_id FROM spans LIMIT 1 OFFSET {spans // 2}")
    trace = sample["trace_id"][0].as_py()
    measure("one trace by id", lambda: whole_trace(store, trace), 50)
    rows = whole_trace(store, trace).to_pylist()
    hashes = [hash_ for row in rows for hash_ in row["input_hashes"] + row["output_hashes"]]
    measure("its contents", lambda: store.list_contents(hashes), 50)
    for name, text in (("rare", RARE), ("absent", ABSENT), ("common", "kalo")):
        measure(f"text search, {name}", lambda text=text: store.search(text), 1000, 5)
    measure("text search, two common words", lambda: store.search("ka the"), 1000, 3)
    found = store.search(RARE)
    measure("spans of 50 contents", lambda: store.find_spans("bench", found), 1000, 5)


def main() -> None:
    """Load, ask, reopen; print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--spans", type=int, default=1_000_000)
    options.add_argument("--batch", type=int, default=4096)
    options.add_argument("--memory-mb", type=int, default=Storage().memory_mb)
    options.add_argument("--keep", help="load into this file, or ask it when it is there")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(chosen.keep or f"{folder}/spans.duckdb")
        storage = Storage(memory_mb=chosen.memory_mb)
        row("store", f"{chosen.spans:,} spans, simulated", "wanted")
        row("---", "---", "---")
        row("resident MB before", f"{resident_mb():.0f}")
        if not path.exists():
            with DuckSpans(path, storage) as store:
                load(store, chosen.spans, chosen.batch)
            size = path.stat().st_size
            row("bytes per span on disk", f"{size / chosen.spans:.0f}", "<= 1200")
        started = time.perf_counter()
        with DuckSpans(path, storage) as store:
            row("open, ms", spread(time.perf_counter() - started))
            questions(store, chosen.spans)
            row("resident MB after the questions", f"{resident_mb():.0f}", "< 300")
            started = time.perf_counter()
            store.append(Load().batch(8))
            row("first append after opening, ms", spread(time.perf_counter() - started))
            row("resident MB after it", f"{resident_mb():.0f}", "< 300")


if __name__ == "__main__":
    main()
