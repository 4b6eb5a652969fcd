"""The pages in a real browser, on the real runs that ship with the project.

With `SOLVENT_SCREENSHOTS=1` in the environment the pictures of the guide are taken anew.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples.football.page import application
from examples.football.pipeline import recorded
from starlette.testclient import TestClient

from tests.e2e.serving import Server

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")
from playwright.sync_api import sync_playwright  # noqa: E402  after the check that it is there

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PICTURE = {"width": 1320, "height": 820}
MAX_BYTES = 250_000


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOLVENT_")}
    subprocess.run(
        [sys.executable, "-m", "solvent.cli", "demo", "--no-serve"],
        cwd=folder, check=True, env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    started = Server(folder, storage_path=".solvent/demo", project="tau-bench-airline")
    yield started
    started.stop()


@pytest.fixture
def look(browser, server):
    """Open an address; anything the browser complains about fails the test."""
    contexts, faults = [], []

    def opened(path, theme="light", size=WIDE, script=True):
        context = browser.new_context(
            color_scheme=theme, viewport=size, java_script_enabled=script, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        assert page.goto(server.address + path).status == 200
        if script:  # blame comes after the page of a trace
            page.wait_for_selector("#blame[hx-get]", state="detached")
            page.evaluate("document.querySelector(location.hash || 'body')?.scrollIntoView()")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture(scope="module")
def audited(server):
    """The first finding of an audit, and a trace with a long conversation."""
    server.post("/", b"")
    ledger = server.get("/api/v1/ledger")
    traces = server.get("/api/v1/traces?outcome=failed&tool=get_user_details")["rows"]
    traces = traces or server.get("/api/v1/traces?outcome=failed")["rows"]
    trace = max(traces, key=lambda row: (row["calls"] < 15, row["calls"]))["trace_id"]
    steps = server.get(f"/api/v1/traces/{trace}")["tree"]["rows"]
    asked = [row["span_id"] for row in steps if row["type"] == "llm"]
    failed = server.get("/api/v1/traces?project=football&outcome=failed")["rows"]
    beside = next(
        row["trace_id"]
        for row in failed
        if server.get(f"/api/v1/traces/{row['trace_id']}/blame?project=football")["inquiry"][
            "sibling"
        ]
    )
    owed = server.get("/api/v1/ledger?project=football")["books"]["findings"]
    accused = next(f["fingerprint"] for f in owed if f["code"] == "OP201")
    return {
        "ledger": "/",
        "pipelines": "/pipelines?project=football",
        "accused": f"/findings/{accused}?project=football",
        "blame": f"/traces/{beside}?project=football#blame",
        "finding": f"/findings/{ledger['books']['findings'][0]['fingerprint']}",
        "traces": "/traces",
        "trace": f"/traces/{trace}?span={asked[min(4, len(asked) - 1)]}",
        "rules": "/rules",
        "rule": "/rules/failing-tool",
        "sessions": "/sessions",
        "style": "/style",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["ledger", "finding", "accused", "pipelines", "traces", "trace", "blame"]
)
def test_picture(name, theme, look, audited, tmp_path):
    take(look(audited[name], theme, PICTURE), f"{name}-{theme}", tmp_path)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_picture_of_the_page_that_asks(theme, browser, tmp_path):
    client = TestClient(application(recorded(), model="gpt-3.5", live=False))
    asked = {"question": "Who won the 2014 world cup?", "request": "2"}
    context = browser.new_context(color_scheme=theme, viewport=PICTURE)
    page = context.new_page()
    page.set_content(client.get("/", params=asked).text)
    take(page, f"ask-{theme}", tmp_path)
    context.close()


def take(page, name, folder):
    folder = ROOT / "docs" / "images" if os.environ.get("SOLVENT_SCREENSHOTS") else folder
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{name}.png"
    page.screenshot(path=picture)
    assert 10_000 < picture.stat().st_size < MAX_BYTES


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize(
    "name",
    [
        "ledger",
        "finding",
        "accused",
        "pipelines",
        "traces",
        "trace",
        "blame",
        "rules",
        "rule",
        "sessions",
        "style",
    ],
)
def test_nothing_sticks_out(name, size, look, audited):
    page = look(audited[name], size=size)
    width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= inner


CONTRAST = """
() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const faults = [];
  for (const node of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.getClientRects().length || node.closest("svg, option")) continue;
    let back = node, colour;
    for (; back; back = back.parentElement) {
      colour = getComputedStyle(back).backgroundColor;
      if (colour.startsWith("color(")) { colour = null; break; }
      const [, , , alpha = 1] = parse(colour);
      if (alpha === 1) break;
      if (alpha > 0) { colour = null; break; }
    }
    if (!colour) continue;
    const a = light(parse(getComputedStyle(node).color)), b = light(parse(colour));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const words = node.textContent.trim().slice(0, 30);
    if (ratio < 4.5) faults.push(`${node.className} ${words} ${ratio.toFixed(2)}`);
  }
  return [...new Set(faults)].slice(0, 10);
}
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["ledger", "finding", "pipelines", "traces", "trace", "blame", "style"]
)
def test_text_stands_out_from_its_ground(name, theme, look, audited):
    assert look(audited[name], theme).evaluate(CONTRAST) == []


