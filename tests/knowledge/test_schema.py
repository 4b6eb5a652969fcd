"""Tables in the forms in which prompts, documents and files describe them."""

import pytest

from solvent.knowledge.schema import read_schema

CREATED = """CREATE TABLE `t` (
 `a` int NOT NULL COMMENT 'the a',
 b text, -- the b
 c numeric(3,2)
) COMMENT='all of it';
COMMENT ON COLUMN public.t.c IS 'it''s c';"""
MSCHEMA = """# Table: t, all of it
[
(a:INTEGER, Primary Key, the a, Examples: [1930, 1934]),
(b:TEXT, the b, Examples: [x]),
(c:REAL, it's c)
]"""
LISTED = """Table: t
all of it
Columns:
- a (integer): the a
- b: the b
* `c` real - it's c"""
MARKDOWN = """## Table `t`: all of it

| column | type | description |
|---|---|---|
| a | int | the a |
| b | text | the b |
| c | real | it's c |"""
JSON = """{"tables": [{"table": "x.T", "description": "all of it", "columns": [
 {"name": "a", "type": "INT", "description": "the a"}, {"column": "b", "comment": "the b"},
 {"name": "C", "description": "it's c"}]}]}"""


@pytest.mark.parametrize("text", [CREATED, MSCHEMA, LISTED, MARKDOWN, JSON])
def test_one_table_in_many_forms(text):
    (table,) = read_schema(text)
    assert (table.name, table.description) == ("t", "all of it")
    assert [(c.name, c.description) for c in table.columns] == [
        ("a", "the a"), ("b", "the b"), ("c", "it's c"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "### SQLite tables\n# t ( a , b )\n# u ( c , d )",
        "Table t, columns = [*,a,b]\nTable u, columns = [c,d]",
        "Table: t\nColumns: a (int), b\n\nTable: u\nColumns: c, d",
        "t.a: x\nt.b (int): y\nu.c - z\nu.d: w",
    ],
)
def test_short_forms(text):
    found = {table.name: [c.name for c in table.columns] for table in read_schema(text)}
    assert found == {"t": ["a", "b"], "u": ["c", "d"]}


def test_a_comment_above_a_definition_describes_the_table():
    tables = read_schema(
        "-- Who won,\n-- and where.\ncreate table cup (a int);\ncreate table b (c int)"
    )
    assert [table.description for table in tables] == ["Who won, and where.", ""]


def test_what_several_texts_say_is_merged():
    (table,) = read_schema("CREATE TABLE t (a int);\nTable: t\n- a: the a\n- b: the b")
    assert [(c.name, c.type, c.description) for c in table.columns] == [
        ("a", "int", "the a"), ("b", "", "the b"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "Table tennis is fun.", "{", "[1, {}]", "create table ((("])
def test_no_table(text):
    assert read_schema(text) == []
