"""Import real recorded runs, print what they owe, and serve the pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.errors import NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from solvent.settings import Settings
    from solvent.workbench import Workbench

FOOTBALL = "football"
VERSIONS = "football-versions"
"""The same recordings under other prompts and schemas; its ledger is on the pages."""
REQUESTS = 400
SHOWN = 12
"""Findings printed for each project; the pages show all."""
EXAMPLES = """\b
Examples:
  solvent demo
  solvent demo --no-serve
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One set of recorded runs."""

    project: str
    title: str
    whole: tuple[str, ...]
    """Files of the public data sets."""
    excerpt: tuple[str, ...]
    """Files that ship with this repository."""
    model: str = ""
    """The model that the source says was recorded; empty when it does not say."""
    outcome: tuple[str, ...] = ()
    """What success is, and who judged, as the source says it; empty: well-known fields decide."""


SAMPLES = (
    Sample(
        "tau-bench-airline",
        "tau-bench airline: a gpt-4o customer service agent (Sierra, MIT)",
        ("tau_bench_airline/gpt-4o-airline.jsonl.gz",),
        ("tau_bench_airline.jsonl.gz",),
        "gpt-4o",
    ),
    Sample(
        "livemcpbench",
        "LiveMCPBench: a Claude Sonnet 4 agent over 70 MCP servers (ICIP-CAS, Apache-2.0)",
        ("livemcpbench/runs_with_human_label.jsonl.gz",),
        ("livemcpbench.jsonl.gz",),
        "claude-sonnet-4-20250514",
        ("human:task_success==success",),
    ),
    Sample(
        "who-and-when",
        "Who&When: failed multi-agent runs with human blame labels (AG2, MIT)",
        ("who_and_when/algorithm_generated.jsonl.gz", "who_and_when/hand_crafted.jsonl.gz"),
        ("who_and_when_algorithm.jsonl.gz", "who_and_when_hand.jsonl.gz"),
    ),
)


@click.command(help=__doc__, epilog=EXAMPLES)
@click.option("--serve/--no-serve", default=True, help="Serve the pages afterwards.")
@click.option("--port", type=int, help="Port of the pages.")
def command(serve: bool, port: int | None) -> None:
    """Build the demo in a folder of its own, beside the folder's store."""
    from rich.console import Console

    from solvent.settings import find_folder, load
    from solvent.workbench import Workbench

    settings = load(find_folder())
    folder = Path(settings.storage.path) / "demo"
    settings = replace(
        settings,
        project=SAMPLES[0].project,
        storage=replace(settings.storage, path=str(folder)),
        server=replace(settings.server, port=port or settings.server.port),
    )
    console = Console(highlight=False)
    with Workbench(settings) as bench:
        for sample in SAMPLES:
            _show(bench, sample, console)
        asked = FOOTBALL in bench.projects()
    if not asked:
        _ask(settings)
    with Workbench(settings) as bench:
        _show_football(bench, console)
    if serve:
        from solvent.server.serving import serve as run

        run(settings, ready=lambda address: click.echo(f"Solvent serves {address}  (Ctrl-C stops)"))


def _ask(settings: Settings) -> None:
    from solvent.cli._example import send
    from solvent.cli._progress import steps

    with steps() as progress:
        progress(f"asking {REQUESTS} questions")
        send(settings, ("traffic.py", "--requests", str(REQUESTS)), ("compare.py", "--trace"))


def _show_football(bench: Workbench, console: Console) -> None:
    from solvent.cli._progress import steps
    from solvent.debt.reports import table

    with steps() as progress:
        bench.audit(VERSIONS, progress=progress)
        report = bench.audit(FOOTBALL, progress=progress)
    title = "Football: text-to-SQL over the World Cup; SQL recorded of GPT-3.5 (FootballDB, MIT)"
    console.print(title, style="bold reverse", markup=False, soft_wrap=True)
    console.print("Its query rewriter is scripted, see examples/football/README.md.", style="dim")
    console.print(f"Project {VERSIONS} holds other prompts and schemas, recorded too.", style="dim")
    console.print()
    table.render(report, console, limit=SHOWN)
    console.print()


def _show(bench: Workbench, sample: Sample, console: Console) -> None:
    from solvent.cli._progress import steps
    from solvent.debt.reports import table
    from solvent.traces.batches import read_batches

    paths, whole = _files(bench.settings, sample)
    settings = replace(bench.settings, model=sample.model, outcome=sample.outcome)
    with steps() as progress:
        for batch in read_batches(settings, paths, sample.project, []):
            bench.take(batch)
            progress(f"importing {sample.project}")
        report = bench.audit(sample.project, progress=progress)
    console.print(sample.title, style="bold reverse", markup=False, soft_wrap=True)
    if not whole:
        console.print("An excerpt of the data set, see examples/runs/README.md.", style="dim")
    console.print()
    table.render(report, console, limit=SHOWN)
    console.print()


def _files(settings: Settings, sample: Sample) -> tuple[list[Path], bool]:
    """Return the files of a sample, and whether they are the whole data set."""
    if settings.data:
        whole = [Path(settings.data) / name for name in sample.whole]
        if all(path.is_file() for path in whole):
            return whole, True
    folder = Path(__file__).parents[3] / "examples" / "runs"
    excerpt = [folder / name for name in sample.excerpt]
    if not all(path.is_file() for path in excerpt):
        raise NotFound(
            "the sample runs are not here",
            hint="run it in a clone of the repository, or set SOLVENT_DATA to the data sets",
        )
    return excerpt, False
