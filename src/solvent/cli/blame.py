"""Say which step of a failed trace is to blame, and why."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from solvent.cli._store import need_store, say_unread
from solvent.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from solvent.ports.spans import SpanStore
    from solvent.settings import Settings
    from solvent.traces.files import Unread

Told = dict[str, Any]
LISTED = 20
SHOWN_PAIRS = 8
FULL_ID = 32
EXAMPLES = """\b
Examples:
  solvent blame 4bf92f35                   the suspects of one trace; the start of its id will do
  solvent blame                            the newest failed traces, with their first suspect
  solvent blame --from runs.jsonl.gz       the same for recorded runs; leaves nothing behind
  solvent blame 4bf92f35 --top 1 --format json
  solvent blame 4bf92f35 --model openai:gpt-4o      a second opinion on nearly equal suspects
  solvent blame 4bf92f35 --replay app:rerun         give steps other outputs, run what follows
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("trace", required=False, metavar="[TRACE]")
@click.option(
    "--from", "paths", multiple=True, type=click.Path(path_type=Path), help="Files to read instead."
)
@click.option("--project", default="", help="Project to look at; the main one when left out.")
@click.option("--top", default=3, show_default=True, help="How many suspects to tell of.")
@click.option("--replay", metavar="MODULE:FUNCTION", help="Run it again with other outputs.")
@click.option(
    "--give", multiple=True, metavar="STEP=VALUE", help="With --replay: an output to try."
)
@click.option("--model", help="Whom to ask about nearly equal suspects, such as openai:gpt-4o.")
@click.option("--format", "shape", type=click.Choice(("table", "json")), default="table")
def command(
    trace: str | None,
    paths: tuple[Path, ...],
    project: str,
    top: int,
    replay: str | None,
    give: tuple[str, ...],
    model: str | None,
    shape: str,
) -> None:
    """Rank the steps of one trace by suspicion, or list failed traces with their first suspect."""
    from solvent.settings import find_folder, load

    settings = load(find_folder())
    if replay or give:
        with _opened(settings, paths, project) as (store, project_):
            _check(store, project_, trace, replay, give, shape)
        return
    try:
        with _opened(settings, paths, project) as (store, project_):
            found = _tell(settings, store, project_, trace, model)
    except Conflict:
        if model:
            raise
        found = _asked(settings, trace, project)
    for one in found:
        one["suspects"] = list(one["suspects"])[: max(top, 1)]
    if shape == "json":
        click.echo(json.dumps(found[0] if trace else {"traces": found}, ensure_ascii=False))
    elif trace:
        _print(found[0])
    else:
        _print_list(found)


@contextmanager
def _opened(
    settings: Settings, paths: tuple[Path, ...], project: str
) -> Iterator[tuple[SpanStore, str]]:
    """Open the folder's store, or one in memory that holds some files; with the project in it."""
    from solvent.traces.batches import read_batches
    from solvent.workbench import Workbench, open_spans

    if not paths:
        need_store(settings, "`solvent import FILE…`, or `solvent blame --from FILE…`")
        with Workbench(settings) as bench:
            yield bench.spans, project or bench.main_project()
        return
    project = project or settings.project
    unread: list[Unread] = []
    store = open_spans(":memory:")
    try:
        for batch in read_batches(settings, paths, project, unread):
            store.append(batch)
        say_unread(unread)
        yield store, project
    finally:
        store.close()


def _tell(
    settings: Settings, store: SpanStore, project: str, trace: str | None, model: str | None
) -> list[Told]:
    from solvent.opening import open_provider
    from solvent.pipelines.within import inquire
    from solvent.pipelines.within.failures import find_trace, list_failed
    from solvent.pipelines.within.tie_break import break_tie

    if model and trace is None:
        raise Invalid("`--model` names no trace", hint="solvent blame TRACE --model …")
    ids = [find_trace(store, project, trace)] if trace else list_failed(store, project, LISTED)
    told = [inquire(store, project, trace_id, settings.blame) for trace_id in ids]
    if model:
        provider = open_provider(settings, model)
        told = [one and break_tie(one, provider, "") for one in told]
    return [asdict(one) for one in told if one is not None]


def _check(
    store: SpanStore,
    project: str,
    trace: str | None,
    application: str | None,
    given: tuple[str, ...],
    shape: str,
) -> None:
    from solvent.cli._replay import document, lines, run_check
    from solvent.pipelines.within.failures import find_trace

    if trace is None:
        raise Invalid("`--replay` names no trace", hint="solvent blame TRACE --replay …")
    if application is None:
        raise Invalid("`--give` needs an application", hint="add --replay MODULE:FUNCTION")
    trace_id = find_trace(store, project, trace)
    found = run_check(store, project, trace_id, application, given)
    if shape == "json":
        click.echo(json.dumps(document(found), ensure_ascii=False, default=str))
        return
    for line in lines(found):
        click.echo(line)


