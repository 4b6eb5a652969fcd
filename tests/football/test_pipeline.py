"""The example's steps: what the script does, what is replayed, what is judged, what is traced."""

from __future__ import annotations

from dataclasses import replace

import pytest
from examples.football.data import gold, labels, questions
from examples.football.database import Database, Result
from examples.football.generation import Generator, prompt, statement
from examples.football.pipeline import Asked, ask, build, recorded
from examples.football.replay import rerun
from examples.football.retrieval import retrieve
from examples.football.rewriter import STUFFING, entities, rewrite
from examples.football.safety import check
from examples.football.traffic import change, requests, run

from solvent.errors import Invalid
from solvent.pipelines.causal import RanStep, passed_through
from solvent.pipelines.causal import check as causal_check

WON_2014 = "Who won the 2014 world cup?"
TEAMS = frozenset({"Switzerland", "Germany", "Saudi Arabia", "Argentina"})


@pytest.fixture(scope="module")
def database():
    return Database()


@pytest.fixture(scope="module")
def provider():
    return recorded()


def asked_until(kind, question=WON_2014):
    """Return a request whose question the script changes in one way."""
    for number in range(100):
        asked = Asked(question, f"r{number}")
        after = rewrite(question, asked.request, TEAMS).question
        if change(asked, type("O", (), {"outputs": {"query_rewriter": after}})()) == kind:
            return asked
    raise AssertionError(kind)


def test_a_question_left_alone_is_answered_with_what_was_recorded_for_it(database, provider):
    asked = asked_until("left alone")
    outcome = ask(build(database, provider, asked), asked, database)
    assert (outcome.answer.text, outcome.right) == ("Germany.", True)
    assert outcome.recorded.startswith("FootballDB: answer of gpt-3.5, recorded before")
    assert "MIT" in outcome.recorded


def test_a_replaced_question_is_answered_with_what_was_recorded_for_the_other(database, provider):
    asked = Asked(WON_2014, "r3")
    outcome = ask(build(database, provider, asked), asked, database)
    assert outcome.outputs["query_rewriter"] == "Who won the world cup 1994?"
    assert (outcome.answer.text, outcome.right) == ("Brazil.", False)
    assert "other words" not in outcome.recorded


def test_an_answer_to_a_stuffed_question_says_that_other_words_were_recorded(database, provider):
    asked = asked_until("stuffed")
    outcome = ask(build(database, provider, asked), asked, database)
    assert outcome.outputs["query_rewriter"].endswith(STUFFING)
    assert "the answer to other words" in outcome.recorded


def test_a_question_that_was_not_recorded_names_the_nearest(database, provider):
    asked = Asked("Who won the 2010 world cup?", asked_until("left alone").request)
    for number in range(20):
        asked = replace(asked, request=f"r{number}")
        outcome = ask(build(database, provider, asked), asked, database)
        if outcome.outputs["query_rewriter"] == asked.question:
            break
    assert (outcome.sql, outcome.right) == ("", None)
    assert "nearest recorded" in outcome.answer.text


def test_the_rewriter_finds_teams_with_their_names_in_the_database():
    assert entities("result of Argentina vs. Saudiarabia", TEAMS) == ("Argentina", "Saudi Arabia")
    assert entities("the swiss team", TEAMS) == ("Switzerland",)
    assert entities("who won?", TEAMS) == ()


def test_the_script_repeats_and_varies_with_the_request():
    one = [rewrite(WON_2014, f"r{n}", TEAMS).question for n in range(30)]
    assert one == [rewrite(WON_2014, f"r{n}", TEAMS).question for n in range(30)]
    assert len(set(one)) >= 4


def test_traffic_repeats_and_leaves_out_what_cannot_run():
    asked = requests(50)
    assert asked == requests(50)
    assert all(gold(one.question) for one in asked)
    assert sum(not pair.runs for pair in questions()) == 16


def test_replacing_is_what_makes_requests_fail():
    done = list(run(requests(60)))
    right = [o.right for a, o in done if change(a, o) == "left alone"]
    replaced = [o.right for a, o in done if change(a, o) == "replaced"]
    assert sum(right) / len(right) > 0.4
    assert sum(replaced) / len(replaced) < 0.1


def test_retrieval_shows_the_tables_a_question_is_about():
    assert "stadium" in [t.name for t in retrieve("which stadiumm has the largest capacity")]
    assert "world_cup_result" in [t.name for t in retrieve(WON_2014)]


def test_the_prompt_shows_as_many_examples_as_its_version_says():
    for examples in (0, 10, 20, 30):
        assert prompt("tables", examples).count("\nSQL: ") == examples
    assert Generator(None, "m", 30).prompt_version == "v3-30"


@pytest.mark.parametrize("text", ["SELECT 1", "```sql\nSELECT 1\n```", "Here:\n```\nSELECT 1```"])
def test_sql_is_taken_out_of_what_models_put_around_it(text):
    assert statement(text) == "SELECT 1"


def test_the_safety_check_withholds_markup_and_internal_columns(database):
    from examples.football.answer import answered

    assert check(answered(Result(("name",), (("Brazil",),)))).safe
    assert not check(answered(Result(("name",), (("<script>x</script>",),)))).safe
    assert not check(answered(database.run("SELECT wikidata_id, player_name FROM player"))).safe


def test_every_label_with_a_text_has_its_recording(provider):
    found = provider.recording
    recorded_answers = sum(len(group) for group in found.entries.values())
    assert sum(label.text_recorded for label in labels()) == recorded_answers == 4190


def test_undoing_the_rewriter_makes_a_replaced_question_right():
    asked = Asked(WON_2014, "r3")
    steps = [RanStep("query_rewriter", WON_2014, "Who won the world cup 1994?")]
    task = {"question": asked.question, "request": asked.request}
    found = causal_check(rerun, task, steps, passed_through(steps))
    assert (found.answer, found.decisive) == ("Brazil.", "query_rewriter")
    assert found.trials[0].answer == "Germany."
    assert "answer" in found.trials[0].moved


def test_only_known_steps_and_tasks_are_run_again():
    with pytest.raises(Invalid, match="safety_check"):
        rerun({"question": WON_2014}, {"safety_check": True})
    with pytest.raises(Invalid, match="not a football question"):
        rerun("Who won?", {})
