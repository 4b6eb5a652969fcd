"""The embedded span store: opening, appending and closing one DuckDB file."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from solvent.errors import Conflict, Unavailable
from solvent.stores.duckdb import columns, erase, schema
from solvent.stores.duckdb.asking import Desk, ask
from solvent.stores.duckdb.holder import Holder
from solvent.stores.duckdb.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from solvent.ports.spans import Scalar
    from solvent.records.batch import Batch
    from solvent.settings import Storage

_ROW_GROUP = 8192
_KNOWN = 32_768


class DuckSpans:
    """Spans in one DuckDB file, or in memory. See `solvent.ports.spans.SpanStore`.

    One writer at a time behind a lock; readers run beside it on their own cursors and see whole
    transactions.

    Args:
        path: The file, or `:memory:`.
        settings: Memory and threads of the engine.
        address: Where this process can be reached, for the message a second process gets.

    Raises:
        Conflict: Another process has the file open, or a newer Solvent wrote it.
        Unavailable: The file cannot be opened or made.
    """

    def __init__(self, path: Path | str, settings: Storage, *, address: str = "") -> None:
        self.path = str(path)
        self._settings = settings
        self._lock = threading.RLock()
        self._desks = 0
        self._spans: Seen | None = None
        self._contents: Seen | None = None
        self._known: dict[str, None] = {}
        self._holder = Holder(self.path, address)
        self._root = self._open()
        self._writer = self._cursor()

    def _open(self) -> duckdb.DuckDBPyConnection:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{self._settings.memory_mb}MB",
            "storage_compatibility_version": "latest",
        }
        if self._settings.threads:
            config["threads"] = self._settings.threads
        if self.path != ":memory:":
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            config["temp_directory"] = f"{self.path}.tmp"
        root = duckdb.connect(":memory:", config=config)
        try:
            place = self.path.replace("'", "''")
            root.execute(f"ATTACH '{place}' AS store (ROW_GROUP_SIZE {_ROW_GROUP})")
            root.execute("USE store")
            schema.migrate(root, where=self.path)
            root.execute("SET enable_external_access = false")
        except (duckdb.Error, Conflict) as error:
            root.close()
            if isinstance(error, Conflict):
                raise
            raise self._refusal(error) from error
        self._holder.take()
        return root

    def _refusal(self, error: duckdb.Error) -> Conflict | Unavailable:
        if "lock" in str(error).lower():
            return Conflict(
                f"`{self.path}` is held by {self._holder.who()}",
                hint="stop that process, or give another folder: SOLVENT_STORAGE_PATH=<folder>",
            )
        return Unavailable(
            f"`{self.path}` cannot be opened: {error}", hint="check the folder's rights and space"
        )

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._root.cursor()
        cursor.execute("USE store")
        return cursor

    def append(self, batch: Batch) -> int:
        """Store a batch durably in one transaction, then return how many spans were new.

        Raises:
            Invalid: A value does not fit its column; nothing was stored.
            Unavailable: The disk is full or the file cannot be written; nothing was stored.
        """
        with self._lock:
            spans = self._new_spans(batch)
            contents = self._new_contents(batch)
            assessments = self._new_assessments(batch)
            with self._transaction() as writer:
                _insert(writer, "spans", spans, columns.SPANS)
                _insert(writer, "contents", contents, columns.CONTENTS)
                _insert(writer, "assessments", assessments, columns.ASSESSMENTS)
            columns.release()
            if spans and self._spans is not None:
                self._spans.add([span[0] for span in spans])
            if contents and self._contents is not None:
                hashes = [content[0] for content in contents]
                self._contents.add(hashes)
                self._remember(hashes)
            return len(spans)

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        writer = self._writer
        try:
            writer.execute("BEGIN")
            yield writer
            writer.execute("COMMIT")
        except BaseException as error:
            with suppress(duckdb.Error):
                writer.execute("ROLLBACK")
            if not isinstance(error, duckdb.Error):
                raise
            raise Unavailable(
                f"`{self.path}` cannot be written: {error}",
                hint="free space on the disk; nothing of this request was stored",
            ) from error

    def _new_spans(self, batch: Batch) -> Sequence[Any]:
        if not batch.spans:
            return []
        if self._spans is None:
            self._spans = Seen()
            self._spans.fill(self._keys("SELECT id FROM spans"))
        rows = {span[0]: span for span in reversed(batch.spans)}
        maybe = self._spans.maybe(list(rows))
        for key in self._stored("spans", "id", maybe):
            del rows[key]
        return [*rows.values()][::-1]

    def _new_contents(self, batch: Batch) -> Sequence[Any]:
        known = self._known
        rows = {row[0]: row for row in reversed(batch.contents)}
        for key in known.keys() & rows.keys():
            del rows[key], known[key]
            known[key] = None
        if not rows:
            return []
        if self._contents is None:
            self._contents = Seen()
            self._contents.fill(self._keys("SELECT hash FROM contents"))
        for key in self._stored("contents", "hash", self._contents.maybe(list(rows))):
            del rows[key]
            known[key] = None
        return [*rows.values()][::-1]

    def _remember(self, hashes: Sequence[str]) -> None:
        known = self._known
        known.update(dict.fromkeys(hashes))
        for key in [*islice(known, max(len(known) - _KNOWN, 0))]:
            del known[key]

    def _new_assessments(self, batch: Batch) -> Sequence[Any]:
        rows = {row[0]: row for row in reversed(batch.assessments)}
        for key in self._stored("assessments", "id", list(rows)):
            del rows[key]
        return [*rows.values()][::-1]

    def _stored(self, table: str, column: str, keys: Sequence[Any]) -> list[Any]:
        if not keys:
            return []
        sql = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN (SELECT unnest(?))"
        return [row[0] for row in self._writer.execute(sql, [list(keys)]).fetchall()]

    def _keys(self, sql: str) -> Iterator[list[Any]]:
        for chunk in self._writer.sql(sql).to_arrow_reader(100_000):
            yield chunk.column(0).to_pylist()

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one read-only statement; `$name` parameters are bound, never pasted.

        Raises:
            Invalid: The statement is not one read-only statement, or it does not fit the tables.
            Unavailable: The engine cannot read the file or ran out of memory.
        """
        cursor = self._cursor()
        try:
            return ask(cursor, sql, params)
        finally:
            cursor.close()

    @contextmanager
    def session(self) -> Iterator[Desk]:
        """Open a desk with temporary tables, for an audit, with the audit's memory."""
        cursor = self._cursor()
        self._lend(1)
        try:
            yield Desk(cursor)
        finally:
            cursor.close()
            self._lend(-1)

    def _lend(self, desks: int) -> None:
        with self._lock:
            self._desks += desks
            plenty = max(self._settings.audit_memory_mb, self._settings.memory_mb)
            wanted = plenty if self._desks else self._settings.memory_mb
            with suppress(duckdb.OutOfMemoryException):
                self._root.execute(f"SET memory_limit = '{wanted}MB'")

    def put_tokens(self, counts: Mapping[str, int]) -> None:
        """Write the token counts of contents, by hash."""
        if not counts:
            return
        table = columns.counts(counts)
        with self._lock, self._transaction() as writer:
            writer.register("incoming", table)
            writer.execute(
                "UPDATE contents SET tokens = i.tokens FROM incoming i WHERE contents.hash = i.hash"
            )
            writer.unregister("incoming")

    def delete_traces(self, project: str, trace_ids: Sequence[str]) -> int:
        """Erase traces, their assessments and the contents that nothing else refers to."""
        wanted = "SELECT trace_id FROM spans WHERE project = ? AND trace_id IN (SELECT unnest(?))"
        return self._erase(project, wanted, [project, list(trace_ids)])

    def delete_user(self, project: str, user_id: str) -> int:
        """Erase every trace that carries this user; return how many traces went."""
        wanted = "SELECT trace_id FROM spans WHERE project = ? AND user_id = ?"
        return self._erase(project, wanted, [project, user_id])

    def delete_before(self, project: str, before: int) -> int:
        """Erase traces that started before a time (microseconds); return how many went."""
        wanted = """SELECT trace_id FROM spans WHERE project = ?
            GROUP BY trace_id HAVING min(started_at) < make_timestamp(?)"""
        return self._erase(project, wanted, [project, before])

    def _erase(self, project: str, wanted: str, values: list[Any]) -> int:
        with self._lock:
            self._known.clear()
            with self._transaction() as writer:
                return erase.erase(writer, project, wanted, values)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._writer.close()
            self._root.close()
            self._holder.release()

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the file."""
        self.close()


def _insert(
    writer: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Any], shape: pa.Schema
) -> None:
    if rows:
        writer.register("incoming", columns.to_table(rows, shape))
        try:
            writer.execute(f"INSERT INTO {name} SELECT * FROM incoming")
        finally:
            writer.unregister("incoming")
