"""What a rule may read: a few tables over the spans in scope.

A rule that reads a table with nothing in it is skipped, and the report says so: a rule can never
pass because it could not look.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from solvent.debt import tables
from solvent.debt.sources import PARSE, required
from solvent.debt.versions import VersionSources, change_table, registry_tables, trace_all
from solvent.debt.written import code_tables
from solvent.prompts.serving import pasts_of
from solvent.records.finding import Observed, Ref
from solvent.records.prompt_past import Registry
from solvent.records.source import Scan
from solvent.settings import Knowledge, Pipelines
from solvent.traces import tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from solvent.debt.opinions import Opinions
    from solvent.debt.versions import Traced
    from solvent.ports.spans import Scalar, SpanSession, SpanStore
    from solvent.traces.prices import PriceBook

T = TypeVar("T")
LAST = 253_402_300_799_000_000
"""The last microsecond of the year 9999."""
PERIOD_DAYS = 30.0
TOKEN_BATCH = 20_000
"""Contents whose tokens are counted in one go."""


_LATER = re.compile(rf"\b(?:{'|'.join(sorted(tables.FROM_REGISTRY | tables.FROM_HISTORY))})\b")
"""Tables that are filled when a question first names one."""


class NoEvidence(Exception):
    """What a rule reads was not collected."""


class Evidence:
    """The evidence tables of one project and window. See `solvent.debt.tables`."""

    def __init__(
        self,
        desk: SpanSession,
        observed: Observed,
        code: Scan | None = None,
        knowledge: Knowledge | None = None,
        versions: VersionSources | None = None,
        pipelines: Pipelines | None = None,
        opinions: Opinions | None = None,
    ) -> None:
        self.observed = observed
        self.opinions = opinions
        """Who gives second opinions; None: nobody."""
        self.knowledge = knowledge or Knowledge()
        """Where tables are described, and how much is read."""
        self.pipelines = pipelines or Pipelines()
        """How much is read for the map and for blame, and what counts there."""
        self.code = code
        """The scan of the repository; None when no code was scanned."""
        self._versions = versions or VersionSources()
        self._desk = desk
        self._sizes: dict[str, int] = {}
        self._defined: set[str] = set()
        self._read: dict[str, list[str]] = {}
        self._worked_out: dict[str, Any] = {}

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one question over the evidence tables.

        Raises:
            NoEvidence: A table that the question reads from has no rows. A table that is only
                LEFT JOINed may be empty: its absence can be the finding.
        """
        self._fill(sql)
        self.need(*self._sources(sql))
        return self._desk.query(sql, **params)

    def rows(self, sql: str, /, **params: Scalar) -> list[dict[str, Any]]:
        """Run one question and return its rows as dictionaries."""
        rows: list[dict[str, Any]] = self.query(sql, **params).to_pylist()
        return rows

    def value(self, sql: str, /, **params: Scalar) -> Any:
        """Run one question with one answer."""
        row = self.rows(sql, **params)[0]
        return next(iter(row.values()))

    def need(self, *names: str) -> None:
        """Raise `NoEvidence` unless every named table has rows."""
        for name in names:
            self._fill(name)
            if name not in self._sizes:
                count = self._desk.query(f"SELECT count(*) AS n FROM {name}")
                self._sizes[name] = count["n"][0].as_py()
            if not self._sizes[name]:
                raise NoEvidence(self._missing(name))

    @property
    def registry(self) -> Registry:
        """The prompts of the registry; none when there is no registry."""
        return self.once("registry", lambda _: (self._versions.registry or Registry)())

    @property
    def traced(self) -> list[Traced]:
        """The prompts with several versions, in the registry and in git, with their history."""
        return self.once(
            "traced", lambda _: trace_all([*pasts_of(self.registry), *self._versions.past()])
        )

    def _fill(self, sql: str) -> None:
        """Fill the tables a question names that are read only when they are asked for."""
        for name in _LATER.findall(sql):
            if name in self._defined:
                continue
            if name in tables.FROM_HISTORY:
                self._desk.define(name, change_table(self.traced))
                self._defined.add(name)
                continue
            for table, rows in registry_tables(self.registry).items():
                self._desk.define(table, rows)
                self._defined.add(table)

    def _missing(self, name: str) -> str:
        if name in tables.FROM_REGISTRY and self._versions.registry is None:
            return "no prompt registry"
        if name in tables.FROM_REGISTRY | tables.FROM_HISTORY:
            return f"no {tables.MEANINGS[name]}"
        if name in tables.FROM_CODE and self.code is None:
            return "no code was scanned"
        if name not in tables.FROM_CODE and self.code and not self.observed.spans:
            return "no traces"
        return f"no {tables.MEANINGS[name]}"

    def define(self, name: str, sql: str | pa.Table, /, **params: Scalar) -> None:
        """Keep an intermediate result under a name, for the questions that follow."""
        if isinstance(sql, str):
            self._fill(sql)
            self.need(*self._sources(sql))
        self._desk.define(name, sql, **params)
        self._defined.add(name)

    def once(self, name: str, work: Callable[[Evidence], T]) -> T:
        """Return what `work` finds, worked out once for all rules and studies of an audit."""
        if name not in self._worked_out:
            self._worked_out[name] = work(self)
        found: T = self._worked_out[name]
        return found

    def has(self, name: str) -> bool:
        """Tell whether a question of this audit kept a result under the name."""
        return name in self._defined

    def _sources(self, sql: str) -> list[str]:
        """Return the evidence tables that a question cannot do without."""
        if sql not in self._read:
            tree = orjson.loads(self._desk.query(PARSE, sql=sql)["tree"][0].as_py())
            self._read[sql] = [name for name in required(tree) if name in tables.MEANINGS]
        return self._read[sql]

    def examples(self, sql: str, /, **params: Scalar) -> tuple[Ref, ...]:
        """Return places to look from a question that answers `trace_id` and maybe `span_id`."""
        return tuple(Ref(row["trace_id"], row.get("span_id")) for row in self.rows(sql, **params))


