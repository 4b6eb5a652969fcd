"""A model chooses among nearly equal suspects, and is marked; it changes nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solvent.opening import open_provider
from solvent.pipelines.within.tie_break import SIGNAL, break_tie
from solvent.records.suspect import Inquiry, Reason, Suspect
from solvent.settings import Providers, Settings
from tests.providers.scripted import Turn, openai_answer, serving


def suspect(place, share):
    reasons = (Reason("guess", f"it guessed {place}", quote="I assume"),)
    return Suspect(place, f"s{place}", f"step{place}", "", share, share, reasons)


FOUND = Inquiry("t", "pipeline", "Who won?", "Nobody", 3, 0,
                (suspect(0, 0.4), suspect(1, 0.36), suspect(2, 0.1)), None)  # fmt: skip


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")

    def opinion(found, text):
        with serving(Turn(openai_answer(text))) as script:
            settings = Settings(providers=Providers(openai_base_url=f"{script.address}/v1"))
            told = break_tie(found, open_provider(settings, "openai:scripted"), "")
        return told, script.asked

    return opinion


def test_the_one_it_chooses_comes_first_and_says_who_chose_it(ask):
    told, asked = ask(FOUND, "2")
    assert [s.place for s in told.suspects] == [1, 0, 2]
    mark = told.suspects[0].reasons[-1]
    assert mark.signal == SIGNAL
    assert "chose it among 2 nearly equal suspects" in mark.words
    assert told.suspects[1:] == (FOUND.suspects[0], FOUND.suspects[2])
    case = asked[0]["messages"][-1]["content"]
    assert "it guessed 1" in case
    assert "it guessed 2" not in case


@pytest.mark.parametrize("text", ["neither", "0", "3"])
def test_an_answer_that_names_none_of_them_changes_nothing(ask, text):
    assert ask(FOUND, text)[0] == FOUND


@pytest.mark.parametrize("suspects", [(), (suspect(0, 0.4),), (suspect(0, 0.6), suspect(1, 0.2))])
def test_nobody_is_asked_where_one_stands_out(ask, suspects):
    found = replace(FOUND, suspects=suspects)
    assert ask(found, "1") == (found, [])
