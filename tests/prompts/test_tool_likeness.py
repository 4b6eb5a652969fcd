"""Tools that say the same are found, siblings are not."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.errors import NotFound
from solvent.prompts.tool_likeness import Tool, name_words, pairs, words
from solvent.settings import load, require_data

SERVER = [
    Tool("fs_read_file", "Read a file from disk.", frozenset({"path"})),
    Tool("fs_move", "Give it another name.", frozenset({"path", "to"})),
    Tool("fs_stat", "Its size and age.", frozenset({"path"})),
]


def test_words_have_no_endings_and_no_small_words():
    assert words("Searches the directories for a fileName") == [
        "searche",
        "directory",
        "file",
        "name",
    ]
    assert words("查询余票") == ["查询", "询余", "余票"]


def test_the_prefix_of_a_server_is_no_part_of_the_name():
    assert name_words(SERVER)[0] == ("fs", ("read", "file"))
    assert name_words(SERVER[:2])[0] == ("", ("fs", "read", "file"))


def test_a_prefix_that_the_description_repeats_says_what_it_is_about():
    archive = SERVER[0]._replace(description="Read a file from the fs.")
    assert name_words([archive, *SERVER[1:]])[0] == ("", ("fs", "read", "file"))


def test_a_copy_is_found_across_servers():
    copy = Tool("read_file", "Read a file from the disk.", frozenset({"path"}))
    (pair,) = pairs([*SERVER, copy])
    assert (pair.one, pair.other, pair.kind, pair.is_copy) == (0, 3, "same name", True)


tool = st.builds(
    Tool,
    st.text(max_size=20),
    st.text(max_size=60),
    st.frozensets(st.text(max_size=3), max_size=3),
)


@given(st.lists(tool, max_size=8))
def test_any_tools_can_be_compared_and_order_does_not_matter(tools):
    there = {(p.kind, p.is_copy, frozenset((p.one, p.other))) for p in pairs(tools)}
    last = len(tools) - 1
    back = {
        (p.kind, p.is_copy, frozenset((last - p.one, last - p.other))) for p in pairs(tools[::-1])
    }
    assert there == back


def test_pairs_of_public_servers():
    try:
        file = require_data(load()) / "livemcpbench" / "tools.json.gz"
    except NotFound as missing:
        pytest.skip(str(missing))
    servers = json.loads(gzip.decompress(file.read_bytes()))
    tools = [
        Tool(
            t["name"],
            t.get("description") or "",
            frozenset(t["inputSchema"].get("properties") or {}),
        )
        for server in servers
        for part in server["tools"].values()
        for t in part["tools"]
    ]
    copies = {
        frozenset((tools[p.one].name, tools[p.other].name)) for p in pairs(tools) if p.is_copy
    }
    assert len(tools) == 527
    assert frozenset({"list_directory", "list_directory_with_sizes"}) in copies
    assert frozenset({"create_entities", "delete_entities"}) not in copies
    assert sum(p.is_copy for p in pairs(tools)) == 17
