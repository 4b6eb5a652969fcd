"""A simulated model behind the official client, and benches on it."""

from __future__ import annotations

import pytest

from solvent.evals.scorers import scorer
from solvent.evals.trials import Bench, Spending
from solvent.fixes.wording import Wording
from solvent.opening import open_provider
from solvent.records.prompt import Message, PromptContent
from solvent.settings import Providers, Settings
from tests.fixes.simulated import SimulatedModel
from tests.providers.scripted import serving


@pytest.fixture
def model():
    with serving(script=SimulatedModel()) as script:
        yield script


@pytest.fixture
def bench(model, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    settings = Settings(providers=Providers(openai_base_url=f"{model.address}/v1"))
    provider = open_provider(settings, "openai:simulated")
    return Bench(provider, "simulated", scorer("exact"), Spending(5000), threads=2)


@pytest.fixture
def wording():
    def made(text: str) -> Wording:
        content = PromptContent((Message("system", text),))
        return Wording(content, {}, "support/sort@1")

    return made
