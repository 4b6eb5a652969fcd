"""`solvent.prompt`: a prompt of the registry, kept at hand, refreshed, and filled in."""

from __future__ import annotations

import logging
import os
import threading
import time
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from solvent.errors import Denied, SolventError, Unavailable
from solvent.sdk.active import Active
from solvent.sdk.prompt_lock import Lock
from solvent.sdk.prompt_source import SAME, Source
from solvent.templates.form import Form
from solvent.templates.template import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger("solvent")

RETRY_SECONDS = 5.0
"""How long a registry that does not answer is left alone."""
UNUSED_ROUNDS = 20
"""Refreshes after which a prompt that nobody asked for is asked for no more."""


class Prompt:
    """One version of a prompt, ready to be filled in.

    The same object is given to everybody who asks while the alias points at it.
    """

    __slots__ = ("_form", "_slot", "document", "name", "reference", "version")

    def __init__(self, reference: str, document: Mapping[str, Any], bounds: Bounds) -> None:
        self.reference = reference
        """As it was asked for."""
        self.document = document
        """Everything the registry says of it: inputs, output, model, author, message."""
        self.name: str = document["name"]
        self.version: int = document["version"]
        self._form = Form.of_document(document, bounds)
        self._slot: _Slot | None = None

    def __repr__(self) -> str:
        """Return what it is."""
        return f"<Prompt {self.name} version {self.version}>"

    def format(self, /, **inputs: Any) -> Any:
        """Return the text, or the messages of a chat prompt, with the inputs in their places.

        The current span, if there is one, records name and version.

        Raises:
            Invalid: An input is missing, unknown, or not of its type.
            TooLarge: A bound is passed.
        """
        filled = self._form.fill(inputs, self.reference)
        if Active.client is not None:
            # By name: without a client there is no span, and OpenTelemetry is not loaded.
            step = import_module("solvent.sdk.span")
            step.update_span(prompt_name=self.name, prompt_version=self.version)
        return filled

    @property
    def inputs(self) -> dict[str, Any]:
        """JSON Schema of the inputs."""
        return self._form.schema

    @property
    def output(self) -> dict[str, Any] | None:
        """JSON Schema of the answer; None when none is declared."""
        found: dict[str, Any] | None = self.document.get("output")
        return found

    @property
    def model(self) -> dict[str, Any]:
        """Settings of the model, such as `name` and `temperature`."""
        return dict(self.document.get("model") or {})

    @property
    def stale_since(self) -> datetime | None:
        """When the registry confirmed it last, while it does not answer; None while it does."""
        since = self._slot.stale_since if self._slot else None
        return None if since is None else datetime.fromtimestamp(since, UTC)


class _Slot:
    """What is known of one reference."""

    __slots__ = ("confirmed_at", "due", "error", "idle", "lock", "prompt", "stale_since", "tag")

    def __init__(self) -> None:
        self.prompt: Prompt | None = None
        self.tag = ""
        self.due = 0.0
        """When it has to be asked for again."""
        self.confirmed_at = 0.0
        self.stale_since: float | None = None
        self.error: SolventError | None = None
        """What the registry said instead of a prompt; it stays until it says otherwise."""
        self.idle = 0
        self.lock = threading.Lock()


class Registry(Protocol):
    """Where prompts come from. See `solvent.sdk.prompt_source.Source`."""

    def fetch(self, reference: str, tag: str) -> tuple[Mapping[str, Any], str]:
        """Return a document and its tag; `SAME` when the tag is still right."""

    def close(self) -> None:
        """Let go of the connection."""


