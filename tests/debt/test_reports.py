"""A report in each of its forms: the same facts, and nothing that a hostile name can steer."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from io import StringIO

import pytest
from inline_snapshot import snapshot
from jsonschema import Draft202012Validator
from rich.console import Console
from tests.debt.report_samples import EMPTY, HOSTILE, NASTY, PLAIN, finding, report

from solvent.debt.reports import markdown, table
from solvent.debt.reports.document import from_document, to_document
from solvent.debt.reports.sarif import to_sarif
from solvent.errors import Invalid
from solvent.records.finding import State
from solvent.rules import catalogue
from solvent.server.report import render as render_html
from solvent.settings import Ledger, Settings, load
from solvent.workbench import audit_files

SCHEMA = json.loads(
    (files("solvent.debt.reports") / "report.schema.json").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def real(pytestconfig):
    path = pytestconfig.rootpath / "examples" / "runs" / "tau_bench_airline.jsonl.gz"
    return audit_files(load(path.parent, {"SOLVENT_MODEL": "gpt-4o"}), (path,))[0]


@pytest.fixture(params=["real", "plain", "empty", "hostile"])
def any_report(request):
    if request.param == "real":
        return request.getfixturevalue("real")
    return {"plain": PLAIN, "empty": EMPTY, "hostile": NASTY}[request.param]


def test_json_keeps_to_its_schema(any_report):
    Draft202012Validator.check_schema(SCHEMA)
    text = json.dumps(to_document(any_report), allow_nan=False)
    Draft202012Validator(SCHEMA).validate(json.loads(text))


def test_json_reads_back_as_it_was(any_report):
    assert from_document(json.loads(json.dumps(to_document(any_report)))) == any_report


@pytest.mark.parametrize(
    "change",
    [{"schema": "solvent-report/0"}, {"findings": [{}]}, {"observed": {}}, {"totals": None}],
)
def test_json_of_another_shape_is_refused(change):
    with pytest.raises(Invalid):
        from_document(to_document(PLAIN) | change)


def shown(what, width=0, limit=0) -> str:
    """What a terminal of that width shows; 0 is a pipe."""
    stream = StringIO()
    console = Console(file=stream, force_terminal=width > 0, width=width or None, color_system=None)
    table.render(what, console, limit=limit)
    return stream.getvalue()


def test_a_pipe_gets_a_line_for_each_finding():
    assert shown(PLAIN) == snapshot("""\
What you owe per 30 days
400 traces, 7 failed, 2,400 spans, 800 model calls, 600 tool calls, 15.0 days

code   rule               $  tokens  failed  hours  $/hour  what
TS101  unused-tool   $12.50    100k            0.5  $25.00  `a` is offered and never called
TS204  failing-tool   $3.00     20k       7    0.5   $6.00  `search` is offered and never called
PS101  mega-prompt        ?   5,000            0.5       ?  `system` is offered and never called
IF301  no-feedback                             0.5          `none` is offered and never called

debt                 findings        $  tokens  failed
Tool sprawl                 2   $15.50    120k       7
Prompt stuffing             1        ?   5,000
Inadequate feedback         1
Total                       4  $15.50+    125k       7

Not looked at
  no steps with times: OP303 missing-io

? = unmeasured, + = at least: `--format json` says why
`solvent rule CODE` says why it is debt and how its interest is computed
""")


def test_a_narrow_terminal_gets_the_sentence_below_the_figures():
    assert shown(PLAIN, 72) == snapshot("""\
What you owe per 30 days
400 traces, 7 failed, 2,400 spans, 800 model calls, 600 tool calls, 15.0
days

code   rule               $  tokens  failed  hours  $/hour
TS101  unused-tool   $12.50    100k            0.5  $25.00
       `a` is offered and never called
TS204  failing-tool   $3.00     20k       7    0.5   $6.00
       `search` is offered and never called
PS101  mega-prompt        ?   5,000            0.5       ?
       `system` is offered and never called
IF301  no-feedback                             0.5
       `none` is offered and never called

debt                 findings        $  tokens  failed
Tool sprawl                 2   $15.50    120k       7
Prompt stuffing             1        ?   5,000
Inadequate feedback         1
Total                       4  $15.50+    125k       7

Not looked at
  no steps with times: OP303 missing-io

