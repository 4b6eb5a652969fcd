"""The intake: OTLP over HTTP on every path the field sends it to; acknowledged is on the disk.

A request is inflated, checked and written to the journal; when it is on the disk, it is answered.
Behind the journal one thread turns requests into rows (`solvent.server.builder`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from solvent.errors import Denied, Invalid, OverBudget, SolventError, TooLarge, Unavailable
from solvent.server.access import is_token
from solvent.traces import otlp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from solvent.server.builder import Builder
    from solvent.settings import Settings
    from solvent.workbench import Journal

PATHS = {
    "/v1/traces": "OpenTelemetry, MLflow, Phoenix",
    "/api/public/otel/v1/traces": "Langfuse",
    "/api/v1/private/otel/v1/traces": "Opik",
    "/otel/v1/traces": "LangSmith, Braintrust, Weave",
}
"""Where traces are taken in, and whose senders use that path."""

HEALTH = "/api/v1/intake"
"""What came in since the start, and how far behind the tables are."""

PROJECT_HEADERS = (
    b"x-solvent-project", b"x-project-name", b"projectname", b"langsmith-project",
    b"x-mlflow-experiment-id",
)  # fmt: skip
"""Headers that name a project, the first that is there wins."""

NAMED_DEFAULT = {"x-mlflow-experiment-id": "mlflow-{}"}
MAX_PROJECT = 200
RETRY_SECONDS = 1


class Asked(NamedTuple):
    """A request as the intake sees it."""

    content_type: str
    project: str
    body: bytes


class Intake:
    """The ASGI application of the intake paths.

    Args:
        settings: Bounds, token and default project.
        journal: Where requests are kept before they are answered.
        builder: What turns them into rows; asked for its health.
    """

    def __init__(self, settings: Settings, journal: Journal, builder: Builder) -> None:
        self._settings = settings
        self._journal = journal
        self._builder = builder
        self.requests = 0
        self.spans = 0
        """Spans acknowledged since the start."""
        self.rejected = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in one request and answer it in the encoding it came in."""
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").decode("latin-1")
        try:
            if scope["path"] == HEALTH:
                self._know(headers)
                await _send(send, 200, otlp.JSON, json.dumps(self.health()).encode())
                return
            if scope["method"] != "POST":
                raise Invalid(f"`{scope['path']}` takes POST", hint="send OTLP/HTTP here")
            self._admit(headers)
            asked = await self._read(headers, kind, receive)
            checked = otlp.check(asked.body, asked.content_type, self._settings.intake)
            await self._keep(asked, checked)
        except SolventError as error:
            self.rejected += 1
            await _refuse(send, kind, error)
            return
        self.requests += 1
        self.spans += checked.spans
        self.rejected += len(checked.rejected)
        await _accept(send, kind, checked)

    def health(self) -> dict[str, Any]:
        """Return what came in since the start, and how far the tables are behind."""
        return {
            "requests": self.requests,
            "acknowledged": self.spans,
            "rejected": self.rejected,
            "stored": self._builder.stored,
            "backlog_bytes": self._journal.backlog_bytes,
            "trouble": self._builder.trouble,
            "faults": list(self._builder.faults),
        }

    def _know(self, headers: Mapping[bytes, bytes]) -> None:
        settings = self._settings
        if settings.server.token and not any(is_token(s, settings) for s in _secrets(headers)):
            raise Denied(
                "the request carries no valid token",
                hint="send `Authorization: Bearer <SOLVENT_SERVER_TOKEN>`",
            )

    def _admit(self, headers: Mapping[bytes, bytes]) -> None:
        self._know(headers)
        bound = self._settings.intake.max_backlog_bytes
        if self._journal.backlog_bytes > bound:
            raise OverBudget(
                f"{self._journal.backlog_bytes:,} bytes wait to be stored, over"
                f" `intake.max_backlog_bytes` = {bound:,}",
                hint="send again later",
            )
        if self._builder.trouble:
            raise Unavailable(self._builder.trouble, hint="free space on the disk; send again")

    async def _read(self, headers: Mapping[bytes, bytes], kind: str, receive: Receive) -> Asked:
        intake = self._settings.intake
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > intake.max_body_bytes:
            raise _too_large(int(declared), "max_body_bytes", intake.max_body_bytes)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Invalid("the request ended before its body did", hint="send it again")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > intake.max_body_bytes:
                raise _too_large(size, "max_body_bytes", intake.max_body_bytes)
            chunks.append(chunk)
            if not message.get("more_body"):
                break
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").lower()
        body = inflate(body, encoding, intake.max_inflated_bytes)
        return Asked(kind, project_of(headers, self._settings.project), body)

    async def _keep(self, asked: Asked, checked: otlp.Checked) -> None:
        head = {
            "content_type": asked.content_type,
            "project": asked.project,
            "received_at": time.time_ns() // 1000,
            # So that the builder need not check again.
            "refused": [one.place for one in checked.rejected],
        }
        end = self._journal.write(head, asked.body)
        await asyncio.get_running_loop().run_in_executor(None, self._journal.sync, end)


