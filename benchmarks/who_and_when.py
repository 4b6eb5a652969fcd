"""Who is to blame for a failed run, and at which step, beside people who read it (Who&When).

    python benchmarks/who_and_when.py [--data FOLDER] [--seeds 10]    measures, prints the tables
    python benchmarks/who_and_when.py --fit                           writes the weights that ship

Data: Who&When (MIT, (c) 2025 Ming Yin, arXiv 2505.00212), 82 algorithm-generated and 37
hand-crafted failed runs, and AgentRx's second annotation of 30 of the latter (MIT, Microsoft,
arXiv 2602.02475).
The runs are read by the importer that users have, and ranked by `solvent.pipelines.within`.

Protocol: 5 folds by question, so that no question is on both sides, also not across the two parts;
repeated with several seeds. Weights are fitted on the training folds only; beside the fixed set of
signals, one chosen by 4 folds inside the training folds. The expected answer is not used.
Fitting needs numpy; ranking does not.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from solvent.pipelines.within.ranking import WEIGHTS
from solvent.pipelines.within.reading import read_courses
from solvent.pipelines.within.scene import Kind, Scene
from solvent.pipelines.within.signals import read_signals
from solvent.records.suspect import Course
from solvent.settings import Settings, find_folder, load
from solvent.traces.batches import read_batches
from solvent.workbench import open_spans

PARTS = ("algorithm_generated", "hand_crafted")
TITLES = {"algorithm_generated": "Algorithm-generated", "hand_crafted": "Hand-crafted"}
PART_OF = {Kind.ROUND_TABLE: "algorithm_generated", Kind.COORDINATED: "hand_crafted"}
WEIGHED = {
    Kind.ROUND_TABLE: "executes idle opens off_task other_task ready_code code_empty code_failed"
    " made_up assumed unsupported later by_hand to_the_point found_wanting",
    Kind.COORDINATED: "coordinates closes idle early last last_of_few last_of_many",
}
"""The signals that are weighed, by kind of trace."""
ROUND_TABLE, COORDINATED = (names.split() for names in WEIGHED.values())
Choices = dict[Kind, list[list[str]]]
CHOICES: Choices = {kind: [names.split()] for kind, names in WEIGHED.items()}
WIDER: Choices = {
    Kind.ROUND_TABLE: [ROUND_TABLE, [*ROUND_TABLE, "long", "repeats", "gave_up"]],
    Kind.COORDINATED: [
        COORDINATED,
        [*COORDINATED, "content", "rare", "found_wanting", "goes_on", "opens"],
        [*COORDINATED, "content", "rare", "repeats", "partial", "unsupported"],
    ],
}
"""More sets among which the training folds may choose: what the choice of the signals is worth."""
SHRINKAGE = 3.0
"""Ridge penalty on weights of signals in units of their spread."""
WIDER_SHRINKAGE = (1.0, 3.0, 10.0)
AGENT_PART = 0.5
"""Weight of naming the agent against naming the step, in what is maximised."""
OUTER, INNER = 5, 4
PUBLISHED = (0.535, 0.142)
"""Best agent and step accuracy in arXiv 2505.00212, over all 184 runs."""


@dataclass
class Run:
    """One failed run with the culprit that people named."""

    part: str
    question: str
    file: str
    scene: Scene
    agent: str
    place: int
    """The labelled step among the steps; messages of a person are no steps."""
    reason: str
    second: tuple[str, int] | None
    """Agent and step that another team named."""
    rows: list[dict[str, float]]
    """Strength of each signal, by step."""

    @property
    def actors(self) -> list[str]:
        return [step.actor for step in self.scene.steps]

    @property
    def said(self) -> set[str]:
        return {step.actor for step in self.scene.steps}


def read_runs(data: Path) -> list[Run]:
    """Return every labelled run, read as an import would."""
    second = second_annotation(data / "agentrx_second_annotation.jsonl")
    runs: list[Run] = []
    for part in PARTS:
        path = data / f"{part}.jsonl.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        for record, course in zip(records, courses(path), strict=True):
            places = [n for n, said in enumerate(record["history"]) if said["role"] != "human"]
            assert len(places) == len(course.steps), record["_file"]
            scene = Scene(course)
            other = second.get(record["question_ID"]) if part == "hand_crafted" else None
            rows = [
                {name: reason.strength for name, reason in found.items()}
                for found in read_signals(scene)
            ]
            runs.append(
                Run(
                    part=part,
                    question=record["question_ID"],
                    file=record["_file"].rpartition("/")[2],
                    scene=scene,
                    agent=record["mistake_agent"],
                    place=places.index(int(record["mistake_step"])),
                    reason=record["mistake_reason"],
                    second=other and (other[0], other[1] - places[0]),
                    rows=rows,
                )
            )
    return runs


def courses(path: Path) -> list[Course]:
    """Return the courses of a file in its order."""
    store, unread = open_spans(":memory:"), []
    try:
        for batch in read_batches(Settings(), [path], "bench", unread):
            store.append(batch)
        assert not unread, unread
        ids = store.query("SELECT trace_id FROM spans WHERE parent_id IS NULL ORDER BY started_at")
        order = ids["trace_id"].to_pylist()
        found = {one.trace_id: one for one in read_courses(store, "bench", order)}
        return [found[key] for key in order]
    finally:
        store.close()


def second_annotation(path: Path) -> dict[str, tuple[str, int]]:
    """Return agent and message of the root cause, by question; steps there count from 1."""
    found = {}
    for text in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(text)
        cause = record["root_cause"]["failure_id"]
        one = next(f for f in record["failures"] if str(f["failure_id"]) == str(cause))
        found[record["trajectory_id"]] = (one["failed_agent"], int(one["step_number"]) - 1)
    return found


# Fitting: a conditional logit over the steps of a run, with a ridge penalty.


def matrix(run: Run, names: Sequence[str]) -> np.ndarray:
    return np.array([[row.get(name, 0.0) for name in names] for row in run.rows])


def fit(runs: Sequence[Run], names: Sequence[str], shrinkage: float) -> dict[str, float]:
    """Return the weights that make the labelled steps and agents likeliest."""
    tables = [matrix(run, names) for run in runs]
    scale = np.concatenate(tables).std(0)
    scale[scale < 1e-6] = 1.0
    tables = [table / scale for table in tables]
    by_agent = [np.array([actor == run.agent for actor in run.actors]) for run in runs]
    beta = np.zeros(len(names))
    for _ in range(100):
        slope, curve = -shrinkage * beta, shrinkage * np.eye(len(names))
        for run, table, named in zip(runs, tables, by_agent, strict=True):
            chance = softmax(table @ beta)
            mean = chance @ table
            slope += (1 - AGENT_PART) * (table[run.place] - mean)
            if (inside := chance * named).sum() > 1e-12:
                slope += AGENT_PART * (inside / inside.sum() @ table - mean)
            curve += (table * chance[:, None]).T @ table - np.outer(mean, mean)
        move = np.linalg.solve(curve, slope)
        move *= min(1.0, 1.0 / max(np.abs(move).max(), 1e-9))
        beta += move
        if np.abs(move).max() < 1e-3:
            break
    return {name: float(x) for name, x in zip(names, beta / scale, strict=True)}


def softmax(scores: np.ndarray) -> np.ndarray:
    parts = np.exp(scores - scores.max())
    return parts / parts.sum()


def chances(run: Run, weights: dict[str, float]) -> np.ndarray:
    names = list(weights)
    return softmax(matrix(run, names) @ np.array([weights[name] for name in names]))


def choose(runs: Sequence[Run], sets: list[list[str]], seed: int) -> dict[str, float]:
    """Return weights fitted on some runs; of several sets, the one that does best inside them."""
    if len(sets) == 1:
        return fit(runs, sets[0], SHRINKAGE)
    where = folds(runs, INNER, seed)
    best, chosen = -1e9, (sets[0], SHRINKAGE)
    for names in sets:
        for shrinkage in WIDER_SHRINKAGE:
            total = 0.0
            for fold in range(INNER):
                inside = [run for run in runs if where[run.question] != fold]
                weights = fit(inside, names, shrinkage)
                for run in runs:
                    if where[run.question] == fold:
                        chance = chances(run, weights)
                        named = np.array([actor == run.agent for actor in run.actors])
                        total += np.log(max(chance[run.place], 1e-6))
                        total += np.log(max((chance * named).sum(), 1e-6))
            if total > best:
                best, chosen = total, (names, shrinkage)
    return fit(runs, *chosen)


def folds(runs: Iterable[Run], count: int, seed: int) -> dict[str, int]:
    questions = sorted({run.question for run in runs})
    random.Random(seed).shuffle(questions)
    return {question: place % count for place, question in enumerate(questions)}


def kind_of(run: Run) -> Kind:
    """Return the kind whose weights apply; for two runs with one agent, those set by hand."""
    return run.scene.kind


# Answers: a ranking of steps; the agent is the one of each step, in that order.

Ranking = list[int]


def predict(runs: Sequence[Run], seed: int, choices: Choices) -> dict[int, Ranking]:
    """Return the ranking of each run, by weights of the other folds."""
    shipped = json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]
    where = folds(runs, OUTER, seed)
    found: dict[int, Ranking] = {}
    for fold in range(OUTER):
        train = [run for run in runs if where[run.question] != fold]
        weights = {
            kind: choose([run for run in train if kind_of(run) == kind], sets, seed)
            for kind, sets in choices.items()
        }
        weights[Kind.PIPELINE] = shipped[Kind.PIPELINE]
        for number, run in enumerate(runs):
            if where[run.question] == fold:
                chance = chances(run, weights[kind_of(run)])
                found[number] = np.argsort(-chance, kind="stable").tolist()
    return found


def agents_of(run: Run, ranking: Ranking) -> list[str]:
    return list(dict.fromkeys(run.actors[place] for place in ranking))


def hits(run: Run, ranking: Ranking) -> dict[str, bool]:
    agents = agents_of(run, ranking)
    return {
        "agent": agents[:1] == [run.agent],
        "step": ranking[:1] == [run.place],
        "agent in 3": run.agent in agents[:3],
        "step in 3": run.place in ranking[:3],
    }


# Trivial rules: what anybody could say without looking.


def talks_most(run: Run) -> str:
    turns = Counter(s.actor for s in run.scene.steps if s.type != "tool")
    return turns.most_common(1)[0][0]


def nth_step(message: int) -> Callable[[Run], int | None]:
    """Return the rule that names one message of the history, counted from 0."""

    def rule(run: Run) -> int | None:
        place = message - (1 if run.part == "hand_crafted" else 0)
        return place if 0 <= place < len(run.scene.steps) else None

    return rule


def turn_of(choose_agent: Callable[[Run], str], turn: int) -> Callable[[Run], int | None]:
    """Return the rule that names the first (0) or last (-1) step of the agent of another rule."""

    def rule(run: Run) -> int | None:
        places = [p for p, actor in enumerate(run.actors) if actor == choose_agent(run)]
        return places[turn] if places else None

    return rule


def last_other(run: Run) -> int | None:
    """Return the last step of any other agent than the one that talks most."""
    most = talks_most(run)
    places = [p for p, s in enumerate(run.scene.steps) if s.actor != most and s.type != "tool"]
    return places[-1] if places else None


def step_rules() -> dict[str, Callable[[Run], int | None]]:
    rules: dict[str, Callable[[Run], int | None]] = {
        f"always message {n}": nth_step(n) for n in (0, 1, 2, 3, 4, 8, 12)
    }
    for name, rule in agent_rules().items():
        rules[f"first step of {name}"] = turn_of(rule, 0)
        rules[f"last step of {name}"] = turn_of(rule, -1)
    rules["last step of anybody but who talks most"] = last_other
    return rules


def agent_rules() -> dict[str, Callable[[Run], str]]:
    return {
        "who talks most": talks_most,
        "WebSurfer": lambda _: "WebSurfer",
        "Orchestrator": lambda _: "Orchestrator",
        "who opens": lambda run: run.actors[0],
        "who speaks second": lambda run: run.actors[min(1, len(run.actors) - 1)],
        "who speaks last": lambda run: next(
            s.actor for s in reversed(run.scene.steps) if s.type != "tool"
        ),
    }


def trivial(runs: Sequence[Run]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the accuracy of every trivial rule: by agent (of steps too), by step."""
    agents = {
        name: share(rule(run) == run.agent for run in runs) for name, rule in agent_rules().items()
    }
    agents["a random agent"] = statistics.mean(1 / len(run.said) for run in runs)
    steps = {}
    for name, rule in step_rules().items():
        named = [(run, rule(run)) for run in runs]
        steps[name] = share(place == run.place for run, place in named)
        agents[f"who speaks at: {name}"] = share(
            place is not None and run.actors[place] == run.agent for run, place in named
        )
    steps["a random step"] = statistics.mean(1 / len(run.scene.steps) for run in runs)
    return agents, steps


