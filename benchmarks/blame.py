"""Planted faults: is the step at which failures begin ranked first? And how long does it take?

    python benchmarks/blame.py [--seeds 20] [--faults "wrong rewrite"] [--football] [--scale]

The pipeline and its traces are simulated (`solvent.testing.faults_pipeline`): questions go through
seven steps that also polish, fail for a moment, find nothing and take their time where no harm is
done. One fault is planted in a share of the calls. Traces are taken until 40 failed and 160 passed;
one in twenty right answers is called wrong, by nothing that a step shows. All traces are labelled,
or ten drawn by lot, of which one draw in ten holds no failed trace at all; it counts like any
other. Where nothing is planted, outcomes are dealt out by lot, or by what was asked. The same is
done in the worked example (`blame_football`). Every seed is another simulation; seeds below 1000
were used to choose the method's conventions, and the figures are of those from 2000 on.

Both pipelines also do harm that is not planted: an index has gaps, a tool is busy twice, a recorded
answer is wrong. A step that is accused beside the culprit counts as innocent unless it went wrong
by itself in at least half of the failed traces that are shown for it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import blame_football
from machine import Figure, Others, own_peak_mb
from rows import PROJECT

from solvent.debt.evidence import collect
from solvent.debt.studies.blame import find_blame
from solvent.records.blame import Blame, RankedStep
from solvent.testing import faults, faults_pipeline
from solvent.traces.prices import PriceBook
from solvent.workbench import open_spans

FAILED, PASSED, LABELLED = 40, 160, 10
NOISE = 0.05
FIRST_SEED = 2000
SEEDS, FOOTBALL_SEEDS, QUICK_SEEDS, NULLS = 20, 10, 2, 40
PROCESSES = 3
"""One more than there are cores: each waits now and then for what it sends to itself."""
TRACES = 100_000


class Plan(NamedTuple):
    """One fault, and where and how often it is planted."""

    step: str
    fault: faults.Fault
    share: float
    inside: bool
    """True: below the tracing, so that the span shows what came of it; False: around it."""


def plans(seed: int) -> dict[str, Plan]:
    """Return the faults by name."""
    chance = random.Random(seed)
    older = faults.stale_result(lambda q: faults_pipeline.retrieve(q, chance, stale=True))
    return {
        "wrong rewrite": Plan("rewrite", faults.wrong_rewrite(), 0.3, inside=True),
        "empty retrieval": Plan("retrieve", faults.empty_result(), 0.5, inside=True),
        "stale retrieval": Plan("retrieve", older, 0.5, inside=True),
        "flaky tool": Plan("lookup", faults.flaky(), 0.5, inside=True),
        "truncated context": Plan("generate", faults.truncated_context(0.5), 0.5, inside=False),
        "swapped argument": Plan(
            "lookup", faults.swapped_arguments("club", "season"), 0.4, inside=False
        ),
        "changed model": Plan(
            "generate", faults.changed_model(faults_pipeline.SMALL), 0.25, inside=False
        ),
    }


def simulate(plan: Plan | None, seed: int, *, asked: bool = False) -> tuple[Any, dict[str, bool]]:
    """Return a simulation and the outcome of each of its traces.

    Args:
        plan: The fault; None: nothing is planted, and outcomes have nothing to do with steps.
        seed: Another seed is another simulation.
        asked: Where nothing is planted: questions about some clubs fail.
    """
    chance = random.Random(seed * 7 + 1)
    simulation = faults_pipeline.Simulation(random.Random(seed * 7 + 2))
    plain = faults_pipeline.steps(random.Random(seed * 7 + 3))
    if plan and plan.inside:
        plain = faults.plant(plain, plan.step, plan.fault, share=plan.share, seed=seed)
    steps = simulation.traced(plain)
    if plan and not plan.inside:
        steps = faults.plant(steps, plan.step, plan.fault, share=plan.share, seed=seed)
    left = {True: PASSED, False: FAILED}
    outcomes: dict[str, bool] = {}
    while sum(left.values()):
        before = len(simulation.batch.spans)
        right = simulation.ask(steps)
        if plan is None and asked:
            right = chance.random() > (
                0.8 if simulation.city in faults_pipeline.CITIES[:4] else 0.02
            )
        elif plan is None:
            right = chance.random() > FAILED / (FAILED + PASSED)
        elif chance.random() < NOISE:
            right = False
        if left[right]:
            left[right] -= 1
            outcomes[simulation.trace_id] = right
        else:
            del simulation.batch.spans[before:]
    return simulation, outcomes


def blame(
    simulation: Any, outcomes: dict[str, bool], project: str = faults_pipeline.PROJECT
) -> Blame:
    """Return the ranking that the traces and these outcomes give."""
    store = open_spans(":memory:")
    try:
        batch = simulation.batch
        batch.assessments[:] = [simulation.judge(t, passed=ok) for t, ok in outcomes.items()]
        store.append(batch)
        with collect(store, PriceBook.load(), project) as evidence:
            return find_blame(evidence)
    finally:
        store.close()


def planted(name: str, seeds: range, *, football: bool = False) -> Counter[str]:
    """Return how often the culprit of one fault was ranked first, and who was accused."""
    found: Counter[str] = Counter()
    for seed in seeds:
        if football:
            plan: Any = blame_football.plans()[name]
            simulation, outcomes = blame_football.simulate(plan, seed)
        else:
            plan = plans(seed)[name]
            simulation, outcomes = simulate(plan, seed)
        drawn = random.Random(seed).sample(sorted(outcomes), LABELLED)
        for labels, known in (("all", outcomes), ("few", {t: outcomes[t] for t in drawn})):
            result = blame(simulation, known, "football" if football else faults_pipeline.PROJECT)
            first = result.steps[0] if result.steps else None
            found[f"{labels} unfailed"] += all(known.values())
            found[f"{labels} first"] += bool(first and first.name == plan.step)
            found[f"{labels} accused"] += any(
                one.accused and one.name == plan.step for one in result.steps
            )
            beside = [one for one in result.steps if one.accused and one.name != plan.step]
            guilty = simulation.mistaken if football else mistaken(simulation)
            found[f"{labels} beside"] += bool(beside)
            found[f"{labels} innocent"] += any(is_innocent(one, guilty) for one in beside)
    return found


def mistaken(simulation: Any) -> set[tuple[str, str]]:
    """Return traces and the steps that went wrong in them by themselves, with no fault planted.

    A search that had a club and a season to look for and found nothing; a look-up that failed.
    """
    texts = {content.hash: content.text for content in simulation.batch.contents}
    found = set()
    for span in simulation.batch.spans:
        asked = texts[span.input_hashes[0]]
        known = any(f"FC {city}" in asked for city in faults_pipeline.CITIES)
        known = known and any(str(season) in asked for season in faults_pipeline.SEASONS)
        gap = span.name == "retrieve" and known and not span.document_hashes
        if gap or span.status == "error":
            found.add((span.trace_id, span.name))
    return found


def is_innocent(one: RankedStep, guilty: set[tuple[str, str]]) -> bool:
    """Return whether a step went wrong by itself in less than half of the traces shown for it."""
    wrong = sum((trace, one.name) in guilty for trace, _ in one.examples)
    return 2 * wrong < len(one.examples)


def innocent(seeds: range, *, asked: bool = False, football: bool = False) -> int:
    """Return how often a step is accused although nothing is planted."""
    accused = 0
    for seed in seeds:
        if football:
            found = blame(*blame_football.simulate(None, seed), blame_football.PROJECT)
        else:
            found = blame(*simulate(None, seed, asked=asked))
        accused += any(one.accused for one in found.steps)
    return accused


def scale(folder: Path) -> dict[str, Any]:
    """Return what blame over 100,000 traces costs, in a process of its own."""
    command = [sys.executable, __file__]
    subprocess.run([*command, "--build", folder], check=True)
    with Others() as others:
        done = subprocess.run(
            [*command, "--one", folder], stdout=subprocess.PIPE, text=True, check=True
        )
    return json.loads(done.stdout) | {"others": others.share}


def build(folder: str) -> None:
    """Write 100,000 simulated traces into a store, unless they are there."""
    import audit

    audit.build(Path(folder), TRACES * 8)


def one(folder: str) -> None:
    """Work the studies of pipelines out and print what that cost."""
    from solvent.debt.studies import catalogue, run
    from solvent.settings import load
    from solvent.workbench import Workbench

    names = tuple(name for name in ("pipeline_map", "blame") if name in catalogue())
    laps: dict[str, float] = {}
    with Workbench(load(folder)) as bench, collect(bench.spans, bench.prices, PROJECT) as evidence:
        began, cpu = time.perf_counter(), time.process_time()
        for name in names:
            at = time.process_time()
            run(evidence, (name,))
            laps[name] = time.process_time() - at
    print(
        json.dumps({
            "seconds": time.perf_counter() - began,
            "cpu": time.process_time() - cpu,
            "studies": laps,
            "peak_mb": own_peak_mb(),
        })
    )  # fmt: skip


def measure_scale(folder: Path) -> tuple[list[Figure], Any]:
    """Time blame over 100,000 traces."""
    found = scale(folder / "blame")
    note = ", ".join(f"{name} {s:.1f} s" for name, s in found["studies"].items())
    return [
        Figure("100,000 traces, 800,000 spans: CPU", found["cpu"], "s", 20, note=note),
        Figure("100,000 traces: peak memory", found["peak_mb"], "MB", 2000),
    ], found


def measure(*, quick: bool = False) -> tuple[list[Figure], Any]:
    """Plant every fault, deal outcomes out by lot, return the figures."""
    found: dict[str, Any] = {}
    figures: list[Figure] = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        parts = {}
        for football, often in ((True, FOOTBALL_SEEDS), (False, SEEDS)):
            chosen = range(FIRST_SEED, FIRST_SEED + (QUICK_SEEDS if quick else often))
            for name in blame_football.plans() if football else plans(0):
                run = pool.submit(planted, name, chosen, football=football)
                parts.setdefault(football, {})[name] = (run, len(chosen))
        nulls = {}
        for name, how, often in (
            ("football, outcomes by lot", {"football": True}, NULLS // 2),
            ("outcomes by lot", {}, NULLS),
            ("outcomes by what was asked", {"asked": True}, NULLS // 2),
        ):
            more = range(FIRST_SEED, FIRST_SEED + (QUICK_SEEDS if quick else often))
            nulls[name] = (pool.submit(innocent, more, **how), len(more))
        for football in (False, True):
            where = "football, " if football else ""
            counts = {name: (run.result(), of) for name, (run, of) in parts[football].items()}
            for name, (count, of) in counts.items():
                print(f"{where}{name}: {dict(count)}", flush=True)
                figures += ranked(where + name, count, of)
                found[where + name] = dict(count)
            whole = sum((count for count, _ in counts.values()), Counter())
            figures += over_all(where, whole, sum(of for _, of in counts.values()))
        for name, (run, of) in nulls.items():
            found[name] = {"accused": run.result()}
            print(f"{name}: {found[name]} of {of}", flush=True)
            note = f"{run.result()} of {of} simulations, nothing planted"
            share = 100 * run.result() / of
            figures.append(Figure(f"{name}: a step accused", share, "%", 5, note=note))
    return figures, found


def ranked(title: str, count: Counter[str], of: int) -> list[Figure]:
    """Return how often the culprit of one fault is first."""
    unfailed = count["few unfailed"]
    lacking = f"; {unfailed} without a failed trace among the ten" if unfailed else ""
    return [
        Figure(f"{title}: culprit first, all labelled", 100 * count["all first"] / of, "%", 95,
               least=True, note=f"{count['all first']} of {of} simulations of 200 traces"),
        Figure(f"{title}: culprit first, 5 % labelled", 100 * count["few first"] / of, "%", 85,
               least=True, note=f"{count['few first']} of {of}{lacking}"),
    ]  # fmt: skip


def over_all(where: str, count: Counter[str], of: int) -> list[Figure]:
    """Return the same over all faults, and how often an innocent step stands beside the culprit."""
    figures = ranked(f"{where}all faults", count, of)
    for labels, text in (("all", "all labelled"), ("few", "5 % labelled")):
        note = f"{count[f'{labels} innocent']} of {of}; another step that does harm:"
        figures.append(
            Figure(
                f"{where}all faults: an innocent step accused, {text}",
                100 * count[f"{labels} innocent"] / of,
                "%",
                note=f"{note} {count[f'{labels} beside'] - count[f'{labels} innocent']}",
            )
        )
    return figures


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seeds", type=int, default=SEEDS)
    options.add_argument("--first", type=int, default=FIRST_SEED, help="the first seed")
    options.add_argument(
        "--faults", default="", help="faults to plant, with commas; all when empty"
    )
    options.add_argument("--football", action="store_true", help="only the worked example")
    options.add_argument("--scale", action="store_true", help="only measure 100,000 traces")
    options.add_argument("--keep", type=Path, default=Path("build/bench"))
    options.add_argument("--build", help=argparse.SUPPRESS)
    options.add_argument("--one", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    if chosen.build:
        build(chosen.build)
    elif chosen.one:
        one(chosen.one)
    elif chosen.scale:
        print(scale(chosen.keep / "blame"))
    else:
        known = blame_football.plans() if chosen.football else plans(0)
        for name in chosen.faults.split(",") if chosen.faults else known:
            print(f"{name}: {planted(name, seeds, football=chosen.football)}", flush=True)
        if not chosen.faults:
            accused = innocent(seeds, football=chosen.football)
            print(f"nothing planted: {accused} of {len(seeds)} accused", flush=True)
    sys.stdout.flush()
    os.sync()


if __name__ == "__main__":
    main()
