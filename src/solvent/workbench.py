"""Wiring: the only module that picks implementations."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from solvent.debt.audit import audit as run_audit
from solvent.debt.reports.document import from_document, to_document
from solvent.debt.rule import configure
from solvent.debt.studies import run as run_studies
from solvent.debt.versions import VersionSources
from solvent.evals.plays import Plays
from solvent.gathering import collect_from, main_project, open_evidence, projects_of
from solvent.opening import open_journal as open_journal  # noqa: PLC0414  found here by callers
from solvent.opening import open_provider as open_provider  # noqa: PLC0414  found here by callers
from solvent.opening import open_records
from solvent.opening import open_spans as open_spans  # noqa: PLC0414  found here by callers
from solvent.prompts.serving import read_registry
from solvent.records.ledger import Audit, Sighting
from solvent.records.source import CodePrompt, Place, Scan
from solvent.records.study import Study
from solvent.rules import select as select_rules
from solvent.traces.cost import price_spans
from solvent.traces.prices import PriceBook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from solvent.debt.evidence import Evidence
    from solvent.ports.records import LedgerStore, PromptStore, StudyStore
    from solvent.ports.spans import SpanStore
    from solvent.records.batch import Batch
    from solvent.records.decomposition import Asked
    from solvent.records.finding import Report
    from solvent.settings import Settings
    from solvent.stores.journal import Frame as Frame  # noqa: PLC0414  named for the server
    from solvent.stores.journal import Journal as Journal  # noqa: PLC0414  named for the server
    from solvent.stores.records import Database
    from solvent.traces.files import Unread


class Workbench:
    """Everything of one project folder, wired: settings, stores, prices, audits.

    Args:
        settings: Settings of the folder.
        spans: The span store; opened from the settings when left out.
        address: Where this process can be reached, told to a second process on the same folder.

    Raises:
        Conflict: Another process has the folder.
    """

    def __init__(
        self, settings: Settings, spans: SpanStore | None = None, *, address: str = ""
    ) -> None:
        self.settings = settings
        self.spans: SpanStore = spans or open_spans(settings, address=address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the stores."""
        self.spans.close()
        if "_records" in self.__dict__:
            self._records.close()

    @cached_property
    def _records(self) -> Database:
        return open_records(self.settings)

    @cached_property
    def ledger(self) -> LedgerStore:
        """The findings over time."""
        from solvent.stores.records import SqlLedger

        return SqlLedger(self._records)

    @cached_property
    def studies(self) -> StudyStore:
        """What the last audits worked out for pages to show."""
        from solvent.stores.records import SqlStudies

        return SqlStudies(self._records)

    @cached_property
    def prompts(self) -> PromptStore:
        """The prompt registry."""
        from solvent.stores.records import SqlPrompts

        return SqlPrompts(self._records)

    @cached_property
    def plays(self) -> Plays:
        """What was tried on the page side by side since this process began."""
        return Plays(self.settings.playground.kept)

    @cached_property
    def prices(self) -> PriceBook:
        """Dollars per token by provider and model."""
        return PriceBook.load(self.settings.ledger.prices)

    def take(self, batch: Batch) -> int:
        """Price a batch and store it durably; return how many spans were new."""
        return self.spans.append(price_spans(batch, self.prices))

    def retain(self) -> int:
        """Erase traces older than `storage.retention_days`; return how many went."""
        days = self.settings.storage.retention_days
        if not days:
            return 0
        before = time.time_ns() // 1000 - days * 86_400_000_000
        return sum(self.spans.delete_before(project, before) for project in self.projects())

    def projects(self) -> list[str]:
        """Return the projects that have spans, the largest first."""
        return projects_of(self.spans)

    def main_project(self) -> str:
        """Return the project to look at when none is named: the folder's own, else the largest."""
        return main_project(self.spans, self.settings.project)

    def audit(
        self,
        project: str | None = None,
        select: tuple[str, ...] = (),
        ignore: tuple[str, ...] = (),
        *,
        since: int = 0,
        progress: Callable[[str], None] = lambda _: None,
    ) -> Report:
        """Audit what was collected; when all rules ran, keep the report and the studies.

        Args:
            project: Project to look at; the main one when left out.
            select: Rules to run; all when empty.
            ignore: Rules not to run.
            since: First microsecond of the window.
            progress: Told what is being done.
        """
        project = project or self.main_project()
        with self.evidence(project, since, progress) as evidence:
            report = audit_evidence(self.settings, evidence, select, ignore, progress)
            if select or ignore or since:
                return report
            self._keep_studies(project, run_studies(evidence, progress=progress))
        return self._keep(report)

    def study(
        self,
        names: tuple[str, ...],
        project: str | None = None,
        *,
        since: int = 0,
        progress: Callable[[str], None] = lambda _: None,
    ) -> dict[str, Mapping[str, Any]]:
        """Run some studies now over what was collected; nothing is kept."""
        project = project or self.main_project()
        with self.evidence(project, since, progress) as evidence:
            return run_studies(evidence, names, progress)

    def list_asked(
        self, name: str, text: str, most: int, project: str | None = None
    ) -> list[Asked]:
        """Return what users asked with a prompt, by the traces; see `requests_of`."""
        from solvent.debt.prompt_requests import requests_of

        project = project or self.main_project()
        with self.evidence(project, 0, _quiet) as evidence:
            return requests_of(evidence, name, text, most)

    def evidence(
        self,
        project: str | None = None,
        since: int = 0,
        progress: Callable[[str], None] = lambda _: None,
    ) -> AbstractContextManager[Evidence]:
        """Open what an audit reads of the folder: its spans and its registry."""
        project = project or self.main_project()
        versions = VersionSources(
            lambda: read_registry(self.prompts, project, self.settings.prompts)
        )
        return collect_from(self.settings, self.spans, project, since, progress, versions=versions)

    def latest_report(self, project: str | None = None) -> Report | None:
        """Return the last kept audit of a project, each finding in the state it has now."""
        project = project or self.main_project()
        audits = self.ledger.list_audits(project, limit=1)
        return self._restate(from_document(json.loads(audits[0].report))) if audits else None

    def _keep(self, report: Report) -> Report:
        document = to_document(report)
        audit = Audit(
            id=uuid4().hex,
            project=report.observed.project,
            at=time.time_ns() // 1000,
            observed=json.dumps(document["observed"]),
            totals=json.dumps(document["totals"]),
            report=json.dumps(document),
        )
        sightings = [
            Sighting(f.fingerprint, f.rule, f.code, f.debt, f.subject, f.message, json.dumps(body))
            for f, body in zip(report.findings, document["findings"], strict=True)
        ]
        blind = {skip.rule for skip in report.skipped}
        rules = select_rules(self.settings.select, self.settings.ignore)
        self.ledger.put_audit(audit, sightings, [name for name in rules if name not in blind])
        return self._restate(report)

    def _keep_studies(self, project: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        now = time.time_ns() // 1000
        self.studies.put_studies(
            [Study(project, kind, now, json.dumps(body)) for kind, body in found.items()]
        )

    def _restate(self, report: Report) -> Report:
        entries = self.ledger.list_findings(report.observed.project)
        states = {entry.fingerprint: entry.state for entry in entries}
        findings = tuple(
            replace(f, state=states.get(f.fingerprint, f.state)) for f in report.findings
        )
        return replace(report, findings=findings)


def _quiet(_: str) -> None:
    """Say nothing of how far it is."""


def audit_files(
    settings: Settings,
    paths: Sequence[Path],
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    *,
    since: int = 0,
    home: Path | None = None,
    project: str | None = None,
    opened: SpanStore | None = None,
    progress: Callable[[str], None] = _quiet,
) -> tuple[Report, list[Unread]]:
    """Audit files without keeping anything; return the report and what could not be read.

    Args:
        settings: Settings of the folder they are in.
        paths: What is read of each says `solvent.gathering`.
        select: Rules to run; all when empty.
        ignore: Rules not to run.
        since: First microsecond of the window.
        home: The folder among the paths that the settings are of.
        project: Project of what that folder collected; the main one when left out.
        opened: Its store, where this process has it open already.
        progress: Told what is being done.

    Raises:
        Conflict: Another process has the store of the folder.
        Invalid: Nothing in the files could be read.
    """
    with open_evidence(
        settings, paths, since, progress, home=home, project=project, opened=opened
    ) as gathered:
        report = audit_evidence(settings, gathered.evidence, select, ignore, progress)
        return report, gathered.unread


def study_files(
    settings: Settings,
    paths: Sequence[Path],
    names: tuple[str, ...],
    *,
    since: int = 0,
    progress: Callable[[str], None] = _quiet,
) -> tuple[dict[str, Mapping[str, Any]], list[Unread]]:
    """Run some studies over files; return what they found and what could not be read.

    Raises:
        Invalid: Nothing in the files could be read.
    """
    with open_evidence(settings, paths, since, progress) as gathered:
        return run_studies(gathered.evidence, names, progress), gathered.unread


def finds_in(settings: Settings, code: str, text: str) -> bool | None:
    """Tell whether a rule finds something in a prompt alone; None: it has to see more than that."""
    place = Place("prompt.md", 1, text.count("\n") + 1)
    scan = Scan(prompts=(CodePrompt(place, "prompt", "system", "file", text),), files=1)
    store = open_spans(":memory:")
    try:
        with collect_from(settings, store, settings.project, 0, _quiet, code=scan) as evidence:
            report = audit_evidence(settings, evidence, (code,))
    finally:
        store.close()
    return None if report.skipped else bool(report.findings)


def audit_evidence(
    settings: Settings,
    evidence: Evidence,
    select: tuple[str, ...] = (),
    ignore: tuple[str, ...] = (),
    progress: Callable[[str], None] = _quiet,
) -> Report:
    """Run the rules over open evidence, as the settings have them."""
    rules = [
        configure(rule, settings.rules.get(name, {}))
        for name, rule in select_rules(select or settings.select, ignore or settings.ignore).items()
    ]
    return run_audit(evidence, rules, settings.ledger, progress)
