"""The embedded span store: one DuckDB file, opened once."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from solvent.errors import Conflict, Invalid, Unavailable
from solvent.stores.duckdb import columns, erase, words
from solvent.stores.duckdb.append import Appender, refusal, transaction
from solvent.stores.duckdb.asking import Desk, ask, explain
from solvent.stores.duckdb.holder import Holder
from solvent.stores.duckdb.opening import open_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from solvent.ports.spans import Scalar
    from solvent.records.batch import Batch
    from solvent.settings import Storage

_FRESH = 32
"""Appends after which the file is opened anew. The engine keeps 60 bytes of memory for each span
that was appended since (48 columns, their validity and statistics in each row group), and a tenth
of that for what was there when it was opened (benchmarks/store.py)."""

_CARRIED = " UNION ALL ".join(
    f"SELECT rowid AS place, unnest({name}) AS hash FROM spans"
    " WHERE project = $project AND batch >= $first"
    for name in ("input_hashes", "output_hashes", "offered_tools", "document_hashes")
)
CARRIERS = f"""
WITH found AS (
    SELECT DISTINCT place, hash FROM ({_CARRIED}) WHERE hash IN (SELECT unnest($hashes))
)
SELECT s.id, s.trace_id, s.span_id, s.started_at, found.hash
FROM found JOIN spans s ON s.rowid = found.place ORDER BY s.started_at DESC, s.id LIMIT $limit
"""
"""No span carries a content before the append that brought it: older spans are not read."""
_ROWS = "SELECT rowid FROM contents WHERE key IN (SELECT unnest($keys))"
"""Finding rows by one narrow column first, and reading the wide ones only there, is five times
faster than one filter over both."""
_CUT = """REPLACE (CASE WHEN length(text) > $chars
    THEN left(text, $chars - $chars // 4) || chr(10) || '…' || chr(10) || right(text, $chars // 4)
    ELSE text END AS text), length(text) > $chars AS cut
"""


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
        self._indexing = threading.Lock()
        self._indexer: threading.Thread | None = None
        self._unindexed = words.BLOCK
        self._closed = False
        self._desks = 0
        self._gate = threading.Lock()
        self._readers = 0
        self._appended = 0
        self._holder = Holder(self.path, address)
        self._root = open_file(self.path, settings, self._holder)
        self._writer = self._new_cursor()
        self._appender = Appender(self._writer, self.path)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._gate:
            self._readers += 1
        try:
            cursor = self._reach()
            try:
                yield cursor
            finally:
                cursor.close()
        finally:
            with self._gate:
                self._readers -= 1

    def _reach(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._new_cursor()
        except duckdb.Error as error:
            if not self._revive(error):
                raise explain(error) from error
            return self._new_cursor()

    def _new_cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._root.cursor()
        cursor.execute("USE store")
        return cursor

    def _revive(self, error: duckdb.Error) -> bool:
        """Open the file anew after the engine gave it up; return whether it had.

        It does so when the disk is full while it brings its log into its tables. What was committed
        is in the log, and is there again afterwards.
        """
        gone = isinstance(error, duckdb.ConnectionException) or "has been invalidated" in str(error)
        if not gone or self._closed:
            return False
        with self._lock:
            try:
                self._new_cursor().close()
            except duckdb.Error:
                self._reopen()
                self._appender = Appender(self._writer, self.path)
        return True

    def _reopen(self) -> None:
        self._writer.close()
        self._root.close()
        self._root = open_file(self.path, self._settings, self._holder)
        self._writer = self._new_cursor()
        self._appended = 0

    def _refresh(self) -> None:
        """Open the file anew when nobody reads: the engine lets go of what it keeps of old rows."""
        with self._gate:
            if not self._readers:
                # When it cannot be opened now, the next question says so.
                with suppress(Unavailable, Conflict, Invalid):
                    self._reopen()
                    self._appender.go_on(self._writer)

    def append(self, batch: Batch) -> int:
        """Store a batch durably in one transaction, then return how many spans were new.

        Raises:
            Invalid: A value does not fit its column; nothing was stored.
            Unavailable: The disk is full or the file cannot be written; nothing was stored.
        """
        with self._lock:
            self._check_room()
            try:
                spans, contents = self._appender.append(batch)
            except Unavailable as error:
                if isinstance(error.__cause__, duckdb.Error):
                    self._heal()
                raise
            self._appended += 1
            if self._appended >= _FRESH and self.path != ":memory:":
                self._refresh()
            self._unindexed += contents
            if self._unindexed >= words.BLOCK:
                self._start_indexing()
        return spans

    def _check_room(self) -> None:
        if self.path == ":memory:":
            return
        free = shutil.disk_usage(Path(self.path).parent).free
        if free < self._settings.min_free_mb * 1024 * 1024:
            raise Unavailable(
                f"the disk of `{self.path}` has {free // 1024 // 1024} MB left",
                hint="free space on it, or lower SOLVENT_STORAGE_MIN_FREE_MB",
            )

    def _heal(self) -> None:
        """Find out after a failure whether the engine gave the file up, and open it anew if so."""
        with suppress(Unavailable, Conflict, Invalid):
            self._reach().close()

    def warm(self) -> None:
        """Make ready for appending, so that the first append does not wait for it."""
        with self._lock:
            self._appender.warm()

    def _start_indexing(self) -> None:
        if self.path == ":memory:" or (self._indexer and self._indexer.is_alive()):
            return
        self._unindexed = 0
        self._indexer = threading.Thread(
            target=self._index_behind, name="solvent-words", daemon=True
        )
        self._indexer.start()

    def _index_behind(self) -> None:
        # What could not be indexed now is searched as it is, and indexed after a later append.
        with suppress(Unavailable, Invalid):
            self.index()

    def index(self) -> int:
        """Index the words of contents that wait for it, for `search`; return how many blocks.

        Called behind the intake by the store itself; what is not indexed yet is searched as it is.
        """
        done = 0
        try:
            with self._cursor() as cursor:
                while not self._closed:
                    with self._indexing:
                        block = words.next_block(cursor)
                        if block is None:
                            break
                        words.index_block(cursor, *block)
                    done += 1
        except duckdb.Error as error:
            raise explain(error) from error
        return done

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one read-only statement; `$name` parameters are bound, never pasted.

        Raises:
            Invalid: The statement is not one read-only statement, or it does not fit the tables.
            Unavailable: The engine cannot read the file or ran out of memory.
        """
        with self._cursor() as cursor:
            return ask(cursor, sql, params)

    def list_contents(self, hashes: Sequence[str], chars: int | None = None) -> pa.Table:
        """Return the stored contents among some hashes; quicker than asking for them in SQL.

        Args:
            hashes: Which contents.
            chars: Of a longer text its beginning and its end are returned, with `…` between them,
                and a column `cut` says so.
        """
        cut = {} if chars is None else {"chars": chars}
        return self.query(
            f"""SELECT * EXCLUDE (batch, key) {_CUT if cut else ""} FROM contents
            WHERE rowid IN ({_ROWS}) AND hash IN (SELECT unnest($hashes))""",
            keys=[columns.content_key(hash_) for hash_ in hashes],
            hashes=list(hashes),
            **cut,
        )

    def search(self, text: str, limit: int = 50, before: int | None = None) -> list[str]:
        """Return the hashes of contents that hold a text, upper and lower case alike, newest first.

        Args:
            text: Looked for as it stands.
            limit: Hashes at most.
            before: Only contents first seen before this time (microseconds): for the next page.
        """
        try:
            with self._cursor() as cursor:
                return words.search(cursor, text, limit, before)
        except duckdb.Error as error:
            raise explain(error) from error

    def find_spans(self, project: str, hashes: Sequence[str], limit: int = 50) -> pa.Table:
        """Return the spans that carry some contents, newest first.

        Returns:
            Columns `id`, `trace_id`, `span_id`, `started_at`, `hash`.
        """
        keys = [columns.content_key(hash_) for hash_ in hashes]
        first = self.query(
            f"SELECT min(batch) AS batch FROM contents WHERE rowid IN ({_ROWS})", keys=keys
        )["batch"][0].as_py()
        if first is None:
            first = 0
        return self.query(CARRIERS, project=project, first=first, hashes=list(hashes), limit=limit)

    @contextmanager
    def session(self) -> Iterator[Desk]:
        """Open a desk with temporary tables, for an audit, with the audit's memory."""
        self._lend(1)
        try:
            with self._cursor() as cursor:
                yield Desk(cursor)
        finally:
            self._lend(-1)

    def _lend(self, desks: int) -> None:
        with self._lock:
            self._desks += desks
            plenty = max(self._settings.audit_memory_mb, self._settings.memory_mb)
            wanted = plenty if self._desks else self._settings.memory_mb
            # What is in use right now may be more than the smaller limit; the next session tries
            # again.
            with self._cursor() as cursor, suppress(duckdb.OutOfMemoryException):
                cursor.execute(f"SET memory_limit = '{wanted}MB'")

    def put_tokens(self, counts: Mapping[str, int]) -> None:
        """Write the token counts of contents, by hash."""
        if not counts:
            return
        with self._lock, transaction(self._writer, self.path) as writer:
            writer.register("incoming", columns.counts(counts))
            writer.execute(
                """UPDATE contents SET tokens = i.tokens FROM incoming AS i
                WHERE contents.key = i.key AND contents.hash = i.hash"""
            )
            writer.unregister("incoming")

    def delete_traces(self, project: str, trace_ids: Sequence[str]) -> int:
        """Erase traces, their assessments and the contents that nothing else refers to."""
        return self._erase(project, erase.TRACES, [project, list(trace_ids)])

    def delete_user(self, project: str, user_id: str) -> int:
        """Erase every trace that carries this user; return how many traces went."""
        return self._erase(project, erase.OF_USER, [project, user_id])

    def delete_before(self, project: str, before: int) -> int:
        """Erase traces that started before a time (microseconds); return how many went."""
        return self._erase(project, erase.BEFORE, [project, before])

    def _erase(self, project: str, wanted: str, values: list[Any]) -> int:
        """Erase with an audit's memory, some traces in each transaction.

        When it fails on the way, what is erased stays erased, and asking again erases the rest.
        """
        self._lend(1)
        try:
            with self._cursor() as cursor, self._indexing:
                traces = [row[0] for row in cursor.execute(wanted, values).fetchall()]
                for start in range(0, len(traces), erase.CHUNK):
                    batches = self._erase_some(project, traces[start : start + erase.CHUNK])
                    # The index would otherwise keep the words of texts that are gone.
                    words.index_again(cursor, batches)
        except duckdb.Error as error:
            raise refusal(self.path, error) from error
        finally:
            self._lend(-1)
        return len(traces)

    def _erase_some(self, project: str, trace_ids: Sequence[str]) -> list[int]:
        """Erase traces in one transaction; appending waits for this, and not for the rest."""
        with self._lock:
            self._appender.forget()
            with transaction(self._writer, self.path) as writer:
                return erase.erase(writer, project, trace_ids)

    def close(self) -> None:
        """Release the file; may be called again."""
        self._closed = True
        if self._indexer is not None:
            self._indexer.join()
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
