"""A change of a prompt: shown, checked, tried where somebody answers, and kept where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from solvent.cli._prompt_trials import bench_of
from solvent.cli._registry import text_of as text_of_file
from solvent.cli._store import write_output

if TYPE_CHECKING:
    from solvent.cli._case import Case
    from solvent.debt.evidence import Evidence
    from solvent.fixes.rewriting import Rewrite
    from solvent.fixes.wording import Wording
    from solvent.records.finding import Finding
    from solvent.records.source import CodePrompt
    from solvent.records.trial import Comparison
    from solvent.settings import Settings

UNTRIED = (
    "No answers were compared, so what the change does to them is not known: give --dataset,"
    " --scorer and --model, or see `solvent prompt ablate` and `solvent prompt optimize`."
)


class Trial(NamedTuple):
    """What a change is tried on, and with whom."""

    file: Path
    scoring: str
    model: str


class Found(NamedTuple):
    """The prompt that a finding is about, and where it stands."""

    text: str
    written: CodePrompt | None
    """In the code, or a prompt file; None: nowhere that was scanned."""


def propose(case: Case, trial: Trial | None, *, write: bool, by: str | None) -> bool:
    """Print the change that pays a finding, and keep it; tell whether it may be kept."""
    from solvent.fixes.rewriting import rewrite

    (finding,) = case.findings
    with case.evidence() as evidence:
        found = prompt_of(evidence, finding)
    quoted = {quote.text for quote in finding.proof.quotes}
    change = None if found is None else rewrite(finding.code, found.text, quoted)
    if found is None or change is None:
        click.echo(f"No change can be proposed. {finding.fix}")
        return True
    source, edited = _in_file(case, found, change)
    name = finding.subject.removeprefix("prompt:")
    diff = change.diff(name) if edited is None else _file_diff(found, source, edited)
    click.echo(diff)
    before, after = change.tokens
    click.echo(f"\n{change.told}; {before:,} tokens become {after:,}")
    _check(case.settings, finding, change)
    if found.written is not None and edited is None:
        file = found.written.place.file
        click.echo(f"`{file}` is not edited: it puts this text together.")
    better = True
    if trial is not None:
        better = compare_answers(case.settings, change, name, trial)
    else:
        click.echo(UNTRIED)
    if write and better:
        _keep(case, found, edited, diff, by)
    elif write:
        click.echo("Nothing is kept.")
    return better


def prompt_of(evidence: Evidence, finding: Finding) -> Found | None:
    """Return the prompt that a finding is about, the one in the code first; None: about none."""
    from solvent.prompts.serving import text_of

    for prompt in evidence.code.prompts if evidence.code else ():
        if finding.file == prompt.place.file and finding.line == prompt.place.line:
            return Found(prompt.text, prompt)
    name = finding.subject.removeprefix("prompt:")
    for version in evidence.registry.versions:
        if name == f"{version.name}@{version.number}":
            return Found(text_of(version.content), None)
    if not finding.subject.startswith("prompt:") or not finding.proof.quotes:
        return None
    rows = evidence.rows("SELECT text FROM prompt WHERE hash = $hash",
                         hash=finding.proof.quotes[0].source)  # fmt: skip
    return Found(rows[0]["text"], None) if rows else None


def compare_answers(settings: Settings, change: Rewrite, name: str, trial: Trial) -> bool:
    """Try both texts on the examples; tell whether the change may be kept."""
    from solvent.cli._improvement import compared
    from solvent.evals.comparison import compare
    from solvent.evals.datasets import read_dataset
    from solvent.evals.trials import try_out
    from solvent.fixes.wording import Wording
    from solvent.records.prompt import Message, PromptContent
    from solvent.records.trial import Verdict

    rules = settings.evals
    examples = read_dataset(trial.file, max_examples=rules.max_examples)
    bench = bench_of(settings, trial.model, trial.scoring)
    trials = []
    for label, text in ((name, change.before), (f"{name}, shorter", change.after)):
        wording = Wording(PromptContent((Message("system", text),), "fstring"), {}, label)
        plain = wording.content.messages[0].content.replace("{", "{{").replace("}", "}}")
        trials.append(try_out(wording.saying(plain).candidate(), examples, bench))
    found: Comparison = compare(*trials, margin=rules.margin, seed=rules.seed)
    click.echo(f"{found.verdict}: {compared(found)}")
    return found.verdict in {Verdict.BETTER, Verdict.EQUAL_AND_SHORTER}


def _check(settings: Settings, finding: Finding, change: Rewrite) -> None:
    """Say whether the rule still finds it in the changed text."""
    from solvent.workbench import finds_in

    again = finds_in(settings, finding.code, change.after)
    if again is None:
        click.echo(f"Whether {finding.code} is gone shows the next audit: it reads requests, too.")
    else:
        said = "still finds something in" if again else "finds nothing more in"
        click.echo(f"Checked: {finding.code} {said} the changed text.")


def _in_file(case: Case, found: Found, change: Rewrite) -> tuple[str, str | None]:
    """Return the file that a prompt stands in, now and changed; None where that cannot be done."""
    from solvent.fixes.in_source import edit_source

    if found.written is None:
        return "", None
    place = found.written.place
    path = case.root / place.file
    if not path.is_file():
        return "", None
    source = text_of_file(path)
    return source, edit_source(source, place, change.before, change.after)


def _file_diff(found: Found, source: str, edited: str) -> str:
    from solvent.fixes.rewriting import difference

    return difference(source, edited, found.written.place.file if found.written else "")


def _keep(case: Case, found: Found, edited: str | None, diff: str, by: str | None) -> None:
    """Keep a change as a version, as an edit of the file, or else as a patch."""
    (finding,) = case.findings
    if found.written is not None and edited is not None:
        write_output(edited, case.root / found.written.place.file)
    elif (said := _as_version(case, finding, by)) is not None:
        click.echo(said)
    else:
        name = slug(finding.subject.removeprefix("prompt:"))
        write_output(diff + "\n", Path(f"{name}-{finding.code}.patch"))


def _as_version(case: Case, finding: Finding, by: str | None) -> str | None:
    """Keep the change as a version; None: the registry does not have the prompt."""
    from solvent.cli._who import change as made_by
    from solvent.fixes.rewriting import rewrite
    from solvent.fixes.subject import registered
    from solvent.fixes.wording import get_wording
    from solvent.prompts import registry as practice

    if case.bench is None:
        return None
    store, rules, project = case.bench.prompts, case.settings.prompts, case.bench.main_project()
    prompt = registered(store, project, finding.subject)
    if prompt is None:
        return None
    wording: Wording = get_wording(store, rules, project, prompt.name)
    quoted = {quote.text for quote in finding.proof.quotes}
    own = rewrite(finding.code, wording.instructions, quoted)
    if own is None:
        return None
    content = wording.saying(own.after).content
    made = made_by(by, f"{finding.code}: {finding.fix}", source=f"fix:{finding.code}")
    version = practice.add(store, rules, (project, prompt.name), content, made)
    return f"{prompt.name} version {version.number} is kept; no alias is moved"


def slug(text: str) -> str:
    """Return a name as a name of a file."""
    return "-".join("".join(c if c.isalnum() else " " for c in text).split()) or "unnamed"
