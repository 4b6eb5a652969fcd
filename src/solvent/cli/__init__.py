"""The command line: one file a command, found by walking this folder.

Help is printed from the first line of each file, read as text: no command is imported before it
runs.
"""

from __future__ import annotations

import ast
import sys
from importlib import import_module
from pathlib import Path

import click

from solvent.errors import SolventError

FOLDER = Path(__file__).parent
SERVER = {"alembic", "fastapi", "jinja2", "sqlalchemy", "starlette", "uvicorn"}
"""Modules that the extra `server` installs."""
EPILOG = """\b
Examples:
  solvent demo                          real runs, their ledger, the pages
  solvent audit runs.jsonl              what these recorded runs owe; nothing is kept
  solvent import runs/ && solvent serve keep them, and look at them
  solvent rule unused-tool              why it is debt, how its interest is computed
"""


class Commands(click.Group):
    """Commands that are listed without being imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names of the files beside this one."""
        return sorted(_name(p) for p in FOLDER.glob("*.py") if not p.stem.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that is asked for."""
        if cmd_name not in self.list_commands(ctx):
            return None
        path = next(p for p in FOLDER.glob("*.py") if _name(p) == cmd_name)
        command: click.Command = import_module(f"solvent.cli.{path.stem}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print every command with the first line of its file."""
        rows = [(name, _summary(name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _name(path: Path) -> str:
    return path.stem.rstrip("_").replace("_", "-")


def _summary(name: str) -> str:
    path = next(p for p in FOLDER.glob("*.py") if _name(p) == name)
    text = path.read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text[: text.find('"""', 3) + 3])) or "").partition("\n")[0]


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="solvent")
def group() -> None:
    """Keep your GenAI systems solvent: measure, pay down and prevent their hidden debt."""


def main() -> None:
    """Run a command; a `SolventError` becomes two lines and an exit code."""
    try:
        sys.exit(group(standalone_mode=False) or 0)
    except SolventError as error:
        click.echo(f"error: {error.what}", err=True)
        if error.hint:
            click.echo(f"  hint: {error.hint}", err=True)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in SERVER:
            raise
        click.echo(f"error: `{module}` is not installed, which this needs", err=True)
        click.echo("  hint: pip install 'solvent[server]'", err=True)
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:  # `solvent audit | head`: the reader has what it wanted
        sys.stderr.close()
        sys.exit(0)
