"""`solvent.autolog()`: what is installed is switched on once, what is not is named."""

import importlib
import logging
import sys
import types

import pytest

import solvent
from solvent.sdk.libraries import LIBRARIES

KNOWN = {"smolagents", "anthropic", "groq", "crewai", "litellm"}
"""Libraries that are not installed beside the tests; real ones would be patched for good."""


@pytest.fixture(autouse=True)
def _only_these(monkeypatch):
    chosen = [library for library in LIBRARIES if library.name in KNOWN]
    assert len(chosen) == len(KNOWN)
    monkeypatch.setattr("solvent.sdk.autolog.LIBRARIES", chosen)


class Instrumentor:
    """Behaves as the base class of OpenTelemetry's instrumentors: one instance, a flag."""

    calls: list
    fits = True

    def __new__(cls):
        if not hasattr(cls, "only"):
            cls.only = super().__new__(cls)
            cls.only.is_instrumented_by_opentelemetry = False
            cls.calls = []
        return cls.only

    def instrument(self, *, tracer_provider):
        self.calls.append(tracer_provider)
        self.is_instrumented_by_opentelemetry = self.fits


@pytest.fixture
def install(monkeypatch, tmp_path):
    """Put a library and an instrumentor package on the path, as pip would."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def put(library, package, instrumentor=Instrumentor, *, imported=True):
        if imported:
            monkeypatch.setitem(sys.modules, library, types.ModuleType(library))
        else:
            (tmp_path / f"{library}.py").write_text("")
        if package is None:
            return None
        fresh = type("FreshInstrumentor", (instrumentor,), {})
        module = types.ModuleType(package.replace("-", "_") + "_fake")
        module.FreshInstrumentor = fresh
        monkeypatch.setitem(sys.modules, module.__name__, module)
        folder = tmp_path / f"{package.replace('-', '_')}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(
            f"[opentelemetry_instrumentor]\nany = {module.__name__}:FreshInstrumentor\n"
        )
        importlib.invalidate_caches()
        return fresh

    return put


def test_nothing_is_installed(client):
    report = solvent.autolog()
    assert report.on == ()
    assert "recorded through: nothing" in str(report)


def test_without_init_it_says_so(caplog):
    assert "call `solvent.init()`" in str(solvent.autolog())
    assert "call `solvent.init()`" in caplog.text


def test_an_installed_instrumentor_is_switched_on_once(client, install):
    fresh = install("smolagents", "openinference-instrumentation-smolagents")
    for _ in range(2):
        report = solvent.autolog()
        assert report.on == ("openinference-instrumentation-smolagents",)
        assert "smolagents" not in [gap.library for gap in report.missing]
    assert fresh.calls == [client.provider]


def test_one_instrumentor_per_library(client, install):
    preferred = install("anthropic", "openinference-instrumentation-anthropic")
    other = install("anthropic", "opentelemetry-instrumentation-anthropic")
    assert solvent.autolog().on == ("openinference-instrumentation-anthropic",)
    assert len(preferred().calls) == 1
    assert other().calls == []


def test_an_imported_library_without_instrumentor_is_named(client, install, caplog):
    install("groq", None)
    install("crewai", None, imported=False)
    report = solvent.autolog()
    found = {gap.library: gap for gap in report.missing}
    assert found["groq"].state == "imported"
    assert found["groq"].package == "openinference-instrumentation-groq"
    assert found["crewai"].state == "installed"
    assert "pip install openinference-instrumentation-groq" in str(report)
    warned = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert any("groq" in line and "crewai" not in line for line in warned)


def test_an_instrumentor_that_fails_hurts_nobody(client, install):
    class Broken(Instrumentor):
        def instrument(self, *, tracer_provider):
            raise RuntimeError("no such hook")

    class Unfit(Instrumentor):
        fits = False

    install("groq", "openinference-instrumentation-groq", Broken)
    install("litellm", "openinference-instrumentation-litellm", Unfit)
    found = {gap.library: gap for gap in solvent.autolog().missing}
    assert "no such hook" in found["groq"].cause
    assert "versions do not fit" in found["litellm"].cause


def test_web_instrumentors_are_left_alone(client, install):
    fresh = install("flask", "opentelemetry-instrumentation-flask")
    assert solvent.autolog().on == ()
    assert fresh().calls == []
