"""Asks recorded questions as users would, through the traced pipeline.

What is asked is real, and so are the recorded answers; how often each question comes, in which
session and by whom is drawn here, with a seed. The query rewriter is scripted.

    python examples/football/traffic.py            # 400 requests; spans go to SOLVENT_ENDPOINT
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from examples.football.data import questions
from examples.football.database import Database
from examples.football.pipeline import Asked, Outcome, ask, build, recorded
from examples.football.rewriter import STUFFING

import solvent

if TYPE_CHECKING:
    from collections.abc import Iterator

WEIGHTS = {"easy": 10, "medium": 10, "hard": 1, "extra": 1}
"""How often a question comes, by how hard its query is: people ask simple things most."""
ROLLOUT = (10, 20, 30)
"""Examples in the prompt: the three versions that served, one after the other."""


def requests(number: int, seed: int = 7) -> list[Asked]:
    """Return what users ask, in order."""
    draw = random.Random(seed)
    known = [pair for pair in questions() if pair.runs]
    chosen = draw.choices(known, [WEIGHTS[pair.hardness] for pair in known], k=number)
    return [
        Asked(
            pair.question,
            f"r{place}",
            ROLLOUT[place * len(ROLLOUT) // number],
            session=f"s{place // 4}",
            user=f"u{place // 4 % 37}",
        )
        for place, pair in enumerate(chosen)
    ]


def run(asked: list[Asked]) -> Iterator[tuple[Asked, Outcome]]:
    """Yield each request with what it came to."""
    database, provider = Database(), recorded()
    for one in asked:
        yield one, ask(build(database, provider, one), one, database)


def change(asked: Asked, outcome: Outcome) -> str:
    """Return what the rewriter did to a question."""
    after = outcome.outputs["query_rewriter"]
    if after == asked.question:
        return "left alone"
    if any(after.endswith(text) for text in STUFFING):
        return "stuffed"
    tidied = (
        after.rstrip(" ?").casefold() == " ".join(asked.question.split()).rstrip(" .?").casefold()
    )
    return "tidied" if tidied else "replaced"


def undone(wrong: list[Asked]) -> int:
    """Return how many requests are answered rightly when the rewriter hands on the question."""
    database, provider = Database(), recorded()
    again = (
        ask(build(database, provider, one), one, database, {"query_rewriter": one.question})
        for one in wrong
    )
    return sum(outcome.right is True for outcome in again)


def main() -> None:
    """Send the traces of many requests to Solvent, and say what they came to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--endpoint", help="receiver of the spans; else SOLVENT_ENDPOINT")
    parser.add_argument("--project", default="football")
    parser.add_argument("--dry", action="store_true", help="send nothing")
    parser.add_argument(
        "--undo", action="store_true", help="ask wrong answers again, not rewritten"
    )
    given = parser.parse_args()
    left_out = sum(not pair.runs for pair in questions())
    if not given.dry:
        solvent.init(given.endpoint, project=given.project, service="football")
    came: Counter[tuple[str, bool | None]] = Counter()
    done = list(run(requests(given.requests, given.seed)))
    for asked, outcome in done:
        came[change(asked, outcome), outcome.right] += 1
    print(f"{given.requests} requests over {len(questions()) - left_out} recorded questions")
    print(
        f"({left_out} of {len(questions())} need the table match_fact, which is absent: left out)"
    )
    print("query rewriter (scripted)   right  wrong")
    for kind in ("left alone", "tidied", "stuffed", "replaced"):
        print(f"  {kind:<24} {came[kind, True]:>6} {came[kind, False]:>6}")
    if not given.dry:
        print(solvent.shutdown(timeout=30))
    if given.undo:
        wrong = [asked for asked, outcome in done if outcome.right is False]
        print(f"asked as the user did, {undone(wrong)} of {len(wrong)} wrong answers are right")


if __name__ == "__main__":
    main()
