"""The answers of a run of the playground while they come, as server-sent events.

`piece`: the text so far of one answer; `answer`: it is whole; `end`: nothing more comes. Each names
the row (example) and the column (prompt), counted from 0.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import StreamingResponse

from solvent.server import page

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response

    from solvent.evals.plays import Play
    from solvent.workbench import Workbench

PATH = f"{page.API}/playground/stream"
EVERY_SECONDS = 0.05
"""Between two looks at the run."""
SIGN_SECONDS = 15.0
"""After which a comment keeps a silent connection open."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

Told = dict[tuple[int, str], str | None]
"""What was told of each answer: its text so far; None once it was whole."""


def add_play_stream(app: FastAPI, bench: Workbench) -> None:
    """Add the path; it is outside of the pages, as its answer has no end that a view could have."""

    async def stream(request: Request) -> Response:
        play = bench.plays.get(request.query_params.get("run", ""))
        return StreamingResponse(_told(play), media_type="text/event-stream", headers=HEADERS)

    app.add_route(PATH, stream)


async def _told(play: Play) -> AsyncIterator[bytes]:
    told: Told = {}
    silent = 0.0
    while True:
        ended = play.ended.is_set()  # before the last look, so that nothing is missed
        for name, facts in news(play, told):
            silent = 0.0
            yield _event(name, facts)
        if ended:
            yield _event("end", {"error": play.error})
            return
        if silent >= SIGN_SECONDS:
            silent = 0.0
            yield b": waiting\n\n"
        await asyncio.sleep(EVERY_SECONDS)
        silent += EVERY_SECONDS


def news(play: Play, told: Told) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what was not told yet, and note it as told."""
    heard, outcomes = dict(play.heard), dict(play.outcomes)
    for row, example in enumerate(play.examples.examples):
        for column in range(len(play.candidates)):
            cell = (column, example.id)
            place = {"row": row, "column": column}
            if cell in outcomes:
                if told.get(cell, "") is not None:
                    told[cell] = None
                    found = outcomes[cell]
                    yield "answer", {**place, "text": found.text, "error": found.error,
                                     "input_tokens": found.input_tokens,
                                     "output_tokens": found.output_tokens,
                                     "recorded": found.recorded}  # fmt: skip
            elif heard.get(cell) and heard[cell] != told.get(cell):
                told[cell] = heard[cell]
                yield "piece", {**place, "text": heard[cell]}


def _event(name: str, facts: dict[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(facts))
