"""Opening the database file: the engine's settings, the newest schema, and why it may fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from solvent.errors import Conflict, Invalid, Unavailable
from solvent.stores.duckdb import schema

if TYPE_CHECKING:
    from solvent.settings import Storage
    from solvent.stores.duckdb.holder import Holder

_ROW_GROUP = 4096
"""Rows of a row group. A commit of so many rows is compressed into the file at once; fewer go
through the engine's log and are written again by its next checkpoint, at half as much CPU again.
The engine's own 122,880 would be rewritten with every checkpoint until it is full: twice the CPU,
four times the pause, and coarser pruning (benchmarks/store.py)."""


def open_file(path: str, settings: Storage, holder: Holder) -> duckdb.DuckDBPyConnection:
    """Return a connection to the file, or to memory, at the newest version of its tables.

    Args:
        path: The file, or `:memory:`.
        settings: Memory and threads of the engine.
        holder: Told when the file is open; says who has it when it cannot be.

    Raises:
        Conflict: Another process has the file open, or a newer Solvent wrote it.
        Invalid: It is no span store.
        Unavailable: It cannot be opened or made.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{settings.memory_mb}MB",
        "storage_compatibility_version": "latest",
    }
    if settings.threads:
        config["threads"] = settings.threads
    if path != ":memory:":
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise Unavailable(
                f"`{path}` cannot be made: {error.strerror}",
                hint="give another folder: SOLVENT_STORAGE_PATH=<folder>",
            ) from error
        config["temp_directory"] = f"{path}.tmp"
    root = duckdb.connect(":memory:", config=config)
    try:
        place = path.replace("'", "''")
        root.execute(f"ATTACH '{place}' AS store (ROW_GROUP_SIZE {_ROW_GROUP})")
        root.execute("USE store")
        schema.migrate(root, where=path)
        root.execute("SET enable_external_access = false")
    except duckdb.Error as error:
        root.close()
        raise _refusal(path, holder, error) from error
    except Conflict:
        root.close()
        raise
    holder.take()
    return root


def _refusal(path: str, holder: Holder, error: duckdb.Error) -> Conflict | Invalid | Unavailable:
    said = str(error)
    if "lock" in said:
        return Conflict(
            f"`{path}` is held by {holder.who()}",
            hint="stop that process, or give another folder: SOLVENT_STORAGE_PATH=<folder>",
        )
    if "not a valid DuckDB database" in said or isinstance(error, duckdb.SerializationException):
        return Invalid(
            f"`{path}` is not a span store: {said}", hint="move it away, or name another"
        )
    return Unavailable(
        f"`{path}` cannot be opened: {said}", hint="check the folder's rights and space"
    )