def test_keyboard_is_enough(look, audited):
    page = look("/traces")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("j")
    page.keyboard.press("j")
    target = page.evaluate("document.activeElement.getAttribute('href')")
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.getAttribute('href')") == target
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{target}")
    page.wait_for_selector("#tree")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**?span=*")
    page.go_back()
    page.wait_for_url(f"**{target}")


def test_a_step_opens_beside_the_tree_without_a_new_page(look, audited):
    page = look(audited["trace"])
    page.evaluate("window.kept = true")
    tool = page.locator("#tree a.row", has=page.locator(".k-tool")).first
    tool.click()
    page.wait_for_selector("#pane h2 .k-tool")
    assert page.evaluate("window.kept")
    assert "span=" in page.url
    assert page.locator("#tree a.row[aria-current]").count() == 1
    page.reload()
    assert page.locator("#pane h2 .k-tool").count() == 1


def test_the_map_is_walked_by_keyboard_from_left_to_right(look, audited):
    page = look("/pipelines")
    boxes = page.locator(".map a[aria-label]")
    first = boxes.first
    first.focus()
    places = []
    for _ in range(4):
        places.append(page.evaluate("document.activeElement.getBoundingClientRect().left"))
        page.keyboard.press("Tab")
    assert places[0] < places[1]
    boxes.nth(1).click()
    page.wait_for_url("**/traces?tool=*")
    assert page.locator("table.traces tbody tr").count() > 0


def test_search_as_you_type(look, audited):
    page = look("/traces")
    page.evaluate("window.kept = true")
    page.keyboard.press("/")
    page.keyboard.type("reservation")
    page.wait_for_selector(".chip:has-text('reservation')")
    assert page.evaluate("window.kept")
    assert "text=reservation" in page.url
    assert page.locator("table.traces tbody tr").count() > 0


def test_theme_is_remembered(look, audited):
    page = look("/")
    page.locator("[data-theme-toggle]").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_everything_reads_without_javascript(look, audited):
    page = look(audited["trace"], script=False)
    assert page.locator("#pane .said").count() > 0
    page = look("/traces", script=False)
    page.locator("#search").fill("reservation")
    page.locator("form.filters button[type=submit]").click()
    assert re.search("text=reservation", page.url)
    assert page.locator("table.traces tbody tr").count() > 0


def test_a_finding_is_accepted_by_a_person(look, audited):
    page = look(audited["finding"])
    page.get_by_label("Who accepts it").fill("Ana")
    page.get_by_label("Why").fill("Known, and cheap.")
    page.get_by_role("button", name="Accept").click()
    page.wait_for_selector("text=accepted it without an end")
    page.get_by_role("button", name="Take it back").click()
    page.wait_for_selector("text=Leave it for now?")


def test_the_first_trace_is_noticed(browser, tmp_path):
    server = Server(tmp_path)
    try:
        page = browser.new_page()
        page.goto(server.address + "/traces")
        assert server.address in page.locator(".snippet").first.text_content()
        second = 1_790_000_000 * 10**9
        span = {
            "traceId": "a" * 32, "spanId": "b" * 16, "name": "hello", "kind": 1,
            "startTimeUnixNano": str(second), "endTimeUnixNano": str(second + 10**9),
        }  # fmt: skip
        body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
        status, _, _ = server.post("/v1/traces", body, **{"Content-Type": "application/json"})
        assert status == 200
        page.wait_for_selector("a.row:has-text('hello')", timeout=15_000)
    finally:
        server.stop()
