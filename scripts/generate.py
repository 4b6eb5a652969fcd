"""Write `docs/reference` from the code; with `--check`, name the pages that are stale."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from dataclasses import fields, is_dataclass
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from solvent import errors, settings
from solvent.cli import group
from solvent.debt import tables
from solvent.debt.rule import documentation
from solvent.records.assessment import Assessment
from solvent.records.content import Content
from solvent.records.finding import Debt
from solvent.records.span import Span
from solvent.rules import catalogue
from solvent.traces.derive.reference import attribute_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.debt import Rule

ROOT = Path(__file__).parents[1] / "docs" / "reference"
FIGURES = Path(__file__).parents[1] / "benchmarks" / "rules.json"
CODE_FIGURES = FIGURES.with_name("code.json")
USES = {
    "listing": "facts that began as the scan's own listing, and were mended on: flattering",
    "mended": "facts made by hand before the scan was run; mended on in the first round",
    "mended later": "facts made by hand before the scan was run; mended on in the second round",
    "mended last": "facts made by hand before the scan was run; held out, then mended on last",
    "held out": "facts made by hand before the scan was run; never mended on",
    "for mending": "facts made by hand by a reader who did not know the scan; open to mending",
    "unseen": "facts made by hand by a reader who did not know the scan; only its figures seen",
}
RUNS = {
    "untouched": "before any mending: every repository but those of the listing is unseen",
    "mended once": "after the first round",
    "mended twice": "after the second round",
    "third set": "on repositories that it had never met, before anything was mended on them",
    "now": "after the last round, in which those open to mending were read; the unseen were not",
}


class Page(NamedTuple):
    """One generated file."""

    path: str
    text: str


def main() -> None:
    """Write every page, or check them."""
    stale = []
    for page in pages():
        path = ROOT / page.path
        text = page.text.rstrip() + "\n"
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(page.path)
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if "--check" in sys.argv and stale:
        sys.exit(f"stale: {', '.join(stale)}; run `make docs`")


def pages() -> Iterator[Page]:
    """Yield every page of the reference."""
    yield Page("rules.md", rule_table())
    for name, rule in catalogue().items():
        yield Page(f"rules/{name}.md", rule_page(rule))
    yield Page("cli.md", commands())
    yield Page("settings.md", setting_tables())
    yield Page("errors.md", f"# Errors\n\n```\n{inspect.getdoc(errors)}\n```")
    yield Page("tables.md", table_columns())
    yield Page("attributes.md", attribute_page())
    yield Page("code-scan.md", code_scan())


def rule_table() -> str:
    """Return the catalogue as a table by debt."""
    lines = ["# Rules", ""]
    for debt in Debt:
        rules = [rule for rule in catalogue().values() if rule.debt is debt]
        if not rules:
            continue
        lines += [
            f"## {debt.heading}",
            "",
            "| code | rule | fires when | status |",
            "|---|---|---|---|",
        ]
        for rule in rules:
            name, first = rule.name(), documentation(rule).partition("\n")[0]
            lines.append(f"| {rule.code} | [{name}](rules/{name}.md) | {first} | {rule.status} |")
        lines.append("")
    return "\n".join(lines)


def rule_page(rule: type[Rule]) -> str:
    """Return one rule's page: its docstring and its options."""
    first, _, rest = documentation(rule).partition("\n")
    lines = [f"# {rule.code} {rule.name()}", "", f"**{first}**", ""]
    lines += [
        f"Debt: {rule.debt.heading.lower()}. Status: {rule.status}. Since {rule.since}.",
        *measured(rule.name()),
        rest,
        "",
    ]
    described = field_docs(rule)
    options = fields(rule)
    if options:
        lines += ["## Options", "", f"In `solvent.toml` under `[rules.{rule.name()}]`.", ""]
        lines += ["| option | default | meaning |", "|---|---|---|"]
        for option in options:
            meaning = described.get(option.name, "")
            lines.append(f"| `{option.name}` | `{shown(option.default)}` | {meaning} |")
    return "\n".join(lines)


def measured(name: str) -> list[str]:
    """Return what was measured of a rule on labelled data; nothing when nothing was."""
    figures = json.loads(FIGURES.read_text(encoding="utf-8")).get(name)
    if figures is None:
        return []
    said = (
        f"Measured by `{figures['command']}`: {figures['precision']:.0%} of {figures['judged']}"
        f" findings on {figures['on']} are right, read by eye;"
        f" {figures['false_alarms']:.3f} false alarms a prompt;"
        f" {figures['recall']:.0%} of {figures['recall_on']} are found."
    )
    return ["", said]


