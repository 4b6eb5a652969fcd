"""Planted faults: is the step at which failures begin ranked first? And how long does it take?

    python benchmarks/blame.py [--seeds 20] [--faults "wrong rewrite"] [--football] [--scale]

The pipeline and its traces are simulated (`solvent.testing.faults_pipeline`): questions go through
seven steps that also polish, fail for a moment, find nothing and take their time where no harm is
done. One fault is planted in a share of the calls. Traces are taken until 40 failed and 160 passed;
one in twenty right answers is called wrong, by nothing that a step shows. All traces are labelled,
or ten drawn by lot. Where nothing is planted, outcomes are dealt out by lot, or by what was
asked. The same is done in the worked example (`blame_football`). Every seed is another simulation;
seeds below 1000 were used to choose the method's conventions, and the figures are of those from
1000 on. Ten labels can be all of passed traces: then nobody can tell, and the figures for few
labels are given both with such draws counted as misses and without them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import blame_football
from machine import Figure, Others
from rows import PROJECT

from solvent.debt.evidence import NoEvidence, collect
from solvent.debt.studies.blame import find_blame
from solvent.records.blame import Blame
from solvent.testing import faults, faults_pipeline
from solvent.traces.prices import PriceBook
from solvent.workbench import open_spans

FAILED, PASSED, LABELLED = 40, 160, 10
NOISE = 0.05
FIRST_SEED = 1000
SEEDS, FOOTBALL_SEEDS, QUICK_SEEDS, NULLS = 10, 4, 2, 40
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


def planted(name: str, seeds: range, *, football: bool = False) -> dict[str, Any]:
    """Return how often the culprit of one fault was ranked first, and accused."""
    found: Counter[str] = Counter()
    for seed in seeds:
        if football:
            plan: Any = blame_football.plans()[name]
            simulation, outcomes = blame_football.simulate(plan, seed)
            project = blame_football.PROJECT
        else:
            plan = plans(seed)[name]
            simulation, outcomes = simulate(plan, seed)
            project = faults_pipeline.PROJECT
        for labels in ("all", "few"):
            known = outcomes
            if labels == "few":
                drawn = random.Random(seed).sample(sorted(outcomes), LABELLED)
                known = {trace: outcomes[trace] for trace in drawn}
            try:
                result = blame(simulation, known, project)
            except NoEvidence:
                found[f"{labels} NoEvidence"] += 1
                continue
            first = result.steps[0] if result.steps else None
            found[f"{labels} first"] += bool(first and first.name == plan.step)
            found[f"{labels} accused"] += bool(first and first.accused)
            others = [s for s in result.steps if s.accused and s.name != plan.step]
            found[f"{labels} others accused"] += bool(others)
    return dict(found)


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
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
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
    for football, often in ((False, SEEDS), (True, FOOTBALL_SEEDS)):
        chosen = range(FIRST_SEED, FIRST_SEED + (QUICK_SEEDS if quick else often))
        for name in blame_football.plans() if football else plans(0):
            title = f"football, {name}" if football else name
            found[title] = planted(name, chosen, football=football)
            print(f"{title}: {found[title]}", flush=True)
            figures += [
                Figure(f"{title}: culprit first, all labelled",
                       share(found[title], "all first", chosen), "%", 95, least=True,
                       note=f"{len(chosen)} simulations of 200 traces"),
                Figure(f"{title}: culprit first, 5 % labelled", few(found[title], chosen), "%",
                       85, least=True, note=without(found[title], chosen)),
            ]  # fmt: skip
    for name, how, often in (
        ("outcomes by lot", {}, NULLS),
        ("outcomes by what was asked", {"asked": True}, NULLS // 2),
        ("football, outcomes by lot", {"football": True}, NULLS // 2),
    ):
        more = range(FIRST_SEED, FIRST_SEED + (QUICK_SEEDS if quick else often))
        found[name] = {"accused": innocent(more, **how)}
        print(f"{name}: {found[name]} of {len(more)}", flush=True)
        accused = share(found[name], "accused", more)
        note = f"{found[name]['accused']} of {len(more)} simulations, nothing planted"
        figures.append(Figure(f"{name}: a step accused", accused, "%", 5, note=note))
    return figures, found


def share(found: dict[str, Any], key: str, seeds: range) -> float:
    """Return a count as per cent of the simulations."""
    return 100 * found.get(key, 0) / len(seeds)


def few(found: dict[str, Any], seeds: range) -> float | None:
    """Return how often the culprit was first, where a failed trace was among the labelled ones."""
    known = len(seeds) - found.get("few NoEvidence", 0)
    return 100 * found.get("few first", 0) / known if known else None


def without(found: dict[str, Any], seeds: range) -> str:
    """Return how many simulations had no failed trace among the labelled ones."""
    none = found.get("few NoEvidence", 0)
    if not none:
        return ""
    return (
        f"{none} of {len(seeds)} left out: no failed trace among the ten labelled;"
        f" {share(found, 'few first', seeds):.0f} % with them"
    )


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
