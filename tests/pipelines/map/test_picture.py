"""What is drawn of a pipeline, and what it says to those who do not see colours."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

from solvent.errors import NotFound
from solvent.pipelines.map.blame import read_blame
from solvent.pipelines.map.choice import find_pipeline, find_slice
from solvent.pipelines.map.picture import picture
from solvent.pipelines.map.svg import draw
from solvent.pipelines.map.text import to_dot, to_mermaid
from tests.pipelines.map.test_reading import mapped

SVG = "{http://www.w3.org/2000/svg}"
APP = """
traces:
  - repeat: 40
    version: "1.4"
    outcome: passed
    name: ask
    steps:
      - {step: rewrite, steps: [{llm: gpt-4o, name: chat, tokens: [200, 20]}]}
      - {step: sql, steps: [{llm: gpt-4o, name: chat}, {step: check}]}
      - {tool: run}
  - repeat: 40
    version: "1.5"
    outcome: failed
    name: ask
    steps:
      - {step: rewrite, seconds: 9, steps: [{llm: gpt-4o, name: chat}]}
      - {step: sql, steps: [{llm: gpt-4o, name: chat}, {step: check}]}
      - {tool: run, error: no such column}
      - {step: sql, steps: [{llm: gpt-4o, name: chat}, {step: check}]}
      - {tool: run}
"""


def app():
    return mapped(APP).pipelines[0]


def words(svg):
    return [node.text or "" for node in ET.fromstring(svg).iter(SVG + "text")]


def test_boxes_hold_what_ran_inside_and_a_lone_call_is_only_named():
    drawn = picture(app(), app().whole)
    boxes = {box.step.name: box for box in drawn.root.inside}
    assert [box.step.name for box in boxes["sql"].inside] == ["chat", "check"]
    assert boxes["rewrite"].inside == ()
    assert boxes["rewrite"].calls == "chat"


def test_figures_and_blame_stand_in_words():
    one = app()
    blame = {step.id: 0.62 if step.name == "rewrite" else 0.0 for step in one.steps}
    said = words(draw(picture(one, one.whole, blame=blame)))
    assert "blame 62 %" in said
    assert "33 % errors" in said
    assert "40 retries" in said
    assert {"80 traces", "40 failed", "of 80 with an outcome"} <= set(said)


def test_the_way_back_of_half_the_traces_is_drawn():
    drawn = picture(app(), app().whole)
    names = {box.step.id: box.step.name for box in drawn.root.inside}
    back = [line for line in drawn.root.lines if names.get(line.before) == "run" and line.after]
    assert [names[line.after] for line in back] == ["sql"]
    assert back[0].share == pytest.approx(0.5)


def test_every_box_is_a_link_in_reading_order_with_its_sentence():
    svg = draw(picture(app(), app().whole), lambda box: f"/traces?step={box.step.name}")
    links = list(ET.fromstring(svg).iter(SVG + "a"))
    assert [link.get("href") for link in links] == [
        f"/traces?step={name}" for name in ("rewrite", "sql", "chat", "check", "run")
    ]
    assert links[-1].get("aria-label").startswith("run: tool · in 100 %")


def test_findings_have_a_link_of_their_own():
    svg = draw(
        picture(app(), app().whole),
        lambda _: "/traces",
        lambda box: ("1 finding", "#step-3") if box.step.name == "run" else ("", ""),
    )
    found = [a for a in ET.fromstring(svg).iter(SVG + "a") if a.get("href") == "#step-3"]
    assert ["".join(a.itertext()) for a in found] == ["1 finding"]


def test_what_moved_between_versions_is_in_the_boxes():
    one = app()
    shown = picture(one, find_slice(one, "1.5"), find_slice(one, "1.4"))
    said = words(draw(shown))
    assert "errors 0 % → 50 %" in said
    assert "p50 1.0 s → 9.0 s" in said
    assert words(draw(picture(one, find_slice(one, "1.4"), find_slice(one, "1.4")))) == words(
        draw(picture(one, find_slice(one, "1.4")))
    )


def test_rare_steps_share_a_box_until_they_are_asked_for():
    many = ", ".join(f"{{steps: [{{step: common}}, {{step: rare-{n}}}]}}" for n in range(100))
    (one,) = mapped(f"traces: [{many}]").pipelines
    shown = picture(one, one.whole)
    names = [box.step.name for box in shown.root.inside]
    assert len(names) < 20
    (folded,) = [box for box in shown.root.inside if box.folded]
    assert folded.step.name == f"{folded.folded} more steps"
    assert folded.figures.runs == folded.folded
    assert len(picture(one, one.whole, most=1000).root.inside) == 101


def test_names_of_senders_stay_text():
    evil = "<script>alert(1)</script>\"'&]]>"
    (one,) = mapped(
        json.dumps({"traces": [{"name": evil, "steps": [{"step": evil}, {"step": "b"}]}]})
    ).pipelines
    svg = draw(picture(one, one.whole), lambda _: "/traces")
    assert "<script" not in svg
    assert ET.fromstring(svg).find(SVG + "title").text == f"The pipeline {evil}"
    assert '"' not in to_mermaid(picture(one, one.whole)).splitlines()[1].split('"', 2)[2][:-2]
    assert to_dot(picture(one, one.whole)).count("{") == 1


def test_a_root_alone_is_a_box():
    (one,) = mapped("traces: [{steps: []}]").pipelines
    assert "agent · in 100 %" in words(draw(picture(one, one.whole)))


def test_text_for_other_tools_has_boxes_in_boxes():
    shown = picture(app(), app().whole)
    assert "subgraph cluster_" in to_dot(shown)
    assert "subgraph g" in to_mermaid(shown)
    assert to_mermaid(shown).startswith("flowchart LR")


def test_blame_is_put_to_its_step_by_the_names_around_it():
    one = app()
    accused = {
        "verdict": "accused",
        "note": "`rewrite` is to blame.",
        "steps": [{"path": ["ask", "rewrite"], "name": "rewrite", "share": 0.7}],
    }
    by_name = {step.name: step.id for step in one.steps if step.name != "chat"}
    shares = read_blame(accused).by_step(one.steps)
    assert (shares[by_name["rewrite"]], shares[by_name["sql"]]) == (0.7, 0.0)
    elsewhere = {**accused, "steps": [{"path": ["x", "run"], "name": "run", "share": 0.4}]}
    assert read_blame(elsewhere).by_step(one.steps)[by_name["run"]] == 0.4


@pytest.mark.parametrize(
    "body", [None, {"missing": "no traces"}, {"verdict": "none", "note": "chance"}]
)
def test_blame_that_was_not_measured_is_not_zero(body):
    assert read_blame(body).by_step(app().steps) is None
    assert read_blame(body).note


def test_what_there_is_not_is_said_with_what_there_is():
    one = mapped(APP)
    with pytest.raises(NotFound, match="no pipeline `x`"):
        find_pipeline(one, "x")
    with pytest.raises(NotFound) as error:
        find_slice(one.pipelines[0], "9.9")
    assert "`1.4`" in error.value.hint
    assert find_pipeline(one, step="check").name == "ask"
