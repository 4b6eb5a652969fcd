"""What is written for readers is run: commands print what they say, links lead somewhere.

In a `console` block a line after `$ ` is run by the shell in a folder that holds `examples/`, lines
after `> ` go on with it, and what follows is what it prints; `...` stands for anything.
"""

from __future__ import annotations

import doctest
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import solvent
from tests.e2e.serving import Server

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "examples/runs/README.md")),
    ROOT / "examples/football/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TARGET = re.compile(r"(?<!`)\[[^\]\[]+\]\(([^)\s]+)\)|\b(?:src|srcset|href)=\"([^\"]+)\"")
DATES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def blocks(page: Path, kind: str) -> list[str]:
    return [m[2] for m in BLOCK.finditer(page.read_text(encoding="utf-8")) if m[1] == kind]


def pages_with(kind: str):
    return [pytest.param(p, id=str(p.relative_to(ROOT))) for p in PAGES if blocks(p, kind)]


def clean_environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SOLVENT_", "OTEL_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    shown = {"TERM": "dumb", "COLUMNS": "80", "TTY_COMPATIBLE": "1", "NO_COLOR": "1"}
    return kept | shown | {"PATH": path} | more


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


def steps(block: str):
    """Yield each command with what it prints."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        more = next((i for i, x in enumerate(lines[1:], 1) if not x.startswith("> ")), len(lines))
        yield "\n".join([lines[0], *(x[2:] for x in lines[1:more])]), "\n".join(lines[more:])


def matches(expected: str, said: str) -> bool:
    pieces = [re.escape(piece) for piece in expected.strip().split("...")]
    return re.fullmatch(".*".join(pieces), said, re.DOTALL) is not None


@pytest.mark.parametrize("page", pages_with("console"))
def test_commands_print_what_the_page_says(page, folder):
    for block in blocks(page, "console"):
        for command, expected in steps(block):
            done = subprocess.run(
                ["bash", "-c", command], cwd=folder, env=clean_environment(), text=True,
                capture_output=True, timeout=120, check=False,
            )  # fmt: skip
            text = DATES.sub("", done.stdout + done.stderr)
            said = "\n".join(line.rstrip() for line in text.splitlines()).strip()
            assert matches(expected, said), f"$ {command}\n{said}"


@pytest.mark.parametrize("page", pages_with("python"))
def test_python_runs(page, tmp_path):
    server = Server(tmp_path)
    try:
        code = "\n".join(blocks(page, "python"))
        environment = clean_environment(SOLVENT_ENDPOINT=server.address)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, env=environment,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        for expected in re.findall(r"^print\(.*\)\s+# => (.+)$", code, re.MULTILINE):
            assert expected in done.stdout.splitlines()
    finally:
        server.stop()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(page):
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    assert "reference" in page.parts or "TODO" not in text
    for found in TARGET.finditer(text):
        target, _, anchor = (found[1] or found[2]).partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        path = (page.parent / target) if target else page
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            heads = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            known = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in heads}
            assert anchor in known, f"{target}#{anchor}"


def test_every_guide_is_in_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for path in [*(ROOT / "docs/guide").glob("*.md"), *(ROOT / "docs/decisions").glob("*.md")]:
        assert path.relative_to(ROOT / "docs").as_posix() in index


@pytest.mark.parametrize("name", solvent.__all__)
def test_examples_of_public_names_run(name):
    item = getattr(solvent, name)
    known = {one: getattr(solvent, one) for one in solvent.__all__} | {"solvent": solvent}
    for test in doctest.DocTestFinder().find(item, name, module=False, globs=known):
        result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
        assert not result.failed
    assert inspect.getdoc(item)
