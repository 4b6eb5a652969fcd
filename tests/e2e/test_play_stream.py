"""Answers come piece by piece through a real server: real clients, scripted endpoints, recordings.

The endpoints are scripted: no model answers.
"""

from __future__ import annotations

import json
import threading
from http.client import HTTPConnection

import pytest

from tests.e2e.serving import serving as solvent
from tests.providers.scripted import Turn, anthropic_events, openai_events, serving

EVENTS = {"openai": openai_events, "anthropic": anthropic_events}
TRY = {
    "first_text": "Name the capital.",
    "second_text": "Name the capital, in one word.",
    "examples": '{"inputs": {"country": "France"}}',
}


def events_of(server, run):
    """Yield the events of a run as they arrive."""
    link = HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        link.request("GET", f"/api/v1/playground/stream?run={run}")
        answer = link.getresponse()
        assert answer.getheader("content-type").startswith("text/event-stream")
        name = ""
        for raw in answer:
            head, _, said = raw.decode().strip().partition(": ")
            if head == "event":
                name = said
            elif head == "data":
                yield name, json.loads(said)
    finally:
        link.close()


def begin(server, **more):
    status, body, _ = server.post(
        "/playground?run=k", json.dumps(TRY | more).encode(),
        Content_Type="application/json", Accept="application/json",
    )  # fmt: skip
    assert status == 200, body


@pytest.mark.parametrize("wire", EVENTS)
def test_pieces_arrive_while_the_model_still_writes(wire, tmp_path, monkeypatch):
    monkeypatch.setenv(f"{wire.upper()}_API_KEY", "none")
    written = EVENTS[wire]("Pa", "ris")
    place = next(n for n, event in enumerate(written) if "ris" in event and "Pa" not in event)
    held = threading.Event()
    with serving(Turn(events=written, held=(place, held))) as model:
        base = {f"providers_{wire}_base_url": model.address + ("/v1" * (wire == "openai"))}
        with solvent(tmp_path, playground_provider=f"{wire}:m", **base) as server:
            begin(server)
            seen, pieces = events_of(server, "k"), {}
            while len(pieces) < 2:
                name, facts = next(seen)
                assert (name, facts["text"]) == ("piece", "Pa")
                pieces[facts["column"]] = facts["text"]
            run = server.get("/api/v1/playground?run=k")["run"]
            assert run["rows"][0]["heard"] == ["Pa", "Pa"]
            assert (run["answered"], run["done"]) == (0, False)
            held.set()
            rest = list(seen)
            answers = [facts for name, facts in rest if name == "answer"]
            assert [(a["text"], a["input_tokens"], a["output_tokens"]) for a in answers] == [
                ("Paris", 12, 3)
            ] * 2
            assert rest[-1] == ("end", {"error": ""})
    assert all(asked["stream"] for asked in model.asked)


def test_recordings_come_word_by_word_and_are_named_as_recorded(tmp_path):
    lines = [
        {"recording": {"what": "answers made up for a test", "roles": ["user"]}},
        {
            "model": "m",
            "messages": [{"role": "user", "text": "France"}],
            "completion": {"text": "Paris is it.", "input_tokens": 9, "output_tokens": 4},
        },
    ]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with solvent(tmp_path, playground_provider="replay:answers.jsonl") as server:
        begin(server)
        seen = list(events_of(server, "k"))
        answers = [facts for name, facts in seen if name == "answer"]
        assert [a["text"] for a in answers] == ["Paris is it."] * 2
        assert all("answers made up for a test" in a["recorded"] for a in answers)
        assert server.get("/api/v1/playground?run=k")["run"]["recorded"]


def test_a_run_that_is_not_there_is_said(tmp_path):
    with solvent(tmp_path) as server:
        link = HTTPConnection("127.0.0.1", server.port, timeout=30)
        link.request("GET", "/api/v1/playground/stream?run=x", headers={"Host": server.address[7:]})
        answer = link.getresponse()
        assert answer.status == 404
        assert "not remembered" in json.loads(answer.read())["detail"]
        link.close()