def code_scan() -> str:
    """Return what the code scan finds beside facts of public repositories."""
    runs = json.loads(CODE_FIGURES.read_text(encoding="utf-8"))
    said = (
        "Made by `python benchmarks/code.py --repositories FOLDER --keep RUN` from the facts in"
        " `tests/golden/code`, whose README says how they were made. Precision / recall; in"
        " brackets how many were found, and how many there are. Figures of repositories that the"
        " scan was mended on are flattering; those held out or unseen, and the first run, are the"
        " honest ones. The aims are 0.95 / 0.90 for prompts and tools, 0.95 / 0.95 for calls."
    )
    lines = ["# How well the code scan finds", "", said, ""]
    heads = ["| | prompts | model calls | tools |", "|---|---|---|---|"]
    for run, told in RUNS.items():
        lines += [f"## {run.capitalize()}: {told}", "", *heads]
        for use, meant in USES.items():
            group = [one for one in runs[run]["repositories"] if one["use"] == use]
            if not group:
                continue
            lines.append(f"| **{meant}** | {_scores(group)} |")
            if run in {"mended twice", "third set", "now"}:
                lines += [f"| {one['repository']} | {_scores([one])} |" for one in group]
        lines.append("")
    return "\n".join(lines)


def _scores(group: list[dict[str, Any]]) -> str:
    cells = []
    for kind in ("prompt", "call", "tool"):
        right, found, hit, known = map(sum, zip(*(one["counts"][kind] for one in group)))  # noqa: B905  four each
        shares = [f"{p / n:.2f}" if n else "-" for p, n in ((right, found), (hit, known))]
        cells.append(f"{shares[0]} / {shares[1]} ({found:,}; {known:,})")
    return " | ".join(cells)


def commands() -> str:
    """Return the help of every command as the terminal prints it."""
    context = click.Context(group, info_name="solvent", terminal_width=90)
    lines = ["# Commands", "", "```", group.get_help(context), "```", ""]
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = click.Context(command, info_name=name, parent=context, terminal_width=90)
        lines += [f"## solvent {name}", "", "```", command.get_help(inner), "```", ""]
        for below in command.list_commands(inner) if isinstance(command, click.Group) else ():
            deeper = command.get_command(inner, below)
            place = click.Context(deeper, info_name=below, parent=inner, terminal_width=90)
            lines += [f"### solvent {name} {below}", "", "```", deeper.get_help(place), "```", ""]
    return "\n".join(lines)


def setting_tables() -> str:
    """Return every setting with its default and meaning."""
    lines = [
        "# Settings",
        "",
        "In `solvent.toml`, or in the environment: `SOLVENT_INTAKE_MAX_BODY_BYTES` and so on.",
        "",
    ]
    top = settings.Settings()
    lines += setting_rows("", top)
    for field in fields(top):
        value = getattr(top, field.name)
        if is_dataclass(value):
            lines += [f"## [{field.name}]", "", *setting_rows(field.name, value)]
    return "\n".join(lines)


def setting_rows(section: str, value: Any) -> list[str]:
    """Return the table of one section."""
    described = field_docs(type(value))
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for field in fields(value):
        default = getattr(value, field.name)
        if is_dataclass(default):
            continue
        text = f"{default:,}" if isinstance(default, int) and default > 9999 else shown(default)
        lines.append(f"| `{field.name}` | `{text}` | {described.get(field.name, '')} |")
    return [*lines, ""]


def table_columns() -> str:
    """Return the columns of the stored tables and the evidence tables."""
    lines = ["# Tables", "", "Questions are SQL over these, in DuckDB's dialect.", ""]
    for name, record in (("spans", Span), ("contents", Content), ("assessments", Assessment)):
        described = field_docs(record)
        hints = inspect.get_annotations(record, eval_str=False)
        lines += [f"## {name}", "", "| column | type | meaning |", "|---|---|---|"]
        for field in record._fields:
            kind = str(hints[field]).replace("|", "or")
            lines.append(f"| `{field}` | {kind} | {described.get(field, '')} |")
        lines.append("")
    lines += ["## What rules read", "", inspect.getdoc(tables) or ""]
    return "\n".join(lines)


def field_docs(owner: type[Any]) -> dict[str, str]:
    """Return the string below each field of a class, on one line."""
    source = inspect.getsource(import_module(owner.__module__))
    body = next(
        node.body
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef) and node.name == owner.__name__
    )
    found = {}
    for field, after in pairwise(body):
        is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(field, ast.AnnAssign) and is_text and isinstance(field.target, ast.Name):
            found[field.target.id] = " ".join(str(after.value.value).split()).replace("|", "\\|")
    return found


def shown(value: Any) -> str:
    """Return a default as it is written in TOML."""
    if isinstance(value, frozenset):
        return str(sorted(value))
    if isinstance(value, tuple):
        return str(list(value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value) if not isinstance(value, str) else f'"{value}"'


if __name__ == "__main__":
    main()
