"""Prompts side by side on a few examples: tried in the background, looked at while they come in."""

from __future__ import annotations

from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from statistics import fmean
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from solvent.errors import Conflict, NotFound, SolventError
from solvent.evals.datasets import dataset
from solvent.evals.trials import try_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from solvent.evals.trials import Bench, Candidate
    from solvent.records.dataset import Dataset, Example
    from solvent.records.trial import Outcome

MAX_UNDER_WAY = 2
"""Plays that ask a model at one time."""


@dataclass(slots=True)
class Play:
    """Some prompts on some examples, with the answers that have come so far."""

    candidates: tuple[Candidate, ...]
    examples: Dataset
    provider: str
    """Who answers, such as `openai:gpt-4o`."""
    scored: bool = True
    """False: nobody judges the answers."""
    asked: Mapping[str, str] = field(default_factory=dict)
    """The words it was asked for with, for whoever asks again."""
    outcomes: dict[tuple[int, str], Outcome] = field(default_factory=dict)
    """By position of the candidate and id of the example."""
    heard: dict[tuple[int, str], str] = field(default_factory=dict)
    """What has come so far of answers that are not whole yet, in the same way."""
    ended: Event = field(default_factory=Event)
    error: str = ""
    """Why it ended early."""

    def mean(self, candidate: int) -> tuple[float | None, int]:
        """Return the mean score of a candidate and how many of its answers have one."""
        scores = [
            o.score.value for (n, _), o in self.outcomes.items() if n == candidate and o.score
        ]
        return (fmean(scores) if scores else None), len(scores)


class Plays:
    """The last plays of a server; older ones are forgotten.

    Args:
        kept: Plays that are remembered.
    """

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._plays: OrderedDict[str, Play] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Play:
        """Return a play.

        Raises:
            NotFound: It is not remembered.
        """
        with self._lock:
            if key not in self._plays:
                raise NotFound("this run is not remembered any more", hint="run it again")
            return self._plays[key]

    def start(self, key: str, play: Play, open_bench: Callable[[], Bench]) -> None:
        """Begin a play in the background.

        Args:
            key: What it is looked up by.
            play: What is tried.
            open_bench: Gives the model and the scorer; what it raises ends the play.

        Raises:
            Conflict: The key is taken, or enough others are under way.
        """
        with self._lock:
            if key in self._plays:
                raise Conflict("this run was begun already", hint="open the playground anew")
            if sum(not other.ended.is_set() for other in self._plays.values()) >= MAX_UNDER_WAY:
                raise Conflict("other runs are under way", hint="wait until they are done")
            self._plays[key] = play
            while len(self._plays) > self._kept:
                self._plays.popitem(last=False)
        Thread(target=_run, args=(play, open_bench), name="playground", daemon=True).start()


def _run(play: Play, open_bench: Callable[[], Bench]) -> None:
    """Try all candidates on one example at a time, so that they answer side by side."""
    try:
        bench = open_bench()
        for example in play.examples.examples:
            _row(play, bench, example, play.candidates)
    except SolventError as error:
        play.error = f"{error.what}; {error.hint}" if error.hint else error.what
    finally:
        play.ended.set()


def _row(play: Play, bench: Bench, example: Example, candidates: Sequence[Candidate]) -> None:
    alone = dataset(play.examples.name, (example,))

    def answer(number: int) -> None:
        cell = (number, example.id)
        play.heard[cell] = ""

        def hear(piece: str) -> None:
            play.heard[cell] += piece

        outcome = try_out(candidates[number], alone, replace(bench, heard=hear)).outcomes[0]
        play.outcomes[cell] = outcome if play.scored else replace(outcome, score=None)
        del play.heard[cell]

    with ThreadPoolExecutor(len(candidates)) as pool:
        list(pool.map(answer, range(len(candidates))))
