"""Datasets from files, and their split into what may be learned from and what may not.

A file is JSONL, a JSON list, or CSV. A row has `inputs` and `expected`; the words of others are
read too: `expectations` (MLflow: its `expected_response` or `expected_facts`), `input` and
`expectedOutput` (Langfuse), `reference` or `ground_truth`. A row with none of the words for inputs
is the inputs itself, less what says the expectation. `id` is kept when there is one.
"""

from __future__ import annotations

import csv
import io
import json
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid, NotFound
from solvent.records.dataset import Dataset, Example

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

INPUTS = ("inputs", "input")
EXPECTED = ("expected", "expectations", "expectedOutput", "expected_output", "reference",
            "ground_truth", "answer")  # fmt: skip
MLFLOW = ("expected_response", "expected_facts")
"""Keys of MLflow's `expectations` that hold the answer itself."""
MAX_EXAMPLES = 100_000


def read_dataset(path: Path, *, max_examples: int = MAX_EXAMPLES) -> Dataset:
    """Return the dataset of a file, under the file's name.

    Args:
        path: A `.jsonl`, `.json` or `.csv` file.
        max_examples: Rows that are read; a longer file is refused.

    Raises:
        NotFound: There is no such file.
        Invalid: A row cannot be read (the line is named), two rows have the same id, there is no
            row, or there are too many.
    """
    if not path.is_file():
        raise NotFound(f"`{path}` is not there", hint="give a .jsonl, .json or .csv file")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"`{path}` is not UTF-8 text", hint=str(error)) from error
    return parse_dataset(path, text, max_examples=max_examples)


def parse_dataset(path: Path, text: str, *, max_examples: int = MAX_EXAMPLES) -> Dataset:
    """Return the dataset of a text.

    Args:
        path: What it is called; the suffix says what it is.
        text: Rows in the manner of that suffix.
        max_examples: Rows that are read; a longer text is refused.

    Raises:
        Invalid: As `read_dataset` does.
    """
    examples: dict[str, Example] = {}
    for where, row in _rows(path, text):
        example = _example(row, where)
        if example.id in examples:
            raise Invalid(
                f"{where} has the id `{example.id}`, as an earlier row has",
                hint="give each row an `id` of its own",
            )
        examples[example.id] = example
        if len(examples) > max_examples:
            raise Invalid(f"`{path}` has more than {max_examples:,} rows", hint="sample it")
    if not examples:
        raise Invalid(f"`{path}` has no row", hint='a row: {"inputs": {...}, "expected": "..."}')
    return dataset(path.stem, tuple(examples.values()))


def dataset(name: str, examples: tuple[Example, ...]) -> Dataset:
    """Return a dataset whose version follows from its examples."""
    digest = blake2b(digest_size=8)
    for example in sorted(examples, key=lambda e: e.id):
        digest.update(_canonical([example.id, example.inputs, example.expected]))
    return Dataset(name, digest.hexdigest(), examples)


def split(whole: Dataset, held_out: float = 0.4, *, salt: str = "") -> tuple[Dataset, Dataset]:
    """Return what may be learned from, and what is held out.

    Which side an example is on follows from its id alone, so that it stays there when the dataset
    grows, and nothing once held out is ever learned from.

    Args:
        whole: The dataset.
        held_out: Share that is held out, between 0 and 1.
        salt: Another one gives another split.

    Raises:
        Invalid: One side would be empty.
    """
    learn: list[Example] = []
    hold: list[Example] = []
    for example in whole.examples:
        digest = blake2b(f"{salt}\0{example.id}".encode(), digest_size=8).digest()
        share = int.from_bytes(digest) / 2**64
        (hold if share < held_out else learn).append(example)
    if not learn or not hold:
        raise Invalid(
            f"`{whole.name}` has {len(whole)} examples: too few to hold {held_out:.0%} out",
            hint="add examples, or change the share that is held out",
        )
    return (
        dataset(f"{whole.name} (to learn from)", tuple(learn)),
        dataset(f"{whole.name} (held out)", tuple(hold)),
    )


def _rows(path: Path, text: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if path.suffix == ".csv":
        for number, row in enumerate(csv.DictReader(io.StringIO(text)), 2):
            yield f"row {number} of `{path}`", row
    elif path.suffix == ".json":
        found = _parsed(text, f"`{path}`")
        if not isinstance(found, list):
            raise Invalid(f"`{path}` is not a list", hint="give a JSON list of rows, or JSONL")
        for number, row in enumerate(found, 1):
            yield f"row {number} of `{path}`", row
    else:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                where = f"line {number} of `{path}`"
                yield where, _parsed(line, where)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Invalid(f"{where} is not JSON: {error}", hint="one JSON object a line") from error


def _example(row: Any, where: str) -> Example:
    if not isinstance(row, dict):
        raise Invalid(f"{where} is not an object", hint='{"inputs": {...}, "expected": "..."}')
    said = next((key for key in EXPECTED if row.get(key) not in (None, "")), None)
    expected = row[said] if said else None
    if said == "expectations" and isinstance(expected, dict):
        expected = next((expected[key] for key in MLFLOW if key in expected), expected)
    held = next((key for key in INPUTS if key in row), None)
    if held is None:
        inputs: Any = {k: v for k, v in row.items() if k not in {said, "id"}}
    else:
        inputs = row[held] if isinstance(row[held], dict) else {held: row[held]}
    if not inputs:
        raise Invalid(f"{where} has no inputs", hint='{"inputs": {"question": "..."}}')
    own = blake2b(_canonical(inputs), digest_size=8).hexdigest()
    return Example(str(row.get("id") or own), inputs, expected)


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str).encode()
