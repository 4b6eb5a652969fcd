"""Map the steps of your pipelines: what runs after what, how often, at what cost and error."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from solvent.cli._store import here_or_asked, need_store, say_unread, write_output
from solvent.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.pipelines.map.blame import Blamed
    from solvent.pipelines.map.picture import Picture
    from solvent.records.pipeline_map import Pipeline, PipelineMap
    from solvent.settings import Pipelines, Settings

FORMATS = ("table", "json", "svg", "dot", "mermaid")
STUDIES = ("pipeline_map", "blame")
PIPED_WIDTH = 160
EXAMPLES = """\b
Examples:
  solvent pipelines map runs.jsonl.gz                  recorded runs; leaves nothing behind
  solvent pipelines map --since 30d                    what this folder has collected
  solvent pipelines map --version 1.5 --against 1.4    what moved
  solvent pipelines map --format svg --output map.svg  a picture
"""


@click.group(help=__doc__, epilog=EXAMPLES)
def command() -> None:
    """Hold the commands about pipelines."""


@command.command("map", help=__doc__, epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--project", help="Project to look at; the folder's own when left out.")
@click.option("--since", help="Only what started after: 30d, 12h, or a date.")
@click.option("--pipeline", default="", help="Name of a root span; all kinds when left out.")
@click.option(
    "--version", "of", default="", help="Traces of an app version, or of a time as listed."
)
@click.option("--against", default="", help="Version or time to compare them with.")
@click.option("--most", type=int, help="Steps that are drawn, else as in the settings.")
@click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="File to write; else the terminal.")
def draw_map(
    paths: tuple[Path, ...],
    project: str | None,
    since: str | None,
    pipeline: str,
    of: str,
    against: str,
    most: int | None,
    shape: str,
    output: Path | None,
) -> None:
    """Print the map of files, of the folder's store, or of what the running server holds."""
    from solvent.cli._since import parse_since
    from solvent.pipelines.map.blame import read_blame
    from solvent.pipelines.map.document import from_document
    from solvent.settings import find_folder, load

    settings = load(find_folder())
    if project:
        settings = replace(settings, project=project)
    studies = _run(settings, paths, project, parse_since(since) if since else 0)
    body = studies["pipeline_map"]
    if "missing" in body:
        raise NotFound(f"there is no pipeline to draw: {body['missing']}", hint="send traces first")
    found, blamed = from_document(body), read_blame(studies.get("blame"))
    chosen = _Chosen(pipeline, of, against, most, settings.pipelines)
    if shape == "table" and output is None:
        _print(found, blamed, chosen)
        return
    text = _text(found, blamed, shape, chosen)
    if output is None:
        click.echo(text)
        return
    write_output(text + "\n", output)


def _run(
    settings: Settings, paths: tuple[Path, ...], project: str | None, since: int
) -> Mapping[str, Any]:
    from solvent.cli._progress import steps
    from solvent.debt.studies import catalogue
    from solvent.workbench import Workbench, study_files

    names = tuple(name for name in STUDIES if name in catalogue())
    with steps() as progress:
        if paths:
            found, unread = study_files(settings, paths, names, since=since, progress=progress)
            say_unread(unread)
            return found
        need_store(
            settings, "`solvent pipelines map FILE…`, `solvent import FILE…`, or `solvent demo`"
        )

        def of_store() -> Mapping[str, Any]:
            with Workbench(settings) as bench:
                return bench.study(names, project, since=since, progress=progress)

        query = {"names": ",".join(names), "project": project or "", "since": str(since)}
        return here_or_asked(settings, of_store, "/api/v1/studies", query, progress)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What is to be drawn."""

    pipeline: str
    of: str
    against: str
    most: int | None
    bounds: Pipelines


def _pictures(
    found: PipelineMap, blamed: Blamed, chosen: _Chosen
) -> list[tuple[Picture, Pipeline]]:
    """Return the pictures asked for: of one pipeline, or of each that has the traces."""
    from solvent.pipelines.map.choice import find_pipeline, find_slice
    from solvent.pipelines.map.picture import picture

    of, against = chosen.of, chosen.against
    many = [find_pipeline(found, chosen.pipeline)] if chosen.pipeline else list(found.pipelines)
    having = [p for p in many if not of or any(s.name == of for s in p.slices)] or many[:1]
    return [
        (
            picture(
                one,
                find_slice(one, of),
                find_slice(one, against) if against else None,
                blame=blamed.by_step(one.steps),
                most=chosen.most,
                bounds=chosen.bounds,
            ),
            one,
        )
        for one in having
    ]


def _text(found: PipelineMap, blamed: Blamed, shape: str, chosen: _Chosen) -> str:
    if shape == "json":
        said = {"note": blamed.note, "measured": blamed.measured}
        return json.dumps({**asdict(found), "blame": said}, ensure_ascii=False)
    pictures = _pictures(found, blamed, chosen)
    if shape == "svg":
        from solvent.pipelines.map.svg import draw
        from solvent.server.rendering import FOLDER

        style = (FOLDER / "static" / "solvent.css").read_text(encoding="utf-8")
        return draw(pictures[0][0], style=style)
    if shape == "table":
        return _table(found, blamed, chosen)
    from solvent.pipelines.map.text import to_dot, to_mermaid

    write = to_dot if shape == "dot" else to_mermaid
    return "\n".join(write(one) for one, _ in pictures)


def _table(found: PipelineMap, blamed: Blamed, chosen: _Chosen) -> str:
    from io import StringIO

    text = StringIO()
    _print(found, blamed, chosen, text)
    return text.getvalue().rstrip()


def _print(found: PipelineMap, blamed: Blamed, chosen: _Chosen, to: Any = None) -> None:
    from rich.console import Console

    from solvent.cli._map_table import show

    wide = None if to is None and sys.stdout.isatty() else PIPED_WIDTH
    console = Console(file=to or sys.stdout, highlight=False, width=wide, soft_wrap=False)
    for one, whole in _pictures(found, blamed, chosen):
        show(one, whole, blamed.note, blamed.by_step(whole.steps), console)
        console.print()
    if found.others:
        console.print(
            f"{found.others:,} more kinds of traces are not mapped: {found.other_traces:,} traces."
        )
    if found.unplaced:
        console.print(f"{found.unplaced:,} of {found.spans:,} spans are not on the map.")
