"""Wiring: the only module that picks implementations."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.settings import Settings, Storage

if TYPE_CHECKING:
    from solvent.ports.spans import SpanStore
    from solvent.records.finding import Report
    from solvent.stores.duckdb import DuckSpans
    from solvent.traces.prices import PriceBook


def open_spans(where: Settings | Storage | Path | str, *, address: str = "") -> DuckSpans:
    """Return the span store of some settings, of a file, or of `:memory:`.

    Args:
        where: Settings name the folder; a path names the file itself.
        address: Where this process can be reached, told to a second process that wants the file.

    Raises:
        Conflict: Another process has the file open, or a newer Solvent wrote it.
        Invalid: `spans_url` names an engine that is not there.
        Unavailable: The file cannot be opened or made.
    """
    from solvent.stores.duckdb import DuckSpans

    if isinstance(where, Path | str):
        return DuckSpans(where, Storage(), address=address)
    storage = where.storage if isinstance(where, Settings) else where
    url = storage.spans_url
    if "://" in url and not url.startswith("duckdb://"):
        raise Invalid(
            f"`spans_url` names `{url.partition(':')[0]}`, and the span store is on DuckDB only",
            hint="leave it empty, or give duckdb://<file>",
        )
    if url:
        return DuckSpans(url.removeprefix("duckdb://"), storage, address=address)
    folder = Path(storage.path)
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return DuckSpans(folder / "spans.duckdb", storage, address=address)


class Workbench:
    """The wired application: settings, stores and what is done with them.

    Args:
        settings: Settings of the folder.
        spans: The span store; opened from the settings when left out.
    """

    def __init__(self, settings: Settings, spans: SpanStore | None = None) -> None:
        self.settings = settings
        self.spans: SpanStore = spans or open_spans(settings)
        self._reports: dict[str, list[Report]] = {}

    @cached_property
    def prices(self) -> PriceBook:
        """Dollars per token by provider and model."""
        from solvent.traces.prices import PriceBook

        return PriceBook.load()

    def latest_report(self, project: str) -> Report | None:
        """Return the newest audit of a project; None when there was none."""
        reports = self._reports.get(project)
        return reports[-1] if reports else None

    def audit(self, project: str, since: int = 0) -> Report:
        """Run all selected rules over a project and keep the report.

        Args:
            project: The project to look at.
            since: First microsecond (1970 UTC) of the window.
        """
        from solvent.debt.audit import audit
        from solvent.debt.evidence import collect
        from solvent.debt.rule import configure
        from solvent.rules import select

        settings = self.settings
        picked = select(settings.select, settings.ignore)
        rules = [configure(rule, settings.rules.get(name, {})) for name, rule in picked.items()]
        with collect(
            self.spans,
            self.prices,
            project,
            since=since,
            scale_min_days=settings.ledger.scale_min_days,
        ) as evidence:
            report = audit(evidence, rules, settings.ledger)
        self._reports.setdefault(project, []).append(report)
        return report
