"""From CSV and parquet to records, a few rows at a time."""

from __future__ import annotations

import csv
import re
from typing import IO, TYPE_CHECKING, Any

import orjson

from solvent.traces.files.parts.source import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.settings import Intake

PARQUET = b"PAR1"
ROWS = 64
COLUMN = re.compile(r"[\w .:/()%-]{1,80}")
SEPARATORS = (",", ";", "\t")


def separator(start: bytes) -> str | None:
    """Return what separates the columns of a file that begins like this; None: it is no CSV."""
    text = start.decode("utf-8-sig", "ignore")
    head = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    for mark in SEPARATORS:
        try:
            names = next(csv.reader([head], delimiter=mark), [])
        except csv.Error:  # NUL bytes, a name that is too long
            return None
        if len(names) > 1 and all(COLUMN.fullmatch(name) for name in names):
            return mark
    return None


def csv_records(stream: IO[bytes], mark: str, intake: Intake) -> Iterator[Record | tuple[int, str]]:
    """Yield each row with the line it begins on; cells that hold JSON are parsed."""
    csv.field_size_limit(intake.max_body_bytes)
    broken: list[int] = []
    reader = csv.reader(_text(stream, intake, broken), delimiter=mark, strict=True)
    names: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"not CSV: {error}"
            continue
        if broken:
            yield (
                broken[0],
                f"not UTF-8, or longer than intake.max_body_bytes={intake.max_body_bytes}",
            )
            broken.clear()
        elif not names:
            names = cells
        elif len(cells) == len(names):
            yield _record(line, {n: _cell(c) for n, c in zip(names, cells, strict=True)})
        elif cells:
            yield line, f"{len(cells)} cells under {len(names)} columns"


def _text(stream: IO[bytes], intake: Intake, broken: list[int]) -> Iterator[str]:
    """Yield lines as text; the numbers of those that are none go to `broken`."""
    line = 0
    while raw := stream.readline(intake.max_body_bytes):
        line += 1
        try:
            yield raw.decode("utf-8-sig" if line == 1 else "utf-8")
        except UnicodeDecodeError:
            broken.append(line)
            yield raw.decode("utf-8", "replace")


def parquet_records(stream: IO[bytes]) -> Iterator[Record | tuple[int, str]]:
    """Yield each row; what is null is left out, times are nanoseconds."""
    import pyarrow as pa
    from pyarrow import parquet

    line = 0
    try:
        for batch in parquet.ParquetFile(stream).iter_batches(batch_size=ROWS):
            for place, name in enumerate(batch.schema.names):
                if pa.types.is_timestamp(batch.column(place).type):
                    times = batch.column(place).cast(pa.timestamp("ns")).cast(pa.int64())
                    batch = batch.set_column(place, name, times)  # noqa: PLW2901  the loop is over names only
            for row in batch.to_pylist():
                line += 1
                yield _record(line, _filled(row))
    except (pa.ArrowException, OSError) as error:
        yield line + 1, f"not parquet, or damaged: {str(error).splitlines()[0]}"


def _record(line: int, row: dict[str, Any]) -> Record:
    raw = orjson.dumps(row, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return Record(line, raw, row)


def _cell(cell: str) -> Any:
    if cell[:1] in {"{", "["}:
        try:
            return orjson.loads(cell)
        except orjson.JSONDecodeError:
            return cell
    return cell or None


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_filled(inner) for inner in value]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
