"""In a real browser: a run of the playground fills up and ends. The model is simulated.

With `SOLVENT_SCREENSHOTS=1` the pictures of the guide are taken anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.e2e.serving import Server
from tests.fixes.simulated import TICKETS, SimulatedModel
from tests.providers.scripted import Turn, openai_events, serving

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")
from playwright.sync_api import sync_playwright  # noqa: E402  after the check that it is there

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
ROOT = Path(__file__).parents[2]
PRICE = {
    "form": "solvent-prices/1",
    "date": "2026-09-01",
    "models": {"openai": {"simulated": {"input": 1.0, "output": 4.0}}},
}
"""Dollars per million tokens, made up for the simulated model."""


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    (tmp_path / "datasets").mkdir()
    rows = [
        {"id": e.id, "inputs": e.inputs, "expected": e.expected} for e in TICKETS.examples[::12]
    ]
    (tmp_path / "datasets" / "tickets.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for text in ("Answer with one word.", "Answer with one word. A refund is billing."):
        (tmp_path / "sort.md").write_text(text)
        subprocess.run(
            [sys.executable, "-m", "solvent.cli", "prompt", "add", "sort", "sort.md", "--by", "Al"],
            cwd=tmp_path, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
    (tmp_path / "prices.json").write_text(json.dumps(PRICE))
    with serving(script=SimulatedModel()) as model:
        started = Server(
            tmp_path,
            playground_provider="openai:simulated",
            providers_openai_base_url=f"{model.address}/v1",
            ledger_prices="prices.json",
        )
        yield started
        started.stop()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1320, 390])
def test_answers_stand_side_by_side(server, theme, width, tmp_path):
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS])
        context = browser.new_context(
            viewport={"width": width, "height": 820}, color_scheme=theme, reduced_motion="reduce"
        )
        page = context.new_page()
        faults = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{server.address}/playground")
        page.fill("[name=first]", "sort@1")
        page.fill("[name=second]", "sort@2")
        page.select_option("[name=dataset]", "tickets.jsonl")
        page.select_option("[name=scorer]", "exact")
        page.click("main button:has-text('Run')")
        page.wait_for_selector("#run >> text=done")
        assert "mean score 1.00 of 10" in page.inner_text("#run")
        assert "for 10 answers" in page.inner_text("#run")
        page.click("summary:has-text('Another run')")
        assert page.input_value("[name=second]") == "sort@2"
        assert page.input_value("[name=dataset]") == "tickets.jsonl"
        assert page.input_value("[name=scorer]") == "exact"
        page.click("summary:has-text('Another run')")
        page.evaluate("scrollTo(0, 0)")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        wanted = os.environ.get("SOLVENT_SCREENSHOTS") and width > 1000
        page.screenshot(
            path=(ROOT / "docs" / "images" if wanted else tmp_path) / f"playground-{theme}.png"
        )
        browser.close()
    assert not faults


def test_an_answer_is_read_while_it_is_written(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    held = threading.Event()
    turn = Turn(events=openai_events("Paris ", "it ", "is."), held=(2, held))
    with serving(turn) as model, sync_playwright() as playwright:
        started = Server(
            tmp_path,
            playground_provider="openai:m",
            providers_openai_base_url=f"{model.address}/v1",
        )
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS])
        try:
            page = browser.new_page()
            page.goto(f"{started.address}/playground")
            page.fill("[name=first_text]", "Name the capital.")
            page.fill("[name=examples]", '{"inputs": {"country": "France"}}')
            page.click("main button:has-text('Run')")
            page.wait_for_selector("#said-0-0:has-text('Paris it')")
            assert "running" in page.inner_text("#run")
            held.set()
            page.wait_for_selector("#run >> text=done")
            assert "Paris it is." in page.inner_text("#run")
        finally:
            held.set()
            browser.close()
            started.stop()
