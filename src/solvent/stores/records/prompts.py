"""Prompts in SQL. See `solvent.ports.records.PromptStore`."""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from solvent.errors import Conflict, NotFound
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
from solvent.stores.records import prompt_rows as rows
from solvent.stores.records.prompt_rows import Subject, of
from solvent.stores.records.tables import (
    AUDIT_LOG,
    PROMPT_ALIASES,
    PROMPT_EVALUATIONS,
    PROMPT_REQUESTS,
    PROMPT_VERSIONS,
    PROMPTS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.stores.records.database import Database

ATTEMPTS = 20
"""Writers of one prompt at the same moment that wait for each other."""


class SqlPrompts:
    """Prompts in one database. See `solvent.ports.records.PromptStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_version(self, draft: PromptDraft, base: int | None = None) -> PromptVersion:
        """Give a draft the next number and keep it; the newest version again when it is the same.

        Raises:
            Conflict: There is a newer version than `base`.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._add(draft, base)
            except sa.exc.IntegrityError:  # another writer took the number; the next one is free
                continue
        raise Conflict(f"`{draft.name}` is being written by many", hint="try again")

    def _add(self, draft: PromptDraft, base: int | None) -> PromptVersion:
        subject = Subject(draft.project, draft.name)
        with self._database.begin() as connection:
            newest = rows.newest(connection, subject)
            latest = newest.number if newest else 0
            if base is not None and base != latest:
                raise Conflict(
                    f"`{draft.name}` is at version {latest}, and the change started from {base}",
                    hint=f"look at what changed since, and start from version {latest}",
                )
            known = rows.find_row(connection, subject)
            serving = known is not None and known["retired_at"] is None
            if newest is not None and newest.hash == draft.hash and serving:
                return newest
            facts = {field.name: getattr(draft, field.name) for field in fields(PromptDraft)}
            version = PromptVersion(**facts, number=latest + 1)
            if known is None:
                connection.execute(sa.insert(PROMPTS).values(rows.row_of_prompt(draft)))
            elif not serving:
                back = sa.update(PROMPTS).where(of(PROMPTS, subject)).values(retired_at=None)
                connection.execute(back)
            connection.execute(sa.insert(PROMPT_VERSIONS).values(rows.row_of_version(version)))
            detail = f"version {version.number}"
            detail += f" from {draft.source.partition(':')[0]}" if draft.source else ""
            what = ("add version", detail, draft.message)
            rows.log(connection, subject, draft.author, draft.at, what)
            return version

    def get_version(self, project: str, name: str, number: int) -> PromptVersion:
        """Return one version.

        Raises:
            NotFound: There is none.
        """
        table = PROMPT_VERSIONS
        wanted = sa.select(table).where(
            table.c.project == project, table.c.name == name, table.c.number == number
        )
        with self._database.begin() as connection:
            row = connection.execute(wanted).mappings().first()
        if row is None:
            raise NotFound(
                f"`{name}` has no version {number}", hint=f"`solvent prompt show {name}` lists them"
            )
        return rows.version_of(row)

    def list_versions(
        self, project: str, name: str, limit: int | None = None
    ) -> list[PromptVersion]:
        """Return the newest versions, newest first; all without a limit."""
        table = PROMPT_VERSIONS
        wanted = sa.select(table).where(table.c.project == project, table.c.name == name)
        ordered = wanted.order_by(table.c.number.desc()).limit(limit)
        with self._database.begin() as connection:
            found = connection.execute(ordered).mappings()
            return [rows.version_of(row) for row in found]

    def get_prompt(self, project: str, name: str) -> Prompt:
        """Return a prompt, retired or not.

        Raises:
            NotFound: There is none of this name.
        """
        with self._database.begin() as connection:
            return rows.get_prompt(connection, Subject(project, name))

    def list_prompts(self, project: str, *, retired: bool = False) -> list[Prompt]:
        """Return the prompts of a project by name; `retired` adds those that are put away."""
        with self._database.begin() as connection:
            found = rows.list_prompts(connection, project)
        return [prompt for prompt in found if retired or prompt.retired_at is None]

    def list_edges(self, project: str) -> list[Edge]:
        """Return what every version includes."""
        table = PROMPT_VERSIONS
        wanted = sa.select(table.c.name, table.c.number, table.c.includes).where(
            table.c.project == project, table.c.includes != "[]"
        )
        with self._database.begin() as connection:
            found = connection.execute(wanted.order_by(table.c.name, table.c.number)).all()
        return [Edge(name, number, ref) for name, number, text in found for ref in json.loads(text)]

    def move_alias(
        self, project: str, name: str, alias: Alias, *, was: int | None = None, check: bool = False
    ) -> Alias:
        """Point an alias at a version.

        Raises:
            NotFound: There is no such version.
            Conflict: It points elsewhere than `was` by now.
        """
        self.get_version(project, name, alias.number)
        subject = Subject(project, name)
        with self._database.begin() as connection:
            before = rows.get_prompt(connection, subject).number_of(alias.alias)
            rows.move(connection, subject, alias, was if check else before)
        return alias

    def drop_alias(
        self, project: str, name: str, alias: str, *, by: str, at: int, reason: str
    ) -> None:
        """Take an alias away; those who ask for it are told so.

        Raises:
            NotFound: There is no such alias.
        """
        table = PROMPT_ALIASES
        with self._database.begin() as connection:
            was = rows.get_prompt(connection, Subject(project, name)).number_of(alias)
            if was is None:
                raise NotFound(f"`{name}` has no alias `{alias}`", hint="see `solvent prompt show`")
            connection.execute(
                sa.delete(table).where(
                    table.c.project == project, table.c.name == name, table.c.alias == alias
                )
            )
            detail = f"{alias}: {was} -> none"
            rows.log(connection, Subject(project, name), by, at, ("drop alias", detail, reason))

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
        given = {
            "owner": owner,
            "path": path,
            "tags": None if tags is None else json.dumps(list(tags), ensure_ascii=False),
        }
        with self._database.begin() as connection:
            before = rows.get_prompt(connection, Subject(project, name))
            tags_before = json.dumps(list(before.tags), ensure_ascii=False)
            known = {"owner": before.owner, "path": before.path, "tags": tags_before}
            changes = {k: v for k, v in given.items() if v is not None and v != known[k]}
            if not changes:
                return before
            subject = Subject(project, name)
            connection.execute(sa.update(PROMPTS).where(of(PROMPTS, subject)).values(changes))
            detail = "; ".join(f"{key}: {known[key]} -> {new}" for key, new in changes.items())
            rows.log(connection, subject, by, at, ("describe", detail, ""))
            return rows.get_prompt(connection, Subject(project, name))

    def retire(self, project: str, name: str, *, by: str, at: int, reason: str) -> Prompt:
        """Put a prompt away: its versions stay, its aliases go.

        Raises:
            NotFound: There is none of this name.
        """
        subject = Subject(project, name)
        with self._database.begin() as connection:
            before = rows.get_prompt(connection, Subject(project, name))
            gone = ", ".join(f"{a.alias}: {a.number}" for a in before.aliases)
            connection.execute(sa.delete(PROMPT_ALIASES).where(of(PROMPT_ALIASES, subject)))
            connection.execute(sa.update(PROMPTS).where(of(PROMPTS, subject)).values(retired_at=at))
            rows.log(connection, subject, by, at, ("retire", gone, reason))
            return rows.get_prompt(connection, Subject(project, name))

    def put_request(self, request: AliasRequest) -> None:
        """Keep a request to move a protected alias."""
        with self._database.begin() as connection:
            connection.execute(sa.insert(PROMPT_REQUESTS).values(asdict(request)))
            subject = Subject(request.project, request.name)
            detail = f"{request.alias}: {request.was or 'none'} -> {request.number}"
            what = ("ask", detail, request.reason)
            rows.log(connection, subject, request.by, request.at, what)

    def get_request(self, project: str, request_id: str) -> AliasRequest:
        """Return a request.

        Raises:
            NotFound: There is none.
        """
        with self._database.begin() as connection:
            return rows.get_request(connection, project, request_id)

    def list_requests(
        self, project: str, state: RequestState | None = None, limit: int = 200
    ) -> list[AliasRequest]:
        """Return requests, newest first."""
        table = PROMPT_REQUESTS
        wanted = sa.select(table).where(table.c.project == project)
        if state is not None:
            wanted = wanted.where(table.c.state == state.value)
        with self._database.begin() as connection:
            ordered = wanted.order_by(table.c.at.desc(), table.c.id).limit(limit)
            return [rows.request_of(row) for row in connection.execute(ordered).mappings()]

    def decide(
        self, project: str, request_id: str, state: RequestState, *, by: str, at: int, answer: str
    ) -> AliasRequest:
        """Settle a request; an approved one moves its alias in the same transaction.

        Raises:
            NotFound: There is none.
            Conflict: It is settled, or the alias was moved since it was asked.
        """
        table = PROMPT_REQUESTS
        settled = {"state": state.value, "decided_by": by, "decided_at": at, "answer": answer}
        with self._database.begin() as connection:
            request = rows.get_request(connection, project, request_id)
            done = connection.execute(
                sa.update(table)
                .where(table.c.id == request_id, table.c.state == RequestState.WAITING.value)
                .values(settled)
            )
            if done.rowcount != 1:
                raise Conflict(f"`{request_id}` is {request.state} already", hint="ask anew")
            subject = Subject(project, request.name)
            action = "approve" if state is RequestState.APPROVED else "refuse"
            detail = f"{request.alias}: {request.was or 'none'} -> {request.number}"
            what = (action, f"{detail}, asked by {request.by}", answer)
            rows.log(connection, subject, by, at, what)
            if state is RequestState.APPROVED:
                moved = Alias(request.alias, request.number, at, request.by, request.reason)
                rows.move(connection, subject, moved, request.was)
        return replace(request, state=state, decided_by=by, decided_at=at, answer=answer)

    def put_evaluation(self, evaluation: PromptEvaluation) -> None:
        """Keep what a trial of a version showed."""
        with self._database.begin() as connection:
            connection.execute(sa.insert(PROMPT_EVALUATIONS).values(asdict(evaluation)))

    def list_evaluations(self, project: str, limit: int = 10_000) -> list[PromptEvaluation]:
        """Return the trials of the versions of a project, newest first."""
        table = PROMPT_EVALUATIONS
        columns = [table.c[field.name] for field in fields(PromptEvaluation)]
        wanted = sa.select(*columns).where(table.c.project == project)
        with self._database.begin() as connection:
            ordered = wanted.order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
            return [PromptEvaluation(*row) for row in connection.execute(ordered)]

    def list_moves(self, project: str, limit: int = 10_000) -> list[Move]:
        """Return the newest moves of aliases, oldest first."""
        table = AUDIT_LOG
        wanted = sa.select(table.c.subject, table.c.detail, table.c.at, table.c.by).where(
            table.c.project == project, table.c.action == rows.MOVE
        )
        with self._database.begin() as connection:
            found = connection.execute(wanted.order_by(table.c.id.desc()).limit(limit)).all()
        return [rows.move_of(*row) for row in reversed(found)]

    def list_log(
        self, project: str, subject: str | None = None, limit: int = 200
    ) -> list[LogEntry]:
        """Return what was changed, newest first."""
        columns = [AUDIT_LOG.c[field.name] for field in fields(LogEntry)]
        wanted = sa.select(*columns).where(AUDIT_LOG.c.project == project)
        if subject is not None:
            wanted = wanted.where(AUDIT_LOG.c.subject == subject)
        with self._database.begin() as connection:
            ordered = wanted.order_by(AUDIT_LOG.c.id.desc()).limit(limit)
            return [LogEntry(*row) for row in connection.execute(ordered)]
