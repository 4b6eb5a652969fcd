"""Recorded answers: what is the same request, which answer is chosen, and what is said of it."""

from __future__ import annotations

import gzip
import json

import pytest

from solvent.errors import Invalid, NotFound
from solvent.providers.recorder import Recorder
from solvent.providers.recordings import read
from solvent.providers.replay import ReplayProvider
from solvent.providers.wording import likeness
from solvent.records.completion import Completion, CompletionRequest, Message, ToolCall
from solvent.settings import Providers, Settings
from solvent.workbench import open_provider

HEAD = {
    "recording": {
        "what": "Football",
        "recorded_at": "in 2023",
        "source": "a paper",
        "licence": "MIT",
        "roles": ["user"],
    }
}


def answer(question, text, model="m", **facts):
    said = [{"role": "user", "text": question}]
    return {"model": model, "messages": said, "metadata": facts, "completion": {"text": text}}


def written(tmp_path, *lines, name="recorded.jsonl"):
    path = tmp_path / name
    text = "\n".join(json.dumps(line) for line in lines)
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


def asked(question, model="m", system="Any prompt.", **facts):
    messages = (Message("system", system), Message("user", question))
    return CompletionRequest(model, messages, metadata=facts)


@pytest.mark.parametrize("name", ["recorded.jsonl", "recorded.jsonl.gz"])
def test_an_answer_says_what_was_recorded_of_whom_when_and_how_it_may_be_used(tmp_path, name):
    path = written(tmp_path, HEAD, answer("Who won?", "SELECT 1"), name=name)
    found = open_provider(Settings(), f"replay:{path}").complete(asked("Who won?"))
    assert found.text == "SELECT 1"
    assert found.recorded == (
        "Football: answer of m, recorded in 2023; source a paper; licence MIT"
    )
    assert found.input_tokens is None


def test_case_spaces_quotes_and_the_last_mark_do_not_count(tmp_path):
    provider = ReplayProvider(written(tmp_path, HEAD, answer("Who's won?", "SELECT 1")))
    assert provider.complete(asked("  who\N{RIGHT SINGLE QUOTATION MARK}s  WON")).text == "SELECT 1"


def test_roles_that_were_not_recorded_do_not_count(tmp_path):
    path = written(tmp_path, HEAD, answer("Who won?", "SELECT 1"))
    assert ReplayProvider(path).complete(asked("Who won?", system="Other.")).text == "SELECT 1"
    head = {"recording": {"what": "all roles"}}
    path = written(tmp_path, head, answer("Who won?", "SELECT 1"))
    with pytest.raises(NotFound):
        ReplayProvider(path).complete(asked("Who won?"))


def test_model_and_facts_tell_answers_apart(tmp_path):
    path = written(
        tmp_path,
        HEAD,
        answer("Who won?", "one", schema="v1"),
        answer("Who won?", "two", schema="v2"),
        answer("Who won?", "other", model="n", schema="v1"),
    )
    provider = ReplayProvider(path)
    assert provider.complete(asked("Who won?", schema="v2")).text == "two"
    assert provider.complete(asked("Who won?", model="N", schema="v1")).text == "other"
    with pytest.raises(NotFound):
        provider.complete(asked("Who won?", model="n", schema="v2"))


def test_a_fact_that_no_recording_has_is_refused(tmp_path):
    provider = ReplayProvider(written(tmp_path, HEAD, answer("Who won?", "one", schema="v1")))
    with pytest.raises(Invalid) as raised:
        provider.complete(asked("Who won?", shema="v1"))
    assert raised.value.hint == "known: schema"


def test_the_seed_chooses_among_several_and_a_run_repeats(tmp_path):
    runs = [answer("Who won?", str(n), run=str(n)) for n in range(8)]
    path = written(tmp_path, HEAD, *runs)

    def chosen(seed):
        settings = Settings(providers=Providers(replay_seed=seed))
        return open_provider(settings, f"replay:{path}").complete(asked("Who won?")).text

    assert [chosen(s) for s in range(9)] == [chosen(s) for s in range(9)]
    assert len({chosen(s) for s in range(9)}) > 1


