"""`solvent.autolog()`: switch on the instrumentors that are installed, name those that are not."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import logging
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from solvent.sdk.active import Active
from solvent.sdk.libraries import LIBRARIES, Library

if TYPE_CHECKING:
    from collections.abc import Iterable

logger = logging.getLogger("solvent")

_GROUPS = ("opentelemetry_instrumentor", "openinference_instrumentor")


@dataclass(frozen=True, slots=True)
class Missing:
    """A model library whose calls are not recorded."""

    library: str
    state: Literal["imported", "installed"]
    package: str
    """What to install to record them."""
    cause: str = ""
    """Why the installed instrumentor is not on; empty: there is none."""


@dataclass(frozen=True, slots=True)
class Autolog:
    """What `autolog` switched on, and which model libraries remain in the dark."""

    on: tuple[str, ...] = ()
    """Instrumentors that are on, by package."""
    missing: tuple[Missing, ...] = ()
    cause: str = ""
    """Why nothing was switched on; empty otherwise."""

    def __str__(self) -> str:
        """Return a line for what is on and one for each library that is not recorded."""
        lines = [self.cause] if self.cause else []
        lines.append("recorded through: " + (", ".join(self.on) or "nothing"))
        for gap in self.missing:
            why = gap.cause or "no instrumentor"
            lines.append(
                f"not recorded: {gap.library} ({gap.state}; {why}); hint: pip install {gap.package}"
            )
        return "\n".join(lines)


def autolog() -> Autolog:
    """Switch on every installed instrumentor of a model library, and report what is missing.

    Knows OpenInference and OpenTelemetry GenAI instrumentors; one per library, switched on once.
    A library that is imported but not recorded is logged as a warning.

    Example:
        >>> autolog().on  # tracing is off
        ()
    """
    client = Active.client
    installed = _instrumentors()
    on: list[str] = []
    missing: list[Missing] = []
    for library in LIBRARIES:
        state = _state(library)
        packages = [p for p in library.instrumentors if p in installed]
        if state is None:
            continue
        cause = ""
        for package in packages if client else ():
            cause = _switch_on(installed[package], client.provider if client else None)
            if not cause:
                on.append(package)
                break
        else:
            package = packages[0] if packages else next(iter(library.instrumentors))
            missing.append(Missing(library.name, state, package, cause))
    report = Autolog(
        tuple(dict.fromkeys(on)),
        tuple(missing),
        "" if client else "tracing is off; hint: call `solvent.init()` before `solvent.autolog()`",
    )
    _tell(report)
    return report


def _tell(report: Autolog) -> None:
    if report.cause:
        logger.warning("%s", report.cause)
    logger.info("%s", report)
    dark = [gap for gap in report.missing if gap.state == "imported"]
    if dark and not report.cause:
        names = ", ".join(gap.library for gap in dark)
        hint = " ".join(gap.package for gap in dark)
        logger.warning("calls of %s are not recorded; hint: pip install %s", names, hint)


def _state(library: Library) -> Literal["imported", "installed"] | None:
    if any(module in sys.modules for module in library.modules):
        return "imported"
    return "installed" if any(_found(module) for module in library.modules) else None


def _found(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError, AttributeError):
        return False


def _instrumentors() -> dict[str, str]:
    """Return `module:Class` of every installed instrumentor we may switch on, by package."""
    found: dict[str, str] = {}
    wanted = {package for library in LIBRARIES for package in library.instrumentors}
    for group in _GROUPS:
        for entry in _entries(group):
            name = _package(entry)
            if name in wanted:
                found.setdefault(name, entry.value)
    for library in LIBRARIES:
        for package, path in library.instrumentors.items():
            if package not in found and path and _found(path.partition(":")[0]):
                found[package] = path
    return found


def _entries(group: str) -> Iterable[importlib.metadata.EntryPoint]:
    try:
        return importlib.metadata.entry_points(group=group)
    except Exception:  # a broken distribution elsewhere must not stop the application
        logger.debug("entry points cannot be read", exc_info=True)
        return ()


def _package(entry: importlib.metadata.EntryPoint) -> str:
    name = entry.dist.name if entry.dist is not None else ""
    return re.sub(r"[-_.]+", "-", name).lower()


def _switch_on(path: str, provider: Any) -> str:
    """Switch one instrumentor on, unless it is; return why that was not possible."""
    try:
        module, _, name = path.partition(":")
        instrumentor = getattr(importlib.import_module(module), name)()
        if not getattr(instrumentor, "is_instrumented_by_opentelemetry", False):
            instrumentor.instrument(tracer_provider=provider)
        if getattr(instrumentor, "is_instrumented_by_opentelemetry", True):
            return ""
    except Exception as error:
        logger.debug("`%s` cannot be switched on", path, exc_info=True)
        return f"{type(error).__name__}: {error}"
    return "its versions do not fit; see the log"
