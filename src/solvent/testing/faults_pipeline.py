"""A small simulated question-answering pipeline to plant faults into; nothing in it is recorded.

A question about a club goes through a rewriter, which writes the club's official name; a router; a
retriever of reports; a model that makes a query out of both; a look-up with a retry; a model that
words the answer; and a check. It is right about most questions. What also happens, as it does in
real systems: the rewriter trims and polishes what was fine; the look-up fails now and then and is
asked again; reports are missing for some clubs, and some are huge; latencies have tails; two
versions of a prompt and two models are in use; some failures are in nothing that a step shows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from solvent.records.assessment import Assessment
from solvent.records.batch import Batch
from solvent.records.content import Content
from solvent.records.identity import content_hash, span_key
from solvent.records.span import Span

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    Step = Callable[..., Any]

PROJECT = "simulated"
CITIES = (
    "Bern", "Basel", "Aarau", "Thun", "Chur", "Sion", "Zug", "Olten", "Wil", "Baden", "Lugano",
    "Genf", "Uster", "Vevey", "Nyon", "Bulle", "Frauenfeld", "Kriens", "Rapperswil", "Schaffhausen",
)  # fmt: skip
SEASONS = tuple(range(2008, 2024))
TYPES = {
    "rewrite": "chain", "route": "chain", "retrieve": "retriever", "generate": "llm",
    "lookup": "tool", "answer": "llm", "check": "guardrail",
}  # fmt: skip
ARGUMENTS = {
    "rewrite": ("question",), "route": ("question",), "retrieve": ("question",),
    "generate": ("question", "source", "documents"), "lookup": ("club", "season"),
    "answer": ("question", "query", "rows"), "check": ("text",),
}  # fmt: skip
LARGE, NEWER, SMALL = "atlas-large-2", "atlas-large-2.1", "atlas-mini-1"
ASKED = (
    "How many goals did {club} score in {season}?",
    "{club} goals in the {season} season?",
    "What was the goal count of {club} in {season}",
    "Tell me the points that {club} had at the end of {season}.",
    "please, how many points did {club} get in {season}",
)


def goals(city: str, season: int) -> int:
    """Return how many goals a club scored: the truth that answers are held against."""
    return 20 + (CITIES.index(city) * 37 + season * 11) % 61


def points(city: str, season: int) -> int:
    """Return how many points a club had."""
    return 15 + (CITIES.index(city) * 23 + season * 7) % 74


def rewrite(question: str, chance: random.Random) -> str:
    """Return the question with the club's official name; now and then polished without need."""
    words = question
    for city in CITIES:
        words = words.replace(f"FC {city}", city).replace(city, f"FC {city}")
    if chance.random() < 0.15:  # noqa: PLR2004  harmless polish
        words = words.replace("please, h", "H").replace("Tell me", "Give me").rstrip(".?") + "?"
    return words


def route(question: str) -> str:
    """Return which source answers: the table of goals, or the reports."""
    return "reports" if "points" in question else "table"


def report(city: str, season: int, *, stale: bool = False) -> str:
    """Return the text of one report; a stale one is of the winter before the season's end."""
    had = points(city, season) - (9 if stale else 0)
    when = f"{season}-12-15" if stale else f"{season + 1}-06-30"
    return (
        f"# FC {city}, season {season}\nUpdated {when}. FC {city} stood at {had} points."
        f" The club played {17 if stale else 34} rounds in the league."
    )


def retrieve(question: str, chance: random.Random, *, stale: bool = False) -> list[str]:
    """Return the reports that a question is about, the best one last."""
    city = next((c for c in CITIES if f"FC {c}" in question), None)
    season = next((s for s in SEASONS if str(s) in question), None)
    if city is None or season is None or chance.random() < 0.03:  # noqa: PLR2004  an index gap
        return []
    others = chance.sample([c for c in CITIES if c != city], 2)
    texts = [report(other, season, stale=stale) for other in others]
    if chance.random() < 0.05:  # noqa: PLR2004  a huge one, which does no harm
        texts[0] += " Attendance was reported match by match." * 40
    return [*texts, report(city, season, stale=stale)]


def generate(question: str, source: str, documents: list[str], *, model: str) -> dict[str, Any]:
    """Return the query for a question; the small model takes the season before."""
    city = next((c for c in CITIES if f"FC {c}" in question), "Bern")
    season = next((s for s in reversed(SEASONS) if str(s) in question), SEASONS[-1])
    if model == SMALL:
        season = max(season - 1, SEASONS[0])
    if "last three years" in question:
        season = SEASONS[-1]
    if "percentage" in question:
        return {"source": source, "club": f"FC {city}", "season": season, "unit": "percent"}
    if "previous period" in question:
        season = max(season - 1, SEASONS[0])
    if "only for the largest" in question:
        city = "Basel"
    read = [text for text in documents if f"FC {city}, season {season}" in text]
    if source == "reports" and read:
        return {"source": source, "club": f"FC {city}", "season": season, "text": read[-1][-140:]}
    return {"source": source, "club": f"FC {city}", "season": season}


def lookup(club: str, season: int | str, chance: random.Random) -> list[dict[str, Any]]:
    """Return the rows of a query; now and then it is busy."""
    if chance.random() < 0.06:  # noqa: PLR2004
        raise TimeoutError("busy, try again")
    city = str(club).removeprefix("FC ")
    if city not in CITIES or not str(season).isdigit():
        return []
    return [{"club": club, "season": season, "goals": goals(city, int(season))}]


