"""Times as people type them: `30d`, `12h`, `2026-11-01`."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

from solvent.errors import Invalid

SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def parse_since(text: str, now: float | None = None) -> int:
    """Return the microsecond at which a window such as `30d` or `2026-11-01` starts.

    Raises:
        Invalid: It is neither.
    """
    span = re.fullmatch(r"(\d+)([mhdw])", text.strip())
    if span:
        now = time.time() if now is None else now
        return max(0, int((now - int(span[1]) * SECONDS[span[2]]) * 1e6))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"`{text}` is not a time", hint="30d, 12h, 2w, or 2026-11-01") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, int(moment.timestamp() * 1e6))
