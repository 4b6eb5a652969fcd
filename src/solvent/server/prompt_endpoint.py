"""The path that applications ask for prompts: a document with a tag, or `304`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from solvent.prompts.document import to_document
from solvent.prompts.naming import read
from solvent.prompts.registry import get_resolved
from solvent.server import page

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

    from solvent.workbench import Workbench

PATH = f"{page.API}/prompt/{{reference:path}}"


def add_prompt_endpoint(app: FastAPI, bench: Workbench) -> None:
    """Add the path; outside of the pages, as an application waits for it."""

    def prompt(request: Request) -> Response:
        reference = read(request.path_params["reference"])
        project = request.query_params.get("project") or bench.settings.project
        found = to_document(get_resolved(bench.prompts, bench.settings.prompts, project, reference))
        headers = {"ETag": f'"{found["checksum"]}"', "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(orjson.dumps(found), media_type="application/json", headers=headers)

    app.add_route(PATH, prompt)
