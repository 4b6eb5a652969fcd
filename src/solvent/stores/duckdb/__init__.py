"""The embedded span store: one DuckDB file, one process."""

from solvent.stores.duckdb.file import DuckSpans

__all__ = ["DuckSpans"]