def answer(question: str, query: Mapping[str, Any], rows: list[dict[str, Any]]) -> str:
    """Return the answer in words."""
    if query.get("unit") == "percent":
        return f"{query['club']} made {round(100 / len(CITIES), 1)} percent of it."
    if "text" in query and " stood at " in query["text"]:
        had = query["text"].split(" stood at ")[1].split()[0]
        return f"{query['club']} had {had} points at the end of {query['season']}."
    if rows:
        return f"{query['club']} scored {rows[0]['goals']} goals in {query['season']}."
    return f"I found nothing about {question.rstrip('?.')}."


def check(text: str) -> str:
    """Return whether an answer may be shown."""
    return "ok" if text else "empty"


def steps(chance: random.Random) -> dict[str, Step]:
    """Return the steps of the pipeline, by name; `chance` decides what else happens in them."""
    return {
        "rewrite": lambda question: rewrite(question, chance),
        "route": route,
        "retrieve": lambda question: retrieve(question, chance),
        "generate": generate,
        "lookup": lambda club, season: lookup(club, season, chance),
        "answer": answer,
        "check": check,
    }


@dataclass(slots=True)
class Simulation:
    """Asks questions of a pipeline, and keeps a trace of each as rows of the store.

    Args:
        chance: What decides questions, latencies, models and prompt versions.
    """

    chance: random.Random
    batch: Batch = field(default_factory=Batch)
    at: int = 1_760_000_000_000_000
    """The time, in microseconds since 1970 UTC."""
    traces: int = 0
    prompt: str = ""
    city: str = ""
    """What the last question was about."""

    @property
    def trace_id(self) -> str:
        """The trace that is open."""
        return f"{self.traces:032x}"

    def traced(self, plain: Mapping[str, Step]) -> dict[str, Step]:
        """Return steps that leave a span for each call, with its arguments and its result."""
        return {name: self._traced(name, step) for name, step in plain.items()}

    def ask(self, traced: Mapping[str, Step]) -> bool:
        """Ask one question; return whether the answer was right. The trace is `trace_id`."""
        chance = self.chance
        self.traces += 1
        self.at += 60_000_000
        self.prompt = chance.choice("34")
        self.city = city = chance.choice(CITIES)
        season = chance.choice(SEASONS)
        question = chance.choice(ASKED).format(
            club=chance.choice((city, f"FC {city}")), season=season
        )
        wanted = points(city, season) if "points" in question else goals(city, season)
        started = self.at
        said = run(traced, question, chance.choice((LARGE, LARGE, NEWER)))
        self._keep("ask", started, {"question": question}, said)
        return f" {wanted} " in said and str(season) in said

    def judge(self, trace_id: str, *, passed: bool) -> Assessment:
        """Return what a person says of a trace."""
        return Assessment(
            content_hash("value", f"{trace_id} {passed}"), PROJECT, trace_id, None, "outcome",
            value=float(passed), source_type="human", created_at=self.at,
        )  # fmt: skip

    def _traced(self, name: str, step: Step) -> Step:
        names = list(ARGUMENTS[name])

        def call(*args: Any, **kwargs: Any) -> Any:
            shown = dict(zip(names, args, strict=False)) | kwargs
            started = self.at
            self.at += int(self.chance.lognormvariate(11.5, 0.6))
            try:
                found = step(*args, **kwargs)
            except TimeoutError as error:
                self._keep(name, started, shown, None, error=str(error))
                raise
            self._keep(name, started, shown, found)
            return found

        return call

    def _keep(
        self,
        name: str,
        started: int,
        shown: Mapping[str, Any],
        found: Any,
        error: str | None = None,
    ) -> None:
        self.at += 1_000
        model = shown.get("model")
        given = {key: value for key, value in shown.items() if key != "model"}
        type_, root = TYPES.get(name, "agent"), name == "ask"
        span_id = f"{1 if root else len(self.batch.spans) + 2:016x}"
        documents = found or [] if type_ == "retriever" else None
        out = (
            None
            if found is None or type_ == "retriever"
            else [self._content("value", _text(found))]
        )
        self.batch.spans.append(
            Span(
                id=span_key(self.trace_id, span_id), project=PROJECT, trace_id=self.trace_id,
                span_id=span_id, parent_id=None if root else f"{1:016x}", type=type_, name=name,
                started_at=started, duration_ns=(self.at - started) * 1000,
                status="error" if error else "ok", status_message=error,
                model=model, provider="simulated" if model else None,
                prompt_name=name if model else None, prompt_version=self.prompt if model else None,
                input_tokens=len(_text(given)) // 4 if model else None,
                output_tokens=len(_text(found)) // 4 if model else None,
                tool_name=name if type_ == "tool" else None,
                input_hashes=[self._content("value", _text(given))],
                output_hashes=out,
                document_hashes=documents and [self._content("document", d) for d in documents],
                document_scores=documents and [None] * len(documents),
                dialect="solvent", received_at=started,
            )
        )  # fmt: skip

    def _content(self, type_: str, text: str) -> str:
        key = content_hash(type_, text)
        self.batch.contents.append(Content(key, type_, text, None, None, None, self.at))
        return key


def run(traced: Mapping[str, Step], question: str, model: str) -> str:
    """Return what the pipeline answers."""
    asked = traced["rewrite"](question)
    source = traced["route"](asked)
    documents = traced["retrieve"](asked) or []
    query = traced["generate"](asked, source, documents, model=model)
    rows: list[dict[str, Any]] = []
    if query["source"] == "table":
        for _ in range(2):
            try:
                rows = traced["lookup"](club=query["club"], season=query["season"])
                break
            except TimeoutError:
                continue
    said: str = traced["answer"](asked, query, rows)
    traced["check"](said)
    return said


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
