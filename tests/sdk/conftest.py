"""An isolated client per test: the global tracer provider is never touched."""

import pytest

from solvent.sdk.client import Client
from tests.sdk.receiver import receiving


@pytest.fixture(autouse=True)
def _only_flush_sends(monkeypatch):
    """Let a batch be what was ended before a flush, however slow the machine is."""
    monkeypatch.setattr("solvent.sdk.outbox._DELAY_SECONDS", 60.0)


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


@pytest.fixture
def make_client(receiver):
    made = []

    def make(endpoint=None, **options):
        client = Client(receiver.url if endpoint is None else endpoint, **options)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close(1.0)


@pytest.fixture
def client(make_client):
    with make_client().activated() as active:
        yield active
