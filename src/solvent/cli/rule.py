"""List the rules, or explain one."""

from __future__ import annotations

import click

from solvent.debt.rule import documentation
from solvent.rules import catalogue, get_rule

EXAMPLES = """\b
Examples:
  solvent rule
  solvent rule unused-tool
  solvent rule TS101
"""


@click.command(help=__doc__, epilog=EXAMPLES)
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print every rule's code, name and summary, or one rule's page."""
    if name is not None:
        rule = get_rule(name)
        click.echo(f"{rule.code} {rule.name()} ({rule.status})\n\n{documentation(rule)}")
        return
    rules = catalogue()
    width = max(len(name) for name in rules)
    for known, rule in rules.items():
        click.echo(f"{rule.code}  {known:<{width}}  {documentation(rule).partition(chr(10))[0]}")