def share(values: Iterable[bool]) -> float:
    return statistics.mean(map(float, values))


# The measurement.


def measure(runs: Sequence[Run], seeds: int) -> dict[str, Any]:
    """Return every figure, by part."""
    rankings = [predict(runs, seed, CHOICES) for seed in range(seeds)]
    wider = [predict(runs, seed, WIDER) for seed in range(max(seeds // 3, 1))]
    found: dict[str, Any] = {"seeds": seeds, "date": time.strftime("%Y-%m-%d"), "parts": {}}
    for part in PARTS:
        numbers = [n for n, run in enumerate(runs) if run.part == part]
        ours = scored([runs[n] for n in numbers], [[r[n] for n in numbers] for r in rankings])
        chosen = scored([runs[n] for n in numbers], [[r[n] for n in numbers] for r in wider])
        agents, steps = trivial([runs[n] for n in numbers])
        found["parts"][part] = {
            "runs": len(numbers),
            "ours": {name: spread(table) for name, table in ours.items()},
            "chosen inside": {name: spread(table) for name, table in chosen.items()},
            "agent rules": agents,
            "step rules": steps,
        }
    doubly = [n for n, run in enumerate(runs) if run.second]
    either = {"agent": [], "step": []}
    for ranking in rankings:
        for n in doubly:
            agent, place = runs[n].second
            first = ranking[n][0]
            either["agent"].append(same_agent(runs[n].actors[first], (runs[n].agent, agent)))
            either["step"].append(first in {runs[n].place, place})
    found["knowing"] = knowing(runs, seeds)
    found["people"] = {
        "runs": len(doubly),
        "agent": share(same_agent(runs[n].agent, (runs[n].second[0],)) for n in doubly),
        "step": share(runs[n].place == runs[n].second[1] for n in doubly),
        "ours, either": {name: share(values) for name, values in either.items()},
    }
    return found


def knowing(runs: Sequence[Run], seeds: int) -> dict[str, Any]:
    """Return the figures when the expected answer is known: which steps hold it, or let it go."""
    told = 0
    told_runs = []
    for run in runs:
        wanted = plain(run.scene.course.expected)
        held = [bool(wanted) and wanted in plain(step.said) for step in run.scene.steps]
        told += any(held)
        rows = [
            row | {"holds": float(held[n]), "lets_go": float(not held[n] and any(held[:n][-3:]))}
            for n, row in enumerate(run.rows)
        ]
        told_runs.append(replace(run, rows=rows))
    sets: Choices = {kind: [[*one[0], "holds", "lets_go"]] for kind, one in CHOICES.items()}
    rankings = [predict(told_runs, seed, sets) for seed in range(seeds)]
    figures: dict[str, Any] = {"held in": told}
    for part in PARTS:
        numbers = [n for n, run in enumerate(runs) if run.part == part]
        ours = scored([runs[n] for n in numbers], [[r[n] for n in numbers] for r in rankings])
        figures[part] = {name: spread(table) for name, table in ours.items()}
    return figures


def plain(text: str) -> str:
    """Return the words of a text between spaces, so that 17 is not found in 2017."""
    found = re.findall(r"[^_\W]+", text.lower().replace(",", ""))
    return f" {' '.join(found)} " if found else ""


def scored(
    runs: Sequence[Run], rankings: Sequence[Sequence[Ranking]]
) -> dict[str, list[list[bool]]]:
    """Return whether each measure was met, by seed and run."""
    found: dict[str, list[list[bool]]] = defaultdict(list)
    for ranking in rankings:
        met = [hits(run, one) for run, one in zip(runs, ranking, strict=True)]
        for name in met[0]:
            found[name].append([one[name] for one in met])
    return found


def same_agent(one: str, others: Iterable[str]) -> bool:
    return one.lower() in {other.lower() for other in others}


def spread(table: list[list[bool]]) -> dict[str, float]:
    """Return the mean over seeds, the least and most of them, and a 95 % interval over runs."""
    by_run = [statistics.mean(map(float, column)) for column in zip(*table, strict=True)]
    by_seed = [share(row) for row in table]
    draw = random.Random(0)
    means = sorted(statistics.mean(draw.choices(by_run, k=len(by_run))) for _ in range(4000))
    return {
        "mean": statistics.mean(by_run),
        "least": min(by_seed),
        "most": max(by_seed),
        "low": means[100],
        "high": means[-101],
    }


def best(rules: dict[str, float]) -> tuple[str, float]:
    return max(rules.items(), key=lambda rule: rule[1])


def tables(found: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = [
        (
            "| runs | names the | Solvent | 95 % interval | over seeds | in its first 3 |"
            " best trivial rule | published | people among themselves |"
        ),
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for part in PARTS:
        one = found["parts"][part]
        for place, measure_ in enumerate(("agent", "step")):
            ours, three = one["ours"][measure_], one["ours"][f"{measure_} in 3"]
            rule, value = best(one[f"{measure_} rules"])
            people = percent(found["people"][measure_]) if part == "hand_crafted" else "-"
            lines.append(
                f"| {TITLES[part]} ({one['runs']}) | {measure_} | **{percent(ours['mean'])}** |"
                f" {percent(ours['low'])} to {percent(ours['high'])} |"
                f" {percent(ours['least'])} to {percent(ours['most'])} |"
                f" {percent(three['mean'])} | {percent(value)} ({rule}) |"
                f" {percent(PUBLISHED[place])} | {people} |"
            )
    people = found["people"]
    lines += [
        "",
        (
            f"{found['seeds']} repetitions of 5 folds by question; measured {found['date']}."
            " The interval is over runs (bootstrap); with so few runs it is wide. Published: the"
            " best of arXiv 2505.00212, over both parts together. People: how often two teams named"
            f" the same, on the {people['runs']} hand-crafted runs that both read; there, Solvent"
            " names what one of the two named in"
            f" {percent(people['ours, either']['agent'])} (agent) and"
            f" {percent(people['ours, either']['step'])} (step)."
        ),
    ]
    inside = {p: found["parts"][p]["chosen inside"] for p in PARTS}
    lines += [
        "",
        "The signals were thought of while reading these runs, and the small set of the coordinated"
        " kind was kept because it did best on them, so expect less on runs never seen. Where the"
        " training folds choose among wider sets instead, the figures are "
        + "; ".join(
            f"{TITLES[p].lower()} {percent(inside[p]['agent']['mean'])} (agent),"
            f" {percent(inside[p]['step']['mean'])} (step)"
            for p in PARTS
        )
        + ".",
    ]
    known = found["knowing"]
    lines += [
        "",
        "All this is without the expected answer. Knowing it does not help: it is said anywhere in"
        f" only {known['held in']} of {sum(one['runs'] for one in found['parts'].values())} runs,"
        " and with two more signals, which steps hold it and which let it go, the figures are "
        + "; ".join(
            f"{TITLES[p].lower()} {percent(known[p]['agent']['mean'])} (agent),"
            f" {percent(known[p]['step']['mean'])} (step)"
            for p in PARTS
        )
        + ".",
    ]
    for part in PARTS:
        one = found["parts"][part]
        lines += ["", f"Trivial rules, {TITLES[part].lower()} (best eight of each):", ""]
        lines += ["| agent | right | step | right |", "|---|---|---|---|"]
        by_agent = sorted(one["agent rules"].items(), key=lambda rule: -rule[1])[:8]
        by_step = sorted(one["step rules"].items(), key=lambda rule: -rule[1])[:8]
        lines += [
            f"| {a} | {percent(x)} | {s} | {percent(y)} |"
            for (a, x), (s, y) in zip(by_agent, by_step, strict=True)
        ]
    return "\n".join(lines)


def percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def ship(runs: Sequence[Run], seeds: int) -> None:
    """Write the weights that ship, fitted on all runs, with what was measured on other folds."""
    parts = measure(runs, seeds)["parts"]
    kept = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    for kind, sets in CHOICES.items():
        weights = choose([run for run in runs if kind_of(run) == kind], sets, seed=0)
        kept["weights"][kind] = {name: round(weight, 3) for name, weight in weights.items()}
        kept["provenance"][kind] |= {
            "runs": sum(kind_of(run) == kind for run in runs),
            "fitted": time.strftime("%Y-%m-%d"),
            "measured": {
                "how": f"{seeds} times 5 folds by question, weights of the other folds",
                "runs": parts[PART_OF[kind]]["runs"],
                **{
                    name: round(one["mean"], 3)
                    for name, one in parts[PART_OF[kind]]["ours"].items()
                },
            },
        }
    WEIGHTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {WEIGHTS.name}")


def report(*, quick: bool = False) -> tuple[list[Any], dict[str, Any]]:
    """Return the tables for the page of benchmarks, or why there are none."""
    data = Path(load(find_folder()).data) / "who_and_when"
    if not data.is_dir():
        return [], {"not measured": "the `data` setting names no folder with who_and_when in it"}
    found = measure(read_runs(data), 2 if quick else 10)
    return [], {"markdown": tables(found), "figures": found}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, help="folder of the data set")
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--fit", action="store_true", help="write the weights that ship")
    options.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = options.parse_args()
    data = chosen.data or Path(load(find_folder()).data) / "who_and_when"
    runs = read_runs(data)
    if chosen.fit:
        ship(runs, chosen.seeds)
        return
    found = measure(runs, chosen.seeds)
    print(json.dumps(found) if chosen.json else tables(found))


if __name__ == "__main__":
    main()
