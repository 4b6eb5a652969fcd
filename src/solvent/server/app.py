"""The application: pages, JSON, static files and errors. Only here are errors caught."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.staticfiles import StaticFiles

from solvent.errors import Denied, Invalid, NotFound, SolventError
from solvent.server import access, page, rendering
from solvent.server.failure import FailureView, SignInView
from solvent.server.play_stream import add_play_stream
from solvent.server.prompt_endpoint import add_prompt_endpoint
from solvent.server.remote import add_remote

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from solvent.workbench import Workbench

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def create(bench: Workbench) -> FastAPI:
    """Return the ASGI application of a workbench."""
    app = FastAPI(
        title="Solvent",
        summary="What a system built on language models owes, measured from its traces.",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{page.API}/openapi.json",
        separate_input_output_schemas=False,
    )
    page.add_pages(app, bench)
    add_remote(app, bench)
    add_prompt_endpoint(app, bench)
    add_play_stream(app, bench)
    app.add_api_route("/sign-in", _sign_in(bench), methods=["GET", "POST"], include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")
    app.add_middleware(Frame, bench=bench)

    def refuse(request: Request, error: Exception) -> Response:
        return fail(request, bench, _ours(request, error))

    for kind in (SolventError, RequestValidationError, ValidationError, HTTPException):
        app.add_exception_handler(kind, refuse)
    return app


def _sign_in(bench: Workbench) -> Any:
    """Return the endpoint that trades the token for a cookie."""
    settings = bench.settings

    async def sign_in(request: Request) -> Response:
        wrong = False
        if request.method == "POST":
            async with request.form(max_fields=page.FIELDS, max_files=0) as form:
                given = str(form.get("token", ""))
            if access.is_token(given, settings):
                done = RedirectResponse("/", status_code=303)
                secure = request.url.scheme == "https"
                done.set_cookie(
                    access.COOKIE, access.seal(given), max_age=30 * 86_400, httponly=True,
                    samesite="strict", secure=secure,
                )  # fmt: skip
                return done
            wrong = True
        here = rendering.here(request, bench, bare=True)
        html = rendering.render("sign_in", "", SignInView(wrong), here)
        return Response(html, 403 if wrong else 200, media_type="text/html", headers=page.VARY)

    return sign_in


def _ours(request: Request, error: Exception) -> SolventError:
    if isinstance(error, SolventError):
        return error
    if isinstance(error, RequestValidationError | ValidationError):
        first = error.errors()[0]
        place = first["loc"][1:] if isinstance(error, RequestValidationError) else first["loc"]
        name = ".".join(str(part) for part in place) or "the request"
        return Invalid(f"`{name}` is not valid: {first['msg']}", hint="correct it and try again")
    if isinstance(error, HTTPException) and error.status_code == 405:  # noqa: PLR2004  the status itself
        return Invalid(f"`{request.url.path}` does not take {request.method}", hint="use GET")
    return NotFound(f"there is no page at `{request.url.path}`", hint="start at /")


def fail(request: Request, bench: Workbench, error: SolventError) -> Response:
    """Return an error as a page, or as a problem document (RFC 9457)."""
    if page.wants_json(request):
        problem = {
            "type": f"urn:solvent:error:{error.slug}",
            "title": error.slug.replace("-", " "),
            "status": error.status,
            "detail": error.what,
            "hint": error.hint,
            "instance": request.url.path,
        }
        return JSONResponse(
            problem, error.status, headers=page.VARY, media_type="application/problem+json"
        )
    view = FailureView(error.status, error.what, error.hint, isinstance(error, Denied))
    here = rendering.here(request, bench, bare=isinstance(error, Denied))
    html = rendering.render("failure", page.block_of(request), view, here)
    return Response(html, error.status, media_type="text/html", headers=page.VARY)


class Frame:
    """Around everything: who may, headers of every answer, and empty parameters left out.

    A form sends its empty fields too; `?min_usd=` means the field was left out.
    """

    def __init__(self, app: ASGIApp, bench: Workbench) -> None:
        self.app = app
        self.bench = bench

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=False)
        scope = {**scope, "query_string": urlencode(pairs).encode()}

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *HEADERS]}
            await send(message)

        request = Request(scope)
        try:
            access.need_read(request, self.bench.settings)
        except Denied as error:
            refusal: Any = fail(request, self.bench, error)
            await refusal(scope, receive, send_framed)
            return
        await self.app(scope, receive, send_framed)