? = unmeasured, + = at least: `--format json` says why
`solvent rule CODE` says why it is debt and how its interest is computed
""")


def test_markdown():
    assert markdown.render(report(finding())) == snapshot("""\
# What you owe

400 traces, 7 failed, 2,400 spans, 800 model calls, 600 tool calls, 15.0 days.

Interest per 30 days: **$12.50, 100k tokens** over 1 findings.
`?` is unmeasured, `+` is at least.

| code | finding | $ | tokens | failed | hours | $/hour |
|---|---|--:|--:|--:|--:|--:|
| TS101 | `a` is offered and never called | $12.50 | 100k |  | 0.5 | $25.00 |

## TS101 unused-tool: tool:a

`a` is offered and never called.

- Interest: $12.50; tokens 100k; failed traces unmeasured (not counted in failures)
- Evidence: requests 800, share 0.25
- Fix: take `a` off the list
- Fingerprint: `40f89e395b66422f`
""")


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(real, width):
    lines = shown(real, max(width, 80)).splitlines()
    assert max(map(len, lines)) <= max(width, 80)
    words = " ".join(" ".join(lines).split())
    for one in real.findings:
        if width in {80, 200}:
            assert " ".join(one.message.split())[:40] in words


def test_a_limit_says_how_many_more():
    assert "… and 3 more" in shown(PLAIN, limit=1)


def test_a_state_that_is_not_open_is_said():
    assert "accepted: `a`" in shown(report(finding(state=State.ACCEPTED)))
    assert "came back: `a`" in shown(report(finding(state=State.RETURNED)))


def test_a_sum_that_leaves_something_out_is_at_least_that():
    total = shown(PLAIN).split("Total")[1].splitlines()[0].split()
    assert total == ["4", "$15.50+", "125k", "7"]


def test_nothing_steers_the_terminal():
    text = shown(NASTY) + shown(NASTY, 80)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len([line for line in shown(NASTY).splitlines() if line.startswith("TS101")]) == 1


def test_markdown_keeps_its_table_whatever_a_message_says():
    lines = markdown.render(NASTY).splitlines()
    row = next(line for line in lines if line.startswith("| TS101"))
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) == 8
    assert "<img" not in markdown.render(NASTY)


def test_sarif_has_what_the_standard_requires(any_report):
    log = to_sarif(any_report, catalogue(), "0.1.0")
    json.dumps(log, allow_nan=False)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
    assert len(run["results"]) == len(any_report.findings)
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert 0 <= result["rank"] <= 100
        (place,) = result["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "solvent.toml"
        assert place["physicalLocation"]["region"]["startLine"] >= 1
        assert all(isinstance(v, str) for v in result["partialFingerprints"].values())


def test_sarif_suppresses_what_was_accepted():
    (result,) = to_sarif(report(finding(state=State.ACCEPTED)), catalogue(), "1")["runs"][0][
        "results"
    ]
    assert result["suppressions"] == [{"kind": "external", "status": "accepted"}]


def test_sarif_needs_only_the_rules_that_spoke():
    log = to_sarif(report(finding()), {}, "1")
    assert log["runs"][0]["results"][0]["ruleId"] == "TS101"


def test_html_is_one_file_without_script(any_report):
    page = render_html(any_report, Settings())
    assert page.lstrip().startswith("<!doctype html>")
    assert not re.search(r"<(script|link|img|iframe|object)\b", page)
    assert not re.search(r"<[a-z][^>]*\s(src|href|onerror)\s*=", page)
    assert "url(" not in page
    assert "@import" not in page


def test_html_escapes_whatever_names_say():
    page = render_html(NASTY, Settings())
    assert HOSTILE not in page
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_html_says_what_it_stands_on():
    page = render_html(PLAIN, Settings(ledger=Ledger(cost_of_failure_usd=40.0)))
    words = " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())
    assert "What shop owes" in words
    assert "Every 30 days, at least $15.50" in words
    assert "No steps with times : OP303 missing-io" in words
    assert "40 of 40 places have no known price" in words
    assert "1.00 to $5.00" in words
    assert "share 0.25" in words
    assert "It has no interest of its own" in words
    assert "a failed request counts $40.00" in words
    assert "None" not in words
    assert "nan" not in words.lower().split()


def test_html_of_nothing_owed_says_so():
    assert "Nothing that could be looked at is owed" in render_html(EMPTY, Settings())
