"""Lists of passages in the results of tools."""

import pytest

from solvent.knowledge.passages import Passage, passages


def test_a_list_under_a_name():
    text = '{"query": "x", "results": [{"title": "T", "url": "u", "content": "c", "score": 0.5}]}'
    assert passages(text) == [Passage("c", "u", 0.5)]


def test_metadata_names_the_source():
    assert passages('[{"page_content": "c", "metadata": {"source": "s"}}]') == [
        Passage("c", "s", None)
    ]


def test_an_empty_list_is_one():
    assert passages('{"results": [], "total": 0}') == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "plain", "[1, 2]", '[{"text": "no source"}]', '{"rows": []}', '{"content": 1}'],
)
def test_no_list(text):
    assert passages(text) is None
