"""The recorded questions, answers, labels and tables that ship with the example."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
DATA = HERE / "data"
RECORDINGS = DATA / "recordings.jsonl.gz"
ABSENT_TABLE = "match_fact"
"""Goals and cards by player: the published dump is larger than the snapshot kept."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question as a user typed it, and the query that answers it."""

    question: str
    query: str
    hardness: str
    id: str = ""

    @property
    def runs(self) -> bool:
        """Whether its query can be executed on the tables that are there."""
        return ABSENT_TABLE not in self.query.casefold()


@dataclass(frozen=True, slots=True)
class Label:
    """Whether a recorded answer gave the right result, as its authors measured it."""

    model: str
    schema: str
    examples: int
    run: str
    question_id: str
    right: bool
    text_recorded: bool


@cache
def questions(schema: str = "v3") -> tuple[Pair, ...]:
    """Return the 50 questions whose answers were recorded."""
    return _pairs(f"questions_{schema}.jsonl.gz")


@cache
def training(schema: str = "v3") -> tuple[Pair, ...]:
    """Return the pairs that prompts take their examples from."""
    return _pairs(f"training_{schema}.jsonl.gz")


@cache
def labels() -> tuple[Label, ...]:
    """Return what the authors measured of every recorded answer."""
    with gzip.open(DATA / "labels.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return tuple(
            Label(
                row["model"],
                row["schema"],
                int(row["examples"]),
                row["run"],
                row["question_id"],
                row["label"] == "True",
                row["text_recorded"] == "True",
            )
            for row in csv.DictReader(file)
        )


def gold(question: str) -> str | None:
    """Return the query that answers a known question; None when it is not one, or cannot run."""
    return next((p.query for p in questions() if p.question == question and p.runs), None)


def _pairs(name: str) -> tuple[Pair, ...]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return tuple(
        Pair(found["question"], found["query"], found["hardness"], str(found["id"]))
        for found in lines
    )
