"""The records store: what is small, written by people and audits, and kept for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from solvent.records.finding import State
    from solvent.records.ledger import Appearance, Audit, Change, Entry, Sighting
    from solvent.records.study import Study


class LedgerStore(Protocol):
    """Findings over time."""

    def put_audit(
        self, audit: Audit, findings: Sequence[Sighting], looked: Collection[str] | None = None
    ) -> Change:
        """Keep an audit and move the states of findings, in one transaction.

        A finding is fixed when an audit whose rule could look no longer finds it, and returns when
        it is found again. What was accepted stays so until its date.

        Args:
            audit: An id that is known already changes nothing.
            findings: What it found.
            looked: Names of the rules that could look; None: all. Only their findings are closed.
        """

    def list_audits(self, project: str, limit: int = 100) -> list[Audit]:
        """Return the audits of a project, newest first."""

    def list_findings(self, project: str, state: State | None = None) -> list[Entry]:
        """Return the findings of a project, those seen last first."""

    def get_finding(self, project: str, fingerprint: str) -> Entry:
        """Return one finding.

        Raises:
            NotFound: No audit of this project has found it.
        """

    def accept(
        self, project: str, fingerprint: str, *, by: str, reason: str, until: int | None = None
    ) -> Entry:
        """Accept a finding: it is known, and not to be paid for now.

        Args:
            project: Its project.
            fingerprint: Its identity.
            by: Who answers for it.
            reason: Why; may not be empty.
            until: Microseconds since 1970 UTC; None: without an end.

        Raises:
            NotFound: No audit of this project has found it.
            Conflict: It is fixed.
            Invalid: Nobody or no reason is named.
        """

    def reopen(self, project: str, fingerprint: str) -> Entry:
        """Take an acceptance back.

        Raises:
            NotFound: No audit of this project has found it.
        """

    def history(self, project: str, fingerprint: str) -> list[Appearance]:
        """Return every audit that saw a finding, oldest first."""


class StudyStore(Protocol):
    """The newest study of each kind and project."""

    def put_studies(self, studies: Sequence[Study]) -> None:
        """Keep studies, each in place of the one of its project and kind."""

    def find_study(self, project: str, kind: str) -> Study | None:
        """Return the newest study of a kind; None when no audit made one."""
