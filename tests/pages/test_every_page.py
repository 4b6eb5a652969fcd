"""Every page and every block of it, on every project."""

import re
from html.parser import HTMLParser

import pytest

from solvent.server.page import every_page
from solvent.server.rendering import environment

PROJECTS = ("demo", "empty", "hostile")


def paths(bench, page):
    """Every address at which a project shows a page."""
    store = bench.spans
    if "{trace_id}" in page.path:
        found = store.query("SELECT trace_id, span_id FROM spans ORDER BY id").to_pylist()
        yield from sorted({page.path.format(**row) for row in found})
        shown = found[-5:] if page.template == "trace" else []
        yield from (f"{page.path.format(**row)}?span={row['span_id']}" for row in shown)
    elif "{hash}" in page.path:
        rows = store.query("SELECT hash FROM contents ORDER BY length(text) DESC LIMIT 5")
        yield from (f"/contents/{hash_}" for hash_ in rows["hash"].to_pylist())
    elif "{fingerprint}" in page.path:
        report = bench.latest_report("sample")
        yield from (f"/findings/{f.fingerprint}" for f in report.findings) if report else ()
    elif page.path == "/prompts":
        yield from (
            "/prompts",
            "/prompts?where=files",
            "/prompts?where=code",
            "/prompts?where=traces",
        )
    elif page.path == "/decomposition":
        yield page.path
        known = [prompt.name for prompt in bench.prompts.list_prompts("sample")]
        yield from (f"{page.path}?prompt={name}" for name in known)
        yield from (f"{page.path}?measure=later&prompt={name}" for name in known)
    elif "{name:path}" in page.path:
        shown = ("text", "use", "diff", "reach", "history", "edit")
        known = [prompt.name for prompt in bench.prompts.list_prompts("sample")]
        yield from (f"/prompts/{name}?show={part}" for name in known for part in shown)
    elif "{name}" in page.path:
        yield "/rules/unused-tool"
    elif "{session_id" in page.path:
        if store.query("SELECT 1 FROM spans WHERE session_id = 's-1'").num_rows:
            yield "/sessions/s-1"
    else:
        yield page.path


class Checked(HTMLParser):
    """Collects what a page must and must not have."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
    OPTIONAL = frozenset({"option", "p", "li", "dt", "dd", "tr", "td", "th", "tbody"})

    def __init__(self):
        super().__init__()
        self.open, self.faults, self.labels, self.ids = [], [], 0, []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "script" and not (values.get("src") or "").startswith("/static/"):
            self.faults.append("inline script")
        if "style" in values or any(name.startswith("on") for name in values):
            self.faults.append(f"inline style or listener on {tag}")
        asks = tag in {"input", "select", "textarea"} and values.get("type") != "hidden"
        if asks and "label" not in self.open:
            self.faults.append(f"{tag} without a label")
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a" and not values.get("href", "").startswith(("/", "#", "http")):
            self.faults.append(f"odd link {values.get('href')}")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")


def faults(html, *, whole=True):
    checked = Checked()
    checked.feed(html)
    checked.close()
    said = list(checked.faults)
    if len(checked.ids) != len(set(checked.ids)):
        said.append("an id twice")
    if checked.open:
        said.append(f"left open: {checked.open}")
    if "<script>alert" in html or "<b>&amp;" in html:
        said.append("text of a sender became markup")
    if whole and not re.search(r"<title>.+ · Solvent</title>", html):
        said.append("no title")
    if whole and html.count("<h1") != 1:
        said.append(f"{html.count('<h1')} first headings")
    return said


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize(
    "page", [p for p in every_page() if p.method == "GET"], ids=lambda p: p.template
)
def test_page_and_blocks(project, page, benches, clients):
    for path in paths(benches[project], page):
        answer = clients[project].get(path)
        assert answer.status_code == 200, (path, answer.text[:2000])
        assert faults(answer.text) == [], path
        assert answer.headers["vary"] == "Accept, HX-Target"
        for block in environment().get_template(f"{page.template}.html").blocks:
            if block in {"title", "main"}:
                continue
            part = clients[project].get(path, HX_Request="true", HX_Target=f"section#{block}")
            assert part.status_code == 200
            assert "<html" not in part.text
            assert faults(part.text, whole=False) == [], (path, block)
        shown = clients[project].get(path, accept="application/json")
        assert shown.headers["content-type"] == "application/json"
        query = path.partition("?")[2]
        api = "/api/v1" + (path if path != "/" else "/ledger")
        assert clients[project].get(api).json().keys() == shown.json().keys(), query


def test_an_unknown_block_is_the_whole_page(clients):
    assert "<html" in clients["demo"].get("/traces", HX_Target="div#elsewhere").text


def test_openapi_describes_every_page(clients):
    schema = clients["demo"].get("/api/v1/openapi.json").json()
    described = {(path, verb.upper()) for path, verbs in schema["paths"].items() for verb in verbs}
    assert {(p.api_path.replace(":path", ""), p.method) for p in every_page()} <= described
    traces = schema["paths"]["/api/v1/traces"]["get"]
    assert traces["summary"] == "List traces, newest first"
    assert traces["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].endswith(
        "TracesView"
    )
    names = [op["operationId"] for verbs in schema["paths"].values() for op in verbs.values()]
    assert len(names) == len(set(names))


def test_every_page_has_its_template():
    for page in every_page():
        assert environment().get_template(f"{page.template}.html").blocks.keys() >= {"title"}
