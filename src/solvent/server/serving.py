"""The whole server: intake in front of the pages, on one port."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import uvicorn

from solvent.errors import Conflict, Denied
from solvent.server import app as pages
from solvent.server import memory
from solvent.server.access import is_loopback
from solvent.server.builder import Builder
from solvent.server.intake import HEALTH, PATHS, Intake
from solvent.workbench import Workbench, open_journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from solvent.settings import Settings


TAKEN = frozenset({HEALTH, *PATHS})
SWITCH_SECONDS = 0.001
"""How long decoding may hold the interpreter while requests wait to be acknowledged. With the
default of 5 ms a burst is acknowledged at half the rate; below 1 ms switching costs more than it
brings."""


class Front:
    """Hands the intake paths to the intake and everything else to the pages."""

    def __init__(self, intake: Intake, rest: ASGIApp) -> None:
        self._intake = intake
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Route one request."""
        if scope["type"] == "http" and scope["path"] in TAKEN:
            await self._intake(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


def serve(settings: Settings, ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve until told to stop.

    Args:
        settings: Host, port, bounds, folder.
        ready: Told the address once the server listens.

    Raises:
        Denied: The address is not loopback and no token is set.
        Conflict: Another server has the folder, or the port is taken.
    """
    host, port = settings.server.host, settings.server.port
    if not is_loopback(host) and not settings.server.token:
        raise Denied(
            f"`{host}` can be reached from other machines and no token is set",
            hint="set SOLVENT_SERVER_TOKEN, or serve on 127.0.0.1",
        )
    address = f"http://{host}:{port}"
    # The web server hands a signal on after it has stopped; it must not cut the closing short.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    memory.be_frugal()
    sys.setswitchinterval(SWITCH_SECONDS)
    with Workbench(settings, address=address) as bench, open_journal(settings) as journal:
        builder = Builder(bench, journal)
        builder.start()
        front = Front(Intake(settings, journal, builder), pages.create(bench))
        config = uvicorn.Config(
            front,
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
            server_header=False,
        )
        try:
            _Server(config, lambda: ready(address)).run()
        finally:
            builder.stop()
            memory.unsettle()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Listen; say so, or say why not."""
        try:
            await super().startup(sockets)  # type: ignore[arg-type]
        except SystemExit:
            raise Conflict(
                f"port {self.config.port} is taken", hint="set SOLVENT_SERVER_PORT to another"
            ) from None
        if self.started:
            memory.settle()
            self._ready()
