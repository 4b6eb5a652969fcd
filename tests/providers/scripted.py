"""Endpoints of the OpenAI and Anthropic shapes that answer what a test wrote down."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Turn:
    """One answer: a JSON body, or lines of an event stream; `hang` never answers.

    A stream stops before its event number `held[0]` until the test sets `held[1]`.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    events: list[str] | None = None
    hang: bool = False
    held: tuple[int, threading.Event] | None = None


@dataclass
class Script:
    """The answers still to give (the last one stays), and the requests that came."""

    turns: list[Turn]
    address: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Turn:
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]


@contextmanager
def serving(*turns: Turn, script: Script | None = None) -> Iterator[Script]:
    """Serve a script on loopback: answers written down, or a script that makes them up."""
    script = script or Script(list(turns))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            script.asked.append(json.loads(self.rfile.read(length)))
            script.paths.append(self.path)
            turn = script.next()
            if turn.hang:
                script.closing.wait(30)
                return
            stream = turn.events is not None
            pieces = turn.events if stream else [json.dumps(turn.body)]
            self.send_response(turn.status)
            self.send_header("content-type", "text/event-stream" if stream else "application/json")
            for name, value in turn.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for number, piece in enumerate(pieces):
                if turn.held and turn.held[0] == number:
                    turn.held[1].wait(30)
                self.wfile.write(piece.encode())
                self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def openai_answer(text: str | None = "Paris", **message: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m-2026",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {
            "prompt_tokens": 12,
            "completion_tokens": 3,
            "total_tokens": 15,
            "prompt_tokens_details": {"cached_tokens": 8},
        },
    }


def openai_events(*texts: str, finished: bool = True) -> list[str]:
    def event(delta: dict[str, Any], reason: str | None = None) -> str:
        chunk = {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m-2026",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}],
        }
        return f"data: {json.dumps(chunk)}\n\n"

    usage = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-2026",
             "choices": [], "usage": openai_answer()["usage"]}  # fmt: skip
    parts = [event({"content": text}) for text in texts]
    ends = [event({}, "stop"), f"data: {json.dumps(usage)}\n\n", "data: [DONE]\n\n"]
    return [*parts, *ends] if finished else parts


def anthropic_answer(*content: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m-2026",
        "content": list(content) or [{"type": "text", "text": "Paris"}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 4, "output_tokens": 3, "cache_read_input_tokens": 8},
    }


def anthropic_events(*texts: str, finished: bool = True) -> list[str]:
    def event(name: str, **fields: Any) -> str:
        return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n"

    start = {**anthropic_answer(), "content": []}
    parts = [
        event("message_start", message=start),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(
            event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
            for text in texts
        ),
    ]
    usage = {"output_tokens": 3}
    ends = [
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": "end_turn"}, usage=usage),
        event("message_stop"),
    ]
    return [*parts, *ends] if finished else parts
