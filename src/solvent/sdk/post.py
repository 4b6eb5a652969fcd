"""One request to the receiver, and what its answer means for the spans in it."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from solvent.sdk.wire import decode_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.sdk.connection import Connection, Response

_TRACES = "/v1/traces"
_LOW = 1
"""Compression level: most of the gain for a fraction of the application's CPU."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request came to."""

    outcome: Literal["accepted", "again", "split", "refused"]
    """refused: for good; again: worth another try; split: the request was too large."""
    rejected: int = 0
    message: str = ""
    cause: str = ""
    hint: str = ""
    retry_after: float | None = None
    """Seconds the receiver asked to wait."""
    reached: bool = True
    """False: nobody answered."""


def traces_url(endpoint: str) -> str:
    """Return the address spans are posted to: `endpoint`, with `/v1/traces` unless it is there."""
    bare = endpoint.strip().rstrip("/")
    return bare if bare.endswith(_TRACES) else bare + _TRACES


class Post:
    """A connection to one receiver. Not shared between threads."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout: float) -> None:
        self.url = url
        self.problem = ""
        self._headers = {
            **headers,
            "Content-Type": "application/x-protobuf",
            "Content-Encoding": "gzip",
            "User-Agent": "solvent-sdk",
        }
        self._timeout = timeout
        self._connection: Connection | None = None
        try:
            self._parts = urlsplit(url)
            self._port = self._parts.port
        except ValueError as error:
            self._parts, self._port = urlsplit(""), None
            self.problem = f"`{url}` is not an address: {error}"
        if not self.problem and (
            self._parts.scheme not in {"http", "https"} or not self._parts.hostname
        ):
            self.problem = f"`{url}` is not an http:// or https:// address"

    def send(self, body: bytes, timeout: float | None = None) -> Answer:
        """Post one encoded request and say what became of it; raises nothing."""
        if self.problem:
            hint = "solvent.init(endpoint='http://127.0.0.1:7117') or SOLVENT_ENDPOINT"
            return Answer("refused", cause=self.problem, hint=hint)
        packer = zlib.compressobj(_LOW, zlib.DEFLATED, 31)
        packed = packer.compress(body) + packer.flush()
        if self._connection is None:
            # http.client and ssl cost 20 ms that the application's start need not pay.
            from solvent.sdk.connection import Connection  # noqa: PLC0415

            self._connection = Connection(self._parts, self._port, self._headers)
        answered = self._connection.post(packed, timeout or self._timeout)
        if isinstance(answered, Exception):
            return self._unreached(answered)
        return self._judge(answered)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()

    def forget(self) -> None:
        """Leave the connection to the parent process, after a fork."""
        self._connection = None

    def _judge(self, response: Response) -> Answer:
        status, kind, body = response.status, response.kind, response.body
        if 200 <= status < 300:  # noqa: PLR2004  success
            try:
                rejected, message = _read_json(body) if "json" in kind else decode_answer(body)
            except (ValueError, TypeError, AttributeError, RecursionError):
                cause = f"`{self.url}` answered {status} with {kind}, not with OTLP"
                return Answer("refused", cause=cause, hint="check the address: " + _ADDRESS)
            return Answer("accepted", rejected=rejected, message=message)
        said = " ".join(body[:200].decode("utf-8", "replace").split())
        cause = f"`{self.url}` answered {status}" + (
            f": {said}" if said and said.isprintable() else ""
        )
        if status in {429, 502, 503, 504}:
            wait = response.retry_after
            return Answer("again", cause=cause, hint=_HINTS.get(status, ""), retry_after=wait)
        if status == 413:  # noqa: PLR2004  content too large
            return Answer("split", cause=cause, hint="lower `max_content_bytes` in solvent.init()")
        return Answer("refused", cause=cause, hint=_HINTS.get(status, "see the receiver's log"))

    def _unreached(self, error: Exception) -> Answer:
        if isinstance(error, ConnectionRefusedError):
            fact, hint = "refused the connection", "is it running? `solvent serve` starts one"
        elif isinstance(error, TimeoutError):
            fact, hint = f"did not answer within {self._timeout:g} s", "raise `timeout` in init()"
        elif isinstance(error, ValueError):  # a header, the address, or a certificate
            cause = f"a request to `{self.url}` is not possible: {error}"
            return Answer("refused", cause=cause, hint="check `headers` and " + _ADDRESS)
        else:
            fact, hint = f"cannot be reached: {type(error).__name__}: {error}", "check " + _ADDRESS
        return Answer("again", cause=f"`{self.url}` {fact}", hint=hint, reached=False)


_ADDRESS = "`endpoint` in solvent.init(), SOLVENT_ENDPOINT or OTEL_EXPORTER_OTLP_ENDPOINT"
_HINTS = {
    400: "the receiver could not read the request; is it an OTLP/HTTP endpoint?",
    401: "pass headers={'Authorization': 'Bearer …'} to solvent.init()",
    403: "the key has no access; check `headers` in solvent.init()",
    404: "wrong path: " + _ADDRESS,
    405: "wrong path: " + _ADDRESS,
    429: "the receiver is overloaded; spans wait in the queue",
    503: "the receiver is not ready; spans wait in the queue",
}


def _read_json(body: bytes) -> tuple[int, str]:
    answer = json.loads(body or b"{}")
    if not isinstance(answer, dict):
        raise ValueError("not an OTLP answer")  # noqa: TRY004  a wrong document, not a wrong call
    partial = answer.get("partialSuccess") or {}
    return int(partial.get("rejectedSpans") or 0), str(partial.get("errorMessage") or "")
