"""The prompt that is to be split: a version of the registry, or a text that traces hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from solvent.fixes.wording import get_wording

if TYPE_CHECKING:
    from solvent.fixes.wording import Wording
    from solvent.ports.records import PromptStore
    from solvent.ports.spans import SpanStore
    from solvent.records.finding import Finding
    from solvent.records.prompt import Prompt
    from solvent.settings import Prompts


@dataclass(frozen=True, slots=True)
class Subject:
    """A prompt that may be split."""

    name: str
    """Its name in the registry; empty: it has none."""
    known: str
    """What the requests that carried it are found by: its name, or the subject of a finding."""
    label: str
    text: str
    style: str
    wording: Wording | None
    """Its version; None: the registry does not have it."""


def of_registry(store: PromptStore, rules: Prompts, project: str, reference: str) -> Subject:
    """Return the version that a reference means, the newest of a bare name.

    Raises:
        NotFound: There is none.
    """
    wording = get_wording(store, rules, project, reference)
    name = wording.label.rpartition("@")[0]
    return _registered(name, name, wording)


def of_finding(
    store: PromptStore, rules: Prompts, spans: SpanStore, finding: Finding, project: str
) -> Subject | None:
    """Return the prompt that a finding is about; None: it is about no prompt in the traces.

    The newest version counts when the registry has a prompt of this name or with this text.
    """
    text = text_of(spans, finding)
    if text is None:
        return None
    prompt = registered(store, project, finding.subject, text)
    if prompt is None:
        return Subject("", finding.subject, finding.subject, text, "mustache", None)
    wording = get_wording(store, rules, project, prompt.name)
    return _registered(prompt.name, finding.subject, wording)


def text_of(spans: SpanStore, finding: Finding) -> str | None:
    """Return the text of the prompt in the traces that a finding is about; None: there is none."""
    if not finding.subject.startswith("prompt:") or not finding.proof.quotes:
        return None
    rows = spans.list_contents([finding.proof.quotes[0].source]).to_pylist()
    return rows[0]["text"] if rows else None


def registered(store: PromptStore, project: str, subject: str, text: str = "") -> Prompt | None:
    """Return the prompt of the registry that a subject names, else one that says the text."""
    prompts = store.list_prompts(project)
    name = subject.removeprefix("prompt:").partition("@")[0]
    named = [prompt for prompt in prompts if prompt.name == name]
    if named or not text:
        return named[0] if named else None
    for prompt in prompts:
        content = store.get_version(project, prompt.name, prompt.latest).content
        if any(said.strip() == text.strip() for _, said in content.messages):
            return prompt
    return None


def _registered(name: str, known: str, wording: Wording) -> Subject:
    text, style = wording.instructions, wording.content.style
    return Subject(name, known, wording.label, text, style, wording)
