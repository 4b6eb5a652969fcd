"""The span store: append, ask in SQL, erase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from solvent.records.batch import Batch

    Scalar = str | int | float | bool | None | Sequence[str] | Sequence[int]


class SpanSession(Protocol):
    """A private desk beside the store: named intermediate tables that nobody else sees."""

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one statement in DuckDB's dialect; `$name` parameters are bound, never pasted."""

    def define(self, name: str, source: str | pa.Table, /, **params: Scalar) -> None:
        """Make the temporary table `name` from a query or from columns; replaces an older one."""

    def define_view(self, name: str, sql: str, /) -> None:
        """Make the temporary view `name`; a view copies nothing and takes no parameters."""


class SpanStore(Protocol):
    """Append spans; answer SQL over them.

    Tables: `spans`, `contents`, `assessments`, with the columns of `solvent.records`, times as
    `TIMESTAMP` in UTC; an engine may add columns of its own behind them. Statements are written in
    DuckDB's dialect.
    """

    def append(self, batch: Batch) -> int:
        """Store a batch durably in one transaction, then return how many spans were new.

        A span whose `id` is already stored counts as zero, so senders may retry; likewise contents
        by `hash` and assessments by `id`.

        Raises:
            Unavailable: The disk is full or the file cannot be written; nothing was stored.
        """

    def query(self, sql: str, /, **params: Scalar) -> pa.Table:
        """Run one read-only statement; `$name` parameters are bound, never pasted."""

    def session(self) -> AbstractContextManager[SpanSession]:
        """Open a desk with temporary tables, for an audit."""

    def list_contents(self, hashes: Sequence[str], chars: int | None = None) -> pa.Table:
        """Return the stored contents among some hashes; quicker than asking for them in SQL.

        Args:
            hashes: Which contents.
            chars: Of a longer text its beginning and its end are returned, with `…` between them,
                and a column `cut` says so.
        """

    def search(self, text: str, limit: int = 50, before: int | None = None) -> list[str]:
        """Return the hashes of contents that hold a text, upper and lower case alike, newest first.

        Contents are shared by projects: `find_spans` says where they are used.

        Args:
            text: Looked for as it stands, also inside words.
            limit: Hashes at most.
            before: Only contents first seen before this time (microseconds): for the next page.
        """

    def find_spans(self, project: str, hashes: Sequence[str], limit: int = 50) -> pa.Table:
        """Return the spans that carry some contents, newest first.

        Returns:
            Columns `id`, `trace_id`, `span_id`, `started_at`, `hash`.
        """

    def warm(self) -> None:
        """Prepare for appending, so that the first batch need not wait; may take seconds."""

    def put_tokens(self, counts: Mapping[str, int]) -> None:
        """Write the token counts of contents, by hash."""

    def delete_traces(self, project: str, trace_ids: Sequence[str]) -> int:
        """Erase traces, their assessments and the contents that nothing else refers to."""

    def delete_user(self, project: str, user_id: str) -> int:
        """Erase every trace that carries this user; return how many traces went."""

    def delete_before(self, project: str, before: int) -> int:
        """Erase traces that started before a time (microseconds); return how many went.

        A trace whose source carries no time counts from when it was received.
        """

    def close(self) -> None:
        """Release the file."""
