"""The ledger in SQL. See `solvent.ports.records.LedgerStore`."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from solvent.errors import Conflict, Invalid, NotFound
from solvent.records.finding import Debt, State
from solvent.records.ledger import Appearance, Audit, Change, Entry, Sighting
from solvent.stores.records.tables import AUDIT_FINDINGS, AUDITS, FINDINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from solvent.stores.records.database import Database


class SqlLedger:
    """Findings over time, in one database. See `solvent.ports.records.LedgerStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_audit(
        self, audit: Audit, findings: Sequence[Sighting], looked: Collection[str] | None = None
    ) -> Change:
        """Keep an audit and move the states of findings, in one transaction."""
        seen = {finding.fingerprint: finding for finding in findings}
        with self._database.begin() as connection:
            known = sa.select(AUDITS.c.id).where(AUDITS.c.id == audit.id)
            if connection.execute(known).first() is not None:
                return Change()
            connection.execute(sa.insert(AUDITS).values(_values(audit)))
            rows = [
                {"audit_id": audit.id, "fingerprint": key, "body": finding.body}
                for key, finding in seen.items()
            ]
            if rows:
                connection.execute(sa.insert(AUDIT_FINDINGS), rows)
            before = {entry.fingerprint: entry for entry in _entries(connection, audit.project)}
            opened = [key for key in seen if key not in before]
            returned = [key for key in seen if key in before and _returns(before[key], audit.at)]
            fixed = [
                key
                for key, entry in before.items()
                if key not in seen
                and entry.state is not State.FIXED
                and (looked is None or entry.rule in looked)
            ]
            self._open(connection, audit, [seen[key] for key in opened])
            for key in seen.keys() & before.keys():
                again = State.RETURNED if key in returned else before[key].state
                self._see(connection, audit, seen[key], again)
            if fixed:
                closing = {"state": State.FIXED.value, "closed_at": audit.at}
                for key in fixed:
                    connection.execute(_update(audit.project, key).values(closing))
        return Change(tuple(opened), tuple(returned), tuple(fixed))

    @staticmethod
    def _open(connection: sa.Connection, audit: Audit, findings: Sequence[Sighting]) -> None:
        rows = [
            {
                **_said(finding),
                "project": audit.project,
                "fingerprint": finding.fingerprint,
                "state": State.OPEN.value,
                "opened_at": audit.at,
                "last_seen_at": audit.at,
            }
            for finding in findings
        ]
        if rows:
            connection.execute(sa.insert(FINDINGS), rows)

    @staticmethod
    def _see(connection: sa.Connection, audit: Audit, finding: Sighting, state: State) -> None:
        values: dict[str, Any] = {
            **_said(finding),
            "state": state.value,
            "last_seen_at": audit.at,
            "closed_at": None,
        }
        if state is not State.ACCEPTED:
            values |= dict.fromkeys(("accepted_by", "accepted_reason", "accepted_until"))
        connection.execute(_update(audit.project, finding.fingerprint).values(values))

    def list_audits(self, project: str, limit: int = 100) -> list[Audit]:
        """Return the audits of a project, newest first."""
        wanted = (
            sa.select(AUDITS)
            .where(AUDITS.c.project == project)
            .order_by(AUDITS.c.at.desc(), AUDITS.c.id)
            .limit(limit)
        )
        with self._database.begin() as connection:
            return [Audit(**row) for row in connection.execute(wanted).mappings()]

    def list_findings(self, project: str, state: State | None = None) -> list[Entry]:
        """Return the findings of a project, those seen last first."""
        with self._database.begin() as connection:
            return _entries(connection, project, state=state)

    def get_finding(self, project: str, fingerprint: str) -> Entry:
        """Return one finding.

        Raises:
            NotFound: No audit of this project has found it.
        """
        with self._database.begin() as connection:
            return _entry(connection, project, fingerprint)

    def accept(
        self, project: str, fingerprint: str, *, by: str, reason: str, until: int | None = None
    ) -> Entry:
        """Accept a finding: it is known, and not to be paid for now.

        Raises:
            NotFound: No audit of this project has found it.
            Conflict: It is fixed.
            Invalid: Nobody or no reason is named.
        """
        if not by.strip() or not reason.strip():
            raise Invalid("an acceptance names who and why", hint="give `by` and `reason`")
        values = {
            "state": State.ACCEPTED.value,
            "accepted_by": by,
            "accepted_reason": reason,
            "accepted_until": until,
        }
        with self._database.begin() as connection:
            if _entry(connection, project, fingerprint).state is State.FIXED:
                raise Conflict(f"`{fingerprint}` is fixed", hint="there is nothing to accept")
            connection.execute(_update(project, fingerprint).values(values))
            return _entry(connection, project, fingerprint)

    def reopen(self, project: str, fingerprint: str) -> Entry:
        """Take an acceptance back.

        Raises:
            NotFound: No audit of this project has found it.
        """
        values: dict[str, Any] = {
            "state": State.OPEN.value,
            **dict.fromkeys(("accepted_by", "accepted_reason", "accepted_until")),
        }
        with self._database.begin() as connection:
            if _entry(connection, project, fingerprint).state is State.ACCEPTED:
                connection.execute(_update(project, fingerprint).values(values))
            return _entry(connection, project, fingerprint)

    def history(self, project: str, fingerprint: str) -> list[Appearance]:
        """Return every audit that saw a finding, oldest first."""
        wanted = (
            sa.select(AUDITS.c.id, AUDITS.c.at, AUDIT_FINDINGS.c.body)
            .join(AUDIT_FINDINGS, AUDIT_FINDINGS.c.audit_id == AUDITS.c.id)
            .where(AUDITS.c.project == project, AUDIT_FINDINGS.c.fingerprint == fingerprint)
            .order_by(AUDITS.c.at, AUDITS.c.id)
        )
        with self._database.begin() as connection:
            return [Appearance(*row) for row in connection.execute(wanted)]


def _returns(entry: Entry, at: int) -> bool:
    if entry.state is State.ACCEPTED:
        return entry.accepted_until is not None and entry.accepted_until <= at
    return entry.state is State.FIXED


def _said(finding: Sighting) -> dict[str, str]:
    return {
        "rule": finding.rule,
        "code": finding.code,
        "debt": str(finding.debt),
        "subject": finding.subject,
        "message": finding.message,
    }


def _values(audit: Audit) -> dict[str, Any]:
    return {field.name: getattr(audit, field.name) for field in fields(Audit)}


def _update(project: str, fingerprint: str) -> sa.Update:
    return sa.update(FINDINGS).where(
        FINDINGS.c.project == project, FINDINGS.c.fingerprint == fingerprint
    )


def _entries(
    connection: sa.Connection,
    project: str,
    *,
    state: State | None = None,
    fingerprint: str | None = None,
) -> list[Entry]:
    wanted = sa.select(FINDINGS).where(FINDINGS.c.project == project)
    if state is not None:
        wanted = wanted.where(FINDINGS.c.state == state.value)
    if fingerprint is not None:
        wanted = wanted.where(FINDINGS.c.fingerprint == fingerprint)
    wanted = wanted.order_by(FINDINGS.c.last_seen_at.desc(), FINDINGS.c.fingerprint)
    return [
        Entry(**{**row, "debt": Debt(row["debt"]), "state": State(row["state"])})
        for row in connection.execute(wanted).mappings()
    ]


def _entry(connection: sa.Connection, project: str, fingerprint: str) -> Entry:
    found = _entries(connection, project, fingerprint=fingerprint)
    if not found:
        raise NotFound(
            f"no audit of `{project}` has found `{fingerprint}`", hint="run `solvent audit`"
        )
    return found[0]
