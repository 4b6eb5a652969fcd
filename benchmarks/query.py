"""Questions to a million spans: through the store, and as pages over HTTP from a server at rest.

    python benchmarks/query.py [--spans 1000000] [--keep FOLDER]

The store is the one that `audit.py` audits (`rows.py`, simulated). Every question is asked once
before it is timed. The peers' answers to the like, at a tenth of the size, take their own driver
an hour; `PEERS_DIR=… python <peers>/query.py 100000` measures them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from machine import Figure, Server, get
from rows import MODELS, PROJECT, RARE, START, TOOLS

if TYPE_CHECKING:
    from collections.abc import Callable

WIDE = "wide"
ABSENT, COMMON = "zanzibarquokkb", "kalo"
COLUMNS = """trace_id, span_id, name, type, started_at, duration_ns, status, cost_usd,
    input_preview, output_preview"""
NEWEST = "ORDER BY started_at DESC LIMIT 50"
WHERE = f"WHERE project = '{PROJECT}'"
PER_DAY = f"FROM spans {WHERE} AND parent_id IS NULL GROUP BY ALL ORDER BY ALL"
DAY = "SELECT date_trunc('day', started_at) AS day"
STUDIES = ("pipeline_map", "blame", "tables", "documents")
QUESTIONS = {
    "newest 50 spans": f"SELECT {COLUMNS} FROM spans {WHERE} {NEWEST}",
    "errors": f"SELECT {COLUMNS} FROM spans {WHERE} AND status = 'error' {NEWEST}",
    "one session": f"SELECT {COLUMNS} FROM spans {WHERE} AND session_id = 's-42' {NEWEST}",
    "one model": f"SELECT {COLUMNS} FROM spans {WHERE} AND model = '{MODELS[1]}' {NEWEST}",
    "one tool": f"SELECT {COLUMNS} FROM spans {WHERE} AND tool_name = '{TOOLS[3]}' {NEWEST}",
    "traces per day": f"{DAY}, count(*) {PER_DAY}",
    "p95 latency per day": f"{DAY}, approx_quantile(duration_ns, 0.95) {PER_DAY}",
    "cost per day": f"{DAY}, sum(cost_usd) FROM spans {WHERE} GROUP BY ALL ORDER BY ALL",
}


def times(ask: Callable[[], Any], count: int) -> tuple[float, float]:
    """Return p50 and p95 in ms of a question asked so often, after once for nothing."""
    ask()
    found = []
    for _ in range(count):
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * 1e3)
    found.sort()
    return found[count // 2], found[int(count * 0.95)]


def in_store(folder: str) -> None:
    """Ask the store in this process; print p50 and p95 of each question as JSON."""
    from solvent.settings import load
    from solvent.workbench import open_spans

    found: dict[str, tuple[float, float]] = {}
    with open_spans(load(folder)) as store:
        for name, sql in QUESTIONS.items():
            found[name] = times(lambda sql=sql: store.query(sql), 40)
        trace = middle(store)
        found["one trace"] = times(lambda: whole_trace(store, trace), 40)
        for name, text in (("rare", RARE), ("absent", ABSENT), ("common", COMMON)):
            found[f"text, {name} word"] = times(lambda text=text: store.search(text), 10)
    print(json.dumps({"trace": trace, "times": found}))


def whole_trace(store: Any, trace: str) -> Any:
    """Return all columns of a trace, asked as its page asks: when it was, then what it is."""
    when = f"SELECT min(started_at) AS first, max(started_at) AS last FROM spans {WHERE}"
    found = store.query(f"{when} AND trace_id = $trace", trace=trace).to_pylist()[0]
    within = "trace_id = $trace AND started_at BETWEEN $first AND $last ORDER BY started_at"
    return store.query(f"SELECT * FROM spans {WHERE} AND {within}", trace=trace, **found)


def add_wide_trace(folder: Path) -> None:
    """Put a trace of 50,000 spans beside the others, once: 500 steps of 99 calls."""
    from solvent.records.batch import Batch
    from solvent.records.identity import span_key
    from solvent.records.span import Span
    from solvent.settings import load
    from solvent.workbench import open_spans

    trace = "f" * 32
    parents = [-1] + [0] * 500 + [1 + n // 99 for n in range(49_499)]
    spans = [
        Span(
            id=span_key(trace, f"{n:016x}"), project=WIDE, trace_id=trace, span_id=f"{n:016x}",
            parent_id=None if parent < 0 else f"{parent:016x}",
            type="tool" if parent > 0 else "chain", name=f"step {n}", started_at=START + n * 1000,
            duration_ns=1_000_000, status="ok", attributes="{}", resource="{}", dialect="otel",
            received_at=START,
        )
        for n, parent in enumerate(parents)
    ]  # fmt: skip
    with open_spans(load(folder)) as store:
        store.append(Batch(spans))


def add_outcomes(folder: Path) -> str:
    """Let the application say of one trace in five what it came to; return one that failed.

    The rows are simulated, so that roots end in error in one trace of twenty; of the traces that
    are judged, those failed.
    """
    from solvent.records.assessment import Assessment
    from solvent.records.batch import Batch
    from solvent.settings import load
    from solvent.workbench import open_spans

    asked = f"""SELECT trace_id, epoch_us(started_at) AS at, status = 'error' AS failed FROM spans
        {WHERE} AND parent_id IS NULL AND hash(trace_id) % 5 = 0 ORDER BY started_at"""
    with open_spans(load(folder)) as store:
        rows = store.query(asked).to_pylist()
        store.append(Batch([], [], [
            Assessment(
                id=f"{row['trace_id']}-outcome", project=PROJECT, trace_id=row["trace_id"],
                span_id=None, name="outcome", type="feedback", value=float(not row["failed"]),
                label=None, source_type="app", source_id=None, rationale=None,
                created_at=row["at"],
            )
            for row in rows
        ]))  # fmt: skip
        failed = [row["trace_id"] for row in rows if row["failed"]]
        chosen = str(failed[len(failed) // 2])
        store.append(again(store, chosen))
    return chosen


def again(store: Any, trace: str) -> Any:
    """Return a passing trace with the same question: words drawn at random are never alike."""
    from solvent.records.assessment import Assessment
    from solvent.records.batch import Batch
    from solvent.records.identity import span_key
    from solvent.records.span import Span

    other = trace[::-1]
    times = ", ".join(f"epoch_us({name}) AS {name}" for name in ("started_at", "received_at"))
    asked = f"SELECT * REPLACE ({times}) FROM spans {WHERE} AND trace_id = $trace"
    rows = store.query(asked, trace=trace).to_pylist()
    newest = store.query(f"SELECT epoch_us(max(started_at)) AS at FROM spans {WHERE}")
    now = newest["at"][0].as_py()
    later = now - min(row["started_at"] for row in rows)
    spans = [
        Span(**{name: row[name] for name in Span._fields})._replace(
            id=span_key(other, row["span_id"]), trace_id=other, status="ok",
            started_at=row["started_at"] + later,
        )
        for row in rows
    ]  # fmt: skip
    passed = Assessment(
        id=f"{other}-outcome", project=PROJECT, trace_id=other, span_id=None, name="outcome",
        type="feedback", value=1.0, label=None, source_type="app", source_id=None,
        rationale=None, created_at=now,
    )  # fmt: skip
    return Batch(spans, [], [passed])


def keep_studies(folder: Path) -> None:
    """Work out and keep what the pages of pipelines, tables and documents show."""
    from solvent.records.study import Study
    from solvent.settings import load
    from solvent.workbench import Workbench

    with Workbench(load(folder)) as bench:
        made = bench.study(STUDIES, PROJECT)
        bench.studies.put_studies(
            [Study(PROJECT, name, 0, json.dumps(body)) for name, body in made.items()]
        )


def middle(store: Any) -> str:
    """Return the id of a trace in the middle of the time."""
    asked = f"SELECT trace_id FROM spans {WHERE} AND parent_id IS NULL LIMIT 1 OFFSET 3000"
    return store.query(asked)["trace_id"][0].as_py()


def pages(folder: Path, trace: str, failed: str) -> dict[str, tuple[float, float]]:
    """Ask a server for whole HTML pages."""
    wanted = {
        "newest 50": {}, "errors": {"status": "error"}, "one session": {"session": "s-42"},
        "one model": {"model": MODELS[1]}, "one tool": {"tool": TOOLS[3]},
        "text, rare word": {"text": RARE}, "text, absent word": {"text": ABSENT},
        "text, common word": {"text": COMMON},
    }  # fmt: skip
    paths = {name: "/traces?" + urlencode({"project": PROJECT, **q}) for name, q in wanted.items()}
    paths["one trace"] = f"/traces/{trace}?project={PROJECT}"
    paths["trace of 50,000 spans"] = f"/traces/{'f' * 32}?project={WIDE}"
    paths["failed trace"] = f"/traces/{failed}?project={PROJECT}"
    paths["blame of it"] = f"/traces/{failed}/blame?project={PROJECT}"
    paths |= {name: f"/{name}?project={PROJECT}" for name in ("pipelines", "tables", "documents")}
    paths["sessions"] = f"/sessions?project={PROJECT}"
    paths["ledger"] = f"/?project={PROJECT}"
    found = {}
    with Server(folder) as server:
        for name, path in paths.items():

            def ask(path: str = path) -> None:
                status, said = get(server.port, path)
                if status != 200:
                    raise RuntimeError(f"{path}: {status} {said[:300]!r}")

            found[name] = times(ask, 10 if "text" in name else 40)
    return found


def measure(keep: Path, spans: int = 1_000_000) -> tuple[list[Figure], Any]:
    """Ask everything; return the figures and the raw times."""
    folder = keep / f"audit-{spans}"
    here = Path(__file__).parent
    subprocess.run(
        [sys.executable, here / "audit.py", "--build", folder, "--sizes", str(spans)], check=True
    )
    done = subprocess.run(
        [sys.executable, __file__, "--one", folder], stdout=subprocess.PIPE, text=True, check=True
    )
    store = json.loads(done.stdout)
    add_wide_trace(folder)
    failed = add_outcomes(folder)
    keep_studies(folder)
    shown = pages(folder, store["trace"], failed)
    rows = []
    for kind, found, bound in (("store", store["times"], 50), ("page", shown, 150)):
        for name, (p50, p95) in found.items():
            limit = 1000 if "text" in name else bound
            rows.append(Figure(f"{kind}: {name}, p95", p95, "ms", limit, note=f"p50 {p50:.1f} ms"))
            print(f"{kind:6} {name:22} p50 {p50:8.1f}  p95 {p95:8.1f} ms", flush=True)
    return rows, {"spans": spans, "store": store["times"], "page": shown}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--spans", type=int, default=1_000_000)
    options.add_argument("--keep", type=Path, help="folder to leave the store in")
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        in_store(chosen.one)
        return
    folder = chosen.keep or Path(tempfile.mkdtemp(prefix="solvent-bench-"))
    try:
        measure(folder, chosen.spans)
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
