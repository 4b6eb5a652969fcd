"""The report as a browser shows it from a file: light, dark, on a phone, on paper."""

import pytest

from solvent.server.report import render
from solvent.settings import Settings
from tests.debt.report_samples import EMPTY, NASTY, PLAIN
from tests.e2e.test_pages import browser  # noqa: F401  the fixture

pytestmark = pytest.mark.browser


@pytest.fixture(params=[PLAIN, NASTY, EMPTY], ids=["plain", "hostile", "empty"])
def file(request, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render(request.param, Settings()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def show(browser):  # noqa: F811  the fixture
    """Open a file; whatever it asks of the network, runs or complains of, is collected."""
    pages = []

    def open_(address, width=1200, scheme="light", media="screen"):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        pages.append(page)
        page.emulate_media(media=media, color_scheme=scheme)
        trouble = []
        page.on("dialog", lambda dialog: trouble.append(dialog.message))
        page.on("console", lambda message: trouble.append(message.text))
        page.on("request", lambda asked: trouble.append(asked.url) if asked.url != address else 0)
        page.goto(address)
        return page, trouble

    yield open_
    for page in pages:
        page.close()


@pytest.mark.parametrize("width", [390, 1200])
def test_it_fits_and_fetches_nothing(show, file, width):
    page, trouble = show(file, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert not trouble


def test_it_follows_the_reader_into_the_dark(show, file):
    ask = "getComputedStyle(document.documentElement).backgroundColor"
    light, dark = (show(file, scheme=scheme)[0].evaluate(ask) for scheme in ("light", "dark"))
    assert light != dark


def test_paper_shows_the_evidence_unfolded(show, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(render(PLAIN, Settings()), encoding="utf-8")
    page, _ = show(path.as_uri(), media="print")
    assert page.locator("blockquote").first.bounding_box()["height"] > 0