@contextmanager
def collect(
    store: SpanStore,
    prices: PriceBook,
    project: str,
    *,
    since: int = 0,
    until: int = LAST,
    scale_min_days: float = 1.0,
    progress: Callable[[str], None] = lambda _: None,
    code: Scan | None = None,
    knowledge: Knowledge | None = None,
    versions: VersionSources | None = None,
    pipelines: Pipelines | None = None,
    opinions: Opinions | None = None,
) -> Iterator[Evidence]:
    """Open the evidence of a project for the time of an audit.

    Args:
        store: Where the spans are.
        prices: Dollars per token by provider and model.
        project: The project to look at.
        since: First microsecond of the window.
        until: First microsecond after it.
        scale_min_days: Shorter windows are reported as observed, not scaled to 30 days.
        progress: Told what is being prepared.
        code: What a scan of the repository found, when there was one.
        knowledge: Where tables are described, and how much is read.
        versions: Where versions of prompts are found; read only when a rule asks.
        pipelines: How much is read for the map and for blame, and what counts there.
        opinions: Who gives second opinions, when somebody does.
    """
    with store.session() as desk:
        progress("reading spans")
        for name, sql in (("step", tables.STEP), ("raw", tables.RAW)):
            desk.define_view(
                name,
                sql.format(
                    project=_literal(project),
                    since=f"make_timestamp({since:d})",
                    until=f"make_timestamp({until:d})",
                ),
            )
        desk.define("assessment", tables.ASSESSMENT, project=project)
        desk.define("rate", _rates(desk, prices))
        progress("counting tokens")
        _count_tokens(store, desk)
        for name, sql in (
            ("request", tables.REQUEST),
            ("offer", tables.OFFER),
            ("prompt_use", tables.PROMPT_USE),
            ("prompt", tables.PROMPT),
            ("call", tables.CALL),
            ("trace", tables.TRACE),
        ):
            progress(f"collecting {tables.MEANINGS[name]}")
            desk.define(name, sql)
        for name, table in code_tables(code or Scan()).items():
            desk.define(name, table)
        observed = _observe(desk, project, scale_min_days, code)
        yield Evidence(desk, observed, code, knowledge, versions, pipelines, opinions)


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"


def _rates(desk: SpanSession, prices: PriceBook) -> pa.Table:
    import pyarrow as pa

    pairs = [(r["provider"], r["model"]) for r in desk.query(tables.USED_MODEL).to_pylist()]
    rates = [prices.find(provider, model) for provider, model in pairs]
    text, number = pa.string(), pa.float64()
    return pa.table(
        {
            "provider": pa.array([provider for provider, _ in pairs], text),
            "model": pa.array([model for _, model in pairs], text),
            "input_usd": pa.array([r and r.input for r in rates], number),
            "cache_read_usd": pa.array([r and r.cache_read for r in rates], number),
            "output_usd": pa.array([r and r.output for r in rates], number),
            "why_not": pa.array([prices.why_not(*pair) for pair in pairs], text),
        }
    )


def _count_tokens(store: SpanStore, desk: SpanSession) -> None:
    while True:
        waiting = desk.query(tables.UNCOUNTED, limit=TOKEN_BATCH).to_pydict()
        if not waiting["hash"]:
            return
        counts = tokens.count_many(waiting["text"])
        store.put_tokens(dict(zip(waiting["hash"], counts, strict=True)))
        if len(counts) < TOKEN_BATCH:
            return


def _observe(desk: SpanSession, project: str, scale_min_days: float, code: Scan | None) -> Observed:
    row = desk.query("""
        SELECT count(*) AS spans,
            epoch_us(min(started_at) FILTER (dated)) AS first_us,
            epoch_us(max(started_at) FILTER (dated)) AS last_us,
            (SELECT count(*) FROM trace) AS traces,
            (SELECT count(*) FROM trace WHERE failed) AS failed,
            (SELECT count(*) FROM request) AS requests,
            (SELECT count(*) FROM call) AS calls,
            (SELECT count(DISTINCT user_id) FROM trace) AS users
        FROM step
    """).to_pylist()[0]
    days = None
    if row["first_us"] is not None:
        days = (row["last_us"] - row["first_us"]) / 86_400e6
    scaled = days is not None and days >= scale_min_days
    return Observed(
        project=project,
        days=days,
        started_at=row["first_us"],
        ended_at=row["last_us"],
        traces=row["traces"],
        failed_traces=row["failed"],
        spans=row["spans"],
        requests=row["requests"],
        calls=row["calls"],
        users=row["users"] or None,
        scale=PERIOD_DAYS / days if scaled and days else 1.0,
        period="30 days" if scaled else "observed",
        files=code.files if code else 0,
        lines=code.lines if code else 0,
    )
