"""A mega-prompt split: printed, and kept as versions, as files, or as files that the code loads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from solvent.cli._fix_prompt import prompt_of, slug
from solvent.cli._store import write_output

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solvent.cli._case import Case
    from solvent.fixes.subject import Subject
    from solvent.records.decomposition import Asked, Decomposition
    from solvent.records.source import CodePrompt

UNTRIED = "No answers were compared, so what the change does to them is not known."


class Whole(NamedTuple):
    """A prompt that may be split."""

    subject: Subject
    asked: Sequence[Asked]
    written: CodePrompt | None
    """Where it stands in the code, when that was audited."""


def split(case: Case, *, write: bool, by: str | None) -> None:
    """Print the split of the prompt that a finding is about; with `write`, keep it."""
    from solvent.cli._decomposition import show
    from solvent.cli._prompt_split import keep
    from solvent.fixes.decompose import decompose
    from solvent.prompts.exchange import Place

    whole = _collected(case) if case.bench else _audited(case)
    if whole is None:
        click.echo(f"No change can be proposed. {case.findings[0].fix}")
        return
    one = whole.subject
    found = decompose(one.text, one.label, whole.asked, case.settings.decompose, one.style)
    show(found, instructions=False)
    if found.refused:
        return
    click.echo(UNTRIED)
    if case.bench and one.wording is not None:
        if write:
            place = Place(case.bench.prompts, case.settings.prompts, case.bench.main_project())
            for line in keep(place, one.name, one.wording, found, by):
                click.echo(line)
    else:
        _as_files(case, whole, found, write=write)
    if not write:
        click.echo(
            "Nothing is kept: --write makes versions of a prompt in the registry, else files."
        )


def _collected(case: Case) -> Whole | None:
    """Return the prompt as the registry or the collected traces have it."""
    from solvent.fixes.subject import of_finding

    assert case.bench is not None  # noqa: S101  the caller has looked
    bench, rules = case.bench, case.settings.prompts
    one = of_finding(bench.prompts, rules, bench.spans, case.findings[0], bench.main_project())
    if one is None:
        return None
    asked = bench.list_asked(one.known, one.text, case.settings.decompose.max_requests)
    return Whole(one, asked, None)


def _audited(case: Case) -> Whole | None:
    """Return the prompt as an audit of paths found it."""
    from solvent.debt.prompt_requests import requests_of
    from solvent.fixes.subject import Subject

    (finding,) = case.findings
    with case.evidence() as evidence:
        found = prompt_of(evidence, finding)
        if found is None:
            return None
        most = case.settings.decompose.max_requests
        asked = requests_of(evidence, finding.subject, found.text, most)
    subject = Subject("", finding.subject, finding.subject, found.text, "mustache", None)
    return Whole(subject, asked, found.written)


def _as_files(case: Case, whole: Whole, found: Decomposition, *, write: bool) -> None:
    """Write the parts as files; show and make the edit of the code that loads them."""
    from solvent.cli._prompt_split import write_files
    from solvent.fixes.loading import with_loader
    from solvent.fixes.rewriting import difference

    written = whole.written
    folder = Path(f"{slug(case.findings[0].subject)}-parts")
    edited = None
    if written is not None:
        path = case.root / written.place.file
        folder = path.parent / f"{slug(written.name).lower()}-prompts"
        source = path.read_text(encoding="utf-8") if path.is_file() else ""
        edited = with_loader(source, written.place, found, folder.name)
        if edited is not None:
            click.echo(difference(source, edited, written.place.file))
            click.echo("\nThe code sends every module until it names fewer: router.md says which.")
            if write:
                write_output(edited, path)
    if write:
        for line in write_files(folder, found, whole.subject.style):
            click.echo(line)
