"""An application and a real server: down, moved alias, removed alias, offline start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from solvent.errors import Invalid, NotFound, Unavailable
from solvent.sdk.prompt_lock import Lock
from solvent.sdk.prompt_source import SAME, Source
from solvent.sdk.prompts import Prompts
from tests.e2e.serving import Server, free_port

REF = "support/triage@production"


def solvent(folder, *argv, code=0):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SOLVENT_")}
    done = subprocess.run(
        [sys.executable, "-m", "solvent.cli", "prompt", *argv],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path):
    for number, words in enumerate(("Sort {{ticket}}.", "Sort {{ticket}} fast."), 1):
        (tmp_path / "triage.md").write_text(words)
        said = solvent(tmp_path, "add", "support/triage", "triage.md", "--by", "ana")
        assert said == f"support/triage version {number}\n"
    solvent(tmp_path, "set-alias", "support/triage", "production", "1")
    return tmp_path


def prompts_of(port, folder, **options):
    source = Source(f"http://127.0.0.1:{port}/v1/traces", {})
    return Prompts(source, Lock(folder / "prompts.lock"), refresh_seconds=0, **options)


def test_an_application_lives_through_what_happens_to_its_registry(folder):
    port = free_port()
    server = Server(folder, port)
    prompts = prompts_of(port, folder)
    try:
        first = prompts.get(REF)
        assert (first.format(ticket="7"), first.version) == ("Sort 7.", 1)
        with pytest.raises(Invalid, match="is not given `ticket`"):
            first.format()
        assert prompts.get(REF) is first

        solvent(folder, "set-alias", "support/triage", "production", "2")
        assert prompts.get(REF).format(ticket="7") == "Sort 7 fast."

        server.stop()
        kept = prompts.get(REF)
        assert kept.version == 2
        assert kept.stale_since is not None

        server = Server(folder, port)
        assert prompts.get(REF).stale_since is None

        solvent(folder, "set-alias", "support/triage", "production", "--drop")
        with pytest.raises(NotFound, match="no alias `production`"):
            prompts.get(REF)
        server.stop()
        with pytest.raises(NotFound, match="no alias `production`"):
            prompts.get(REF)
    finally:
        prompts.close()
        server.stop()


def test_a_process_starts_without_a_server_from_what_is_pinned(folder):
    assert solvent(folder, "lock") == "1 prompts pinned in prompts.lock\n"
    prompts = prompts_of(free_port(), folder)
    found = prompts.get(REF)
    assert found.format(ticket="7") == "Sort 7."
    assert found.stale_since is not None
    with pytest.raises(Unavailable, match="does not answer"):
        prompts.get("support/triage@staging")


def test_what_is_the_same_is_not_sent_again(folder):
    server = Server(folder)
    source = Source(server.address, {})
    try:
        document, tag = source.fetch(REF, "")
        assert document["version"] == 1
        assert source.fetch(REF, tag) == (SAME, tag)
        assert source.fetch(REF, '"other"')[0] == document
        for reference, kind in ((f"{REF}s", NotFound), ("nobody@1", NotFound), ("a b@1", Invalid)):
            with pytest.raises(kind):
                source.fetch(reference, "")
    finally:
        source.close()
        server.stop()


def test_the_name_at_the_root_asks_the_server_that_traces_go_to(folder):
    server = Server(folder)
    code = (
        "import solvent\n"
        f"p = solvent.prompt('{REF}')\n"
        "print(p.format(ticket='7'), p.version, p is solvent.prompt('support/triage@production'))"
    )
    environment = {**os.environ, "SOLVENT_ENDPOINT": server.address}
    try:
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True,
            text=True, timeout=60, check=True,
        ).stdout  # fmt: skip
    finally:
        server.stop()
    assert said == "Sort 7. 1 True\n"