def test_what_was_not_recorded_is_an_error_that_lists_the_nearest(tmp_path):
    path = written(
        tmp_path, HEAD, answer("Who won the cup in 2014?", "a"), answer("Name a stadium.", "b")
    )
    with pytest.raises(NotFound) as raised:
        ReplayProvider(path).complete(asked("Who won in 2014?"))
    assert raised.value.what == "`Who won in 2014?` was not recorded of `m`"
    assert raised.value.hint.startswith("nearest recorded: `Who won the cup in 2014?`")


def test_a_model_that_was_not_recorded_is_an_error_that_lists_the_models(tmp_path):
    path = written(tmp_path, HEAD, answer("Who won?", "a", schema="v1"))
    with pytest.raises(NotFound) as raised:
        ReplayProvider(path).complete(asked("Who won?", model="other"))
    assert "`m`" in raised.value.hint


def test_the_answer_to_other_words_is_given_only_when_allowed_and_says_so(tmp_path):
    path = written(tmp_path, HEAD, answer("Who won the world cup in 2014?", "a"))
    near = ReplayProvider(path, least=0.8)
    found = near.complete(asked("Who has won the world cup in 2014?"))
    assert found.text == "a"
    assert found.recorded.endswith(
        "the answer to other words, `Who won the world cup in 2014?`: "
        "none is recorded for `Who has won the world cup in 2014?`"
    )
    with pytest.raises(NotFound):
        near.complete(asked("Who won the world cup in 2018?"))


def test_likeness_counts_words_and_refuses_other_numbers():
    assert likeness("who won", "who won") == 1
    assert likeness("who won 2014", "who won 2018") == 0
    assert likeness("who won it", "who lost") == pytest.approx(0.4)


def test_a_stream_gives_the_same_text(tmp_path):
    provider = ReplayProvider(written(tmp_path, HEAD, answer("Who won?", "SELECT 1  FROM t ")))
    assert "".join(provider.stream(asked("Who won?"))) == "SELECT 1  FROM t "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not say what it is"),
        ("[]", "is not an object"),
        ("{", "cannot be read"),
        ('{"model": "m"}', "does not say what it is"),
        ('{"recording": {}}\n{"model": "m"}', "line 2"),
        ('{"recording": {}}\n{"model": "m", "messages": [1], "completion": {}}', "line 2"),
    ],
)
def test_a_file_that_holds_no_recordings_is_refused_by_line(tmp_path, text, said):
    path = tmp_path / "x.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match=said):
        read(path)


def test_a_missing_file_and_a_torn_archive_are_errors(tmp_path):
    with pytest.raises(NotFound):
        read(tmp_path / "none.jsonl")
    torn = tmp_path / "x.jsonl.gz"
    torn.write_bytes(gzip.compress(b'{"recording": {}}\n')[:-4])
    with pytest.raises(Invalid, match="cannot be read"):
        read(torn)


class Model:
    """Answers like an endpoint would."""

    def complete(self, request):
        return Completion("SELECT 2", "m-2026", (ToolCall("t", "{}", "1"),), input_tokens=5)

    def stream(self, request):
        yield from ("SELECT", " 2")
        return self.complete(request)


def test_what_is_recorded_is_replayed(tmp_path):
    path = tmp_path / "new.jsonl"
    recorder = Recorder(Model(), path, what="Mine", now=lambda: "2026-01-01T00:00:00+00:00")
    live = recorder.complete(asked("Who won?", schema="v1"))
    assert "".join(recorder.stream(asked("Who lost?"))) == "SELECT 2"
    replayed = ReplayProvider(path).complete(asked("who won", schema="v1"))
    assert replayed.recorded == "Mine: answer of m, recorded 2026-01-01T00:00:00+00:00"
    assert (replayed.text, replayed.model, replayed.tool_calls, replayed.input_tokens) == (
        live.text, live.model, live.tool_calls, live.input_tokens,
    )  # fmt: skip
    assert ReplayProvider(path).complete(asked("Who lost?")).text == "SELECT 2"
