"""Tables of the records, and opening the database they are in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from solvent.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

METADATA = sa.MetaData()

AUDITS = sa.Table(
    "audits",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("observed", sa.Text, nullable=False),
    sa.Column("totals", sa.Text, nullable=False),
    sa.Column("report", sa.Text, nullable=False),
    sa.Index("audits_of_project", "project", "at"),
)
FINDINGS = sa.Table(
    "findings",
    METADATA,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("fingerprint", sa.String, primary_key=True),
    sa.Column("rule", sa.String, nullable=False),
    sa.Column("code", sa.String, nullable=False),
    sa.Column("debt", sa.String, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("opened_at", sa.BigInteger, nullable=False),
    sa.Column("last_seen_at", sa.BigInteger, nullable=False),
    sa.Column("closed_at", sa.BigInteger),
    sa.Column("accepted_by", sa.Text),
    sa.Column("accepted_reason", sa.Text),
    sa.Column("accepted_until", sa.BigInteger),
)
AUDIT_FINDINGS = sa.Table(
    "audit_findings",
    METADATA,
    sa.Column("audit_id", sa.String, sa.ForeignKey("audits.id"), primary_key=True),
    sa.Column("fingerprint", sa.String, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("audit_findings_by_fingerprint", "fingerprint"),
)
STUDIES = sa.Table(
    "studies",
    METADATA,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
PROMPTS = sa.Table(
    "prompts",
    METADATA,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("retired_at", sa.BigInteger),
)
PROMPT_VERSIONS = sa.Table(
    "prompt_versions",
    METADATA,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("includes", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
PROMPT_ALIASES = sa.Table(
    "prompt_aliases",
    METADATA,
    sa.Column("project", sa.String, primary_key=True),
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("alias", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
PROMPT_REQUESTS = sa.Table(
    "prompt_requests",
    METADATA,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("alias", sa.String, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("was", sa.Integer),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("decided_by", sa.Text, nullable=False),
    sa.Column("decided_at", sa.BigInteger),
    sa.Column("answer", sa.Text, nullable=False),
)
PROMPT_EVALUATIONS = sa.Table(
    "prompt_evaluations",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("dataset", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("pairs", sa.Integer, nullable=False),
    sa.Column("difference", sa.Float, nullable=False),
    sa.Column("low", sa.Float, nullable=False),
    sa.Column("high", sa.Float, nullable=False),
    sa.Index("prompt_evaluations_of_prompt", "project", "name", "number"),
)
AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("project", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("audit_log_of_subject", "project", "subject"),
)


def open_engine(where: Path | str) -> sa.Engine:
    """Open the database of the records, make it when missing, and bring it to the newest version.

    Args:
        where: A SQLite file, `:memory:`, or a SQLAlchemy address such as `postgresql+psycopg://...`.

    Raises:
        Conflict: A newer Solvent wrote it.
        Unavailable: It cannot be opened.
    """
    place = str(where)
    try:
        if "://" not in place and place != ":memory:":
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        engine = _engine(place)
        with engine.begin() as connection:
            _migrate(connection)
    except CommandError as error:
        raise Conflict(
            f"`{place}` was written by a newer Solvent: {error}",
            hint="upgrade: pip install --upgrade solvent",
        ) from error
    except (sa.exc.SQLAlchemyError, OSError) as error:
        raise Unavailable(
            f"`{place}` cannot be opened: {error}",
            hint="check the folder's rights and space, or SOLVENT_STORAGE_RECORDS_URL",
        ) from error
    return engine


def _engine(place: str) -> sa.Engine:
    if place == ":memory:":
        engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    else:
        engine = sa.create_engine(place if "://" in place else f"sqlite:///{place}")
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _: Any) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute("PRAGMA busy_timeout = 10000")
    cursor.close()


def _migrate(connection: sa.Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
