"""A page is a function from the workbench and the query to a frozen view; one view, three answers.

The whole page; the template block named by `HX-Target` for an HTMX request; JSON for
`Accept: application/json` and below `/api/v1`, described by OpenAPI.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, is_dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import TypeAdapter

from solvent.server import access, rendering
from solvent.workbench import Workbench

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

F = TypeVar("F", bound="Callable[..., Any]")
VARY = {"Vary": "Accept, HX-Target"}
API = "/api/v1"
FIELDS = 50
"""Fields of one form."""


@dataclass(frozen=True, slots=True)
class Page:
    """One registered page function."""

    path: str
    method: str
    function: Callable[..., Any]
    template: str
    view: Any
    """The dataclass that the function returns."""

    @property
    def api_path(self) -> str:
        """Return where the JSON is: the path, or the page's name for the first page."""
        return API + (self.path if self.path != "/" else f"/{self.template}")


def page(path: str, *, method: str = "GET") -> Callable[[F], F]:
    """Serve a function as a page; its template has the name of its module.

    The function takes the workbench first and then the parameters of path and query, typed; what
    it returns is a frozen dataclass. A function with `method="POST"` changes something: the browser
    is sent to the page of the same path afterwards, others get the view.
    """

    def register(function: F) -> F:
        function.__dict__.setdefault("pages", []).append((path, method))
        return function

    return register


@cache
def every_page() -> tuple[Page, ...]:
    """Return all pages, found by walking the folder."""
    found: list[Page] = []
    for item in iter_modules([str(Path(__file__).with_name("pages"))]):
        module = import_module(f"solvent.server.pages.{item.name}")
        for function in vars(module).values():
            if getattr(function, "__module__", "") != module.__name__:
                continue
            for path, method in getattr(function, "pages", ()):
                view = inspect.signature(function, eval_str=True).return_annotation
                found.append(Page(path, method, function, item.name, view))
    # A fixed path wins over a path with a parameter.
    return tuple(sorted(found, key=lambda p: ("{" in p.path, p.path, p.method)))


def add_pages(app: FastAPI, bench: Workbench) -> None:
    """Add the routes of every page to an application."""
    for item in every_page():
        app.add_api_route(
            item.path,
            _endpoint(item, bench, negotiated=True),
            methods=[item.method],
            include_in_schema=False,
        )
        app.add_api_route(
            item.api_path,
            _endpoint(item, bench, negotiated=False),
            methods=[item.method],
            response_model=item.view,
            summary=(inspect.getdoc(item.function) or "").split("\n", 1)[0].rstrip("."),
            name=f"{item.template}_{item.method.lower()}",
            operation_id=f"{item.function.__name__}_{item.template}",
        )


def _endpoint(item: Page, bench: Workbench, *, negotiated: bool) -> Callable[..., Any]:
    signature = inspect.signature(item.function, eval_str=True)
    first, *others = signature.parameters.values()
    if negotiated:
        others = [_from_form(p) if is_dataclass(p.annotation) else p for p in others]
    request_name = "http_request"

    def endpoint(**values: Any) -> Any:
        request: Request = values.pop(request_name)
        if item.method != "GET":
            access.need_change(request, bench.settings)
        view = item.function(bench, **values)
        return answer(item, request, bench, view) if negotiated else view

    here = inspect.Parameter(request_name, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    rest = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in others]
    endpoint.__signature__ = inspect.Signature([here, *rest])  # type: ignore[attr-defined]  # FastAPI reads parameters from here
    endpoint.__name__ = f"{item.template}_{item.function.__name__}"
    endpoint.__doc__ = item.function.__doc__
    if first.annotation is not Workbench:
        raise TypeError(f"{item.function} must take the workbench first")
    return endpoint


def _from_form(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter that is read from a form, or from JSON when that is what was sent."""
    adapter = _adapter(parameter.annotation)

    async def read(http_request: Request) -> Any:
        kind = http_request.headers.get("content-type", "")
        if kind.partition(";")[0] == "application/json":
            return adapter.validate_json(await http_request.body())
        async with http_request.form(max_fields=FIELDS, max_files=0) as form:
            return adapter.validate_python(dict(form))

    return parameter.replace(default=Depends(read))


def wants_json(request: Request) -> bool:
    """Tell whether the caller asks for JSON."""
    if request.url.path.startswith(API):
        return True
    accept = request.headers.get("accept", "")
    return "json" in accept and "text/html" not in accept


def block_of(request: Request) -> str:
    """Return the template block that an HTMX request replaces; empty for the whole page.

    HTMX names the element as `div#results`.
    """
    if request.headers.get("hx-request-type") == "full":
        return ""
    return request.headers.get("hx-target", "").rpartition("#")[2]


@cache
def _adapter(view: Any) -> TypeAdapter[Any]:
    return TypeAdapter(view)


def _same(request: Request) -> str:
    """Return the page that a form was on."""
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def answer(item: Page, request: Request, bench: Workbench, view: Any) -> Response:
    """Return the view in the form that the caller asks for."""
    if wants_json(request):
        body = _adapter(item.view).dump_json(view)
        return Response(body, media_type="application/json", headers=VARY)
    if item.method != "GET":
        return RedirectResponse(_same(request), status_code=303, headers=VARY)
    here = rendering.here(request, bench)
    html = rendering.render(item.template, block_of(request), view, here)
    return Response(html, media_type="text/html; charset=utf-8", headers=VARY)
