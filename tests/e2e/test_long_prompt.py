"""A real prompt of 26,000 characters, from what an audit finds in it to its parts in the registry.

The prompt lies in the folder of public data; the requests were written by hand for the example, and
no model answered them. With `SOLVENT_SCREENSHOTS=1` the pictures of the guide are taken anew.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from solvent.settings import load
from tests.e2e.serving import Server

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")
from playwright.sync_api import sync_playwright  # noqa: E402  after the check that it is there

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "winforms"
SIZE = {"width": 1200, "height": 740}
PHONE = {"width": 390, "height": 844}
MAX_BYTES = 250_000
NAME = "dotnet/winforms"


def run(folder, *words):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SOLVENT_")}
    done = subprocess.run(words, cwd=folder, env=clean, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    data = (ROOT / load(ROOT).data).resolve()
    if not (data / "system_prompts").is_dir():
        pytest.skip(f"the public data is not in {data}: see `data` in solvent.toml")
    folder = tmp_path_factory.mktemp("long")
    solvent = (sys.executable, "-m", "solvent.cli")
    run(folder, sys.executable, str(EXAMPLE / "take.py"), str(data), ".")
    add = ("prompt", "add", NAME, "winforms.md", "-m", "as published", "--by", "Ana")
    run(folder, *solvent, *add)
    run(folder, *solvent, "import", "runs.jsonl", "--model", "gpt-4o")
    assert "PS101" in run(folder, *solvent, "audit")
    assert "51% saved" in " ".join(run(folder, *solvent, "prompt", "decompose", NAME).split())
    started = Server(folder)
    yield started
    started.stop()


@pytest.fixture
def pages(server, tmp_path):
    """One page in light and one in dark, and what takes a picture of both."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    images = ROOT / "docs" / "images" if os.environ.get("SOLVENT_SCREENSHOTS") else tmp_path
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS])
        made = {}
        for theme in ("light", "dark"):
            made[theme] = browser.new_page(
                color_scheme=theme, viewport=SIZE, reduced_motion="reduce"
            )
            made[theme].on("pageerror", lambda error: faults.append(str(error)))

        def picture(name, path, to="", height=SIZE["height"]):
            for theme, page in made.items():
                page.set_viewport_size({**SIZE, "height": height})
                assert page.goto(server.address + path).status == 200
                if to:
                    page.evaluate(SCROLL, to)
                taken = images / f"{name}-{theme}.png"
                page.screenshot(path=taken)
                assert 10_000 < taken.stat().st_size < MAX_BYTES
            return made["light"]

        yield picture
        browser.close()
    assert faults == []


SCROLL = """
(selector) => {
  const node = document.querySelector(selector);
  scrollTo(0, node.getBoundingClientRect().top + scrollY - 16);
}
"""


def test_from_the_finding_over_the_split_to_the_registry(server, pages):
    (finding,) = [
        f for f in server.get("/api/v1/ledger")["books"]["findings"] if f["code"] == "PS101"
    ]
    page = pages("long-finding", f"/findings/{finding['fingerprint']}")

    page = pages("long-instructions", f"/prompts/{NAME}", to=".lines li:nth-child(462)")
    owed = page.locator("section", has=page.get_by_role("heading", name="What it owes"))
    assert "PS101" in owed.inner_text()
    marked = page.locator(".lines li", has=page.locator(".tag.bad[href]"))
    assert "# WinForms Development Guidelines" in marked.first.inner_text()
    owed.get_by_role("link", name="See the proposed split").click()
    page.wait_for_url("**/decomposition?**")
    page.wait_for_selector(".totals:has-text('51 %')")
    split = f"/decomposition?prompt={NAME}@1"

    pages("split", split, height=1160)
    pages("split-parts", split, to="h2.apart")
    totals = page.locator(".totals").inner_text()
    assert "6,155" in totals
    assert "51 %" in totals
    assert page.locator(".bands .band").count() > 10
    page.get_by_label("Who").fill("Ana")
    page.get_by_label("Write files").check()
    page.get_by_role("button", name="Keep 11 prompts").click()
    page.wait_for_selector("h2:has-text('Kept')")

    page = pages("split-registry", "/prompts")
    assert page.locator("tbody tr").count() == 12
    assert page.locator("td[data-label=Findings]:text-is('1')").count() == 1
    page.goto(f"{server.address}/prompts?where=files")
    assert page.locator("tbody .tag.good").count() == 11
    page.goto(f"{server.address}/prompts/{NAME}/core?show=reach")
    assert f"{NAME}/assembled" in page.locator("main").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_nothing_sticks_out(server, theme):
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS])
        page = browser.new_page(color_scheme=theme, viewport=PHONE)
        for path in ("/decomposition", f"/decomposition?prompt={NAME}", f"/prompts/{NAME}"):
            assert page.goto(server.address + path).status == 200
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        browser.close()
