"""The forms of calls and tools that `calls.md` and `tools.md` beside this file show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solvent.code.scan import scan
from solvent.settings import Code

HERE = Path(__file__).parent
SUFFIX = {"python": ".py", "typescript": ".ts"}
BLOCK = re.compile(r"^```(\w+) (\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(name):
    found = BLOCK.findall((HERE / name).read_text(encoding="utf-8"))
    return [pytest.param(*one, id=f"{number} {one[1]}") for number, one in enumerate(found, 1)]


def scanned(folder, language, code):
    (folder / f"app{SUFFIX[language]}").write_text(code, encoding="utf-8")
    return scan(folder, Code())


@pytest.mark.parametrize(("language", "kind", "code"), blocks("calls.md"))
def test_a_call_is_known(tmp_path, language, kind, code):
    calls = scanned(tmp_path, language, code).calls
    asked = {call.kind for call in calls if call.kind not in {"client", "agent"}}
    assert (asked or {"none"}) == {kind}


@pytest.mark.parametrize(("language", "name", "code"), blocks("tools.md"))
def test_a_tool_is_known(tmp_path, language, name, code):
    tools = scanned(tmp_path, language, code).tools
    assert ([tool.name for tool in tools] or ["none"]) == [name]
