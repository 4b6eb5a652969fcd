"""A simulated model behind an OpenAI-shaped endpoint: what it answers depends on its instructions.

It sorts tickets by words, and only as well as it is told to. It is no language model, and nothing
that is measured with it says anything about one.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from solvent.evals.datasets import dataset
from solvent.records.dataset import Example
from tests.providers.scripted import Script, Turn, openai_answer, openai_events

WORDS = {"invoice": "billing", "refund": "billing", "crash": "technical", "password": "account"}
FIELDS = re.compile(r"output fields are:\s*((?:\d+\. `\w+`.*\n?)+)")
PLACES = ("Oslo", "Bern", "Lima", "Graz", "Turin", "Porto", "Ghent", "Basel")
TICKETS = dataset(
    "tickets",
    tuple(
        Example(f"t{n}", {"ticket": f"{word} trouble number {n} from {PLACES[n % 8]}"}, label)
        for n, (word, label) in enumerate([pair for pair in WORDS.items() for _ in range(30)])
    ),
)


def sort_ticket(instructions: str, ticket: str, mood: int = 0) -> str:
    """Return the label, as far as the instructions are good for it; some moods guess right."""
    told = instructions.casefold()
    word = next((word for word in WORDS if word in ticket), "")
    label = WORDS.get(word, "other")
    if word == "refund" and "refund" not in told:
        label = "billing" if mood % 3 == 1 else "account"
    if "one word" in told or "label alone" in told:
        return label
    return f"This looks like a matter of {label} to me."


@dataclass
class SimulatedModel(Script):
    """Sorts tickets; asked for a new instruction, it gives the next of its proposals."""

    turns: list[Turn] = field(default_factory=list)
    proposals: tuple[str, ...] = ("Sort the ticket. Answer with one word. A refund is billing.",)
    proposed: int = 0

    def next(self) -> Turn:
        messages = self.asked[-1]["messages"]
        system = "".join(m["content"] for m in messages if m["role"] == "system")
        warm = bool(self.asked[-1].get("temperature"))
        mood = len(self.asked) if warm else 0
        said = self.reply(system, messages[-1]["content"], mood)
        if self.asked[-1].get("stream"):
            return Turn(events=openai_events(*re.findall(r"\S+\s*", said)))
        return Turn(openai_answer(said))

    def reply(self, system: str, user: str, mood: int) -> str:
        asked = FIELDS.search(system)
        if not asked:
            return sort_ticket(system, user, mood)
        proposal = self.proposals[self.proposed % len(self.proposals)]
        self.proposed += 1
        answers = dict.fromkeys(re.findall(r"\d+\. `(\w+)`", asked[1]), proposal)
        if "module_advice" in answers:
            answers["module_advice"] = {"self.predict": proposal, "predict": proposal}
        if "JSON object" in system:
            return json.dumps(answers)
        return "\n\n".join(
            f"[[ ## {name} ## ]]\n{json.dumps(text) if isinstance(text, dict) else text}"
            for name, text in {**answers, "completed": ""}.items()
        )
