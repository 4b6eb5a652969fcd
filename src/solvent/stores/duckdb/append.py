"""Appending a batch once: what is new in it, as columns, in one transaction."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import duckdb

from solvent.errors import Unavailable
from solvent.stores.duckdb import columns
from solvent.stores.duckdb.seen import Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from solvent.records.batch import Batch

_KNOWN = 8192
"""Hashes of recent contents that are known to be stored: prompts and tool definitions come again
with every call and cost no question to the table."""
_FIRST = 1 << 18


@contextmanager
def transaction(
    cursor: duckdb.DuckDBPyConnection, path: str
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Commit what is done inside, or nothing of it.

    Raises:
        Unavailable: The file cannot be written.
    """
    try:
        cursor.execute("BEGIN")
        yield cursor
        cursor.execute("COMMIT")
    except BaseException as error:
        with suppress(duckdb.Error):
            cursor.execute("ROLLBACK")
        if not isinstance(error, duckdb.Error):
            raise
        raise refusal(path, error) from error


def refusal(path: str, error: duckdb.Error) -> Unavailable:
    """Return what a caller is told when the engine could not write."""
    return Unavailable(
        f"`{path}` cannot be written: {error}",
        hint="free space on the disk; nothing of this request was stored",
    )


class Appender:
    """Stores each span, content and assessment once. One caller at a time.

    What was stored before is remembered in filters that are filled from the tables when the first
    batch comes; a filter's "maybe" is checked in the table.
    """

    def __init__(self, writer: duckdb.DuckDBPyConnection, path: str) -> None:
        self._writer = writer
        self._path = path
        self._spans: Seen | None = None
        self._contents: Seen | None = None
        self._known: dict[str, None] = {}
        numbers = writer.execute(
            "SELECT max(batch) FROM spans UNION ALL SELECT max(batch) FROM contents"
        ).fetchall()
        self._batch = max(-1 if row[0] is None else row[0] for row in numbers) + 1

    def append(self, batch: Batch) -> tuple[int, int]:
        """Store what is new and return how many spans and contents that were.

        Raises:
            Invalid: A value does not fit its column; nothing was stored.
            Unavailable: The file cannot be written; nothing was stored.
        """
        try:
            spans = self._new_spans(batch)
            contents = self._new_contents(batch)
            assessments = self._new_assessments(batch)
        except duckdb.Error as error:
            raise refusal(self._path, error) from error
        with transaction(self._writer, self._path):
            self._insert("spans", columns.spans(spans, self._batch))
            self._insert("contents", columns.contents(contents, self._batch))
            self._insert("assessments", columns.to_table(assessments, columns.ASSESSMENTS))
        columns.release()
        self._batch += 1
        if spans and self._spans:
            self._spans.add([span[0] for span in spans])
        if contents and self._contents:
            self._contents.add([columns.content_key(row[0]) for row in contents])
            self._remember([row[0] for row in contents])
        return len(spans), len(contents)

    def go_on(self, writer: duckdb.DuckDBPyConnection) -> None:
        """Write through another connection to the same file."""
        self._writer = writer

    def forget(self) -> None:
        """Trust nothing that is known to be stored: something was erased."""
        self._known.clear()

    def _insert(self, name: str, table: pa.Table) -> None:
        if table.num_rows:
            self._writer.register("incoming", table)
            try:
                self._writer.execute(f"INSERT INTO {name} SELECT * FROM incoming")
            finally:
                self._writer.unregister("incoming")

    def _new_spans(self, batch: Batch) -> Sequence[Any]:
        rows = {span[0]: span for span in reversed(batch.spans)}
        if not rows:
            return []
        if self._spans is None:
            self._spans = self._fill("spans", "id")
        for key in self._stored("spans", "id", self._spans.maybe(list(rows))):
            del rows[key]
        return [*rows.values()][::-1]

    def _new_contents(self, batch: Batch) -> Sequence[Any]:
        known = self._known
        rows = {row[0]: row for row in reversed(batch.contents)}
        for hash_ in known.keys() & rows.keys():
            del rows[hash_], known[hash_]
            known[hash_] = None
        if not rows:
            return []
        if self._contents is None:
            self._contents = self._fill("contents", "key")
        keys = {columns.content_key(hash_): hash_ for hash_ in rows}
        maybe = [keys[key] for key in self._contents.maybe(list(keys))]
        stored = self._stored("contents", "hash", maybe)
        for hash_ in stored:
            del rows[hash_]
        self._remember(stored)
        return [*rows.values()][::-1]

    def _new_assessments(self, batch: Batch) -> Sequence[Any]:
        rows = {row[0]: row for row in reversed(batch.assessments)}
        for key in self._stored("assessments", "id", list(rows)):
            del rows[key]
        return [*rows.values()][::-1]

    def _remember(self, hashes: Sequence[str]) -> None:
        known = self._known
        known.update(dict.fromkeys(hashes))
        for hash_ in [*islice(known, max(len(known) - _KNOWN, 0))]:
            del known[hash_]

    def _stored(self, table: str, column: str, wanted: Sequence[Any]) -> list[Any]:
        if not wanted:
            return []
        where, values = f"{column} IN (SELECT unnest(?))", [list(wanted)]
        if table == "contents":
            where += " AND rowid IN (SELECT rowid FROM contents WHERE key IN (SELECT unnest(?)))"
            values.append([columns.content_key(hash_) for hash_ in wanted])
        sql = f"SELECT DISTINCT {column} FROM {table} WHERE {where}"
        return [row[0] for row in self._writer.execute(sql, values).fetchall()]

    def warm(self) -> None:
        """Fill the filters, if that was not done yet: a second for 2 M spans and their contents."""
        self._spans = self._spans or self._fill("spans", "id")
        self._contents = self._contents or self._fill("contents", "key")

    def _fill(self, table: str, column: str) -> Seen:
        ((count,),) = self._writer.execute(f"SELECT count(*) FROM {table}").fetchall()
        seen = Seen(max(_FIRST, count + count // 4))
        for chunk in self._writer.sql(f"SELECT {column} FROM {table}").to_arrow_reader(100_000):
            keys = chunk.column(0)
            # The column has no nulls; its buffer is read as it is, which spares a million objects
            # of Arrow's.
            numbers = memoryview(keys.buffers()[1]).cast("b").cast("q")
            seen.add(numbers[keys.offset : keys.offset + len(keys)].tolist())
        return seen
