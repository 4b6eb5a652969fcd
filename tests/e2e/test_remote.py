"""While a server holds the folder, the command line asks it instead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.payloads import request
from tests.e2e.serving import serving

RUNS = Path(__file__).parents[2] / "examples" / "runs" / "tau_bench_airline.jsonl.gz"


def solvent(folder, port, *argv):
    environment = {**os.environ, "SOLVENT_SERVER_PORT": str(port)}
    return subprocess.run(
        [sys.executable, "-m", "solvent.cli", *argv],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_audit_trace_and_erase_work_while_the_server_runs(tmp_path):
    with serving(tmp_path) as server:
        body, ids = request(traces=3)
        server.post("/v1/traces", body, Content_Type="application/x-protobuf")
        server.settle(len(ids))
        report = json.loads(solvent(tmp_path, server.port, "audit", "--format", "json").stdout)
        assert report["observed"]["traces"] == 3
        mapped = solvent(tmp_path, server.port, "pipelines", "map", "--format", "json")
        assert json.loads(mapped.stdout)["spans"] == len(ids)
        first = ids[0].partition("/")[0]
        assert first in solvent(tmp_path, server.port, "trace").stdout
        erased = solvent(tmp_path, server.port, "erase", "--trace", first, "--yes")
        assert erased.stdout == "erased 1 traces of project default\n"
        assert first not in solvent(tmp_path, server.port, "trace").stdout
        checked = solvent(tmp_path, server.port, "trace", "--check")
        assert checked.returncode == 0, checked.stderr
        assert "stored  1 of 1 spans" in checked.stdout


def test_an_audit_of_the_folder_reads_code_and_traces_while_the_server_runs(tmp_path):
    (tmp_path / "solvent.toml").write_text("")
    (tmp_path / "app.py").write_text("SYSTEM_PROMPT = 'You answer letters. Be kind to people.'\n")
    with serving(tmp_path) as server:
        body, ids = request(traces=3)
        server.post("/v1/traces", body, Content_Type="application/x-protobuf")
        server.settle(len(ids))
        said = solvent(tmp_path, server.port, "audit", ".", "--format", "json")
        observed = json.loads(said.stdout)["observed"]
        assert (observed["traces"], observed["files"]) == (3, 2)  # app.py and solvent.toml


def test_a_check_without_a_server_says_so_and_fails(tmp_path):
    checked = solvent(tmp_path, 9, "trace", "--check")
    assert checked.returncode == 3
    assert "solvent serve" in checked.stderr


def test_an_import_is_handed_over_to_the_server_that_holds_the_folder(tmp_path):
    turns = [{"role": "user", "content": "Order 7?"}, {"role": "assistant", "content": "Sent"}]
    (tmp_path / "chats.jsonl").write_text(json.dumps({"messages": turns}) + "\n")
    command = ("import", "chats.jsonl", "--project", "shop", "--json")
    with serving(tmp_path) as server:
        said = solvent(tmp_path, server.port, *command)
        counts = json.loads(said.stdout)
        assert counts["new"] == counts["spans"] > 0, said.stderr
        assert json.loads(solvent(tmp_path, server.port, *command).stdout)["new"] == 0
        assert server.get("/api/v1/traces?project=shop")["total"] == 1
    assert json.loads(solvent(tmp_path, 9, *command).stdout)["new"] == 0


def test_rows_that_are_none_are_refused(tmp_path):
    with serving(tmp_path) as server:
        status, said = server.post("/api/v1/import", b'{"spans": [[1, 2]]}')[:2]
        assert status == 422, said


APP = """
from solvent.pipelines.causal import Rerun


def rerun(task, given):
    said = next(iter(given.values()), "as it was")
    return Rerun(outcome=said == "better", answer=said)
"""


def test_blame_is_told_and_tried_while_the_server_runs(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    asked = ("blame", "--project", "air", "--format", "json")
    before = solvent(tmp_path, 9, *asked, "--from", str(RUNS))
    with serving(tmp_path) as server:
        solvent(tmp_path, server.port, "import", str(RUNS), "--project", "air")
        listed = solvent(tmp_path, server.port, *asked)
        assert json.loads(listed.stdout) == json.loads(before.stdout), listed.stderr
        first = json.loads(listed.stdout)["traces"][0]
        one = solvent(tmp_path, server.port, *asked, first["trace_id"][:12])
        assert json.loads(one.stdout) == first
        trace, step = next(
            (told["trace_id"], step["name"])
            for told in json.loads(listed.stdout)["traces"]
            for step in server.get(f"/api/v1/run?project=air&trace={told['trace_id']}")["steps"]
            if step["times"] == 1
        )
        trial = ("--replay", "app:rerun", "--give", f"{step}=better")
        tried = solvent(tmp_path, server.port, *asked, trace, *trial)
        assert json.loads(tried.stdout)["decisive"] == step, tried.stderr
        none = solvent(tmp_path, server.port, "blame", "ffff")
        assert none.returncode == 2
        assert "begins with `ffff`" in none.stderr
    here = solvent(tmp_path, 9, *asked, trace, *trial)
    assert json.loads(here.stdout) == json.loads(tried.stdout)
