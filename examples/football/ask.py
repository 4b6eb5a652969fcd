"""Ask the World Cup database a question.

    python examples/football/ask.py "Who won the 2014 world cup?"
    python examples/football/ask.py --serve
    OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_API_KEY=x \\
        python examples/football/ask.py --model qwen3 "Which team won most often?"

Without --model, SQL is what a real system answered when it was recorded; the query rewriter is
scripted in either case. Traces go to SOLVENT_ENDPOINT when --trace is given.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[2]))

from examples.football.answer import as_text
from examples.football.data import questions
from examples.football.database import Database
from examples.football.pipeline import Asked, ask, build, recorded

import solvent
from solvent.errors import SolventError
from solvent.settings import load
from solvent.workbench import open_provider

if TYPE_CHECKING:
    from examples.football.pipeline import Outcome

SCRIPTED = "scripted, no model wrote it"


def told(asked: Asked, outcome: Outcome) -> list[tuple[str, str]]:
    """Return each step with what it gave and where that comes from."""
    verdict = {True: "right", False: "wrong", None: "not judged"}[outcome.right]
    return [
        ("question", asked.question),
        ("rewritten", f"{outcome.outputs['query_rewriter']}  ({SCRIPTED})"),
        ("tables", ", ".join(outcome.outputs["retrieve_schema"])),
        ("SQL", " ".join((outcome.sql or "none").split())),
        ("SQL from", outcome.recorded or (f"{asked.model}, just now" if outcome.sql else "nobody")),
        ("judged", f"{verdict}: {outcome.reason}"),
    ]


def main() -> int:
    """Answer one question, or serve the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "question", nargs="?", help="one of the recorded questions, or any with --model"
    )
    parser.add_argument("--model", help="ask a live model: NAME, openai:NAME or anthropic:NAME")
    parser.add_argument(
        "--examples", type=int, default=20, help="examples in the prompt: 0, 10, 20, 30"
    )
    parser.add_argument(
        "--request", default="r0", help="the rewriter and the recordings vary with it"
    )
    parser.add_argument("--trace", action="store_true", help="send the trace to Solvent")
    parser.add_argument("--serve", action="store_true", help="serve a page to ask on")
    parser.add_argument("--port", type=int, default=7118)
    given = parser.parse_args()
    if given.trace:
        solvent.init(project="football", service="football")
    try:
        model = given.model or "gpt-3.5"
        live = bool(given.model)
        name = model if ":" in model else f"openai:{model}"
        provider = open_provider(load(), name) if live else recorded()
        if given.serve:
            from examples.football.page import serve

            serve(provider, given.port, model=model, live=live)
            return 0
        if not given.question:
            print(
                "Recorded questions:\n",
                *(f"  {p.question}" for p in questions() if p.runs),
                sep="\n",
            )
            return 0
        database = Database()
        asked = Asked(
            given.question, given.request, given.examples, model.partition(":")[2] or model
        )
        outcome = ask(build(database, provider, asked, live=live), asked, database)
    except SolventError as error:
        print(f"error: {error.what}\n  hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    for label, text in told(asked, outcome):
        print(f"{label:<10} {text}")
    print(f"\n{as_text(outcome.answer)}")
    if given.trace:
        print(f"\n{solvent.flush()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
