"""Asking a running server: it holds the folder's store while it runs."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from solvent.settings import Settings

TIMEOUT_SECONDS = 300
"""An audit of a large store may take this long."""


def ask(settings: Settings, path: str, body: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Return the server's JSON; None when no server listens.

    Args:
        settings: Host, port and token.
        path: Path and query.
        body: Sent as JSON with POST; without one it is a GET.

    Raises:
        NotFound: There is nothing at this path.
        Invalid: The server refuses, and says why.
        Unavailable: What listens there is not Solvent.
    """
    server = settings.server
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    if server.token:
        headers["Authorization"] = f"Bearer {server.token}"
    link = HTTPConnection(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        text = None if body is None else json.dumps(body)
        link.request("GET" if body is None else "POST", path, text, headers)
        response = link.getresponse()
        answer = json.loads(response.read())
    except ConnectionError:
        return None
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(
            f"`http://{server.host}:{server.port}` does not answer as Solvent does: {error}",
            hint="set SOLVENT_SERVER_PORT to the port of your server",
        ) from error
    finally:
        link.close()
    if response.status >= 400:  # noqa: PLR2004  HTTP: 400 and above are refusals
        kind = NotFound if response.status == NotFound.status else Invalid
        raise kind(answer.get("detail", f"status {response.status}"), hint=answer.get("hint", ""))
    result: dict[str, Any] = answer
    return result
