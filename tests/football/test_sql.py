"""What SQL may do in the example: read the tables of the schema within bounds, nothing else."""

from __future__ import annotations

import pytest
from examples.football.attacks import ENDLESS, HUGE, LARGE, README, REFUSED, table
from examples.football.database import Database, Limits, same
from examples.football.guard import Refused, translate


@pytest.fixture(scope="module")
def database():
    return Database(Limits(rows=100, seconds=0.5, memory_mb=128))


@pytest.mark.parametrize("attack", REFUSED)
def test_the_guard_refuses_what_does_not_only_read_the_schema(database, attack):
    with pytest.raises(Refused):
        translate(REFUSED[attack], database.tables)
    found = database.run(REFUSED[attack])
    assert found.error.startswith("refused: ")
    assert found.rows == ()


@pytest.mark.parametrize(
    "attack",
    [
        "INSERT INTO world_cup VALUES (2030, 'Nowhere', 0, 0, 0, 0)",
        "DELETE FROM world_cup",
        "DROP TABLE world_cup",
        "CREATE TABLE mine AS SELECT 1",
        "ATTACH 'other.db' AS other",
        "COPY player TO 'out.csv'",
        "INSTALL httpfs",
        "SET memory_limit = '64GB'",
        "SELECT 1) LIMIT 1; DROP TABLE world_cup; SELECT * FROM (SELECT 1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "SELECT getenv('HOME')",
        "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')",
    ],
)
def test_the_engine_refuses_them_too_when_the_guard_is_passed_by(
    database, attack, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert database.execute(attack).error
    assert list(tmp_path.iterdir()) == []
    assert len(database.run("SELECT * FROM world_cup").rows) == 22


@pytest.mark.parametrize("attack", ENDLESS)
def test_what_would_run_for_ever_is_stopped(database, attack):
    found = database.run(ENDLESS[attack])
    assert found.error == "stopped after 0.5 s" or "Out of Memory" in found.error
    assert len(database.run("SELECT * FROM world_cup").rows) == 22


@pytest.mark.parametrize("attack", LARGE)
def test_what_would_fill_the_memory_is_stopped(database, attack):
    found = database.run(LARGE[attack])
    assert "memory" in found.error.casefold() or found.error == "stopped after 0.5 s"


def test_a_huge_result_is_cut_and_says_so(database):
    found = database.run(HUGE)
    assert (len(found.rows), found.truncated) == (100, True)


def test_postgres_is_understood(database):
    found = database.run(
        "SELECT T1.teamname, count(*) FROM national_team AS T1 JOIN world_cup_result AS T2 "
        "ON T1.team_id = T2.team_id WHERE T2.winner = 'true' AND T1.teamname ilike '%BRAZIL%' "
        "GROUP BY T1.teamname;"
    )
    assert found.rows == (("Brazil", 5),)


def test_common_table_expressions_and_unions_are_queries(database):
    query = "WITH w AS (SELECT year FROM world_cup) SELECT min(year) FROM w"
    assert database.run(query).rows == ((1930,),)
    assert len(database.run("SELECT 1 UNION ALL SELECT 2").rows) == 2


def test_results_are_compared_without_order_of_rows_and_columns(database):
    one = database.run("SELECT year, venue FROM world_cup ORDER BY year")
    other = database.run("SELECT venue, year FROM world_cup ORDER BY venue")
    fewer = database.run("SELECT venue, year FROM world_cup LIMIT 3")
    assert same(one, other)
    assert not same(one, fewer)
    assert not same(one, database.run("SELECT nothing FROM world_cup"))


def test_the_readme_tells_what_was_tried_and_what_the_answer_was(database):
    assert table(database) in README.read_text(encoding="utf-8")
