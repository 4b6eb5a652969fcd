"""Blame within one trace: pipelines with a known culprit, and what is not to be told."""

from __future__ import annotations

import pytest

from solvent.errors import Invalid
from solvent.pipelines.within import inquire, read_courses, suspects
from solvent.pipelines.within.failures import find_trace, list_failed
from solvent.testing.project import read
from solvent.workbench import open_spans


@pytest.fixture
def courses_of():
    store = open_spans(":memory:")

    def courses(steps: str):
        indented = "\n".join(f"      {line}" for line in steps.strip().splitlines())
        batch = read(f"traces:\n  - outcome: failed\n    steps:\n{indented}\n")
        store.append(batch)
        return read_courses(store, "sample", sorted({span.trace_id for span in batch.spans}))

    yield courses
    store.close()


REWRITTEN = """
- step: query_rewriter
  input: How many goals did Germany score in 2014?
  output: How many goals did the Germany women's national team score at the FIFA World Cup 2014?
- retriever: schema_retrieval
  input: How many goals did the Germany women's national team score at the FIFA World Cup 2014?
  documents: ["table match(home, away, home_score, away_score, year)"]
- step: generate_sql
  input: How many goals did the Germany women's national team score at the FIFA World Cup 2014?
  output: SELECT sum(score) FROM match WHERE team = 'Germany women' AND year = 2014
- tool: execute_sql
  arguments: {sql: "SELECT sum(score) FROM match WHERE team = 'Germany women' AND year = 2014"}
  result: "[]"
- step: answer
  input: "[]"
  output: There is no data about that.
"""
REPLACED = """
- step: query_rewriter
  input: Who won the 2014 world cup?
  output: How many players did the Swiss team have?
- step: generate_sql
  input: How many players did the Swiss team have?
  output: SELECT count(*) FROM player WHERE team = 'Swiss'
- tool: execute_sql
  arguments: {sql: SELECT count(*) FROM player}
  result: "[[23]]"
- step: answer
  input: "[[23]]"
  output: It had 23 players.
"""
DROPPED = """
- step: query_rewriter
  input: Which team won the final against Brazil in 2002?
  output: Which team won the final against Brazil?
- step: generate_sql
  input: Which team won the final against Brazil?
  output: SELECT winner FROM final WHERE loser = 'Brazil'
- tool: execute_sql
  arguments: {sql: "SELECT winner FROM final WHERE loser = 'Brazil'"}
  result: '[["Uruguay"]]'
- step: answer
  input: '[["Uruguay"]]'
  output: Uruguay won against Brazil.
"""
EMPTY = """
- retriever: schema_retrieval
  input: How many goals did Germany score in 2014?
  output: "[]"
- step: generate_sql
  input: How many goals did Germany score in 2014?
  output: SELECT count(*) FROM goals WHERE country = 'Germany' AND year = 2014
- tool: execute_sql
  arguments: {sql: "SELECT count(*) FROM goals"}
  result: "[[0]]"
- step: answer
  input: "[[0]]"
  output: Germany scored 0 goals.
"""
FAILED = """
- step: generate_sql
  input: How many goals did Germany score in 2014?
  output: SELECT count(*) FROM goal
- tool: execute_sql
  arguments: {sql: SELECT count(*) FROM goal}
  error: "no table `goal`"
- step: answer
  input: How many goals did Germany score in 2014?
  output: I could not find that.
"""
MISREAD = """
- step: generate_sql
  input: How many goals did Germany score in 2014?
  output: SELECT sum(goals) FROM team WHERE name = 'Germany' AND year = 2014
- tool: execute_sql
  arguments: {sql: SELECT sum(goals) FROM team}
  result: "[[118]]"
- step: answer
  input: "[[118]]"
  output: Germany scored 181 goals.
"""


@pytest.mark.parametrize(
    ("steps", "culprit", "signal", "word"),
    [
        (REWRITTEN, "query_rewriter", "added", "women"),
        (DROPPED, "query_rewriter", "lost", "2002"),
        (EMPTY, "schema_retrieval", "nothing", "nothing"),
        (FAILED, "generate_sql", "refused", "refused"),
        (FAILED.replace("no table `goal`", "timed out"), "execute_sql", "failed", "error"),
        (REPLACED, "query_rewriter", "replaced", "2014"),
        (MISREAD, "answer", "contradicts", "118"),
    ],
)
def test_the_culprit_of_a_pipeline_comes_first_with_its_reason(
    courses_of, steps, culprit, signal, word
):
    (course,) = courses_of(steps)
    first = suspects(course)[0]
    assert first.name == culprit
    assert first.reasons[0].signal == signal
    assert word in first.reasons[0].words


