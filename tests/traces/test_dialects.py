"""The tables of the dialects: sound in themselves, and said in the reference."""

from pathlib import Path

import pytest

from solvent.records.span import SPAN_TYPES, Span
from solvent.traces.derive.reference import attribute_page
from solvent.traces.dialects import dialects

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "attributes.md"


def test_most_specific_dialect_comes_first():
    names = [dialect.name for dialect in dialects()]
    assert names.index("langfuse") < names.index("openinference") < names.index("gen_ai")
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("dialect", dialects(), ids=lambda dialect: dialect.name)
def test_tables_name_columns_and_types_that_exist(dialect):
    assert set(dialect.columns) <= set(Span._fields)
    assert set(dialect.resource) <= {"project", "service", "app_version", "environment"}
    for values in dialect.types.values():
        assert set(values.values()) <= set(SPAN_TYPES)
        assert all(value == value.lower() for value in values)
    assert dialect.signs or dialect.events


def test_every_dialect_says_what_its_tokens_include():
    assert all(d.tokens_note for d in dialects() if "input_tokens" in d.columns or d.usage)


def test_reference_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == attribute_page()
    told = {line.removeprefix("## ") for line in attribute_page().splitlines() if line[:3] == "## "}
    assert told == {dialect.name for dialect in dialects()}
