"""Direct signals: what is said of a step, schemas that it breaks, sums that do not hold."""

from __future__ import annotations

import gzip
import json

import pytest

from solvent.errors import NotFound
from solvent.pipelines.within import read_courses, suspects
from solvent.pipelines.within.sums import wrong_equations
from solvent.settings import load, require_data
from solvent.testing.project import read
from solvent.workbench import open_spans

FORM = json.dumps({
    "response_format": {"type": "json_schema", "json_schema": {"schema": {
        "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"], "additionalProperties": False,
    }}},
})  # fmt: skip
TRACE = """
tools:
  weather:
    description: Weather of a city.
    parameters:
      type: object
      properties: {{city: {{type: string}}, unit: {{enum: [celsius, fahrenheit]}}}}
      required: [city]
traces:
  - outcome: failed
    assessments: {assessments}
    steps:
      - {{step: plan, id: "{plan}", input: "Where is it warm?", output: Look at Bern.}}
      - llm: gpt-4o
        name: ask
        id: "{ask}"
        offered: [weather]
        input: Look at Bern.
        asked: {asked}
        output: {output}
      - {{step: tell, input: x, output: "{told}"}}
"""
PLAN, ASK = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"


def ranked(output="Warm.", asked="{}", assessments="[]", told="It is warm."):
    text = TRACE.format(
        output=output, asked=asked, assessments=assessments, told=told, plan=PLAN, ask=ASK
    )
    batch = read(text)
    store = open_spans(":memory:")
    try:
        store.append(batch)
        (course,) = read_courses(store, "sample", [batch.spans[0].trace_id])
    finally:
        store.close()
    return suspects(course)


def reasons(found, name):
    return [
        (suspect.name, reason.words)
        for suspect in found
        for reason in suspect.reasons
        if reason.signal == name
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("{city: Bern, unit: C}", "`unit` is none of the values allowed"),
        ("{unit: celsius}", "`city` is missing"),
        ("{city: Bern, days: 3}", "`days` is not a parameter"),
    ],
)
def test_a_call_that_breaks_the_schema_of_its_tool(arguments, said):
    found = ranked(f"[{{call: {{tool: weather, arguments: {arguments}}}}}]")
    assert found[0].name == "ask"
    assert reasons(found, "breaks_schema") == [
        ("ask", f"breaks the schema that it was given: in the call of `weather`, {said}")
    ]


def test_a_call_that_keeps_the_schema_says_nothing():
    found = ranked("[{call: {tool: weather, arguments: {city: Bern}}}]")
    assert reasons(found, "breaks_schema") == []


@pytest.mark.parametrize("attribute", ["input.value", "llm.invocation_parameters"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ('{"city": "Bern"}', ["`days` is missing"]),
        ('{"city": "Bern", "days": 3, "sun": true}', ["`sun` is not in the schema"]),
        ("It is Bern.", ["the answer is not JSON"]),
        ('{"city": "Bern", "days": 3}', []),
        ('```json\n{"city": "Bern", "days": 3}\n```', []),
    ],
)
def test_an_answer_is_held_to_the_schema_that_was_asked_for(attribute, answer, said):
    found = ranked(json.dumps(answer), asked=json.dumps({attribute: FORM}))
    assert reasons(found, "breaks_schema") == [
        ("ask", f"breaks the schema that it was given: {one}") for one in said
    ]


def test_a_word_on_the_very_step_comes_first():
    wrong = f"[{{name: correct, value: 0, source: human, span: {PLAN}, rationale: not Bern}}]"
    found = ranked("[{call: {tool: weather, arguments: {unit: C}}}]", assessments=wrong)
    assert found[0].name == "plan"
    assert found[0].reasons[0].words == "a person says of it: `correct` 0"
    assert found[0].reasons[0].quote == "not Bern"


def test_a_person_outweighs_a_judge_and_who_is_right_falls_back():
    both = (
        f"[{{name: correct, value: 0, source: judge, span: {ASK}}},"
        f" {{name: correct, value: 1, source: human, span: {ASK}}}]"
    )
    found = ranked("[{call: {tool: weather, arguments: {unit: C}}}]", assessments=both)
    assert reasons(found, "judged_wrong") == []
    assert not found or found[0].name != "ask" or found[0].score < 1


def test_feedback_of_which_nobody_knows_what_is_good_says_nothing():
    found = ranked(assessments=f"[{{name: toxicity, value: 0, source: code, span: {PLAN}}}]")
    assert reasons(found, "judged_wrong") == []


def test_a_sum_that_does_not_hold():
    found = ranked(told="You save $300 - $99 = -$201 in all.")
    assert found[0].name == "tell"
    assert reasons(found, "miscalculates") == [("tell", "calculates wrong: that comes to 201")]


@pytest.mark.parametrize(
    "right",
    [
        "$105 + $102 = $207", r"2 \times \$20.00 \times 4 = \$160.00", "600 + 61 = 661 years",
        "1/3 = 0.33", "1 / 3 = 33 %", "35 / 40 = 87.5%", "5 % * 200 = 10",
        "7,800 / 13.934 = $559.77", "12 - 2 \u00d7 3 = 6", "10 ≈ 10", "1000 * 0.05 = 50",
        "3 \u00d7 8.25 = 24.75 = 24.75",
    ],
)  # fmt: skip
def test_sums_that_hold(right):
    assert list(wrong_equations(f"So {right}.")) == []


@pytest.mark.parametrize(
    "other",
    [
        "| 70-71-66=207 |", "x = 3 + 4 * y = 9", "f(2) + 3 = 6 + 1", "17 + 5 = 22 (mod 10) = 2",
        "a 2024-01-05 = 12", "x^2 + 3 = 12", "5 + 3 = 2 * 4", "1 / 0 = 7", "5! + 1 = 121",
    ],
)  # fmt: skip
def test_what_is_no_plain_sum_is_left_alone(other):
    assert list(wrong_equations(other)) == []


@pytest.mark.parametrize("wrong", ["5 x 5 x 5 = 625", "1,200 + 300 = 1,600", "50 % * 80 = 4"])
def test_sums_that_do_not(wrong):
    assert [one.text for one in wrong_equations(f"So {wrong}.")] == [wrong]


def test_of_public_runs_only_a_wrong_sum_is_called_wrong():
    try:
        data = require_data(load())
    except NotFound as missing:
        pytest.skip(str(missing))
    found = []
    for part in ("algorithm_generated", "hand_crafted"):
        with gzip.open(data / "who_and_when" / f"{part}.jsonl.gz", "rt") as lines:
            texts = {str(said["content"]) for one in lines for said in json.loads(one)["history"]}
        found += [one.text for text in sorted(texts) for one in wrong_equations(text)]
    assert found == ["$300 - $99 = -$201"]
