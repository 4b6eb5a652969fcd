"""Import recorded runs: traces, exports of other tools, chat logs."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.errors import Conflict, Invalid, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from solvent.records.batch import Batch
    from solvent.settings import Settings
    from solvent.traces.files import ReadOptions, Unread

    Take = Callable[[Batch], int]
    """Stores a batch; returns how many spans were new."""

SHOWN_UNREAD = 5
COMMIT_CHARS = 64 * 1024 * 1024
"""Characters of contents gathered into one commit at most, beside `intake.commit_spans`."""
EXAMPLES = """\b
Formats, told apart by content: OTLP JSON, OpenTelemetry SDK JSON, Phoenix (JSON, parquet), MLflow,
Langfuse (JSON, CSV, ingestion batches), SWE-agent, chat logs. Also .gz, .zip and folders.
\b
Examples:
  solvent import traces.jsonl.gz
  solvent import runs/ --outcome 'reward>=1' --model gpt-4o --project airline
  solvent import export.json --from langfuse
"""


@dataclass(slots=True)
class Tally:
    """What an import did."""

    files: int = 0
    spans: int = 0
    new: int = 0
    assessments: int = 0
    outcomes: int = 0
    traces: set[str] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--from", "source", default="auto", metavar="FORMAT", help="auto, chat, otlp, ...")
@click.option("--project", help="Project the runs go into; the folder's own when left out.")
@click.option(
    "--outcome",
    multiple=True,
    metavar="EXPR",
    help="What success is: 'reward>=1'; 'human:ok' when a person judged.",
)
@click.option("--model", help="Model of the steps whose record names none.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
def command(
    paths: tuple[Path, ...],
    source: str,
    project: str | None,
    outcome: tuple[str, ...],
    model: str | None,
    as_json: bool,
) -> None:
    """Read files into the folder's store; what is there already is not stored twice."""
    from solvent.settings import find_folder, load
    from solvent.traces.files import ReadOptions

    settings = load(find_folder())
    project = project or settings.project
    settings = replace(settings, project=project)
    options = ReadOptions(model or settings.model or None, outcome or settings.outcome)
    with _taking(settings) as take:
        tally = _import(settings, take, paths, source, options, quiet=as_json)
    _report(tally, project, as_json=as_json)
    if outcome and tally.spans and not tally.outcomes:
        said = " and ".join(f"`{expression}`" for expression in outcome)
        click.echo(f"no outcome: no record can answer {said}; is the field called so?", err=True)
    if not tally.spans and not tally.assessments:
        names = ", ".join(f"`{path}`" for path in paths)
        raise Invalid(f"nothing could be read from {names}", hint="see the reasons above")


@contextmanager
def _taking(settings: Settings) -> Iterator[Take]:
    """Yield what stores a batch: the folder's store, or the server that holds it."""
    from solvent.cli._server import ask
    from solvent.workbench import Workbench

    try:
        bench = Workbench(settings)
    except Conflict:
        if ask(settings, "/api/v1/intake") is None:
            raise
        yield lambda batch: _hand_over(settings, batch)
        return
    with bench:
        yield bench.take


def _hand_over(settings: Settings, batch: Batch) -> int:
    """Have the running server store a batch; return how many spans were new."""
    from solvent.cli._server import ask
    from solvent.server.remote import to_rows

    answer = ask(settings, "/api/v1/import", to_rows(batch))
    if answer is None:
        raise Unavailable("the server stopped", hint="import again: what is there stays once")
    new: int = answer["new"]
    return new


def _import(
    settings: Settings,
    take: Take,
    paths: tuple[Path, ...],
    source: str,
    options: ReadOptions,
    *,
    quiet: bool,
) -> Tally:
    from solvent.traces.files import Unread, listed, read

    files = [file for path in paths for file in listed(path)]
    tally, waiting = Tally(), Waiting(take, settings.intake.commit_spans)
    with _progress(len(files), quiet=quiet) as progress:
        for file in files:
            before = (tally.spans, len(tally.traces), len(tally.unread))
            for piece in read(
                file,
                source=source,
                project=settings.project,
                options=options,
                intake=settings.intake,
            ):
                if isinstance(piece, Unread):
                    tally.unread.append(piece)
                    continue
                tally.spans += len(piece.spans)
                tally.assessments += len(piece.assessments)
                tally.outcomes += sum(one.name == "outcome" for one in piece.assessments)
                tally.traces.update(span.trace_id for span in piece.spans)
                tally.new += waiting.add(piece)
                progress(None, f"{file.name}: {tally.spans - before[0]:,} spans")
            tally.files += 1
            progress(file, _line(file, tally, before))
        tally.new += waiting.flush()
    return tally


class Waiting:
    """Spans on their way into the next commit of so many."""

    def __init__(self, take: Take, commit_spans: int) -> None:
        from solvent.records.batch import Batch

        self.take = take
        self.commit_spans = commit_spans
        self.batch: Batch = Batch()
        self.chars = 0

    def add(self, piece: Batch) -> int:
        """Add a batch; return how many spans a commit found new, 0 while none was due."""
        self.batch.spans += piece.spans
        self.batch.contents += piece.contents
        self.batch.assessments += piece.assessments
        self.chars += sum(len(content.text) for content in piece.contents)
        full = len(self.batch.spans) >= self.commit_spans
        return self.flush() if full or self.chars >= COMMIT_CHARS else 0

    def flush(self) -> int:
        """Commit what waits; return how many spans were new."""
        from solvent.records.batch import Batch

        batch, self.batch, self.chars = self.batch, Batch(), 0
        return self.take(batch) if batch.spans or batch.assessments else 0


def _line(file: Path, tally: Tally, before: tuple[int, int, int]) -> str:
    spans, traces, unread = before
    text = f"{file}: {tally.spans - spans:,} spans of {len(tally.traces) - traces:,} traces"
    missed = len(tally.unread) - unread
    return f"{text}, {missed:,} not read" if missed else text


@contextmanager
def _progress(total: int, *, quiet: bool) -> Iterator[Callable[[Path | None, str], None]]:
    """Yield a function to tell what is being read (None) or was read (the file), with words."""
    if quiet or not sys.stdout.isatty():

        def say(file: Path | None, words: str) -> None:
            if file is not None and not quiet:
                click.echo(words)

        yield say
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda file, words: bar.update(task, description=words, advance=int(file is not None))


def _report(tally: Tally, project: str, *, as_json: bool) -> None:
    if as_json:
        unread = [{"path": u.path, "line": u.line, "reason": u.reason} for u in tally.unread]
        counts = {"project": project, "files": tally.files, "spans": tally.spans, "new": tally.new}
        counts |= {"traces": len(tally.traces), "assessments": tally.assessments}
        click.echo(json.dumps(counts | {"unread": unread}, ensure_ascii=False))
        return
    if tally.spans or tally.assessments:
        there = tally.spans - tally.new
        click.echo(
            f"project {project}: {tally.new:,} spans new, {there:,} already there, "
            f"{len(tally.traces):,} traces, {tally.assessments:,} judgements"
        )
    for missed in tally.unread[:SHOWN_UNREAD]:
        click.echo(f"not read: {missed}", err=True)
    if len(tally.unread) > SHOWN_UNREAD:
        click.echo(
            f"not read: {len(tally.unread) - SHOWN_UNREAD:,} more (--json lists all)", err=True
        )
