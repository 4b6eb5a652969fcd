"""How much is read to draw pipelines and to tell which step is to blame."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pipelines:
    """The map of the steps, and blame over many traces: how much is read, and what counts."""

    max_pipelines: int = 12
    """Kinds of traces, by the name of their root, with a map of their own: the most common."""
    max_depth: int = 16
    """Steps inside steps; what is deeper counts for the step around it only."""
    max_names: int = 200
    """Names inside one step that are kept apart; the rest share one step."""
    max_level_names: int = 1000
    """The same for all steps of one depth together."""
    max_versions: int = 8
    """App versions with figures of their own: those with the most traces."""
    periods: int = 4
    """Equal parts of the window with figures of their own."""
    period_min_days: float = 2.0
    """Days of a window from which it is parted."""
    max_drawn: int = 60
    """Steps of one picture; the rest are folded."""
    compare_min_runs: int = 30
    """Runs on either side from which latency and cost of a step are compared."""
    compare_factor: float = 1.2
    """A latency or a cost has moved when it is this many times what it was, or a part of it."""
    blame_traces: int = 2000
    """Traces of each outcome (failed, passed, unknown) that are looked at, drawn by a hash."""
    blame_chars: int = 2000
    """Characters of one text whose words and values are looked at."""
    blame_values: int = 60
    """Values that steps came up with, and names, that are compared for each step: the commonest."""
    blame_words: int = 100
    """Words of requests that are asked whether they foretell failure: the commonest."""
    blame_level: float = 0.02
    """How probable it may be that any step is accused where none is to blame, 0 to 1."""
    blame_min_odds: float = 4.0
    """How many times likelier failure must be with what a step did, as odds, to accuse it."""
    max_accused: int = 5
    """Steps that are accused in one project."""


@dataclass(frozen=True, slots=True)
class Blame:
    """How much of one trace is read to tell which step is to blame."""

    max_steps: int = 400
    """Spans of one trace that are read; of a longer one, those at its beginning and at its end."""
    max_chars: int = 6000
    """Characters of one text that are read: its beginning and its end."""
    candidates: int = 500
    """Passing traces, those judged last, among which the most similar is looked for."""
    step_feedback: tuple[str, ...] = (
        "outcome", "correct", "correctness", "accuracy", "success", "passed", "quality",
        "user_feedback", "thumbs", "relevance", "faithfulness", "groundedness",
    )  # fmt: skip
    """Feedback on single steps that says how right they were: its names, 0 is wrong and 1 right."""
    page_spans: int = 60
    """Spans of a failed trace up to which its page tells by itself; above, on demand."""
