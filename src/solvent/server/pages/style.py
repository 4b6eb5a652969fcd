"""Every component on one page, to look at."""

from __future__ import annotations

from dataclasses import dataclass

from solvent.records.finding import Measure
from solvent.records.span import SPAN_TYPES
from solvent.server.page import page
from solvent.server.questions.past import Audited
from solvent.server.questions.span_detail import Text
from solvent.workbench import Workbench

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class StyleView:
    """Invented values: this page shows shapes, not measurements."""

    measures: dict[str, Measure]
    texts: list[Text]
    audits: list[Audited]
    types: tuple[str, ...]


@page("/style")
def style(bench: Workbench) -> StyleView:  # noqa: ARG001  every page takes the workbench
    """Show every component."""
    long = "A long text is folded, so that a page of many messages can be read. " * 30
    return StyleView(
        {
            "exact": Measure(1234.5),
            "with interval": Measure(48.25, 31.0, 65.5),
            "unmeasured": Measure(note="no price is known for the model"),
            "tiny": Measure(0.00042),
        },
        [
            _text("system", "You help with orders. Answer in one sentence."),
            _text("user", "Where is order 7?"),
            _text("reasoning", "The order number is known, so look it up."),
            _text("tool_call", '{"id": 7}', "search"),
            _text("tool_result", '{"status": "sent", "day": "Monday"}', "search"),
            _text("assistant", "It left on Monday."),
            _text("document", long, "handbook.md"),
            _text("user", "أين طلبي؟ שלום"),
        ],
        [Audited(n * DAY, 50.0 - 4 * n, 1e6 - 7e4 * n, 9.0 - n, scaled=True) for n in range(8)],
        SPAN_TYPES,
    )


def _text(role: str, text: str, name: str | None = None) -> Text:
    return Text("0" * 32, role, text, len(text), name, None, None, folded=len(text) > 1200)  # noqa: PLR2004  as on the trace page
