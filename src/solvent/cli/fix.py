"""Propose the change that pays a finding down, and write it down when asked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from solvent.cli._prompt_trials import bench_of
from solvent.cli._registry import by_option
from solvent.errors import Invalid, NotFound

if TYPE_CHECKING:
    from solvent.fixes.deletion import Deletion
    from solvent.records.decomposition import Decomposition
    from solvent.records.finding import Finding
    from solvent.records.trial import Comparison
    from solvent.settings import Settings
    from solvent.workbench import Workbench

EXAMPLES = """\b
Examples:
  solvent fix PS104                    the finding of that rule, when there is one
  solvent fix 3f9a                     a finding by the start of its fingerprint
  solvent fix PS101 --write            the split of a mega-prompt, as versions or files
  solvent fix PS102 --dataset tickets.jsonl --model openai:gpt-4o --write
"""
UNTRIED = (
    "No answers were compared, so what the change does to them is not known: give --dataset,"
    " --scorer and --model, or see `solvent prompt ablate` and `solvent prompt optimize`."
)


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("target")
@click.option("--write", is_flag=True, help="Keep the change: a version, or else a file.")
@click.option("--dataset", "file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--scorer", "scoring", default="exact", show_default=True)
@click.option("--model", help="openai:MODEL, anthropic:MODEL or replay:FILE.")
@by_option
def command(
    target: str, write: bool, file: Path | None, scoring: str, model: str | None, by: str | None
) -> None:
    """Look a finding of the last audit up and print the change that pays it."""
    from solvent.settings import find_folder, load
    from solvent.workbench import Workbench

    if (file is None) != (model is None):
        raise Invalid("a comparison needs both", hint="give --dataset and --model")
    settings = load(find_folder())
    with Workbench(settings) as bench:
        finding = _find(bench, target)
        click.echo(f"{finding.code} {finding.fingerprint}: {finding.message}\n")
        if finding.code == "PS101":
            _split(settings, bench, finding, write=write, by=by)
            return
        from solvent.fixes.deletion import delete
        from solvent.fixes.subject import text_of

        name = finding.subject.removeprefix("prompt:")
        text = text_of(bench.spans, finding)
        quoted = {quote.text for quote in finding.proof.quotes}
        change = None if text is None else delete(finding.code, text, quoted)
        if change is None:
            click.echo(f"No change can be proposed. {finding.fix}")
            return
        click.echo(change.diff(name))
        click.echo(f"\n{len(change.removed)} instructions go; {change.saved:,} tokens a request")
        if file is not None and model is not None:
            better = _compare(settings, change, name, (file, scoring, model))
        else:
            click.echo(UNTRIED)
            better = True
        if write and better:
            click.echo(_keep(settings, bench, name, change, finding, by))
        elif write:
            click.echo("Nothing is kept.")
    if not better:
        raise click.exceptions.Exit(1)


def _find(bench: Workbench, target: str) -> Finding:
    report = bench.latest_report()
    if report is None:
        raise NotFound("no audit is kept", hint="`solvent audit` first")
    code, _, rest = target.partition("-")
    found = [f for f in report.findings if f.fingerprint.startswith(target)]
    found = found or [f for f in report.findings if f.code == code and rest in f.subject]
    found = found or [f for f in report.findings if f.subject == f"prompt:{target}"]
    if not found:
        raise NotFound(
            f"the last audit found no `{target}`",
            hint="give a code, a fingerprint, a prompt's name; or `solvent prompt decompose`",
        )
    if len(found) > 1:
        names = ", ".join(f"{f.fingerprint[:8]} ({f.code} {f.subject})" for f in found[:6])
        raise Invalid(f"`{target}` are {len(found)} findings", hint=f"one of: {names}")
    return found[0]


def _split(
    settings: Settings, bench: Workbench, finding: Finding, *, write: bool, by: str | None
) -> None:
    from solvent.cli._decomposition import show
    from solvent.cli._prompt_split import keep, write_files
    from solvent.fixes.decompose import decompose
    from solvent.fixes.subject import of_finding
    from solvent.prompts.exchange import Place

    project = bench.main_project()
    one = of_finding(bench.prompts, settings.prompts, bench.spans, finding, project)
    if one is None:
        click.echo(f"No change can be proposed. {finding.fix}")
        return
    asked = bench.list_asked(one.known, one.text, settings.decompose.max_requests)
    found: Decomposition = decompose(one.text, one.label, asked, settings.decompose, one.style)
    show(found, instructions=False)
    if found.refused:
        return
    click.echo(UNTRIED.partition(":")[0] + ".")
    if write and one.wording is not None:
        place = Place(bench.prompts, settings.prompts, project)
        lines = keep(place, one.name, one.wording, found, by)
    elif write:
        lines = write_files(Path(f"{_slug(finding.subject)}-parts"), found, one.style)
    else:
        lines = ["Nothing is kept: --write makes versions of a prompt in the registry, else files."]
    for line in lines:
        click.echo(line)


def _compare(settings: Settings, change: Deletion, name: str, asked: tuple[Path, str, str]) -> bool:
    """Try both texts on the examples; tell whether the change may be kept."""
    from solvent.cli._improvement import compared
    from solvent.evals.comparison import compare
    from solvent.evals.datasets import read_dataset
    from solvent.evals.trials import try_out
    from solvent.fixes.wording import Wording
    from solvent.records.prompt import Message, PromptContent
    from solvent.records.trial import Verdict

    file, scoring, model = asked
    rules = settings.evals
    examples = read_dataset(file, max_examples=rules.max_examples)
    bench = bench_of(settings, model, scoring)
    trials = []
    for label, text in ((name, change.before), (f"{name}, shorter", change.after)):
        wording = Wording(PromptContent((Message("system", text),), "fstring"), {}, label)
        plain = wording.content.messages[0].content.replace("{", "{{").replace("}", "}}")
        trials.append(try_out(wording.saying(plain).candidate(), examples, bench))
    found: Comparison = compare(*trials, margin=rules.margin, seed=rules.seed)
    click.echo(f"{found.verdict}: {compared(found)}")
    return found.verdict in {Verdict.BETTER, Verdict.EQUAL_AND_SHORTER}


def _keep(
    settings: Settings, bench: Workbench, name: str, change: Deletion, finding: Finding,
    by: str | None,
) -> str:  # fmt: skip
    """Keep the shorter prompt as a version when the registry has this text, else as a patch."""
    from solvent.cli._who import change as made_by
    from solvent.fixes.deletion import delete
    from solvent.fixes.subject import registered
    from solvent.fixes.wording import get_wording
    from solvent.prompts import registry as practice

    project = bench.main_project()
    prompt = registered(bench.prompts, project, finding.subject)
    if prompt is not None:
        wording = get_wording(bench.prompts, settings.prompts, project, prompt.name)
        quoted = {s.text for s in change.removed}
        own = delete(finding.code, wording.instructions, quoted)
        if own is not None:
            content = wording.saying(own.after).content
            made = made_by(by, f"{finding.code}: {finding.fix}", source=f"fix:{finding.code}")
            version = practice.add(
                bench.prompts, settings.prompts, (project, prompt.name), content, made
            )
            return f"{prompt.name} version {version.number} is kept; no alias is moved"
    file = Path(f"{_slug(name)}-{finding.code}.patch")
    file.write_text(change.diff(name) + "\n", encoding="utf-8")
    return f"wrote {file}"


def _slug(text: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in text).split())
