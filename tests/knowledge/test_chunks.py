"""What chunks say of themselves, and which are versions of another."""

from datetime import date

import pytest

from solvent.knowledge.chunks import describe, title_of
from solvent.knowledge.versions import Version, superseded

BODY = "A card costs thirty francs a year and is issued by the secretariat on the second floor."


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("# Fees\nA card costs thirty.", "Fees"),
        ("Fees and terms\nA card costs thirty.", "Fees and terms"),
        ("---\ntitle: Fees\n---\nA card costs thirty.", "Fees"),
        ("Opening hours: from eight to ten", "Opening hours"),
        ("CREATE TABLE t (a int)", "CREATE TABLE t (a int)"),
        ("A card costs thirty.\nAnd a permit forty.", ""),
        ("costs thirty francs", ""),
    ],
)
def test_heading(text, heading):
    assert describe(text, None).heading == heading


@pytest.mark.parametrize("name", ["17", "chunk-4", "0f8fad5b-d9cb-469f-a165-70867728950e", None])
def test_a_number_is_no_source(name):
    assert describe("x", name).source == ""


@pytest.mark.parametrize(
    ("text", "name", "dated"),
    [
        ("Last updated: 2025-03-01\nText", None, date(2025, 3, 1)),
        ("Effective from 1 March 2026, a card", None, date(2026, 3, 1)),
        ("Published March 10, 2026 - One", None, date(2026, 3, 10)),
        ("Text", "notes-2024-05.md", date(2024, 5, 1)),
        ("Text", "report 2023.pdf", date(2023, 1, 1)),
        ("In March 2020 the hall was built.", None, None),
        ("Updated: 2025-13-99", None, None),
    ],
)
def test_date(text, name, dated):
    assert describe(text, name).dated == dated


def test_a_title_is_the_same_for_all_versions():
    names = ["fees_v1.md", "Fees v2.0.1.pdf", "fees 2024-05.md", "fees version 3"]
    assert {title_of(describe("x", name)) for name in names} == {"fees"}


def old(*texts):
    made = [Version(str(n), text, name) for n, (text, name) in enumerate(texts)]
    chunks = [describe(version.text, version.name) for version in made]
    return [(o, n) for _, o, n in superseded(list(zip(made, chunks, strict=True)))]


def test_the_newest_version_supersedes_all_others():
    names = ("fees_v2.md", "fees_v10.md", "fees_v1.md", "cards_v1.md")
    assert old(*((BODY, name) for name in names)) == [("0", "1"), ("2", "1")]


def test_dates_alone_need_words_in_common():
    assert old((BODY, "fees-2024.md"), (BODY + " Or not.", "fees-2025.md")) == [("0", "1")]
    assert old((BODY, "report-2024.md"), ("Many came " * 9, "report-2025.md")) == []


def test_what_has_no_title_has_no_versions():
    assert old((BODY + " version 1", None), (BODY + " version 2", None)) == []
