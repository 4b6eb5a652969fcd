"""The page of a split by value, and what it writes."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from solvent.errors import Conflict, Denied, Invalid, NotFound
from solvent.prompts import exchange, registry
from solvent.prompts.reading import read_prompt
from solvent.prompts.registry import Change
from solvent.records.prompt import Message, PromptContent
from solvent.server.app import create
from solvent.server.pages.decomposition import Keeping, decomposition, keep_split
from solvent.server.pages.prompt import prompt
from solvent.server.questions.prompt_facts import place_of
from solvent.server.questions.split_picture import HEIGHT
from solvent.testing.project import read
from tests.fixes.test_decompose import ASKED, SHOP, SMALL
from tests.pages.conftest import Client, workbench

WHO = Change("ana", 1, "", "")


@pytest.fixture
def bench(tmp_path):
    made = workbench(tmp_path)
    made.settings = replace(made.settings, decompose=SMALL)
    yield made
    made.close()


def keep_shop(bench, text=SHOP):
    content = PromptContent((Message("", text.rstrip("\n")),))
    return registry.add(bench.prompts, bench.settings.prompts, ("sample", "shop"), content, WHO)


def send(bench, texts, text=SHOP, repeat=1):
    """Record requests that carried the prompt."""
    sent = text.rstrip("\n").replace("{{shop}}", "Velo")
    traces = [
        {"repeat": repeat, "steps": [{"llm": "gpt-4o", "system": sent, "input": asked,
                                      "output": "One moment."}]}
        for asked in texts
    ]  # fmt: skip
    bench.spans.append(read(json.dumps({"traces": traces})))


def test_without_requests_what_it_saves_is_not_measured(bench):
    keep_shop(bench)
    split = decomposition(bench, prompt="shop").split
    assert split.traffic is None
    assert [part.name for part in split.parts] == [
        "core", "refunds", "tracking-of-parcels", "workshop-and-repair",
    ]  # fmt: skip
    assert all(part.share is None for part in split.parts)
    client = Client(create(bench))
    assert "unmeasured" in client.get("/decomposition?prompt=shop").text
    first = client.get("/decomposition?prompt=shop&measure=later").text
    assert "unmeasured" not in first
    assert 'hx-get="/decomposition?prompt=shop"' in first
    part = client.get("/decomposition?prompt=shop", HX_Request="true", HX_Target="div#split").text
    assert "unmeasured" in part
    assert "<html" not in part


def test_recorded_requests_say_what_it_saves_and_which_need_two_modules(bench):
    keep_shop(bench)
    both = "My repair: when is the refund booked?"
    send(bench, [ASKED["refund"], ASKED["parcel"], ASKED["thanks"], both])
    assert decomposition(bench, prompt="shop", measure="later").split.traffic is None
    split = decomposition(bench, prompt="shop").split
    assert (split.traffic.requests, split.traffic.shares) == (4, [0.25, 0.5, 0.25, 0])
    (one,) = split.traffic.several
    assert one.text == both
    assert {need.name for need in one.needs} == {"refunds", "workshop-and-repair"}
    assert {part.name: part.share for part in split.parts[1:]} == {
        "refunds": 0.5, "tracking-of-parcels": 0.25, "workshop-and-repair": 0.25,
    }  # fmt: skip


def test_every_line_of_the_prompt_is_in_the_picture_once(bench):
    keep_shop(bench)
    split = decomposition(bench, prompt="shop").split
    drawn = split.picture.stretches
    assert sum(s.height for s in drawn) == pytest.approx(HEIGHT)
    assert [s.y for s in drawn] == sorted(s.y for s in drawn)
    sizes = {b.part: b.height for b in split.picture.blocks}
    for part, height in sizes.items():
        assert sum(s.height for s in drawn if s.part == part) == pytest.approx(height)
    said = [i.line for part in split.parts for p in part.pieces for i in p.instructions]
    instructions = [i.line for i in read_prompt(SHOP.rstrip("\n")).instructions]
    assert sorted(said) == instructions


def test_the_shown_split_is_kept_and_no_other(bench):
    keep_shop(bench)
    shown = decomposition(bench, prompt="shop").split.digest
    with pytest.raises(Invalid, match="names who"):
        keep_split(bench, Keeping(digest=shown), prompt="shop")
    with pytest.raises(Conflict, match="not the one that was shown"):
        keep_split(bench, Keeping(by="bea", digest="0" * 32), prompt="shop")
    kept = keep_split(bench, Keeping(by="bea", digest=shown), prompt="shop").split.kept
    assert [(k.name, k.number, k.assembled) for k in kept] == [
        ("shop/assembled", 1, True), ("shop/core", 1, False), ("shop/refunds", 1, False),
        ("shop/router", 1, False), ("shop/tracking-of-parcels", 1, False),
        ("shop/workshop-and-repair", 1, False),
    ]  # fmt: skip
    assert not any(p.aliases for p in bench.prompts.list_prompts("sample"))
    keep_shop(bench, SHOP.replace("200", "300"))
    assert decomposition(bench, prompt="shop").split.kept == []
    assert len(decomposition(bench, prompt="shop@1").split.kept) == 6


def test_parts_are_written_as_files_beside_it(bench, tmp_path):
    keep_shop(bench)
    shown = decomposition(bench, prompt="shop").split.digest
    keep_split(bench, Keeping(by="bea", digest=shown, files="yes"), prompt="shop")
    written = sorted(p.name for p in (tmp_path / "prompts" / "shop").iterdir())
    assert written == [
        "assembled.md", "core.md", "refunds.md", "router.md", "tracking-of-parcels.md",
        "workshop-and-repair.md",
    ]  # fmt: skip
    assert not (tmp_path / "prompts" / "shop.md").exists()


def git(folder, *words):
    known = ("-c", "user.name=Bea", "-c", "user.email=b@x", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *known, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_where_files_are_the_truth_a_branch_holds_the_parts(bench, tmp_path):
    rules = replace(bench.settings.prompts, truth="files")
    bench.settings = replace(bench.settings, prompts=rules)
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "shop.md").write_text(SHOP)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "prompts")
    git(tmp_path, "commit", "-qm", "Sell")
    exchange.push(place_of(bench, "sample"), WHO)
    shown = decomposition(bench, prompt="shop").split.digest
    split = keep_split(bench, Keeping(by="bea", digest=shown), prompt="shop").split
    assert split.branch.startswith("solvent/shop-split-")
    assert split.kept == []
    assert git(tmp_path, "diff", "--name-only", "main", split.branch).split() == [
        f"prompts/shop/{name}.md"
        for name in ("assembled", "core", "refunds", "router", "tracking-of-parcels",
                     "workshop-and-repair")
    ]  # fmt: skip
    git(tmp_path, "merge", "-q", "--ff-only", split.branch)
    out = exchange.push(place_of(bench, "sample"), WHO)
    assert not out.faults
    filled = registry.get_resolved(
        bench.prompts, bench.settings.prompts, "sample", registry_reference("shop/assembled")
    )
    assert {part.ref for part in filled.parts} == {
        "shop/core@1", "shop/refunds@1", "shop/tracking-of-parcels@1", "shop/workshop-and-repair@1",
    }  # fmt: skip


def registry_reference(name):
    from solvent.prompts.naming import LATEST, read

    return read(name, LATEST)


def test_a_text_of_the_traces_gets_a_name_before_it_is_split(bench):
    rules = {"mega-prompt": {"max_tokens": 100}}
    bench.settings = replace(bench.settings, rules=rules)
    more = "\n".join(f"- Never refund what rule {n} of the refund forbids." for n in range(40))
    long = SHOP.replace("{{shop}}", "Velo").replace("# Tracking", f"{more}\n\n# Tracking")
    send(bench, list(ASKED.values()), text=long, repeat=10)
    report = bench.audit()
    (found,) = [f for f in report.findings if f.code == "PS101"]
    assert [c.fingerprint for c in decomposition(bench).choices] == [found.fingerprint]
    split = decomposition(bench, finding=found.fingerprint).split
    assert (split.name, split.traffic.requests) == ("", 40)
    wanted = Keeping(by="bea", digest=split.digest, name="velo/shop")
    after = keep_split(bench, wanted, finding=found.fingerprint).split
    assert after.name == "velo/shop"
    assert "velo/shop/assembled" in {k.name for k in after.kept}
    assert [n.code for n in prompt(bench, "velo/shop").findings] == ["PS101"]
    assert prompt(bench, "velo/shop/refunds").findings == []
    assert decomposition(bench, prompt="velo/shop").split.fingerprint == found.fingerprint


def test_a_refused_split_is_not_kept(bench):
    bench.settings = replace(bench.settings, decompose=replace(SMALL, min_saved=0.9))
    keep_shop(bench)
    split = decomposition(bench, prompt="shop").split
    assert split.refused
    with pytest.raises(Invalid, match="should stay whole"):
        keep_split(bench, Keeping(by="bea", digest=split.digest), prompt="shop")


def test_what_is_not_there_is_said(bench):
    with pytest.raises(NotFound):
        decomposition(bench, prompt="nothing")
    with pytest.raises(NotFound, match="no finding"):
        decomposition(bench, finding="f" * 16)
    assert decomposition(bench).choices == []


def test_another_site_cannot_keep_it(bench):
    keep_shop(bench)
    client = Client(create(bench))
    headers = {"sec-fetch-site": "cross-site", "accept": "application/json"}
    said = client.ask(
        "/decomposition?prompt=shop", method="POST", headers=headers, data={"by": "x"}
    )
    assert said.status_code == Denied.status
    assert [p.name for p in bench.prompts.list_prompts("sample")] == ["shop"]
