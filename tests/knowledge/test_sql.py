"""SQL is found where it stands, and prose is not taken for it."""

import pytest

from solvent.knowledge.sql import find_sql, template


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a FROM t WHERE b = 1",
        "  select year from plays_match order by year asc limit 1;",
        "```sql\nSELECT a FROM t WHERE b = 1\n```",
        "Here it is:\n```\nSELECT a FROM t WHERE b = 1;\n```\nIt counts rows.",
        '{"query": "SELECT a FROM t WHERE b = 1"}',
        '{"tool": {"sql": "-- all of them\\nSELECT a FROM t WHERE b = 1"}}',
        "SQL: SELECT a FROM t WHERE b = 1",
        "SELECT a FROM t WHERE b = 1[/SQL] The query reads t.",
        "SELECT a FROM t WHERE b = 1;\nThis reads the table t.",
        "WITH x AS (SELECT 1 AS a FROM t) SELECT a FROM x",
        "INSERT INTO t (a) VALUES (1)",
    ],
)
def test_one_statement(text):
    (found,) = find_sql(text)
    assert "t" in found
    assert not found.endswith((";", "]", "."))
    assert "This reads" not in found


@pytest.mark.parametrize(
    "text",
    [
        "Select a date from the calendar (today).",
        "Please select all images from August, then go on.",
        "Update the table and set it (now).",
        "With the team as (I said) we select from three.",
        "SELECT the year with the highest count of matches won by Switzerland.",
        "```python\nfrom pandas import read_sql\n```",
        '{"action": "select", "from": "menu"}',
        "",
    ],
)
def test_no_statement(text):
    assert find_sql(text) == []


def test_statements_that_differ_in_values_and_layout_have_one_template():
    one = "SELECT a FROM t WHERE b = 'x' AND c > 1.5 -- why\n LIMIT 10"
    other = "SELECT a\nFROM t WHERE b = 'it''s' AND c > 2 LIMIT 5;"
    assert template(one) == template(other)
    assert template(one) != template(one.replace("t1", "t").replace("b =", "d ="))
