"""HTTP to one receiver over a connection that is kept open; loaded with the first export."""

from __future__ import annotations

import http.client
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

_MAX_ANSWER_BYTES = 65536


class Response(NamedTuple):
    """What the receiver answered."""

    status: int
    kind: str
    """Media type of the body."""
    body: bytes
    retry_after: float | None
    """Seconds the receiver asked to wait."""


class Connection:
    """One receiver's connection. Not shared between threads."""

    def __init__(self, parts: SplitResult, port: int | None, headers: Mapping[str, str]) -> None:
        self._parts = parts
        self._port = port
        self._headers = dict(headers)
        self._open: http.client.HTTPConnection | None = None

    def post(self, body: bytes, timeout: float) -> Response | Exception:
        """Return the answer, or why there is none."""
        kept = self._open is not None
        try:
            return self._exchange(body, timeout)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self.close()
            if not kept:
                return error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return error
        try:  # the receiver had closed the idle connection: not a failure
            return self._exchange(body, timeout)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return error

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _exchange(self, body: bytes, timeout: float) -> Response:
        if self._open is None:
            secure = self._parts.scheme == "https"
            connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._open = connect(self._parts.hostname or "", self._port, timeout=timeout)
        elif self._open.sock is not None:
            self._open.sock.settimeout(timeout)
        path = self._parts.path + (f"?{self._parts.query}" if self._parts.query else "")
        self._open.request("POST", path, body, self._headers)
        response = self._open.getresponse()
        content = response.read(_MAX_ANSWER_BYTES)
        wait = _seconds(response.headers.get("Retry-After"))
        found = Response(response.status, response.headers.get_content_type(), content, wait)
        if response.will_close or not response.isclosed():
            self.close()
        return found


def _seconds(header: str | None) -> float | None:
    if not header:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
