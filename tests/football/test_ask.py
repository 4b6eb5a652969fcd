"""The command and the page: recorded, and against a scripted endpoint of the OpenAI shape."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from examples.football.answer import answered, as_svg, as_text
from examples.football.database import Result
from examples.football.page import application
from examples.football.pipeline import recorded
from examples.football.rewriter import rewrite
from starlette.testclient import TestClient

from tests.providers.scripted import Turn, openai_answer, serving

ROOT = Path(__file__).parents[2]
HOST = "Where was the world cup in 1930?"


def asked(*arguments, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SOLVENT_", "OPENAI_"))}
    return subprocess.run(
        [sys.executable, str(ROOT / "examples/football/ask.py"), *arguments],
        capture_output=True, text=True, env=kept | environment, check=False, timeout=120,
    )  # fmt: skip


def test_a_recorded_question_is_answered_and_says_what_is_scripted():
    done = asked("Who won the 2014 world cup?", "--request", "r2")
    assert (done.returncode, done.stderr) == (0, "")
    assert "scripted, no model wrote it" in done.stdout
    assert done.stdout.endswith("\nGermany.\n")


def test_without_a_question_it_lists_the_recorded_ones():
    assert "Who won the 2014 world cup?" in asked().stdout


def test_a_live_model_is_asked_by_the_official_client():
    answer = "```sql\nSELECT venue FROM world_cup WHERE year = 1930\n```"
    request = next(
        r for n in range(99) if rewrite(HOST, r := f"r{n}", frozenset()).question == HOST
    )
    with serving(Turn(openai_answer(answer))) as script:
        done = asked(
            HOST, "--model", "tiny", "--request", request,
            OPENAI_BASE_URL=f"{script.address}/v1", OPENAI_API_KEY="k",
        )  # fmt: skip
    assert done.stdout.endswith("\nUruguay.\n")
    assert "tiny, just now" in done.stdout
    system, user = script.asked[0]["messages"]
    assert "create table world_cup (" in system["content"]
    assert system["content"].count("\nSQL: ") == 20
    assert user["content"] == HOST


def test_a_live_model_that_writes_is_refused():
    with serving(Turn(openai_answer("DROP TABLE world_cup"))) as script:
        done = asked(
            "Drop it.", "--model", "tiny",
            OPENAI_BASE_URL=f"{script.address}/v1", OPENAI_API_KEY="k",
        )  # fmt: skip
    assert "refused: only SELECT is allowed, not DROP" in done.stdout


def test_an_endpoint_that_refuses_is_an_answer_with_the_reason():
    with serving(Turn({"error": {"message": "no such key"}}, 401)) as script:
        done = asked(
            "Who won?", "--model", "tiny",
            OPENAI_BASE_URL=f"{script.address}/v1", OPENAI_API_KEY="k",
        )  # fmt: skip
    assert "does not accept the key" in done.stdout
    assert "Traceback" not in done.stderr


def page(question="", **query):
    client = TestClient(application(recorded(), model="gpt-3.5", live=False))
    return client.get("/", params={"question": question, **query})


def test_the_page_says_what_is_recorded_and_what_is_scripted():
    text = page("Who won the 2014 world cup?", request="2").text
    assert "Germany." in text
    assert "no model wrote it" in text
    assert "recorded before February 2024" in text


def test_a_name_and_a_number_a_row_make_a_chart():
    won = answered(Result(("team", "cups"), (("Brazil", 5), ("<b>", 1))))
    assert as_text(won).endswith(f"Brazil  {'█' * 30} 5\n<b>     {'█' * 6} 1")
    assert as_svg(won).count("<rect") == 2
    assert "&lt;b&gt;" in as_svg(won)
    years = answered(Result(("team", "year"), (("Brazil", 1994), ("Brazil", 2002))))
    assert as_svg(years) == ""


def test_the_page_escapes_what_it_is_asked():
    answer = page('<script>alert("x")</script>')
    assert answer.status_code == 200
    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_page_bears_odd_parameters():
    for query in ({"request": "x"}, {"examples": "-1"}, {"examples": "99"}, {"request": "9" * 50}):
        assert page("Who won the 2014 world cup?", **query).status_code == 200
