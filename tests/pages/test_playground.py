"""The playground by value: what it may ask, whom, and what it shows while answers come."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from solvent.errors import Conflict, Invalid, NotFound
from solvent.evals.datasets import dataset
from solvent.evals.plays import Play, Plays
from solvent.prompts import registry
from solvent.prompts.registry import Change
from solvent.records.dataset import Example
from solvent.records.prompt import Message, PromptContent
from solvent.records.trial import Outcome
from solvent.server.pages.playground import Trying, play, playground
from solvent.server.play_stream import news
from solvent.settings import Playground, Providers
from tests.fixes.simulated import SimulatedModel
from tests.pages.conftest import workbench
from tests.providers.scripted import serving

ROWS = '{"inputs": {"ticket": "refund, please"}, "expected": "billing"}'
TRY = Trying(first="sort@1", second="sort@2", examples=ROWS, scorer="exact")


RECORDING = (
    {"recording": {"what": "two answers made up for a test", "roles": ["user"]}},
    {
        "model": "m",
        "messages": [{"role": "user", "text": "refund, please"}],
        "completion": {"text": "billing", "model": "m"},
    },
)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    made = workbench(tmp_path)
    for text in ("Answer with one word.", "Answer with one word. A refund is billing."):
        content = PromptContent((Message("", text),))
        who = Change("ana", 1, "", "")
        registry.add(made.prompts, made.settings.prompts, ("sample", "sort"), content, who)
    with serving(script=SimulatedModel()) as model:
        rules = Playground(provider="openai:simulated", folder=str(tmp_path / "datasets"))
        made.settings = replace(
            made.settings,
            playground=rules,
            providers=Providers(openai_base_url=f"{model.address}/v1"),
        )
        yield made
    made.close()


def ended(bench, key="k"):
    """Return the view of a run when its thread has ended."""
    bench.plays.get(key).ended.wait(20)
    return playground(bench, run=key).run


def test_versions_stand_side_by_side_with_what_each_answered(bench):
    play(bench, TRY, run="k")
    run = ended(bench)
    assert [column.label for column in run.columns] == ["sort@1", "sort@2"]
    assert [column.score for column in run.columns] == [0.0, 1.0]
    ((first, second),) = [row.cells for row in run.rows]
    assert (first.text, second.text) == ("account", "billing")
    assert first.usd is None
    assert run.answered == run.asked == 2


def test_a_version_is_tried_with_another_text_and_without_a_score(bench):
    edited = Trying(first="sort@1", first_text="Answer with one word. A refund?", examples=ROWS)
    play(bench, edited, run="k")
    run = ended(bench)
    assert run.columns[0].label == "sort@1, edited"
    assert run.rows[0].cells[0].text == "billing"
    assert run.columns[0].score is None


def test_examples_come_from_a_file_of_the_folder_and_no_other(bench, tmp_path):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "one.jsonl").write_text(ROWS)
    (tmp_path / "secret.jsonl").write_text(ROWS)
    assert playground(bench).datasets == ["one.jsonl"]
    play(bench, replace(TRY, examples="", dataset="one.jsonl"), run="k")
    assert ended(bench).answered == 2
    with pytest.raises(NotFound):
        play(bench, replace(TRY, dataset="../secret.jsonl"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"scorer": "os:getcwd"}, "is not for a page"),
        ({"first": "", "second": ""}, "nothing is to be tried"),
        ({"examples": " "}, "there is no example"),
        ({"examples": "\n".join([ROWS.replace("please", str(n)) for n in range(21)])}, "20 rows"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_a_page_may_not_ask_is_refused(bench, change, why):
    with pytest.raises(Invalid, match=why):
        play(bench, replace(TRY, **change))


def test_calls_are_bounded(bench):
    rules = replace(bench.settings.playground, max_calls=1)
    bench.settings = replace(bench.settings, playground=rules)
    with pytest.raises(Invalid, match="take 2 calls"):
        play(bench, TRY)


def test_without_a_provider_nothing_is_asked(bench):
    bench.settings = replace(bench.settings, playground=Playground())
    assert playground(bench).provider == ""
    with pytest.raises(Invalid, match="nobody is configured"):
        play(bench, TRY)


def test_recordings_are_named_as_recorded(bench, tmp_path):
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(map(json.dumps, RECORDING)))
    rules = replace(bench.settings.playground, provider=f"replay:{file}")
    bench.settings = replace(bench.settings, playground=rules)
    play(bench, replace(TRY, second=""), run="k")
    run = ended(bench)
    assert run.recorded
    assert run.rows[0].cells[0].text == "billing"
    assert run.rows[0].cells[0].recorded


def test_a_run_is_begun_once_and_old_ones_are_forgotten():
    plays = Plays(kept=1)
    examples = dataset("d", (Example("a", {"x": "1"}),))

    def refuse():
        raise Invalid("no model", hint="give one")

    for key in ("one", "two"):
        plays.start(key, Play((), examples, "x"), refuse)
        plays.get(key).ended.wait(20)
    assert plays.get("two").error == "no model; give one"
    with pytest.raises(Conflict):
        plays.start("two", Play((), examples, "x"), refuse)
    with pytest.raises(NotFound):
        plays.get("one")


def test_the_form_begins_with_what_was_asked(bench):
    tried = replace(TRY, first_text="Answer with one word. A refund?")
    play(bench, tried, run="k")
    ended(bench)
    assert playground(bench, run="k").form == tried
    assert playground(bench, first="sort@1", second="sort@2").form == Trying("sort@1", "sort@2")


def test_what_was_told_of_an_answer_is_not_told_again():
    examples = dataset("d", (Example("a", {"x": "1"}), Example("b", {"x": "2"})))
    under_way = Play((None, None), examples, "x")
    told = {}
    assert list(news(under_way, told)) == []
    under_way.heard[1, "b"] = "Pa"
    assert list(news(under_way, told)) == [("piece", {"row": 1, "column": 1, "text": "Pa"})]
    assert list(news(under_way, told)) == []
    under_way.heard[1, "b"] = "Paris"
    assert [facts["text"] for _, facts in news(under_way, told)] == ["Paris"]
    del under_way.heard[1, "b"]
    under_way.outcomes[1, "b"] = Outcome("b", "Paris", None, 12, 3, "")
    ((name, facts),) = news(under_way, told)
    assert (name, facts["text"], facts["output_tokens"]) == ("answer", "Paris", 3)
    assert list(news(under_way, told)) == []
