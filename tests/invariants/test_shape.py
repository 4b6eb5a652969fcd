"""The shape of the code base: budgets that are watched, each with its reason in the style guide."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "solvent"
FILES = sorted(SOURCE.rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
BANNED_NAMES = {
    "utils", "helpers", "common", "base", "core", "misc", "manager", "service", "handler", "types",
    "models", "data", "info",
}  # fmt: skip
FUNCTIONS = [
    (path, node)
    for path, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def length(node: ast.AST) -> int:
    return node.end_lineno - node.lineno + 1


def test_files_stay_small_enough_to_find_ones_way_in():
    long = {p.relative_to(ROOT): n for p in FILES if (n := len(p.read_text().splitlines())) > 400}
    assert not long


def test_functions_stay_small_enough_to_read():
    # Docstrings explain and do not count.
    def body(node):
        first = node.body[0]
        told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        return length(node) - (length(first) if told else 0)

    long = {f"{p.name}:{n.name}": body(n) for p, n in FUNCTIONS if body(n) > 60}
    assert not long


def test_no_name_says_nothing():
    bad = [
        p.relative_to(ROOT)
        for p in FILES
        if p.stem in BANNED_NAMES or p.parent.name in BANNED_NAMES
    ]
    assert not bad


def test_the_environment_is_read_in_one_place():
    reads = [
        path.name
        for path, tree in TREES.items()
        if any(
            isinstance(n, ast.Attribute) and n.attr in {"environ", "getenv"} for n in ast.walk(tree)
        )
    ]
    assert reads == ["reading.py"]


def test_no_global_statement():
    assert not [p for p, t in TREES.items() for n in ast.walk(t) if isinstance(n, ast.Global)]


def test_every_public_name_is_documented():
    bare = [
        f"{path.relative_to(SOURCE)}:{node.name}"
        for path, tree in TREES.items()
        for node in public(tree.body)
        if not ast.get_docstring(node)
        and not any("overload" in ast.dump(d) for d in node.decorator_list)
    ]
    assert not bare


def public(body):
    """Functions and classes that others may use: not private, not inside a function."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_"):
                continue
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


def test_type_ignores_are_few_and_coded():
    lines = [
        (p, line) for p in FILES for line in p.read_text().splitlines() if "type: ignore" in line
    ]
    assert all(re.search(r"type: ignore\[[\w,-]+\]", line) for _, line in lines)
    assert len(lines) <= 10, [f"{p.name}: {line.strip()}" for p, line in lines]


def test_root_offers_few_names():
    import solvent

    assert len(solvent.__all__) <= 15


@pytest.mark.parametrize(
    ("statement", "banned"),
    [
        ("import solvent", {"opentelemetry", "click", "duckdb", "pyarrow"}),
        (
            "import solvent; solvent.trace; solvent.init",
            {"click", "duckdb", "pyarrow", "requests", "orjson"},
        ),
        (
            "import solvent.cli",
            {"duckdb", "pyarrow", "rich", "fastapi", "sqlalchemy", "opentelemetry"},
        ),
    ],
)
def test_start_up_loads_nothing_heavy(statement, banned):
    code = f"import sys; {statement}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert not banned & set(loaded.stdout.split())


def test_help_starts_within_ten_times_a_bare_interpreter():
    # A ratio within one run, never a clock: the fastest of several, in processor time.
    import resource

    def cost(*argv):
        best = 1e9
        for _ in range(5):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, *argv], capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return best

    main = "import sys; sys.argv = ['solvent', '--help']; from solvent.cli import main; main()"
    assert cost("-c", main) <= 10 * cost("-c", "pass")


def test_every_command_can_be_loaded_and_its_first_line_is_its_help():
    import click

    from solvent.cli import FOLDER, group

    context = click.Context(group)
    for path in FOLDER.glob("[!_]*.py"):
        command = group.get_command(context, path.stem.rstrip("_").replace("_", "-"))
        first = ast.get_docstring(TREES[path]).partition("\n")[0]
        assert command.help.partition("\n")[0] == first
        assert len([p for p in command.params if isinstance(p, click.Option)]) <= 8


def test_nothing_names_a_registry_or_a_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    words = ["py" + "pi.org", "python" + "hosted", "npm" + "js.", "debian" + ".org"]
    bad = []
    for name in tracked.stdout.splitlines():
        path = ROOT / name
        if path.suffix in {".gz", ".png", ".parquet", ".bin"} or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        bad += [name for word in words if word in text]
    assert not bad
