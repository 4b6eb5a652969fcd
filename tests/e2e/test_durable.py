"""Acknowledged means stored: once, and for good, whatever happens to the process."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from http.client import HTTPException

import pytest

from solvent.workbench import open_spans
from tests.e2e.payloads import request
from tests.e2e.serving import Server

ROUNDS = 20
PROTOBUF = {"Content_Type": "application/x-protobuf"}


def send_until_dead(server, acknowledged, pending, lock):
    while True:
        body, ids = request()
        try:
            status, _, _ = server.post("/v1/traces", body, **PROTOBUF)
        except (OSError, HTTPException):
            with lock:
                pending.append((body, ids))
            return
        with lock:
            if status == 200:
                acknowledged.extend(ids)
            else:
                pending.append((body, ids))


@pytest.mark.slow
def test_kill_in_the_middle_of_a_load_loses_nothing_acknowledged(tmp_path):
    acknowledged, pending, lock = [], [], threading.Lock()
    pause = random.Random(7)
    for _ in range(ROUNDS):
        server = Server(tmp_path)
        senders = [
            threading.Thread(target=send_until_dead, args=(server, acknowledged, pending, lock))
            for _ in range(3)
        ]
        for sender in senders:
            sender.start()
        time.sleep(pause.uniform(0.2, 0.8))
        server.kill()
        for sender in senders:
            sender.join(30)
    server = Server(tmp_path)
    try:
        for body, ids in pending:  # what an exporter does with what was not acknowledged
            status, _, _ = server.post("/v1/traces", body, **PROTOBUF)
            assert status == 200
            acknowledged.extend(ids)
        deadline = time.monotonic() + 60
        while server.get("/api/v1/intake")["backlog_bytes"] and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        server.stop()
    with_store = open_spans(tmp_path / ".solvent" / "spans.duckdb")
    try:
        rows = with_store.query("SELECT trace_id || '/' || span_id AS id FROM spans")
    finally:
        with_store.close()
    stored = Counter(rows["id"].to_pylist())
    assert len(acknowledged) > ROUNDS * 64
    assert set(acknowledged) == set(stored)
    assert max(stored.values()) == 1


def test_a_second_server_on_the_same_folder_says_who_holds_it(tmp_path):
    server = Server(tmp_path)
    try:
        with pytest.raises(
            AssertionError, match=rf"held by process {server.process.pid} .* at http://127"
        ):
            Server(tmp_path)
    finally:
        server.stop()