class Prompts:
    """The prompts of one process.

    Args:
        source: Where they come from.
        lock: What to start with when the source does not answer.
        refresh_seconds: How old an alias may get before it is asked for again.
        bounds: What a rendering may use.
        clock: Seconds that only grow.
        background: Whether a thread keeps what is in use fresh, so that nobody waits.
    """

    def __init__(
        self,
        source: Registry,
        lock: Lock | None = None,
        *,
        refresh_seconds: float = 30.0,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
        background: bool = True,
    ) -> None:
        self._source = source
        self._pinned = lock
        self._seconds = refresh_seconds
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._background = background and refresh_seconds > 0
        self._slots: dict[str, _Slot] = {}
        self._guard = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._process = os.getpid()

    def get(self, reference: str) -> Prompt:
        """Return a prompt, not older than `refresh_seconds` while the registry answers.

        Raises:
            NotFound: The registry has no such prompt, alias or version, or not any longer.
            Unavailable: It does not answer, and nothing was kept or pinned.
            SolventError: It refuses, in its words.
        """
        slot = self._slots.get(reference)
        if slot is not None and slot.prompt is not None and self._clock() < slot.due:
            slot.idle = 0
            return slot.prompt
        return self._ask(reference)

    def refresh(self) -> None:
        """Ask for everything in use once; what nobody used for long is left out."""
        for reference, slot in list(self._slots.items()):
            slot.idle += 1
            if slot.idle > UNUSED_ROUNDS:
                continue
            with slot.lock:
                self._update(reference, slot)

    def close(self) -> None:
        """Stop refreshing and let go of the connection."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)
        self._source.close()

    def _ask(self, reference: str) -> Prompt:
        self._start()
        with self._guard:
            slot = self._slots.setdefault(reference, _Slot())
        with slot.lock:
            slot.idle = 0
            if slot.prompt is None or self._clock() >= slot.due:
                self._update(reference, slot)
            if slot.error is not None:
                raise slot.error
            if slot.prompt is None:
                raise Unavailable(f"`{reference}` is not at hand", hint="is the registry running?")
            return slot.prompt

    def _update(self, reference: str, slot: _Slot) -> None:
        """Ask the registry, and write down what it said; the slot's lock is held."""
        try:
            document, tag = self._source.fetch(reference, slot.tag if slot.prompt else "")
            if document is not SAME:
                self._place(reference, slot, document)
                slot.tag = tag
        except (Unavailable, Denied) as error:
            if isinstance(error, Unavailable) or slot.prompt is not None:
                self._do_without(reference, slot, error)
                return
            slot.error = error
            return
        except SolventError as error:
            slot.prompt, slot.tag, slot.error = None, "", error
            slot.due = self._clock()
            return
        slot.error = None
        slot.due = self._clock() + self._seconds
        slot.confirmed_at = time.time()
        slot.stale_since = None

    def _place(self, reference: str, slot: _Slot, document: Mapping[str, Any]) -> None:
        prompt = Prompt(reference, document, self._bounds)
        prompt._slot = slot  # noqa: SLF001  it tells its own staleness
        slot.prompt = prompt

    def _do_without(self, reference: str, slot: _Slot, error: SolventError) -> None:
        """Go on with what is kept, else with what is pinned, and say so once.

        A token that is no longer good is no reason to stop an application that has its text.
        """
        if slot.error is not None and not isinstance(slot.error, Unavailable):
            return  # the registry said no: that holds until it says otherwise
        if slot.prompt is None and self._pinned is not None:
            pinned = self._pinned.find(reference)
            if pinned is not None:
                self._place(reference, slot, pinned.document)
                slot.confirmed_at = pinned.at
        if slot.prompt is None:
            slot.error = error
            return
        slot.error = None
        if slot.stale_since is None:
            slot.stale_since = slot.confirmed_at
            since = datetime.fromtimestamp(slot.confirmed_at, UTC).isoformat(timespec="seconds")
            logger.warning("`%s` is as it was at %s: %s", reference, since, error.what)
        slot.due = self._clock() + min(self._seconds, RETRY_SECONDS)

    def _start(self) -> None:
        """Begin to refresh in the background; again in a forked child, which has no threads."""
        if self._process != os.getpid():
            self._process, self._thread = os.getpid(), None
            self._guard = threading.Lock()
            self._slots = {}
            self._source.close()
        if not self._background or self._thread is not None:
            return
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._keep_fresh, name="solvent-prompts", daemon=True
                )
                self._thread.start()

    def _keep_fresh(self) -> None:
        while not self._stop.wait(self._seconds * 0.6):
            try:
                self.refresh()
            except Exception:  # the thread of an application must not die of one answer
                logger.warning("prompts cannot be refreshed", exc_info=True)


class Shelf:
    """Holds the prompts of this process; made when the first one is asked for."""

    prompts: ClassVar[Prompts | None] = None
    guard: ClassVar[threading.Lock] = threading.Lock()


def prompt(reference: str) -> Prompt:
    """Return a prompt of the registry, such as `support/triage@production`.

    The first call asks the server that `solvent.init` or SOLVENT_ENDPOINT names; the next ones
    find it at hand. A moved alias is picked up within SOLVENT_PROMPTS_REFRESH_SECONDS. While the
    server does not answer, the last text is used and `stale_since` says since when; a process that
    starts without a server starts from `prompts.lock`. An alias that was taken away is an error.

    Raises:
        Invalid: The reference names no alias and no version.
        NotFound: The registry has no such prompt, alias or version.
        Unavailable: The registry does not answer, and nothing was kept or pinned.

    Example:
        >>> prompt("support/triage")
        Traceback (most recent call last):
            ...
        solvent.errors.Invalid: `support/triage` does not say which version
    """
    shelf = Shelf.prompts
    if shelf is None:
        shelf = _shelf()
    return shelf.get(reference)


def _shelf() -> Prompts:
    # Reading settings costs 10 ms that `import solvent` need not pay.
    from solvent.settings import prompts, tracing  # noqa: PLC0415

    with Shelf.guard:
        if Shelf.prompts is None:
            known, rules = tracing(), prompts()
            receiver = getattr(Active.client, "receiver", None)
            Shelf.prompts = Prompts(
                Source.of(receiver, known, rules.timeout_seconds),
                Lock.at(rules.lock),
                refresh_seconds=rules.refresh_seconds,
                bounds=Bounds(rules.max_rendered_chars, rules.max_steps),
            )
        return Shelf.prompts
