"""The tracing client: one for the process through `init`, or as many as a test needs."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import logging
import os
import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from opentelemetry import trace as api
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from solvent.errors import Invalid
from solvent.sdk.active import Active, Receiver
from solvent.sdk.content import Contents
from solvent.sdk.delivery import Delivery
from solvent.sdk.outbox import Outbox
from solvent.sdk.post import Post, traces_url
from solvent.sdk.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from solvent.settings import Tracing

logger = logging.getLogger("solvent")


class Client:
    """Records spans and delivers them; independent of any other client.

    Takes what `init` takes, and `provider`: the tracer provider to join, or None for one of its
    own that nothing else in the process sees.

    Example:
        >>> client = Client("http://127.0.0.1:9", provider=None)
        >>> with client.activated():
        ...     pass
        >>> client.close().started
        0
    """

    def __init__(
        self,
        endpoint: str | None = None,
        *,
        provider: TracerProvider | None = None,
        project: str | None = None,
        service: str | None = None,
        app_version: str | None = None,
        environment: str | None = None,
        headers: Mapping[str, str] | None = None,
        capture_content: bool = True,
        redact: Callable[[str], str] | None = None,
        max_content_bytes: int | None = None,
        queue_size: int | None = None,
        timeout: float | None = None,
        retry_seconds: float = 60.0,
    ) -> None:
        known = _settings()
        sent = dict(_read_headers(known.headers) if headers is None else headers)
        project = project or known.project
        extra = {
            "solvent.project": project,
            "service.name": service,
            "service.version": app_version,
            "deployment.environment.name": environment,
        }
        self.resource = {key: str(value) for key, value in extra.items() if value}
        if project:
            sent.setdefault("X-Solvent-Project", project)
        url = traces_url(endpoint or known.endpoint)
        self.receiver = Receiver(url, sent, project)
        self._exit_seconds = known.exit_seconds
        lock = threading.Lock()
        self.outbox = Outbox(
            Post(url, sent, timeout or known.timeout_seconds),
            lock,
            queue_size=queue_size or known.queue_size,
            queue_bytes=known.queue_bytes,
            extra=self.resource,
            retry_seconds=retry_seconds,
        )
        self.recorder = Recorder(self.outbox, lock)
        self.contents = Contents(
            capture=capture_content,
            redact=redact,
            max_bytes=max_content_bytes or known.max_content_bytes,
        )
        if provider is None:
            resource = Resource.create({**self.resource})
            provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self.provider = provider
        provider.add_span_processor(self.recorder)
        self.tracer = provider.get_tracer("solvent")
        if problem := self.outbox.post.problem:
            logger.warning("%s: no span will arrive", problem)
        _after_fork(self)

    def flush(self, timeout: float = 10.0) -> Delivery:
        """Send what has ended and return what became of every span so far."""
        self.outbox.flush(timeout)
        return self.recorder.delivery()

    def close(self, timeout: float | None = None) -> Delivery:
        """Send what has ended, take nothing more, and return what became of every span."""
        self.outbox.close(self._exit_seconds if timeout is None else timeout)
        return self.recorder.delivery()

    @contextlib.contextmanager
    def activated(self) -> Iterator[Client]:
        """Make this the client that decorated functions write to, inside the block."""
        before = Active.client
        Active.client = self
        try:
            yield self
        finally:
            Active.client = before

    def at_exit(self) -> None:
        """Send what is left within the time allowed, and say so if something did not arrive."""
        if self.outbox.closed:
            return
        delivery = self.close()
        if delivery.sent != delivery.started:
            with contextlib.suppress(OSError, ValueError, AttributeError):  # stderr may be gone
                print(f"solvent: {delivery}", file=sys.stderr)  # noqa: T201  the last chance to say it


def init(
    endpoint: str | None = None,
    *,
    project: str | None = None,
    service: str | None = None,
    app_version: str | None = None,
    environment: str | None = None,
    headers: Mapping[str, str] | None = None,
    capture_content: bool = True,
    redact: Callable[[str], str] | None = None,
    max_content_bytes: int | None = None,
    queue_size: int | None = None,
    timeout: float | None = None,
) -> Client:
    """Start tracing this process, and return the client.

    Joins the application's OpenTelemetry tracer provider when it has one, else becomes it. Called
    again, the former client is closed after its spans are sent. Nothing here raises because a
    receiver is away or an address is wrong: that is logged, counted and told by `flush`.

    Args:
        endpoint: Receiver; else SOLVENT_ENDPOINT, OTEL_EXPORTER_OTLP_ENDPOINT, port 7117 here.
        project: Project the spans belong to.
        service: Name of this application; else OTEL_SERVICE_NAME.
        app_version: Version of this application.
        environment: Where it runs, such as `production`.
        headers: Sent with each request, such as `{"Authorization": "Bearer …"}`.
        capture_content: False keeps inputs, outputs and messages out of the spans.
        redact: Applied to every text before it is written to a span.
        max_content_bytes: Bytes of one input or output; what is over is cut and marked.
        queue_size: Ended spans kept while the receiver is away; later ones are dropped.
        timeout: Seconds to wait for the receiver's answer to one request.
    """
    before = Active.client
    if before is not None:
        Active.client = None
        atexit.unregister(before.at_exit)
        before.close()
    current = api.get_tracer_provider()
    client = Client(
        endpoint,
        provider=current if isinstance(current, TracerProvider) else None,
        project=project,
        service=service,
        app_version=app_version,
        environment=environment,
        headers=headers,
        capture_content=capture_content,
        redact=redact,
        max_content_bytes=max_content_bytes,
        queue_size=queue_size,
        timeout=timeout,
    )
    if client.provider is not current:
        api.set_tracer_provider(client.provider)
    Active.client = client
    atexit.register(client.at_exit)
    return client


def flush(timeout: float = 10.0) -> Delivery:
    """Send what has ended and return what became of every span since `init`.

    Example:
        >>> flush().complete  # tracing is off
        False
    """
    client = Active.client
    return Delivery() if client is None else client.flush(timeout)


def shutdown(timeout: float | None = None) -> Delivery:
    """Send what has ended, stop tracing, and return what became of every span since `init`."""
    client = Active.client
    if client is None:
        return Delivery()
    Active.client = None
    atexit.unregister(client.at_exit)
    return client.close(timeout)


def _settings() -> Tracing:
    # Reading settings costs 10 ms that `import solvent` need not pay.
    from solvent.settings import Tracing, tracing  # noqa: PLC0415

    try:
        return tracing()
    except Invalid as error:
        logger.warning("%s; hint: %s; defaults are used", error.what, error.hint)
        return Tracing()


def _read_headers(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip(): unquote(value.strip()) for name, _, value in pairs}


def _after_fork(client: Client) -> None:
    """Give a forked child an empty outbox and a flush at its end."""
    if not hasattr(os, "register_at_fork"):
        return
    known = weakref.ref(client)

    def in_child() -> None:
        child = known()
        if child is None:
            return
        child.recorder.reset()
        if "multiprocessing.util" in sys.modules:  # its children leave without atexit
            finalizers: Any = importlib.import_module("multiprocessing.util")

            def at_end(target: Client) -> None:
                finalizers.Finalize(target, target.at_exit, exitpriority=10)

            finalizers.register_after_fork(child, at_end)

    os.register_at_fork(after_in_child=in_child)
