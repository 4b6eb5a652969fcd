"""Planted faults in the worked example: is the step at which failures begin ranked first there?

    python benchmarks/blame.py --football [--seeds 20]

The questions are those of users, the SQL is what a model was recorded to answer, and it runs on the
tables of the example. The scripted rewriter hands every question on as it is, since it is a fault
by itself. One question in twenty is one whose recorded answer is wrong: these failures begin at SQL
generation, at no fault of ours; all others are answered rightly unless the fault does harm. Traces
go through the SDK and are read as they would arrive.

Not expressible on recordings: what a recorded answer says does not depend on the tables that were
retrieved for it, so that empty or stale retrieval and a truncated prompt do no harm; results that
are empty or stale, and a truncated text, are planted at the database instead. No step takes two
arguments that could be swapped. The wrong rewrite is the example's own, which replaces the question
by a stock one; `empty result` and `changed model` are written for its types and not the kit's.
"""

from __future__ import annotations

import gzip
import random
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

from peers import ROOT

sys.path.insert(0, str(ROOT))

from examples.football.database import Database
from examples.football.pipeline import Asked, Pipeline, ask, build, recorded
from examples.football.rewriter import Rewritten, nearest_stock
from examples.football.traffic import requests

from solvent.records.assessment import Assessment
from solvent.records.batch import Batch
from solvent.records.identity import content_hash
from solvent.sdk.client import Client
from solvent.settings import Intake
from solvent.testing import faults
from solvent.traces.otlp import PROTOBUF, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solvent.ports.completions import CompletionProvider

PROJECT = "football"
FAILED, PASSED = 40, 160
MISTAKEN = 0.05
"""Share of questions whose recorded answer is wrong without any fault."""
POOL = 500
SINCE = 2000
"""World cups that the older database lacks: from this year on."""


class Plan(NamedTuple):
    """One fault, where it is planted, and what the traces call that step."""

    field: str
    step: str
    fault: faults.Fault
    share: float


def plans() -> dict[str, Plan]:
    """Return the faults by name."""
    return {
        "wrong rewrite": Plan("rewrite", "query_rewriter", _reworded, 0.25),
        "empty result": Plan("execute", "run_sql", _no_rows, 0.25),
        "stale result": Plan("execute", "run_sql", faults.stale_result(older().run), 0.4),
        "flaky tool": Plan("execute", "run_sql", faults.flaky(), 0.25),
        "truncated query": Plan("execute", "run_sql", faults.truncated_context(0.5), 0.25),
        "changed model": Plan("request", "generate_sql", _other_model, 0.3),
    }


def _reworded(_step: Callable[..., Any], _: random.Random) -> Callable[..., Any]:
    return lambda question, _request: Rewritten(nearest_stock(question) or question, ())


def _no_rows(step: Callable[..., Any], _: random.Random) -> Callable[..., Any]:
    return lambda sql: replace(step(sql), rows=())


def _other_model(step: Callable[..., Any], _: random.Random) -> Callable[..., Any]:
    def request(*given: Any) -> Any:
        right = step(*given)
        facts = {**right.metadata, "examples": "8", "run": "0"}
        return replace(right, model="llama-2", metadata=facts)

    return request


class Remembering(Database):
    """The tables of the example for what no trace shows: gold queries run once."""

    def __init__(self) -> None:
        super().__init__()
        self.run = cache(super().run)


@cache
def tools() -> tuple[Database, Remembering, CompletionProvider]:
    """Return where generated SQL runs, where gold queries run, and who generates SQL."""
    return Database(), Remembering(), recorded()


def built(asked: Asked) -> Pipeline:
    """Return the pipeline of one request, whose rewriter changes nothing."""
    database, gold, provider = tools()
    return replace(build(gold, provider, asked), execute=database.run, rewrite=_as_it_is)


@cache
def older() -> Database:
    """Return the tables as they were before the newest world cups."""
    made = Database()
    for name in sorted(made.tables):
        columns = made.execute(f"SELECT * FROM {name} LIMIT 0").columns
        if "year" in columns:
            made._connection.execute(f"DELETE FROM {name} WHERE year >= {SINCE}")
    return made


@cache
def pool() -> tuple[list[Asked], list[Asked]]:
    """Return requests that are answered rightly, and those that are not, without any fault."""
    right: list[Asked] = []
    wrong: list[Asked] = []
    for one in requests(POOL, seed=1):
        (right if _asked(built(one), one) else wrong).append(one)
    return right, wrong


def _as_it_is(question: str, _request: str) -> Rewritten:
    return Rewritten(question, ())


class Simulation:
    """Traces of the example with one fault, and what people say of them."""

    def __init__(self, batch: Batch, wrong: set[str]) -> None:
        self.batch = batch
        self.mistaken = {(trace, "generate_sql") for trace in wrong}
        """Traces whose recorded answer is wrong, with the step that gave it."""

    def judge(self, trace_id: str, *, passed: bool) -> Assessment:
        """Return what a person says of a trace."""
        return Assessment(
            content_hash("value", f"{trace_id} {passed}"), PROJECT, trace_id, None, "outcome",
            value=float(passed), source_type="human", created_at=0,
        )  # fmt: skip


def simulate(plan: Plan | None, seed: int) -> tuple[Simulation, dict[str, bool]]:
    """Return traces and the outcome of each: 40 failed, 160 passed; no fault: dealt out by lot."""
    chance = random.Random(seed)
    right, wrong = pool()
    came: list[tuple[bool, bool]] = []
    with received() as (client, batch):
        left = {True: PASSED, False: FAILED}
        while sum(left.values()):
            mistaken = chance.random() < MISTAKEN
            asked = chance.choice(wrong if mistaken else right)
            steps = built(asked)
            if plan:
                at = chance.randrange(2**32)
                steps = faults.plant(steps, plan.field, plan.fault, share=plan.share, seed=at)
            passed = _asked(steps, asked)
            if plan is None:
                passed = chance.random() > FAILED / (FAILED + PASSED)
            came.append((passed, mistaken))
            left[passed] = max(0, left[passed] - 1)
        client.flush(60)
    roots = sorted((s for s in batch.spans if s.parent_id is None), key=lambda s: s.started_at)
    outcomes: dict[str, bool] = {}
    room = {True: PASSED, False: FAILED}
    wrongly: set[str] = set()
    for span, (passed, mistaken) in zip(roots, came, strict=True):
        if room[passed]:
            room[passed] -= 1
            outcomes[span.trace_id] = passed
            wrongly |= {span.trace_id} if mistaken else set()
    batch.spans[:] = [s for s in batch.spans if s.trace_id in outcomes]
    return Simulation(batch, wrongly), outcomes


def _asked(steps: Pipeline, asked: Asked) -> bool:
    try:
        return ask(steps, asked, tools()[1]).right is True
    except TimeoutError:
        return False


@contextmanager
def received() -> Iterator[tuple[Client, Batch]]:
    """Give a client and the rows of what it sends, decoded as the server decodes them."""
    batch = Batch()
    lock = threading.Lock()

    class Intaking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            found = decode(body, PROTOBUF, project=PROJECT, intake=Intake(), received_at=0).batch
            with lock:
                batch.spans.extend(found.spans)
                batch.contents.extend(found.contents)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Intaking)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    client = Client(f"http://127.0.0.1:{server.server_port}", project=PROJECT, queue_size=100_000)
    try:
        with client.activated():
            yield client, batch
    finally:
        client.close(30)
        server.shutdown()
        server.server_close()
        thread.join()
