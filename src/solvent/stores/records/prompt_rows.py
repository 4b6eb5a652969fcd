"""Rows of the tables of prompts, to nouns and back; the two writes that several changes share."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, NamedTuple

import sqlalchemy as sa

from solvent.errors import Conflict, NotFound
from solvent.records.prompt import (
    Alias,
    AliasRequest,
    Message,
    Prompt,
    PromptContent,
    PromptDraft,
    PromptVersion,
    RequestState,
)
from solvent.records.prompt_past import Move
from solvent.stores.records.tables import (
    AUDIT_LOG,
    PROMPT_ALIASES,
    PROMPT_REQUESTS,
    PROMPT_VERSIONS,
    PROMPTS,
)

MOVE = "move alias"
"""Action of the audit log."""


class Subject(NamedTuple):
    """Which prompt a change is about."""

    project: str
    name: str


def of(table: sa.Table, subject: Subject) -> sa.ColumnElement[bool]:
    """Return the condition for the rows of one prompt."""
    return (table.c.project == subject.project) & (table.c.name == subject.name)


def find_row(connection: sa.Connection, subject: Subject) -> sa.RowMapping | None:
    """Return the row of a prompt; None when there is none."""
    return connection.execute(sa.select(PROMPTS).where(of(PROMPTS, subject))).mappings().first()


def newest(connection: sa.Connection, subject: Subject) -> PromptVersion | None:
    """Return the newest version of a prompt."""
    table = PROMPT_VERSIONS
    wanted = sa.select(table).where(of(table, subject)).order_by(table.c.number.desc()).limit(1)
    row = connection.execute(wanted).mappings().first()
    return version_of(row) if row else None


def row_of_version(version: PromptVersion) -> dict[str, Any]:
    """Return a version as a row."""
    row = asdict(version)
    for name in ("content", "includes"):
        row[name] = json.dumps(row[name], ensure_ascii=False)
    return row


def version_of(row: sa.RowMapping) -> PromptVersion:
    """Return a row as a version."""
    content = json.loads(row["content"])
    content["messages"] = tuple(Message(*message) for message in content["messages"])
    return PromptVersion(
        **{
            **row,
            "content": PromptContent(**content),
            "includes": tuple(json.loads(row["includes"])),
        }
    )


def row_of_prompt(draft: PromptDraft) -> dict[str, Any]:
    """Return the row of a new name."""
    return {
        "project": draft.project,
        "name": draft.name,
        "created_at": draft.at,
        "owner": "",
        "tags": "[]",
        "path": "",
        "retired_at": None,
    }


def get_prompt(connection: sa.Connection, subject: Subject) -> Prompt:
    """Return a prompt with its aliases.

    Raises:
        NotFound: There is none of this name.
    """
    found = list_prompts(connection, subject.project, subject.name)
    if not found:
        raise NotFound(
            f"`{subject.project}` has no prompt `{subject.name}`", hint="see `solvent prompt list`"
        )
    return found[0]


def list_prompts(connection: sa.Connection, project: str, name: str | None = None) -> list[Prompt]:
    """Return prompts by name, with their aliases and newest numbers."""
    versions, table = PROMPT_VERSIONS, PROMPT_ALIASES
    latest = (
        sa.select(versions.c.name, sa.func.max(versions.c.number).label("latest"))
        .where(versions.c.project == project)
        .group_by(versions.c.name)
        .subquery()
    )
    wanted = (
        sa.select(PROMPTS, latest.c.latest)
        .join(latest, latest.c.name == PROMPTS.c.name)
        .where(PROMPTS.c.project == project)
        .order_by(PROMPTS.c.name)
    )
    columns = [table.c[field] for field in Alias._fields]
    pointing = sa.select(table.c.name, *columns).where(table.c.project == project)
    if name is not None:
        wanted = wanted.where(PROMPTS.c.name == name)
        pointing = pointing.where(table.c.name == name)
    aliases: dict[str, list[Alias]] = {}
    for owner, *alias in connection.execute(pointing.order_by(table.c.alias)):
        aliases.setdefault(owner, []).append(Alias(*alias))
    return [
        Prompt(
            **{
                **row,
                "tags": tuple(json.loads(row["tags"])),
                "aliases": tuple(aliases.get(row["name"], ())),
            }
        )
        for row in connection.execute(wanted).mappings()
    ]


def get_request(connection: sa.Connection, project: str, request_id: str) -> AliasRequest:
    """Return a request.

    Raises:
        NotFound: There is none.
    """
    table = PROMPT_REQUESTS
    wanted = sa.select(table).where(table.c.project == project, table.c.id == request_id)
    row = connection.execute(wanted).mappings().first()
    if row is None:
        raise NotFound(f"there is no request `{request_id}`", hint="see `solvent prompt approve`")
    return request_of(row)


def request_of(row: sa.RowMapping) -> AliasRequest:
    """Return a row as a request."""
    return AliasRequest(**{**row, "state": RequestState(row["state"])})


def move(connection: sa.Connection, subject: Subject, alias: Alias, was: int | None) -> None:
    """Point an alias at a version, if it points where it was said to.

    Raises:
        Conflict: It points elsewhere by now.
    """
    table = PROMPT_ALIASES
    values = {**alias._asdict(), **subject._asdict()}
    if was is None:
        try:
            connection.execute(sa.insert(table).values(values))
        except sa.exc.IntegrityError:
            raise moved(subject, alias) from None
    else:
        same = of(table, subject) & (table.c.alias == alias.alias) & (table.c.number == was)
        if connection.execute(sa.update(table).where(same).values(values)).rowcount != 1:
            raise moved(subject, alias)
    detail = f"{alias.alias}: {was or 'none'} -> {alias.number}"
    log(connection, subject, alias.by, alias.at, (MOVE, detail, alias.reason))


def move_of(subject: str, detail: str, at: int, by: str) -> Move:
    """Return a move of an alias as the log tells it."""
    alias, _, numbers = detail.partition(": ")
    was, _, number = numbers.partition(" -> ")
    name = subject.removeprefix("prompt:")
    return Move(name, alias, int(was) if was.isdecimal() else None, int(number), at, by)


def moved(subject: Subject, alias: Alias) -> Conflict:
    """Return the error of an alias that somebody else moved."""
    return Conflict(
        f"`{subject.name}@{alias.alias}` was moved meanwhile",
        hint="look where it points, and ask anew",
    )


def log(
    connection: sa.Connection, subject: Subject, by: str, at: int, what: tuple[str, str, str]
) -> None:
    """Write a change into the audit log: action, detail, reason."""
    action, detail, reason = what
    connection.execute(
        sa.insert(AUDIT_LOG).values(
            project=subject.project,
            at=at,
            by=by,
            subject=f"prompt:{subject.name}",
            action=action,
            detail=detail,
            reason=reason,
        )
    )
