"""In a real browser: an edit in the page arrives as a git branch, an edit in git as a version."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.serving import Server

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")
from playwright.sync_api import sync_playwright  # noqa: E402  after the check that it is there

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGUMENTS])
        yield opened
        opened.close()


def git(folder, *words):
    known = ("user.name=Bea Okafor", "user.email=b@x", "commit.gpgsign=false")
    flags = [word for fact in known for word in ("-c", fact)]
    done = subprocess.run(
        ["git", *flags, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def solvent(folder, *words, **settings):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SOLVENT_")}
    more = {f"SOLVENT_{name.upper()}": value for name, value in settings.items()}
    subprocess.run(
        [sys.executable, "-m", "solvent.cli", "prompt", *words],
        cwd=folder, env=clean | more, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "prompts" / "support").mkdir(parents=True)
    (tmp_path / ".gitignore").write_text("server.log\n")
    (tmp_path / "prompts" / "support" / "triage.md").write_text(
        "---\ninputs:\n  type: object\n  properties:\n    ticket: {type: string, examples: [hi]}\n"
        "  required: [ticket]\n---\n# Rules\n"
        "- You MUST name one queue.\n- Never answer.\n\n{{ticket}}\n"
    )
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Sort tickets")
    solvent(tmp_path, "push")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "Pin them")
    return tmp_path


@pytest.fixture
def opened(browser, folder):
    """The pages of a folder whose files are the truth; what the browser complains about fails."""
    server = Server(folder, prompts_truth="files", prompts_protected="production")
    context = browser.new_context(viewport={"width": 1320, "height": 860}, reduced_motion="reduce")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    yield page, server.address
    context.close()
    server.stop()
    assert faults == []


def test_an_edit_in_the_page_arrives_as_a_branch_and_in_git_as_a_version(opened, folder):
    page, address = opened
    page.goto(f"{address}/prompts")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/prompts/support/triage")
    page.get_by_role("link", name="Edit").click()
    text = page.get_by_label("Text")
    assert text.input_value().startswith("# Rules")
    text.fill(text.input_value().replace("one queue", "exactly one queue"))
    page.get_by_label("Who").fill("Ana")
    page.get_by_label("Why").fill("Two queues in August")
    page.get_by_role("button", name="Make the branch").click()
    page.wait_for_url("**show=history")
    branch = page.locator("h3 code").inner_text()

    assert git(folder, "status", "--porcelain") == ""
    assert git(folder, "log", "-1", "--format=%an: %s", branch) == "Ana: Two queues in August"
    shown = git(folder, "show", f"{branch}:prompts/support/triage.md")
    assert "- You MUST name exactly one queue." in shown
    lines = git(folder, "diff", "--numstat", "main", branch).split()
    assert lines == ["1", "1", "prompts/support/triage.md"]
    assert page.locator("tbody tr").count() == 1

    git(folder, "merge", "-q", "--ff-only", branch)
    page.goto(f"{address}/prompts?where=files")
    assert page.get_by_text("file ahead").is_visible()
    page.get_by_label("Who").fill("Ana")
    page.get_by_role("button", name="Keep what is committed").click()
    page.goto(f"{address}/prompts/support/triage?show=diff")
    assert page.locator(".diff .added").inner_text() == "+- You MUST name exactly one queue."
    page.goto(f"{address}/prompts/support/triage?show=history")
    row = page.locator("tbody tr").first.inner_text()
    assert "Ana" in row
    assert git(folder, "rev-parse", "--short=10", "HEAD") in row

    file = folder / "prompts" / "support" / "triage.md"
    file.write_text(file.read_text().replace("Never answer", "Never answer the ticket"))
    page.goto(f"{address}/prompts?where=files")
    assert page.get_by_text("same", exact=True).is_visible()
    git(folder, "commit", "-qam", "Say what is not answered")
    page.reload()
    page.get_by_label("Who").fill("Ana")
    page.get_by_role("button", name="Keep what is committed").click()
    page.goto(f"{address}/prompts/support/triage?show=history")
    row = page.locator("tbody tr").first.inner_text()
    assert "3" in row
    assert "Bea Okafor" in row
    assert "Say what is not answered" in row


def test_a_protected_alias_is_asked_for_and_approved_by_somebody_else(opened):
    page, address = opened
    page.goto(f"{address}/prompts/support/triage")
    page.get_by_label("Who").fill("Cy")
    page.get_by_label("Why").fill("It was tested")
    page.get_by_role("button", name="Point it at version 1").click()
    page.get_by_role("link", name="Decide").click()
    page.get_by_label("Who decides").fill("Dee")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/approvals")
    assert page.get_by_text("Nothing waits").is_visible()
    page.goto(f"{address}/prompts/support/triage?at=production")
    assert page.get_by_role("heading", level=1).inner_text() == "support/triage version 1"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1320, 390])
def test_nothing_sticks_out_and_the_picture_is_taken(browser, folder, theme, width, tmp_path):
    solvent(folder, "set-alias", "support/triage", "production", "1", "--by", "Cy")
    server = Server(folder)
    context = browser.new_context(
        viewport={"width": width, "height": 820}, color_scheme=theme, reduced_motion="reduce"
    )
    page = context.new_page()
    paths = {
        "prompts": "/prompts", "prompt": "/prompts/support/triage", "approvals": "/approvals",
        "edit": "/prompts/support/triage?show=edit",
        "history": "/prompts/support/triage?show=history",
    }  # fmt: skip
    try:
        for name, path in paths.items():
            assert page.goto(server.address + path).status == 200
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 0, name
        page.goto(server.address + paths["prompt"])
        images = os.environ.get("SOLVENT_SCREENSHOTS")
        taken = (
            ROOT / "docs" / "images" if images and width > 1000 else tmp_path
        ) / f"prompt-{theme}.png"
        page.screenshot(path=taken)
        assert taken.stat().st_size > 10_000
    finally:
        context.close()
        server.stop()
