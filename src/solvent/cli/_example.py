"""Runs the worked example against a server of the demo's own: real SDK, real intake."""

from __future__ import annotations

import http.client
import multiprocessing
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from solvent.errors import NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solvent.settings import Settings

FOLDER = Path(__file__).parents[3] / "examples" / "football"
START_SECONDS = 60


def send(settings: Settings, *commands: Sequence[str]) -> None:
    """Run scripts of the worked example, their spans sent to a server on the folder's stores.

    Args:
        settings: The folder.
        commands: A script and its arguments, each.

    Raises:
        NotFound: The example is not here.
        Unavailable: The server did not start, or a script failed.
    """
    if not FOLDER.is_dir():
        raise NotFound("the worked example is not here", hint="run it in a clone of the repository")
    with _serving(settings) as address:
        for script, *arguments in commands:
            done = subprocess.run(  # noqa: S603  our own script
                [sys.executable, str(FOLDER / script), "--endpoint", address, *arguments],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise Unavailable(f"`{script}` ended early", hint=done.stderr.strip()[-300:])


@contextmanager
def _serving(settings: Settings) -> Iterator[str]:
    from solvent.server.serving import serve

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    here = replace(settings.server, host="127.0.0.1", port=port, token="")
    process = multiprocessing.get_context("spawn").Process(
        target=serve, args=(replace(settings, server=here),), daemon=True
    )
    process.start()
    try:
        _wait(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()  # it stores what it acknowledged before it ends
        process.join()


def _wait(process: multiprocessing.process.BaseProcess, port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while process.is_alive() and time.monotonic() < until:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            link.request("GET", "/api/v1/intake")
            link.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            link.close()
    raise Unavailable("the demo's own server did not start", hint="try `solvent serve`")