def test_shares_add_up_to_one(courses_of):
    (course,) = courses_of(REWRITTEN)
    assert sum(one.share for one in suspects(course)) == pytest.approx(1)


def test_nobody_is_suspected_where_nothing_is_suspicious(courses_of):
    (course,) = courses_of("""
- step: generate_sql
  input: How many goals did Germany score in 2014?
  output: SELECT sum(goals) FROM team WHERE name = 'Germany' AND year = 2014
- tool: execute_sql
  arguments: {sql: "SELECT sum(goals) FROM team WHERE name = 'Germany' AND year = 2014"}
  result: "[[18]]"
- step: answer
  input: "[[18]]"
  output: Germany scored 18 goals.
""")
    assert suspects(course) == ()


ASKED = "How many goals did Germany score in 2014?"
SIBLINGS = """
traces:
  - outcome: passed
    steps:
      - {{step: rewriter, input: "{other}", output: "{asked}"}}
      - {{step: answer, input: "{asked}", output: "Germany scored 18."}}
  - outcome: failed
    steps:
      - {{step: rewriter, input: "{asked}", output: "{rewritten}"}}
      - {{step: answer, input: "{rewritten}", output: "{answer}"}}
"""


def inquiry_of(text: str):
    store = open_spans(":memory:")
    try:
        batch = read(text)
        store.append(batch)
        failed = {one.trace_id for one in batch.assessments if one.value == 0}
        return inquire(store, "sample", failed.pop())
    finally:
        store.close()


def test_a_trace_is_laid_beside_the_passing_one_and_the_first_difference_is_blamed():
    found = inquiry_of(
        SIBLINGS.format(
            other=ASKED, asked=ASKED, rewritten="Goals by Spain, 2014", answer="There were none."
        )
    )
    assert found.sibling.likeness == 1
    assert [(pair.name, pair.same) for pair in found.sibling.pairs] == [
        ("rewriter", False),
        ("answer", False),
    ]
    first = found.suspects[0]
    assert (first.name, first.reasons[0].signal) == ("rewriter", "diverges")


def test_what_follows_from_an_earlier_difference_is_not_blamed_for_it():
    found = inquiry_of(
        SIBLINGS.format(
            other=ASKED, asked=ASKED, rewritten=ASKED, answer="Germany scored 7 in all."
        )
    )
    diverging = [one.name for one in found.suspects for r in one.reasons if r.signal == "diverges"]
    assert diverging == ["answer"]


def test_another_question_is_no_sibling():
    found = inquiry_of(
        SIBLINGS.format(
            other="Which referees came from Norway?",
            asked=ASKED,
            rewritten=ASKED,
            answer="Germany scored 7 in all.",
        )
    )
    assert not [r for one in found.suspects for r in one.reasons if r.signal == "diverges"]


def test_one_other_word_in_a_query_is_a_difference():
    found = inquiry_of(
        SIBLINGS.format(
            other=ASKED,
            asked=ASKED,
            rewritten="SELECT goals FROM team WHERE name = 'Germany women' AND year = 2014",
            answer="None.",
        ).replace(
            f'output: "{ASKED}"',
            "output: \"SELECT goals FROM team WHERE name = 'Germany' AND year = 2014\"",
            1,
        )
    )
    assert not found.sibling.pairs[0].same


def test_a_prefix_of_several_ids_is_not_guessed():
    store = open_spans(":memory:")
    try:
        store.append(read(SIBLINGS.format(other="a", asked="b", rewritten="c", answer="d")))
        with pytest.raises(Invalid, match="begins several ids"):
            find_trace(store, "sample", "000")
        assert find_trace(store, "sample", "0001").startswith("0001")
        assert list_failed(store, "sample", 5) == [find_trace(store, "sample", "0001")]
    finally:
        store.close()
