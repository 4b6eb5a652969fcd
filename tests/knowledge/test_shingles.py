"""Near-duplicates: what the sketches find is what comparing every pair finds."""

import gzip
import json

import pytest

from solvent.errors import NotFound
from solvent.knowledge.shingles import SAME, WORDS, groups, near_duplicates, resemblance, shingles
from solvent.settings import load, require_data

LONG = " ".join(f"word{n}" for n in range(60))


def test_copies_and_small_changes_are_near_duplicates():
    texts = [LONG, LONG.upper() + "!", LONG + " and one more", " ".join(LONG.split()[::-1])]
    assert near_duplicates(texts) == [(0, 1), (0, 2), (1, 2)]


def test_short_texts_say_too_little():
    assert near_duplicates(["yes and no", "yes and no"]) == []


def test_groups_are_tied_by_pairs():
    assert groups([(0, 2), (5, 6), (2, 3)]) == [[0, 2, 3], [5, 6]]


def test_one_text_many_times_does_not_explode():
    assert near_duplicates([LONG] * 500) == []  # a crowd: exact copies are one text before


@pytest.mark.parametrize(("kind", "pairs"), [("email", 10), ("table", 20), ("code", 0)])
def test_real_texts_of_bipia(kind, pairs):
    try:
        file = require_data(load()) / "bipia" / f"contexts_{kind}.jsonl.gz"
    except NotFound:
        pytest.skip("SOLVENT_DATA names no folder")
    given = [
        json.loads(line)["context"] for line in gzip.decompress(file.read_bytes()).splitlines()
    ]
    texts = [text if isinstance(text, str) else "\n".join(text) for text in given]
    bags = [shingles(text) for text in texts]
    every = [
        (i, j)
        for i in range(len(texts))
        for j in range(i + 1, len(texts))
        if min(len(bags[i]), len(bags[j])) > WORDS and resemblance(bags[i], bags[j]) >= SAME
    ]
    assert near_duplicates(texts) == every
    assert len(every) == pairs