def _asked(settings: Settings, trace: str | None, project: str) -> list[Told]:
    """Return what the server tells that holds the folder's store."""
    from solvent.cli._server import ask

    if trace is None or len(trace) != FULL_ID:
        raise Invalid(
            "a server is running, and it tells of one trace at a time",
            hint="give the whole id: `solvent trace` lists them",
        )
    query = {"blame": "true"} | ({"project": project} if project else {})
    answer = ask(settings, f"/api/v1/traces/{trace}?{urlencode(query)}")
    if answer is None or answer.get("inquiry") is None:
        raise NotFound(f"`{trace}` has no steps that could be blamed", hint="see `solvent trace`")
    return [answer["inquiry"]]


def _print(told: Told) -> None:
    from rich.console import Console
    from rich.text import Text

    from solvent.debt.reports.figures import plain
    from solvent.pipelines.within.ranking import standing

    console = Console(highlight=False)
    console.print(Text(f"trace {told['trace_id']}", style="bold"), soft_wrap=True)
    wraps = not console.is_terminal
    for name in ("task", "answer"):
        console.print(
            Text(f"{name:<8}{plain(told[name])[:300]}"), soft_wrap=not console.is_terminal
        )
    left = f", {told['left_out']:,} in the middle not read" if told["left_out"] else ""
    console.print(f"steps   {told['steps']:,}{left}", soft_wrap=True)
    if not told["suspects"]:
        console.print("\nIt cannot be told: no step is suspicious by itself.")
    for number, suspect in enumerate(told["suspects"], 1):
        console.print()
        console.print(Text(_headline(number, suspect), style="bold"), soft_wrap=True)
        for reason in suspect["reasons"]:
            _print_reason(console, reason)
    console.print(Text(f"\n{standing(told['kind'])}", style="dim"), soft_wrap=wraps)
    if told["sibling"]:
        _print_sibling(console, told["sibling"])


def _headline(number: int, suspect: Mapping[str, Any]) -> str:
    from solvent.debt.reports.figures import plain

    who = suspect["name"]
    if suspect["agent"] and suspect["agent"] != who:
        who = f"{suspect['agent']}: {who}"
    return f"{number}. step {suspect['place'] + 1}  {plain(who)}  {suspect['share']:.0%}"


def _print_reason(console: Any, reason: Mapping[str, Any]) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from solvent.debt.reports.figures import plain

    text = Text(f"- {plain(reason['words'])}")
    if reason["quote"]:
        text.append(f": “{plain(reason['quote'])}”", style="dim")
    if console.is_terminal:
        console.print(Padding(text, (0, 0, 0, 3)))
    else:
        console.print(Text("   ") + text, soft_wrap=True)


def _print_sibling(console: Any, sibling: Mapping[str, Any]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from solvent.debt.reports.figures import plain

    same = sibling["likeness"] == 1
    like = "the same question" if same else f"{sibling['likeness']:.0%} of the question's words"
    title = f"\nBeside the passing trace {sibling['trace_id']} ({like})"
    console.print(Text(title, style="bold"), soft_wrap=True)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("", "step", "this trace", "the passing trace"):
        table.add_column(name, ratio=None if name in {"", "step"} else 1)
    pairs = sibling["pairs"]
    first = next((place for place, pair in enumerate(pairs) if not pair["same"]), 0)
    start = max(first - 1, 0)
    for pair in pairs[start : start + SHOWN_PAIRS]:
        cells = (pair["name"], pair["said"], "the same" if pair["same"] else pair["other_said"])
        style = "dim" if pair["same"] else ""
        table.add_row(" " if pair["same"] else "≠", *map(plain, cells), style=style)
    console.print(table)
    left = len(pairs) - min(len(pairs), SHOWN_PAIRS)
    if left:
        console.print(
            Text(f"{left} more steps are not shown; --format json has them.", style="dim")
        )


def _print_list(found: list[Told]) -> None:
    from solvent.debt.reports.figures import plain

    if not found:
        click.echo("No trace is known to have failed: `solvent blame TRACE` looks at any.")
    for told in found:
        first = told["suspects"][0] if told["suspects"] else None
        said = f"step {first['place'] + 1} {first['name']} {first['share']:.0%}" if first else "?"
        why = first["reasons"][0]["words"] if first and first["reasons"] else "cannot be told"
        click.echo(f"{told['trace_id']}  {plain(said)}: {plain(why)}  ({plain(told['task'])[:60]})")
