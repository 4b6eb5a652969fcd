"""What the command line asks a running server to do: the server holds the folder's store."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request  # noqa: TC002  FastAPI reads the annotation
from starlette.concurrency import run_in_threadpool

from solvent.debt.reports.document import to_document
from solvent.errors import Invalid, TooLarge
from solvent.records.assessment import Assessment
from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.span import Span
from solvent.server import access, page
from solvent.settings import find_folder
from solvent.workbench import audit_files

if TYPE_CHECKING:
    from fastapi import FastAPI

    from solvent.workbench import Workbench

LISTED = 20
"""Failed traces of one list."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to erase: exactly one of traces, user and before."""

    project: str = ""
    traces: tuple[str, ...] = ()
    user: str = ""
    before: int | None = None
    """Microseconds since 1970 UTC."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased."""

    project: str
    traces: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What was stored of the rows handed over."""

    new: int
    """Spans that were not there before."""


def add_remote(app: FastAPI, bench: Workbench) -> None:
    """Add the paths to the application."""

    def report(
        project: str = "", since: int = 0, select: str = "", ignore: str = "", code: bool = False
    ) -> dict[str, Any]:
        """Audit now and return the report, in the shape of `report.schema.json`.

        With `code`, the code and prompt files of the folder that the server runs in are read too,
        and nothing is kept.
        """
        chosen = (_split(select), _split(ignore))
        if not code:
            return to_document(bench.audit(project or None, *chosen, since=since))
        home = find_folder()
        found, _ = audit_files(
            bench.settings, [home], *chosen, since=since, home=home, project=project or None,
            opened=bench.spans,
        )  # fmt: skip
        return to_document(found)

    def studies(names: str, project: str = "", since: int = 0) -> dict[str, Any]:
        """Run studies now and return what they found, by name; `names` has commas."""
        return dict(bench.study(_split(names), project or None, since=since))

    def blame(project: str = "", trace: str = "", most: int = LISTED) -> dict[str, Any]:
        """Tell which step is to blame, of the trace whose id begins so or of the newest failed."""
        from solvent.pipelines.within import inquire_all  # noqa: PLC0415  a server at rest does without

        project = project or bench.main_project()
        found = inquire_all(bench.spans, project, trace, most, bench.settings.blame)
        return {"traces": [asdict(one) for one in found]}

    def run(trace: str, project: str = "") -> dict[str, Any]:
        """Return what a trace did, and what passing traces did instead, to run it elsewhere."""
        from solvent.pipelines.causal.reading import gather  # noqa: PLC0415  a server at rest does without

        return asdict(gather(bench.spans, project or bench.main_project(), trace))

    def erase_wish(request: Request, wish: Wish) -> Erased:
        """Erase traces, of one user, or older than a time."""
        access.need_change(request, bench.settings)
        return erase(bench, wish)

    async def import_rows(request: Request) -> Taken:
        """Store rows that a client read from files, in the order of the records' fields."""
        access.need_change(request, bench.settings)
        body = await _read(request, bench.settings.intake.max_inflated_bytes)
        return Taken(await run_in_threadpool(lambda: bench.take(to_batch(body))))

    app.add_api_route(f"{page.API}/report", report)
    app.add_api_route(f"{page.API}/studies", studies)
    app.add_api_route(f"{page.API}/blame", blame)
    app.add_api_route(f"{page.API}/run", run)
    app.add_api_route(f"{page.API}/import", import_rows, methods=["POST"])
    app.add_api_route(f"{page.API}/erase", erase_wish, methods=["POST"])


def erase(bench: Workbench, wish: Wish) -> Erased:
    """Erase what was wished for.

    Raises:
        Invalid: Not exactly one of traces, user and before is named.
    """
    if sum((bool(wish.traces), bool(wish.user), wish.before is not None)) != 1:
        raise Invalid("one of traces, user and before is needed", hint="name exactly one")
    project = wish.project or bench.main_project()
    if wish.user:
        return Erased(project, bench.spans.delete_user(project, wish.user))
    if wish.before is not None:
        return Erased(project, bench.spans.delete_before(project, wish.before))
    return Erased(project, bench.spans.delete_traces(project, wish.traces))


def to_batch(body: bytes) -> Batch:
    """Return the rows of a JSON object of lists; see `to_rows`.

    Raises:
        Invalid: It is none.
    """
    try:
        rows = json.loads(body)
        return Batch(
            [Span._make(row) for row in rows["spans"]],
            [Content._make(row) for row in rows["contents"]],
            [Assessment._make(row) for row in rows["assessments"]],
        )
    except (ValueError, TypeError, KeyError) as error:
        raise Invalid(
            f"the rows cannot be read: {error}", hint="use a client of the server's own version"
        ) from error


def to_rows(batch: Batch) -> dict[str, Any]:
    """Return a batch as `to_batch` reads it back."""
    return {
        "spans": batch.spans,
        "contents": batch.contents,
        "assessments": batch.assessments,
    }


async def _read(request: Request, bound: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > bound:
            raise TooLarge(
                f"the rows have over `intake.max_inflated_bytes` = {bound:,} bytes",
                hint="send fewer at once, or raise SOLVENT_INTAKE_MAX_INFLATED_BYTES",
            )
    return bytes(body)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
