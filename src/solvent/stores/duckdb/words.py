"""Text search: which blocks of contents can hold a word, and the contents that hold a text.

A text is looked for as it stands, upper and lower case alike. Reading all texts takes about half a
second of two cores for each GB; `words` keeps the distinct runs of the letters a-z of each block of
contents, so that a rare or absent word costs the blocks it can be in. A text without two such
letters in a row is looked for in all of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from solvent.stores.duckdb import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

BLOCK = 32_768
"""Contents of a block, at least."""
_RUN = re.compile(r"[a-z]{2,}")
_CHUNK = 2048
_LAST = (1 << 62) - 1
"""Behind the newest batch."""
_LETTERS = bytes(
    byte | 32 if chr(byte).isascii() and chr(byte).isalpha() else 32 for byte in range(256)
)


def distinct(texts: Iterable[Any]) -> set[str]:
    """Return the distinct runs of letters in chunks of Arrow strings, in lower case.

    Where one text ends and the next begins, two runs may be taken for one: a word is found in it
    all the same.
    """
    import pyarrow.compute as pc  # noqa: PLC0415  9 MB that a server at rest does without

    found: set[str] = set()
    for chunk in texts:
        data = chunk.cast(pa.large_binary()).buffers()[2]
        if data is None:
            continue
        letters = data.to_pybytes().translate(_LETTERS)
        split = pc.split_pattern(pa.array([letters.decode("ascii")], pa.large_string()), " ")
        found.update(pc.unique(split.flatten()).to_pylist())
    found.discard("")
    return found


def next_block(cursor: duckdb.DuckDBPyConnection) -> tuple[int, int, int] | None:
    """Return number, first and last batch of the next block to index; None when too few wait."""
    (row,) = cursor.execute("SELECT max(block), max(last) FROM blocks").fetchall()
    block, last = (0, -1) if row[0] is None else (row[0] + 1, row[1])
    counts = cursor.execute(
        "SELECT batch, count(*) FROM contents WHERE batch > ? GROUP BY batch ORDER BY batch", [last]
    ).fetchall()
    total = 0
    for batch, count in counts:
        total += count
        if total >= BLOCK:
            return block, last + 1, batch
    return None


def index_block(cursor: duckdb.DuckDBPyConnection, block: int, first: int, last: int) -> None:
    """Write the words of a block, in place of what was written for it before."""
    words: set[str] = set()
    for start, end in _parts(cursor, first, last):
        texts = cursor.sql(
            "SELECT text FROM contents WHERE batch BETWEEN $start AND $end",
            params={"start": start, "end": end},
        )
        words |= distinct(chunk.column(0) for chunk in texts.to_arrow_reader(_CHUNK))
        del texts
        columns.release()
    table = pa.table({"word": pa.array(sorted(words), pa.string())})
    cursor.execute("BEGIN")
    try:
        cursor.execute("DELETE FROM words WHERE block = ?", [block])
        cursor.execute("DELETE FROM blocks WHERE block = ?", [block])
        cursor.register("incoming_words", table)
        cursor.execute("INSERT INTO words SELECT ?, word FROM incoming_words", [block])
        cursor.unregister("incoming_words")
        cursor.execute("INSERT INTO blocks VALUES (?, ?, ?)", [block, first, last])
        cursor.execute("COMMIT")
    except BaseException:
        cursor.execute("ROLLBACK")
        raise


def _parts(cursor: duckdb.DuckDBPyConnection, first: int, last: int) -> list[tuple[int, int]]:
    """Cut a block so that an answer, which the engine keeps in memory whole, stays small."""
    counts = cursor.execute(
        """SELECT batch, count(*) FROM contents WHERE batch BETWEEN ? AND ?
        GROUP BY batch ORDER BY batch""",
        [first, last],
    ).fetchall()
    parts: list[tuple[int, int]] = []
    size = _CHUNK
    for batch, count in counts:
        if size >= _CHUNK:
            parts.append((batch, batch))
            size = 0
        parts[-1] = (parts[-1][0], batch)
        size += count
    return parts


def index_again(cursor: duckdb.DuckDBPyConnection, batches: Sequence[int]) -> None:
    """Write the words anew of every indexed block that some batches are in."""
    blocks = cursor.execute(
        """SELECT DISTINCT block, first, last FROM blocks, (SELECT unnest(?) AS batch)
        WHERE batch BETWEEN first AND last""",
        [list(batches)],
    ).fetchall()
    for block, first, last in blocks:
        index_block(cursor, block, first, last)


def candidates(cursor: duckdb.DuckDBPyConnection, text: str) -> list[tuple[int, int]]:
    """Return the ranges of batches that can hold a text, the newest first."""
    blocks = cursor.execute("SELECT block, first, last FROM blocks ORDER BY block DESC").fetchall()
    newest = blocks[0][2] + 1 if blocks else 0
    tail = [(newest, _LAST)]
    runs = sorted(set(_RUN.findall(text.lower())), key=len, reverse=True)[:4]
    if not runs:
        return tail + [(first, last) for _, first, last in blocks]
    sql = " INTERSECT ".join(["SELECT block FROM words WHERE contains(word, ?)"] * len(runs))
    hit = {row[0] for row in cursor.execute(sql, runs).fetchall()}
    return tail + [(first, last) for block, first, last in blocks if block in hit]


def search(
    cursor: duckdb.DuckDBPyConnection, text: str, limit: int, before: int | None
) -> list[str]:
    """Return the hashes of the contents that hold a text, newest first.

    Blocks are read from the newest on, twice as many each time, until enough is found.
    """
    ranges = candidates(cursor, text)
    found: list[str] = []
    start, size = 0, 2
    while start < len(ranges) and len(found) < limit:
        parts = ranges[start : start + size]
        found += _search(cursor, text, limit - len(found), before, parts)
        start, size = start + size, size * 2
    return found


def _search(
    cursor: duckdb.DuckDBPyConnection,
    text: str,
    limit: int,
    before: int | None,
    parts: Sequence[tuple[int, int]],
) -> list[str]:
    within = " OR ".join(f"batch BETWEEN {first} AND {last}" for first, last in parts)
    conditions = ["contains(lower(text), $text)", f"({within})"]
    values: dict[str, Any] = {"text": text.lower(), "limit": limit}
    if before is not None:
        conditions.append("first_seen_at < make_timestamp($before)")
        values["before"] = before
    where = " AND ".join(conditions)
    sql = f"SELECT hash FROM contents WHERE {where} ORDER BY first_seen_at DESC LIMIT $limit"
    return [row[0] for row in cursor.execute(sql, values).fetchall()]
