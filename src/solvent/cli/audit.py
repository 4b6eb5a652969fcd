"""Say what is owed: in a repository, in prompts, in traces, or in what was collected."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.cli._store import here_or_asked, need_store, say_unread, write_output
from solvent.errors import Invalid, NotFound

if TYPE_CHECKING:
    from solvent.records.finding import Report
    from solvent.settings import Settings

FORMATS = ("table", "json", "sarif", "html", "markdown")
EXAMPLES = """\b
Examples:
  solvent audit .                                   a repository: prompts, model calls, tools
  solvent audit prompts/support.md                  prompt files; `-` is standard input
  solvent audit runs.jsonl.gz                       recorded runs; leaves nothing behind
  solvent audit --since 30d                         what this folder has collected
  solvent audit runs/ --select TS --format json
  solvent audit --fail-on new --baseline main.json  a gate: exit 1 on new debt
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--project", help="Project to look at; the folder's own when left out.")
@click.option("--since", help="Only what started after: 30d, 12h, or a date.")
@click.option(
    "--select", multiple=True, metavar="RULES", help="Rules to run: TS, TS101, unused-tool."
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Rules not to run.")
@click.option("--format", "shape", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), help="File to write; else the terminal.")
@click.option("--fail-on", multiple=True, metavar="CONDITION", help="any, new, a rule, usd>N, ...")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="A JSON report; its findings are known. Alone, it means --fail-on new.",
)
def command(
    paths: tuple[Path, ...],
    project: str | None,
    since: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    shape: str,
    output: Path | None,
    fail_on: tuple[str, ...],
    baseline: Path | None,
) -> None:
    """Audit files or the folder's store, print the report, and apply the gate."""
    from solvent.cli._since import parse_since
    from solvent.gathering.naming import find_home
    from solvent.settings import find_folder, load

    home = find_home(paths)
    settings = load(home or find_folder())
    if project:
        settings = replace(settings, project=project)
    chosen = (_split(select) or settings.select, _split(ignore) or settings.ignore)
    known = _fingerprints(baseline)
    start = parse_since(since) if since else 0
    report = _run(settings, paths, home, project, start, chosen)
    text = _text(report, settings, shape, chosen, output, _code_folder(paths))
    if output is not None:
        write_output(text, output)
    elif text:
        click.echo(text)
    if fail_on or baseline:
        _gate(report, _split(fail_on) or ("new",), chosen, known)


def _split(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _run(
    settings: Settings,
    paths: tuple[Path, ...],
    home: Path | None,
    project: str | None,
    since: int,
    chosen: tuple[tuple[str, ...], tuple[str, ...]],
) -> Report:
    from solvent.cli._progress import steps
    from solvent.debt.reports.document import from_document
    from solvent.workbench import Workbench, audit_files

    query = {"project": project or "", "since": str(since)}
    query |= {"select": ",".join(chosen[0]), "ignore": ",".join(chosen[1])}
    with steps() as progress:

        def of_paths() -> Report:
            report, unread = audit_files(
                settings, paths, *chosen, since=since, home=home, project=project, progress=progress
            )
            say_unread(unread)
            return report

        def of_store() -> Report:
            with Workbench(settings) as bench:
                return bench.audit(project, *chosen, since=since, progress=progress)

        if paths:
            query["code"] = "true"
        else:
            need_store(settings, "`solvent audit FILE…`, `solvent import FILE…`, or `solvent demo`")
        work = of_paths if paths else of_store
        found = here_or_asked(settings, work, "/api/v1/report", query, progress)
        return from_document(found) if isinstance(found, dict) else found


def _code_folder(paths: tuple[Path, ...]) -> str:
    """Return the scanned folder as seen from here; code scanning wants paths from the root."""
    here = Path.cwd()
    for path in paths:
        full = path.resolve()
        if path.is_dir() and full.is_relative_to(here) and full != here:
            return full.relative_to(here).as_posix()
    return ""


def _text(
    report: Report,
    settings: Settings,
    shape: str,
    chosen: tuple[tuple[str, ...], tuple[str, ...]],
    output: Path | None,
    folder: str,
) -> str:
    """Return the report as text; a table for the terminal is printed, as it is wide."""
    if shape == "json":
        from solvent.debt.reports.document import to_document

        return json.dumps(to_document(report), indent=1, ensure_ascii=False)
    if shape == "sarif":
        from solvent import __version__
        from solvent.debt.reports.sarif import to_sarif
        from solvent.rules import select

        return json.dumps(to_sarif(report, select(*chosen), __version__, folder), indent=1)
    if shape == "html":
        from solvent.server.report import render as render_html

        return render_html(report, replace(settings, select=chosen[0], ignore=chosen[1]))
    if shape == "markdown":
        from solvent.debt.reports.markdown import render

        return render(report)
    from rich.console import Console

    from solvent.debt.reports import table

    text = StringIO()
    table.render(report, Console(file=text if output else sys.stdout, highlight=False))
    return text.getvalue()


def _fingerprints(baseline: Path | None) -> frozenset[str] | None:
    if baseline is None:
        return None
    try:
        body = json.loads(baseline.read_text(encoding="utf-8"))
        return frozenset(finding["fingerprint"] for finding in body["findings"])
    except OSError as error:
        raise NotFound(f"`{baseline}` cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        hint = "write one with `solvent audit --format json --output FILE`"
        raise Invalid(f"`{baseline}` is not a report", hint=hint) from error


def _gate(
    report: Report,
    conditions: tuple[str, ...],
    chosen: tuple[tuple[str, ...], tuple[str, ...]],
    known: frozenset[str] | None,
) -> None:
    from solvent.debt.gate import decide
    from solvent.rules import select

    rules = {name: rule.code for name, rule in select(*chosen).items()}
    verdict = decide(report, conditions, rules, known)
    for reason in verdict.failed:
        click.echo(f"gate failed: {reason}", err=True)
    for reason in verdict.inconclusive:
        click.echo(f"gate inconclusive: {reason}", err=True)
    if verdict.exit_code:
        raise click.exceptions.Exit(verdict.exit_code)
    click.echo("gate passed", err=True)
