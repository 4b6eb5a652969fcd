"""Joins that repeat, and the view that says them once."""

from solvent.knowledge.queries import parse
from solvent.knowledge.views import repeated_joins, view_sql

THREE = "SELECT c.name FROM customers c JOIN orders o ON c.id = o.cid JOIN items i ON o.id = i.oid"
FOUR = THREE + " JOIN towns t ON c.town = t.id"


def found(*statements, least=1, tables=3):
    queries = {n: parse(sql) for n, sql in enumerate(statements)}
    return repeated_joins(queries, dict.fromkeys(queries, 1), least=least, tables=tables)


def test_what_two_statements_have_in_common():
    (repeated,) = found(THREE, FOUR, least=2)
    assert repeated.tables == ("customers", "items", "orders")
    assert repeated.statements == (0, 1)


def test_too_few_traces_or_tables():
    assert found(THREE, least=2) == []
    assert found("SELECT a.x FROM a JOIN b ON a.id = b.id", tables=3) == []


def test_joins_that_do_not_touch_are_no_view():
    sql = "SELECT 1 FROM a JOIN b ON a.x = b.x, c JOIN d ON c.y = d.y"
    assert found(sql, tables=4) == []


def test_a_view_can_be_read_and_joins_the_same():
    (repeated,) = found(FOUR)
    columns = [("customers", "id"), ("orders", "id"), ("items", "title"), ("other", "x")]
    view = view_sql(repeated, columns)
    assert "customers.id AS customers_id" in view
    assert "items.title" in view
    assert parse(view.partition(" AS\n")[2]).edges == parse(FOUR).edges
