"""Asking the registry over a connection that is kept open."""

from __future__ import annotations

import http.client
import json
import os
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from solvent.errors import Conflict, Denied, Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.sdk.active import Receiver
    from solvent.settings import Tracing

PATH = "/api/v1/prompt/"
SAME: Mapping[str, Any] = {}
"""Returned when what the caller has is still right."""
MAX_BYTES = 32 * 1024 * 1024
OK, UNCHANGED, BROKEN = 200, 304, 500
REFUSALS = {401: Denied, 403: Denied, 404: NotFound, 409: Conflict, 410: NotFound, 422: Invalid}


class Source:
    """One registry.

    Args:
        address: Scheme, host, port and path below which the server is.
        headers: Sent with each request.
        project: Project of the prompts; empty: the server's own.
        timeout: Seconds to wait for an answer.
    """

    def __init__(
        self, address: str, headers: Mapping[str, str], project: str = "", timeout: float = 3.0
    ) -> None:
        self.address = address.rstrip("/").removesuffix("/v1/traces")
        self._parts = urlsplit(self.address)
        self._headers = {**headers, "Accept": "application/json", "User-Agent": "solvent-sdk"}
        self._query = f"?{urlencode({'project': project})}" if project else ""
        self._timeout = timeout
        self._lock = threading.Lock()
        self._open: http.client.HTTPConnection | None = None
        self._process = os.getpid()

    @classmethod
    def of(cls, receiver: Receiver | None, known: Tracing, timeout: float) -> Source:
        """Return the registry of the server that traces go to."""
        if receiver is not None:
            return cls(receiver.address, receiver.headers, receiver.project, timeout)
        pairs = (part.partition("=") for part in known.headers.split(",") if "=" in part)
        headers = {name.strip(): unquote(value.strip()) for name, _, value in pairs}
        return cls(known.endpoint, headers, known.project, timeout)

    def fetch(self, reference: str, tag: str) -> tuple[Mapping[str, Any], str]:
        """Return a document and its tag; `SAME` when the tag is still right.

        Raises:
            Invalid: The reference names no version.
            NotFound: There is no such prompt, alias or version.
            Denied: The registry wants a token.
            Conflict: The prompt cannot be resolved just now.
            Unavailable: Nobody answers, or not as a registry does.
        """
        if "@" not in reference:
            raise Invalid(
                f"`{reference}` does not say which version", hint=f"{reference}@production"
            )
        path = f"{self._parts.path}{PATH}{quote(reference, safe='/@')}{self._query}"
        headers = {**self._headers, "If-None-Match": tag} if tag else self._headers
        with self._lock:
            status, found, body = self._exchange(path, headers)
        if status == UNCHANGED:
            return SAME, tag
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unavailable(
                f"`{self.address}` does not answer as a registry: status {status}",
                hint="is SOLVENT_ENDPOINT the address of `solvent serve`?",
            )
        if status == OK and "messages" in answer:
            return answer, found
        what = str(answer.get("detail") or f"`{self.address}` answers with status {status}")
        # A proxy on the way says 404, too; only the registry's own words are a refusal.
        ours = str(answer.get("type", "")).startswith("urn:solvent:error:")
        kind = REFUSALS.get(status, Unavailable) if ours else Unavailable
        raise kind(what, hint=str(answer.get("hint") or ""))

    def close(self) -> None:
        """Let go of the connection; the next question opens another."""
        if self._open is not None and self._process == os.getpid():
            self._open.close()
        self._open, self._process = None, os.getpid()
        self._lock = threading.Lock()

    def _exchange(self, path: str, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        kept = self._open is not None
        try:
            return self._try(path, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
            self._drop()
            if not kept:
                raise self._away(error) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop()
            raise self._away(error) from None
        try:  # the server had closed the idle connection: not a failure
            return self._try(path, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._drop()
            raise self._away(error) from None

    def _try(self, path: str, headers: Mapping[str, str]) -> tuple[int, str, bytes]:
        if self._open is None:
            secure = self._parts.scheme == "https"
            connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
            self._open = connect(
                self._parts.hostname or "", self._parts.port, timeout=self._timeout
            )
        self._open.request("GET", path, headers=dict(headers))
        response = self._open.getresponse()
        body = response.read(MAX_BYTES)
        if response.will_close or not response.isclosed():
            self._drop()
        return response.status, response.headers.get("ETag", ""), body

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _away(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"the registry at `{self.address}` does not answer: {error}",
            hint="start `solvent serve`, or pin prompts with `solvent prompt lock`",
        )
