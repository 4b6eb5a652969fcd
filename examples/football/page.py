"""A page to ask on; it says of each part whether it is recorded, scripted or live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import uvicorn
from examples.football.answer import as_svg
from examples.football.data import HERE, questions
from examples.football.database import Database
from examples.football.pipeline import Asked, ask, build
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from solvent.ports.completions import CompletionProvider

EXAMPLES = (0, 10, 20, 30)
MAX_CHARS = 500
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"


def application(provider: CompletionProvider, *, model: str, live: bool) -> Starlette:
    """Return the page as an application."""
    templates = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined
    )
    database = Database()

    def page(request: Request) -> HTMLResponse:
        question = request.query_params.get("question", "").strip()[:MAX_CHARS]
        number = request.query_params.get("request", "0")
        examples = request.query_params.get("examples", "20")
        asked = Asked(
            question,
            f"r{number if number.isdigit() else 0}",
            int(examples) if examples.isdigit() and int(examples) in EXAMPLES else 20,
            model.partition(":")[2] or model,
        )
        outcome = (
            ask(build(database, provider, asked, live=live), asked, database) if question else None
        )
        text = templates.get_template("page.html").render(
            asked=asked,
            outcome=outcome,
            chart=as_svg(outcome.answer) if outcome else "",
            known=[pair.question for pair in questions() if pair.runs],
            choices=EXAMPLES,
            number=number if number.isdigit() else "0",
            live=live,
        )
        return HTMLResponse(text, headers={"Content-Security-Policy": POLICY})

    return Starlette(routes=[Route("/", page)])


def serve(provider: CompletionProvider, port: int, *, model: str, live: bool) -> None:
    """Serve the page on loopback until it is stopped."""
    print(f"http://127.0.0.1:{port}  (Ctrl-C stops)")
    uvicorn.run(
        application(provider, model=model, live=live),
        host="127.0.0.1",
        port=port,
        log_level="warning",
    )
