"""The records store: what is small, written by people and audits, and kept for good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from solvent.records.finding import State
    from solvent.records.ledger import Appearance, Audit, Change, Entry, Sighting
    from solvent.records.log import LogEntry
    from solvent.records.prompt import (
        Alias,
        AliasRequest,
        Edge,
        Prompt,
        PromptDraft,
        PromptVersion,
        RequestState,
    )
    from solvent.records.prompt_past import Move, PromptEvaluation
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


class PromptStore(Protocol):
    """Prompts with their versions and aliases. Each change is in the log, in one transaction.

    What may be changed is decided above, in `solvent.prompts.registry`; this keeps it safe between
    writers: a version number is given once, and an alias moves only from where it was said to be.
    """

    def add_version(self, draft: PromptDraft, base: int | None = None) -> PromptVersion:
        """Give a draft the next number and keep it; the newest version again when it is the same.

        Args:
            draft: What to keep; its name is made when it is new, and taken up when it was retired.
            base: Number the author started from, 0 for a new name; None: does not matter.

        Raises:
            Conflict: There is a newer version than `base`.
        """

    def get_version(self, project: str, name: str, number: int) -> PromptVersion:
        """Return one version.

        Raises:
            NotFound: There is none.
        """

    def list_versions(
        self, project: str, name: str, limit: int | None = None
    ) -> list[PromptVersion]:
        """Return the newest versions, newest first; all without a limit."""

    def get_prompt(self, project: str, name: str) -> Prompt:
        """Return a prompt, retired or not.

        Raises:
            NotFound: There is none of this name.
        """

    def list_prompts(self, project: str, *, retired: bool = False) -> list[Prompt]:
        """Return the prompts of a project by name; `retired` adds those that are put away."""

    def list_edges(self, project: str) -> list[Edge]:
        """Return what every version includes."""

    def move_alias(
        self, project: str, name: str, alias: Alias, *, was: int | None = None, check: bool = False
    ) -> Alias:
        """Point an alias at a version.

        Args:
            project: Its project.
            name: The prompt.
            alias: Name, version, who, when and why.
            was: Version it has to point at now, None for a new alias.
            check: Whether `was` matters.

        Raises:
            NotFound: There is no such version.
            Conflict: It points elsewhere than `was` by now.
        """

    def drop_alias(
        self, project: str, name: str, alias: str, *, by: str, at: int, reason: str
    ) -> None:
        """Take an alias away; those who ask for it are told so.

        Raises:
            NotFound: There is no such alias.
        """

    def describe(
        self,
        project: str,
        name: str,
        *,
        by: str,
        at: int,
        owner: str | None = None,
        tags: Sequence[str] | None = None,
        path: str | None = None,
    ) -> Prompt:
        """Set owner, tags or path; None leaves them.

        Raises:
            NotFound: There is none of this name.
        """

    def retire(self, project: str, name: str, *, by: str, at: int, reason: str) -> Prompt:
        """Put a prompt away: its versions stay, its aliases go.

        Raises:
            NotFound: There is none of this name.
        """

    def put_request(self, request: AliasRequest) -> None:
        """Keep a request to move a protected alias."""

    def get_request(self, project: str, request_id: str) -> AliasRequest:
        """Return a request.

        Raises:
            NotFound: There is none.
        """

    def list_requests(
        self, project: str, state: RequestState | None = None, limit: int = 200
    ) -> list[AliasRequest]:
        """Return requests, newest first."""

    def decide(
        self, project: str, request_id: str, state: RequestState, *, by: str, at: int, answer: str
    ) -> AliasRequest:
        """Settle a request; an approved one moves its alias in the same transaction.

        Raises:
            NotFound: There is none.
            Conflict: It is settled, or the alias was moved since it was asked.
        """

    def put_evaluation(self, evaluation: PromptEvaluation) -> None:
        """Keep what a trial of a version showed."""

    def list_evaluations(self, project: str, limit: int = 10_000) -> list[PromptEvaluation]:
        """Return the trials of the versions of a project, newest first."""

    def list_moves(self, project: str, limit: int = 10_000) -> list[Move]:
        """Return the newest moves of aliases, oldest first."""

    def list_log(
        self, project: str, subject: str | None = None, limit: int = 200
    ) -> list[LogEntry]:
        """Return what was changed, newest first."""