def inflate(body: bytes, encoding: str, bound: int) -> bytes:
    """Return a body as it was before it was compressed.

    Raises:
        Invalid: The encoding is not known, or the body is not of it.
        TooLarge: It is larger than the bound when inflated; no more than the bound is ever made.
    """
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "deflate"}:
        raise Invalid(f"`{encoding}` is not an encoding taken here", hint="use gzip or none")
    machine = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = machine.decompress(body, bound + 1)
    except zlib.error as error:
        raise Invalid(f"the body is not {encoding}: {error}", hint="send it again") from error
    if len(plain) > bound:
        raise _too_large(len(plain), "max_inflated_bytes", bound)
    if not machine.eof:
        raise Invalid(f"the {encoding} body is cut short", hint="send it again")
    return plain


def project_of(headers: Mapping[bytes, bytes], default: str) -> str:
    """Return the project that the headers name, in whichever platform's way."""
    for name in PROJECT_HEADERS:
        value = headers.get(name, b"").decode("utf-8", "replace").strip()[:MAX_PROJECT]
        if value:
            return NAMED_DEFAULT.get(name.decode(), "{}").format(value)
    return default


def _secrets(headers: Mapping[bytes, bytes]) -> set[str]:
    """Return what could be the token: bearer, basic password, or a platform's key header."""
    scheme, _, value = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    found = {headers.get(b"x-api-key", b"").decode("latin-1"), value or scheme}
    if scheme.lower() == "basic":
        try:
            found.add(base64.b64decode(value).decode().partition(":")[2])
        except ValueError:
            found.discard(value)
    return found


def _too_large(size: int, name: str, bound: int) -> TooLarge:
    return TooLarge(
        f"the body has {size:,} bytes or more, over `intake.{name}` = {bound:,}",
        hint=f"send smaller batches, or raise SOLVENT_INTAKE_{name.upper()}",
    )


def _is_json(kind: str) -> bool:
    return "json" in kind


async def _accept(send: Send, kind: str, checked: otlp.Checked) -> None:
    reasons = "; ".join(dict.fromkeys(str(one.reason) for one in checked.rejected[:5]))
    if _is_json(kind):
        answer: dict[str, Any] = {}
        if checked.rejected:
            answer["partialSuccess"] = {
                "rejectedSpans": str(len(checked.rejected)),
                "errorMessage": reasons,
            }
        await _send(send, 200, otlp.JSON, json.dumps(answer).encode())
        return
    reply = ExportTraceServiceResponse()
    if checked.rejected:
        reply.partial_success.rejected_spans = len(checked.rejected)
        reply.partial_success.error_message = reasons
    await _send(send, 200, otlp.PROTOBUF, reply.SerializeToString())


async def _refuse(send: Send, kind: str, error: SolventError) -> None:
    status = 400 if error.status == Invalid.status else error.status
    extra = []
    if isinstance(error, OverBudget | Unavailable):
        extra.append((b"retry-after", str(RETRY_SECONDS).encode()))
    text = f"{error.what}; {error.hint}" if error.hint else error.what
    if kind and not _is_json(kind):
        body = Status(code=3, message=text).SerializeToString()
        await _send(send, status, otlp.PROTOBUF, body, extra)
        return
    problem = {
        "type": f"urn:solvent:{error.slug}",
        "title": error.what,
        "status": status,
        "detail": error.hint,
        "code": 3,
        "message": text,
    }
    await _send(send, status, "application/problem+json", json.dumps(problem).encode(), extra)


async def _send(
    send: Send,
    status: int,
    kind: str,
    body: bytes,
    extra: list[tuple[bytes, bytes]] | None = None,
) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        *(extra or []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
