"""Keep GenAI systems solvent: the names an instrumented application imports.

Nothing is loaded until a name is used, and then only what it needs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solvent.errors import SolventError
    from solvent.sdk.autolog import autolog
    from solvent.sdk.client import flush, init, shutdown
    from solvent.sdk.delivery import Delivery
    from solvent.sdk.feedback import log_feedback
    from solvent.sdk.prompts import prompt
    from solvent.sdk.span import current_trace_id, span, update_span, update_trace
    from solvent.sdk.trace import trace

__version__ = "0.1.0"

_WHERE = {
    "Delivery": "solvent.sdk.delivery",
    "SolventError": "solvent.errors",
    "autolog": "solvent.sdk.autolog",
    "current_trace_id": "solvent.sdk.span",
    "flush": "solvent.sdk.client",
    "init": "solvent.sdk.client",
    "log_feedback": "solvent.sdk.feedback",
    "prompt": "solvent.sdk.prompts",
    "shutdown": "solvent.sdk.client",
    "span": "solvent.sdk.span",
    "trace": "solvent.sdk.trace",
    "update_span": "solvent.sdk.span",
    "update_trace": "solvent.sdk.span",
}

__all__ = [
    "Delivery",
    "SolventError",
    "autolog",
    "current_trace_id",
    "flush",
    "init",
    "log_feedback",
    "prompt",
    "shutdown",
    "span",
    "trace",
    "update_span",
    "update_trace",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted({*globals(), *__all__})
