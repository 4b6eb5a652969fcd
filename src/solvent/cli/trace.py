"""List the newest traces, show one as a tree, or check that traces arrive."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import click

from solvent.cli._server import ask
from solvent.cli._store import need_store
from solvent.errors import SolventError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.settings import Settings

SHOWN = 20
READABLE = 36
"""Columns that name and input need beside the figures; with fewer they go below them."""
CHECK_SECONDS = 10.0
"""How long a checked trace may take to be shown."""
EXAMPLES = """\b
Examples:
  solvent trace                                     the newest traces
  solvent trace 4bf92f3577b34da6a3ce929d0e0e4736    one as a tree
  solvent trace --check                             does what I send arrive?
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("trace_id", required=False, metavar="[ID]")
@click.option("--project", default="", help="Project to look at; the main one when left out.")
@click.option("--check", is_flag=True, help="Send a trace and follow it: sent, stored, shown.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
def command(trace_id: str | None, project: str, check: bool, as_json: bool) -> None:
    """Ask the running server, or the folder's store when none runs."""
    from solvent.settings import find_folder, load

    settings = load(find_folder())
    if check:
        _check(settings)
        return
    path = f"/traces/{trace_id}" if trace_id else "/traces"
    view = _view(settings, path, {"project": project} if project else {})
    if as_json:
        click.echo(json.dumps(view, ensure_ascii=False))
    elif trace_id:
        _print_tree(view)
    else:
        _print_list(view)


def _view(settings: Settings, path: str, query: Mapping[str, str]) -> dict[str, Any]:
    """Return what a page shows, from the server if one runs, else from the store."""
    answer = ask(settings, f"/api/v1{path}?{urlencode(query)}")
    if answer is not None:
        return answer
    from solvent.server.pages.trace import trace
    from solvent.server.pages.traces import traces
    from solvent.workbench import Workbench

    need_store(settings, "`solvent import FILE…`, or `solvent serve` and send traces")
    with Workbench(settings) as bench:
        project = query.get("project") or bench.main_project()
        _, _, trace_id = path.strip("/").partition("/")
        if trace_id:
            return asdict(trace(bench, trace_id, project=project))
        return asdict(traces(bench, project=project))


def _print_list(view: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.text import Text

    from solvent.debt.reports.figures import UNMEASURED, count, duration, money, plain
    from solvent.debt.reports.table import Column, row_of

    rows = view["rows"][:SHOWN]
    if not rows:
        click.echo("No traces yet: `solvent trace --check` sends one.")
        return
    took = [None if row["duration_ns"] is None else row["duration_ns"] / 1e9 for row in rows]
    dates = ["" if row["started_at"] is None else _moment(row["started_at"]) for row in rows]
    columns = [
        Column("trace", tuple(row["trace_id"] for row in rows)),
        Column("started", tuple(dates)),
        Column("took", tuple(duration(one) for one in took), right=True),
        Column("spans", tuple(f"{row['spans']:,}" for row in rows), right=True),
        Column("tokens", tuple(count(row["tokens"]) for row in rows), right=True),
        Column("$", tuple(money(row["usd"]) for row in rows), right=True),
        Column("state", tuple(row["outcome"] or row["status"] for row in rows)),
    ]
    columns = [one for one in columns if set(one.cells) - {"", UNMEASURED}]
    console = Console(highlight=False)
    head = row_of(columns, None)
    used = max(len(row_of(columns, place)) for place in range(len(rows)))
    width = console.width if console.is_terminal else 0
    below = bool(width) and width - used < READABLE
    console.print(Text(head, style="bold"), soft_wrap=True)
    for place, row in enumerate(rows):
        line = Text(row_of(columns, place).ljust(used), style="bold" if below else "")
        said = Text(plain(f"{row['name']}: {row['input'] or ''}"), style="dim")
        if below:
            console.print(line, soft_wrap=True)
            line = Text("      ")
        else:
            line.append("  ")
        line.append_text(said)
        if width:
            line.truncate(width, overflow="ellipsis")
        line.rstrip()
        console.print(line, soft_wrap=True)


def _print_tree(view: Mapping[str, Any]) -> None:
    from solvent.debt.reports.figures import count, duration, money, plain

    head = view["head"]
    click.echo(
        f"{plain(head['name'])}  {head['trace_id']}  {head['spans']:,} spans,"
        f" {count(head['input_tokens'])} tokens in, {count(head['output_tokens'])} out,"
        f" {money(head['usd'])}"
    )
    if head["outcome_source"]:
        why = f": {plain(head['outcome_why'])}" if head["outcome_why"] else ""
        click.echo(f"{head['outcome']}, says {head['outcome_source']}{why}")
    for other in head["outcome_others"]:
        why = f": {plain(other['why'])}" if other["why"] else ""
        click.echo(f"disputed: {other['source']} says otherwise{why}")
    for row in view["tree"]["rows"]:
        indent = "  " * row["depth"]
        if row["hidden"]:
            click.echo(f"{indent}… {row['hidden']:,} more")
            continue
        took = "" if row["duration_ns"] is None else duration(row["duration_ns"] / 1e9)
        tokens = "" if row["tokens"] is None else f"{count(row['tokens'])} tokens"
        wrong = f"error: {row['status_message'] or ''}" if row["status"] == "error" else ""
        facts = "  ".join(plain(part) for part in (row["model"], took, tokens, wrong) if part)
        click.echo(f"{indent}{row['type']} {plain(row['name'])}  {facts}".rstrip())


def _moment(micros: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(micros / 1e6))


def _check(settings: Settings) -> None:
    """Send one trace the way an application does and follow it to the page."""
    from solvent.sdk.client import Client
    from solvent.sdk.span import current_trace_id, span

    server = settings.server
    endpoint = f"http://{server.host}:{server.port}"
    headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
    client = Client(endpoint, project="solvent-check", headers=headers, retry_seconds=2)
    with client.activated(), span("check", type="task") as step:
        step.set_input("Does this arrive?")
        step.set_output("Yes.")
        trace_id = current_trace_id()
    delivery = client.flush(CHECK_SECONDS)
    client.close()
    click.echo(f"sent    {delivery}")
    if not delivery.complete:
        raise Unavailable(
            f"the trace was not acknowledged by `{endpoint}`", hint="is `solvent serve` running?"
        )
    deadline = time.monotonic() + CHECK_SECONDS
    while time.monotonic() < deadline:
        try:
            view = ask(settings, f"/api/v1/traces/{trace_id}?project=solvent-check")
        except SolventError:
            view = None
        if view is not None:
            click.echo(f"stored  {view['head']['spans']} of 1 spans")
            click.echo(f"shown   {endpoint}/traces/{trace_id}?project=solvent-check")
            return
        time.sleep(0.1)
    raise Unavailable(
        f"the trace `{trace_id}` was acknowledged and is not shown after {CHECK_SECONDS:g} s",
        hint=f"look at {endpoint}/api/v1/intake for what holds it up",
    )
