"""SWE-agent runs (`.traj`): `trajectory` with action and observation beside `history`.

Each action becomes a tool call named after its command, each observation its result. The usage
of `info.model_stats` is the whole run's, so it stands on the root step.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from solvent.traces.files.chat import judge, shared
from solvent.traces.files.parts.conversation import build
from solvent.traces.files.parts.draft import Draft
from solvent.traces.files.parts.source import Record, Unread
from solvent.traces.files.parts.turns import is_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.batch import Batch
    from solvent.traces.files.parts.source import Head, Source

COMMAND = re.compile(r"[\w./-]{1,64}")
LARGEST = 2**53
KEPT = ("trajectory", "history")


def sniff(head: Head) -> bool:
    """Recognise a list of steps with an action and an observation."""
    return _run(head.first) is not None


def read(source: Source) -> Iterator[Batch | Unread]:
    """Yield one trace for each run."""
    for record in source.records():
        if not isinstance(record, Record):
            yield record
            continue
        run = _run(record.value)
        if run is None:
            yield source.unread(record.line, "no `trajectory` of actions and observations in it")
            continue
        steps, history = run
        messages = _messages(steps, history)
        if len(messages) > source.intake.max_messages:
            bound = f"intake.max_messages={source.intake.max_messages}"
            yield source.unread(record.line, f"a run of {len(messages)} messages, over {bound}")
            continue
        yield _trace(source, record, messages)


def _trace(source: Source, record: Record, messages: list[dict[str, Any]]) -> Batch:
    fields = record.value
    draft = Draft(source, record.raw, record.line, "swe-agent")
    info = fields["info"] if isinstance(fields.get("info"), dict) else {}
    about = {k: v for k, v in fields.items() if k not in KEPT}
    spoken = next((i for i, m in enumerate(messages) if m["role"] == "assistant"), len(messages))
    asked = [m["content"] for m in messages[:spoken] if m["role"] == "user"]
    spans = build(
        draft,
        messages,
        name="swe-agent",
        shared=shared(source, draft, fields),
        task=asked[-1] if asked and isinstance(asked[-1], str) else None,
        root={"attributes": draft.attributes(about), **_spent(info.get("model_stats"))},
    )
    judge(source, draft, fields, spans)
    return draft.batch


def _run(value: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]] | None:
    if not isinstance(value, dict) or not isinstance(value.get("trajectory"), list):
        return None
    steps = value["trajectory"]
    if not steps or not all(isinstance(s, dict) and "observation" in s for s in steps):
        return None
    history = value.get("history")
    told = isinstance(history, list) and all(is_message(m) for m in history)
    return steps, history if told and isinstance(history, list) else []


def _messages(steps: list[dict[str, Any]], history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the conversation with actions as tool calls and observations as their results."""
    messages: list[dict[str, Any]] = []
    open_call = False
    for message in history or _from_steps(steps):
        if open_call and message["role"] == "user":
            messages.append({"role": "tool", "content": message["content"]})
            open_call = False
            continue
        action = message.get("action")
        if message["role"] == "assistant" and isinstance(action, str):
            calls = message.get("tool_calls") or [_call(action)]
            messages.append(message | {"tool_calls": calls})
            open_call = True
            continue
        open_call = open_call and message["role"] != "tool"
        messages.append(message)
    if open_call and isinstance(steps[-1].get("observation"), str):
        messages.append({"role": "tool", "content": steps[-1]["observation"]})
    missing = steps[sum(m["role"] == "assistant" for m in history) :] if history else []
    return messages + _messages(missing, []) if missing else messages


def _from_steps(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = []
    for step in steps:
        said = step.get("response") or step.get("thought") or ""
        listed.append({"role": "assistant", "content": said, "action": step.get("action") or ""})
        listed.append({"role": "user", "content": step.get("observation") or ""})
    return listed


def _call(action: str) -> dict[str, Any]:
    found = COMMAND.match(action.strip())
    arguments = {"command": action}
    return {"function": {"name": found[0] if found else "command", "arguments": arguments}}


def _spent(stats: Any) -> dict[str, Any]:
    """Return what a run reports as spent; replays report zeros, which is no measurement."""
    if not isinstance(stats, dict):
        return {}
    cost = _amount(stats.get("instance_cost")) or _amount(stats.get("total_cost"))
    sent, received = _amount(stats.get("tokens_sent")), _amount(stats.get("tokens_received"))
    columns: dict[str, Any] = {
        "input_tokens": int(sent) if sent else None,
        "output_tokens": int(received) if received else None,
    }
    if cost:
        columns |= {"cost_usd": cost, "cost_source": "reported"}
    return columns


def _amount(value: Any) -> float | None:
    told = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if told and 0 < value < LARGEST else None
