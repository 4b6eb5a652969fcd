"""What statements read, by their syntax."""

import gzip
import json

import pytest

from solvent.errors import NotFound
from solvent.knowledge.queries import Query, parse
from solvent.knowledge.sql import find_sql
from solvent.settings import load, require_data


def test_aliases_subqueries_and_implicit_joins():
    query = parse(
        "SELECT n.name, count(*) FROM player AS p JOIN fact f ON p.id = f.player_id, nation n"
        " WHERE n.id = f.nation_id AND n.year > 2000"
        " AND p.id IN (SELECT m.player_id FROM goals m WHERE m.minute = p.lucky)"
    )
    assert query.tables == ("fact", "goals", "nation", "player")
    assert query.edges == {
        (("fact", "player_id"), ("player", "id")),
        (("fact", "nation_id"), ("nation", "id")),
        (("goals", "minute"), ("player", "lucky")),
    }
    assert ("nation", "year") in query.filters
    assert ("fact", "nation_id") not in query.filters
    assert query.functions == ("count",)


def test_common_table_expressions_are_no_tables():
    query = parse("WITH big AS (SELECT id, size FROM town WHERE size > 5) SELECT b.id FROM big b")
    assert query.tables == ("town",)
    assert query.columns == (("town", "id"), ("town", "size"))


def test_a_bare_column_belongs_to_the_only_table_that_has_it():
    sql = "SELECT prize FROM cup JOIN club ON cup.club_id = club.id"
    assert ("", "prize") in parse(sql).columns
    schema = {"cup": frozenset({"prize", "club_id"}), "club": frozenset({"id"})}
    assert ("cup", "prize") in parse(sql, schema).columns


def test_names_that_the_statement_makes_are_no_columns():
    query = parse("SELECT count(*) AS n, town FROM club GROUP BY town ORDER BY n")
    assert query.columns == (("club", "town"),)


def test_using_joins_by_the_named_column():
    (join,) = parse("SELECT * FROM a JOIN b USING (id)").joins
    assert join.edges == ((("a", "id"), ("b", "id")),)


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("SELECT a FROM t LIMIT 3", ""),
        ("SELECT `a b` FROM `p.d.t` WHERE x = 1", "mysql"),
        ("SELECT TOP 3 [a b] FROM [dbo].[t]", "tsql"),
    ],
)
def test_dialects_are_tried(sql, dialect):
    assert parse(sql).dialect == dialect


@pytest.mark.parametrize(
    "sql", ["SELECT a FROM t WHERE (", "SELECT x" + " AND y" * 9000, "DROP TABLE t", "hello", ""]
)
def test_what_cannot_be_read_is_a_reason(sql):
    reason = parse(sql)
    assert isinstance(reason, str)
    assert reason


def test_recorded_statements_of_five_systems():
    """2,636 distinct answers: what is SQL is nearly always read; each expert's statement is."""
    try:
        file = require_data(load()) / "footballdb_text2sql" / "recorded_predictions.jsonl.gz"
    except NotFound:
        pytest.skip("SOLVENT_DATA names no folder")
    rows = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    gold = {row["query"] for row in rows}
    assert all(isinstance(parse(find_sql(sql)[0]), Query) for sql in gold)
    answers = {row["prediction"] for row in rows}
    found = [parse(sql) for answer in answers for sql in find_sql(answer)]
    assert len(found) >= 0.99 * len(answers)
    assert sum(isinstance(query, Query) for query in found) >= 0.98 * len(found)
