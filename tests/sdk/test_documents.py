"""The guide's first example and the docstrings' examples do what they say."""

import doctest
import importlib
import re
from pathlib import Path

import pytest

from solvent.sdk.active import Active

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "tracing.md"
MODULES = ("autolog", "client", "delivery", "feedback", "span", "trace")


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    module = importlib.import_module(f"solvent.sdk.{name}")
    assert Active.client is None
    found = doctest.testmod(module)
    assert found.attempted
    assert found.failed == 0


def test_the_guide_s_first_example(client, receiver, capsys):
    source = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)[1]
    source = source.replace("solvent.init()", "pass", 1)
    exec(compile(source, str(GUIDE), "exec"), {"__name__": "guide"})
    assert capsys.readouterr().out == f"3 of 3 spans arrived at {receiver.url}/v1/traces\n"
    assert {s.name for s in receiver.spans} == {"support", "answer", "find_customer"}
