"""Tracing that is switched on elsewhere: set-up code, the environment, how a program is started."""

from __future__ import annotations

import pytest

from solvent.code.scan import scan
from solvent.settings import Code


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("start.py", "from lmnr import Laminar\nLaminar.initialize()\n", {"*"}),
        ("start.py", "import litellm\nlitellm.success_callback = ['langfuse']\n", {"litellm"}),
        ("start.py", "import litellm\nlitellm.success_callback = []\n", set()),
        (
            "start.py",
            "from phoenix.otel import register\nregister(auto_instrument=True)\n",
            {"*"},
        ),
        (
            "start.py",
            "import os\nos.environ['LANGSMITH_TRACING'] = 'true'\n",
            {"langchain", "langgraph"},
        ),
        (".env.example", "LANGCHAIN_TRACING_V2=true\n", {"langchain", "langgraph"}),
        (".env.example", "LANGCHAIN_TRACING_V2=false\n", set()),
        ("Dockerfile", 'CMD ["opentelemetry-instrument", "python", "app.py"]\n', {"*"}),
        ("Dockerfile", "# opentelemetry-instrument python app.py\n", set()),
        (
            "compose.yaml",
            "services:\n  app:\n    environment:\n      LANGSMITH_TRACING: 'true'\n",
            {"langchain", "langgraph"},
        ),
    ],
)
def test_a_repository_tells_what_is_traced(tmp_path, name, text, told):
    (tmp_path / name).write_text(text)
    assert set(scan(tmp_path, Code()).tracing) == told


def test_a_function_that_makes_a_span_by_hand_is_traced(tmp_path):
    (tmp_path / "app.py").write_text(
        "def answer(self, llm, text):\n"
        "    span = self.watcher.create_span('llm.request')\n"
        "    said = llm.invoke(text)\n"
        "    self.watcher.end_span(span)\n"
        "    return said\n"
        "def outline(self, llm, text):\n"
        "    return llm.invoke(text)\n"
    )
    assert [call.traced for call in scan(tmp_path, Code()).calls] == [True, False]


def test_a_decorator_of_a_module_named_after_tracing_traces(tmp_path):
    (tmp_path / "app.py").write_text(
        "from shop.observability import observe\n"
        "from shop.shapes import trace\n"
        "@observe(name='answer')\n"
        "def answer(llm, text):\n"
        "    return llm.invoke(text)\n"
        "@trace\n"
        "def outline(llm, text):\n"
        "    return llm.invoke(text)\n"
    )
    assert [call.traced for call in scan(tmp_path, Code()).calls] == [True, False]
