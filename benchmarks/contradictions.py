"""Contradicting instructions beside labelled prompts: precision, false alarms, and recall on seeds.

    python benchmarks/contradictions.py [--misses] [--write]

Real prompts are those of `system_prompts` in the folder that the `data` setting names; which pairs
of lines contradict each other was judged by reading (`tests/golden/contradictions/real.yaml`).
Seeds are pairs of instructions that cannot both be followed (`seeds.yaml`), each put into a real
prompt of its own at two places drawn at random. Later ones (`later.yaml`) were written by two other
recipes, before the reader was changed for them, and are only ever counted: answers to instructions
of real prompts, added at the end, and pairs by domain. `--write` keeps the figures in
`benchmarks/rules.json`, from which the rule's page is made.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from solvent.prompts.contradictions.doubts import doubtful
from solvent.prompts.contradictions.finding import contradicted_by_tools, contradictions
from solvent.prompts.reading import read_prompt
from solvent.settings import SecondOpinion, find_folder, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from solvent.records.instruction import Conflict, PromptReading

    Look = Callable[[PromptReading], list[Conflict]]

ROOT = Path(__file__).parents[1]
GOLDEN = ROOT / "tests" / "golden" / "contradictions"
FIGURES = ROOT / "benchmarks" / "rules.json"
SEED = 20261125
LONGEST = 20_000
"""Characters of a prompt that seeds are put into."""


def real_prompts() -> dict[str, str]:
    folder = find_folder()
    path = folder / load(folder).data / "system_prompts" / "prompts.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {record["id"]: record["text"] for record in map(json.loads, lines)}


def on_real(prompts: dict[str, str], *, misses: bool) -> dict[str, int]:
    """Count the pairs that are found, by what reading said of them."""
    labels = yaml.safe_load((GOLDEN / "real.yaml").read_text(encoding="utf-8"))
    told = {(one["prompt"], *one["lines"]): one["verdict"] for one in labels["found"]}
    counts: Counter[str] = Counter()
    seen = set()
    for name, text in prompts.items():
        for conflict in contradictions(read_prompt(text)):
            key = (name, conflict.first.line, conflict.second.line)
            seen.add(key)
            verdict = "wrong" if name in labels["none"] else told.get(key, "not judged")
            counts[verdict] += 1
            if misses and verdict != "right":
                print(f"{verdict}: {conflict.kind} {key}")
    rights = {key for key, verdict in told.items() if verdict == "right"}
    if misses:
        for key in sorted(rights - seen):
            print("missed:", key)
    return {
        "prompts": len(prompts),
        "right": counts["right"],
        "wrong": counts["wrong"],
        "not judged": counts["not judged"],
        "known": len(rights),
    }


def on_seeds(prompts: dict[str, str], *, misses: bool) -> dict[str, list[int]]:
    """Count the seeds that are found, by kind: found and all of the odd ones, then of the even."""
    chance = random.Random(SEED)
    hosts = sorted(name for name, text in prompts.items() if 2000 < len(text) < LONGEST)
    counts: dict[str, list[int]] = {}
    for kind, seeds in yaml.safe_load((GOLDEN / "seeds.yaml").read_text(encoding="utf-8")).items():
        counts[kind] = [0, 0, 0, 0]
        for number, seed in enumerate(seeds, 1):
            host = prompts[chance.choice(hosts)]
            found = _is_found(kind, seed, host, chance)
            at = 0 if number % 2 else 2
            counts[kind][at] += found
            counts[kind][at + 1] += 1
            if misses and not found and at == 0:
                print("missed seed:", kind, seed)
    return counts


def on_later(prompts: dict[str, str], look: Look) -> dict[str, list[int]]:
    """Count the later contradictions that are found, by recipe: found and all.

    Args:
        prompts: Real prompts, to put them into.
        look: Finds pairs in a prompt: `contradictions`, or what a model would be asked about too.
    """
    chance = random.Random(SEED)
    hosts = sorted(name for name, text in prompts.items() if 2000 < len(text) < LONGEST)
    later = yaml.safe_load((GOLDEN / "later.yaml").read_text(encoding="utf-8"))
    pairs = [pair for group in later["pairs"].values() for pair in group]
    found = [_is_found("pair", pair, prompts[chance.choice(hosts)], chance, look) for pair in pairs]
    answered = [
        _is_answered(prompts[name], line, said, look) for name, line, said in later["replies"]
    ]
    return {"replies": [sum(answered), len(answered)], "pairs": [sum(found), len(found)]}


def _is_answered(host: str, line: int, said: str, look: Look) -> bool:
    reading = read_prompt(f"{host.rstrip()}\n\n- {said}\n")
    return any(
        c.first.line <= line <= c.first.end_line and c.second.text in said for c in look(reading)
    )


def asked_about(reading: PromptReading) -> list[Conflict]:
    """Return the contradictions, and the pairs in doubt that a model would be asked about."""
    found = contradictions(reading)
    return [*found, *doubtful(reading, found, SecondOpinion().max_doubtful)]


def _is_found(
    kind: str, seed: list[str], host: str, chance: random.Random, look: Look = contradictions
) -> bool:
    lines = host.split("\n")
    allowed = _places(host)
    sentences = seed[:1] if kind == "tool" else seed[:2]
    for place, sentence in zip(sorted(chance.sample(allowed, len(sentences)), reverse=True),
                               sentences[::-1], strict=True):  # fmt: skip
        lines[place:place] = ["", f"- {sentence}", ""]
    reading = read_prompt("\n".join(lines))
    if kind == "tool":
        return bool(contradicted_by_tools(reading, {seed[1]: seed[2]}))
    return any(
        c.first.text in sentence and c.second.text in other
        for c in look(reading)
        for sentence, other in (seed, seed[::-1])
    )


def _places(text: str) -> list[int]:
    """Return line numbers behind which an instruction may be put: not in code, nor in examples."""
    reading = read_prompt(text)
    taken = {n for block in reading.blocks for n in range(block.line - 1, block.end_line)}
    ends = {statement.end_line for statement in reading.statements}
    return sorted(ends - taken) or [0, len(text.split("\n"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="name what was missed or wrong")
    parser.add_argument("--write", action="store_true", help="keep the figures")
    options = parser.parse_args()
    prompts = real_prompts()
    real = on_real(prompts, misses=options.misses)
    seeds = on_seeds(prompts, misses=options.misses)
    found = real["right"] + real["wrong"]
    print(
        f"real prompts: {real['right']} of {found} findings right ({ratio(real['right'], found)}),"
        f" {real['not judged']} not judged, in {real['prompts']} prompts"
    )
    print(f"  false alarms: {ratio(real['wrong'], real['prompts'])} a prompt")
    print(f"  of {real['known']} contradictions known by reading, {real['right']} are found")
    for kind, (looked, looked_all, unseen, unseen_all) in seeds.items():
        print(f"seeds, {kind}: {looked} of {looked_all}; not looked at: {unseen} of {unseen_all}")
    sums = [sum(column) for column in zip(*seeds.values(), strict=True)]
    print(
        f"seeds: {ratio(sums[0] + sums[2], sums[1] + sums[3])} of {sums[1] + sums[3]};"
        f" of those not looked at while it was made: {ratio(sums[2], sums[3])} of {sums[3]}"
    )
    later = on_later(prompts, contradictions)
    asked = on_later(prompts, asked_about)
    for recipe, (got, known) in later.items():
        print(f"later {recipe}: {got} of {known}; put to a model, if any: {asked[recipe][0]}")
    if options.write:
        keep(real, found, sums, [later, asked])


def keep(
    real: dict[str, int], found: int, sums: list[int], later: list[dict[str, list[int]]]
) -> None:
    """Write the figures where the rule's page finds them."""
    known = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.is_file() else {}
    told, asked = ([sum(part) for part in zip(*one.values(), strict=True)] for one in later)
    known["contradicting-instructions"] = {
        "precision": round(real["right"] / found, 2) if found else None,
        "judged": found,
        "on": f"{real['prompts']} public prompts",
        "recall": round((sums[0] + sums[2]) / (sums[1] + sums[3]), 2),
        "recall_on": f"{sums[1] + sums[3]} seeded contradictions ({sums[2]} of {sums[3]} of those"
        f" not looked at while it was made; {told[0]} of {told[1]} written later by two other"
        f" recipes, {asked[0]} with those that a configured model would be asked about)",
        "false_alarms": round(real["wrong"] / real["prompts"], 3),
        "command": "python benchmarks/contradictions.py",
    }
    FIGURES.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    main()
