"""The peers beside us: their load generator and drivers, found by setting, never copied.

`PEERS_BENCH` names the folder with `otlp_gen.py`, `common.py`, `backends.py` and `setup.sh`;
`PEERS_DIR` the folder in which `setup.sh` built one environment per peer.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOLS = Path(os.environ.get("PEERS_BENCH") or ROOT.parent / "shared" / "bench" / "peers")
NAMES = {"mlflow": "mlflow", "phoenix": "phoenix"}
"""Peer -> its program in the environment of the same name."""


def generator() -> Any:
    """Return the module of the load generator; None when the folder is not there."""
    return _module("otlp_gen")


def missing() -> str:
    """Return what to do so that the peers can be measured; empty when all is there."""
    if not (TOOLS / "otlp_gen.py").is_file():
        return f"set PEERS_BENCH to the folder of the peers' load generator (not {TOOLS})"
    folder = os.environ.get("PEERS_DIR", "")
    if not folder:
        return f"PEERS_DIR=<scratch> bash {TOOLS}/setup.sh, then run again with PEERS_DIR=<scratch>"
    absent = [
        name for name in NAMES if not (Path(folder) / "venvs" / name / "bin" / name).is_file()
    ]
    if absent:
        return f"PEERS_DIR={folder} bash {TOOLS}/setup.sh: {', '.join(absent)} not installed there"
    return ""


class Peer:
    """One peer's server, started with its defaults in a fresh folder."""

    def __init__(self, name: str) -> None:
        common, backends = _module("common"), _module("backends")
        self.name = name
        self.folder = common.fresh(f"bench-{name}")
        start = {"mlflow": common.mlflow_server, "phoenix": common.phoenix_server}[name]
        self.server = start(self.folder)
        make = {"mlflow": backends.MLflow, "phoenix": backends.Phoenix}[name]
        self.backend = make(self.server.port)
        self.port, self.pid = self.server.port, self.server.pid
        self.start_seconds = self.server.start_seconds
        self.headers = self.backend.headers

    def visible(self) -> int:
        """Return the spans that its own API counts."""
        return self.backend.spans()

    def stop(self) -> None:
        """Stop the server."""
        self.server.stop()


def version(name: str) -> str:
    """Return the installed version of a peer."""
    package = {"mlflow": "mlflow", "phoenix": "arize_phoenix"}[name]
    place = Path(os.environ["PEERS_DIR"]) / "venvs" / name
    found = sorted(place.glob(f"lib/python*/site-packages/{package}-*.dist-info"))
    return found[0].name.removesuffix(".dist-info").split("-")[1] if found else "unknown"


def _module(name: str) -> Any:
    if not (TOOLS / f"{name}.py").is_file():
        return None
    if str(TOOLS) not in sys.path:
        sys.path.append(str(TOOLS))
    return importlib.import_module(name)
