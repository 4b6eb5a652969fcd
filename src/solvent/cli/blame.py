"""Say which step of a failed trace is to blame, and why."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from solvent.cli._progress import steps
from solvent.cli._store import here_or_asked, need_store, say_unread
from solvent.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solvent.ports.spans import SpanStore
    from solvent.records.suspect import Inquiry
    from solvent.settings import Settings
    from solvent.traces.files import Unread

T = TypeVar("T")
Told = dict[str, Any]
LISTED = 20
SHOWN_PAIRS = 8
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

    source = _Source(load(find_folder()), paths, project)
    if replay or give:
        _check(source, trace, replay, give, shape)
        return
    found = [asdict(one) for one in _tell(source, trace, model)]
    for one in found:
        one["suspects"] = list(one["suspects"])[: max(top, 1)]
    if shape == "json":
        click.echo(json.dumps(found[0] if trace else {"traces": found}, ensure_ascii=False))
    elif trace:
        _print(found[0])
    else:
        _print_list(found)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where traces are: in files, in the folder's store, or in the server that holds it."""

    settings: Settings
    paths: tuple[Path, ...]
    project: str

    def read(
        self, work: Callable[[SpanStore, str], T], path: str, query: Mapping[str, str]
    ) -> T | Told:
        """Return what `work` finds in a project of the store, or what the server answers."""
        if self.paths:
            return self._in_files(work)
        need_store(self.settings, "`solvent import FILE…`, or `solvent blame --from FILE…`")
        asked = {**query, "project": self.project}
        with steps() as progress:
            return here_or_asked(self.settings, lambda: self._in_store(work), path, asked, progress)

    def _in_store(self, work: Callable[[SpanStore, str], T]) -> T:
        from solvent.workbench import Workbench

        with Workbench(self.settings) as bench:
            return work(bench.spans, self.project or bench.main_project())

    def _in_files(self, work: Callable[[SpanStore, str], T]) -> T:
        from solvent.traces.batches import read_batches
        from solvent.workbench import open_spans

        project = self.project or self.settings.project
        unread: list[Unread] = []
        store = open_spans(":memory:")
        try:
            for batch in read_batches(self.settings, self.paths, project, unread):
                store.append(batch)
            say_unread(unread)
            return work(store, project)
        finally:
            store.close()


def _tell(source: _Source, trace: str | None, model: str | None) -> list[Inquiry]:
    from solvent.opening import open_provider
    from solvent.pipelines.within import inquire_all
    from solvent.pipelines.within.document import from_document
    from solvent.pipelines.within.tie_break import break_tie

    if model and trace is None:
        raise Invalid("`--model` names no trace", hint="solvent blame TRACE --model …")
    bounds = source.settings.blame
    answer = source.read(
        lambda store, project: inquire_all(store, project, trace or "", LISTED, bounds),
        "/api/v1/blame",
        {"trace": trace or "", "most": str(LISTED)},
    )
    told = answer if isinstance(answer, list) else [from_document(t) for t in answer["traces"]]
    if model:
        provider = open_provider(source.settings, model)
        told = [break_tie(one, provider, "") for one in told]
    return told


def _check(
    source: _Source, trace: str | None, application: str | None, given: tuple[str, ...], shape: str
) -> None:
    from solvent.cli._replay import document, lines, run_check
    from solvent.pipelines.causal.reading import from_document, gather

    if trace is None:
        raise Invalid("`--replay` names no trace", hint="solvent blame TRACE --replay …")
    if application is None:
        raise Invalid("`--give` needs an application", hint="add --replay MODULE:FUNCTION")
    answer = source.read(
        lambda store, project: gather(store, project, trace), "/api/v1/run", {"trace": trace}
    )
    run = from_document(answer) if isinstance(answer, dict) else answer
    found = run_check(run, application, given)
    if shape == "json":
        click.echo(json.dumps(document(found), ensure_ascii=False, default=str))
        return
    for line in lines(found):
        click.echo(line)


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
