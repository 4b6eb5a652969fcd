"""Chat logs: conversations of messages with a role and a content.

One conversation a line, a list of conversations, one conversation that is a list of messages, one
message a line, or one logged call a line with its response (`choices`) beside its request. The
messages may sit under any key (`messages`, `traj`, `history`, ...): the longest list of messages in
a record is its conversation. Each becomes a trace: a root step, one step for each message of the
model, and one for each tool call with its result.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import orjson

from solvent.traces import outcomes
from solvent.traces.files.parts.conversation import build, offered
from solvent.traces.files.parts.draft import Draft
from solvent.traces.files.parts.source import Record, Unread
from solvent.traces.files.parts.turns import is_conversation, is_message, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from solvent.records.batch import Batch
    from solvent.traces.files.parts.source import Head, Source

SEARCH_DEPTH = 5
SESSION = ("session_id", "sessionId", "conversation_id", "thread_id")
USER = ("user_id", "userId", "user")
TOOLS = ("tools", "functions", "available_tools", "tool_definitions")
EXPECTED = ("ground_truth", "expected", "expected_output", "reference", "reference_answer", "gold")
QUESTION = ("question", "Question", "task", "query", "prompt", "input", "instruction")
RESPONSE = ("response", "response_body", "completion", "output", "result", "body")
LABELS = ("mistake_agent", "mistake_step", "mistake_reason")


def sniff(head: Head) -> bool:
    """Recognise a record that holds a conversation, or is a message."""
    return is_message(head.first) or bool(conversation(head.first)[1] or _listed(head.first))


def read(source: Source) -> Iterator[Batch | Unread]:
    """Yield one trace for each conversation."""
    loose: list[Record] = []
    for record in source.records():
        if isinstance(record, Record) and is_message(record.value):
            loose.append(record)
            if len(loose) > source.intake.max_messages:
                yield _too_long(source, loose[0].line, len(loose))
                return
        elif isinstance(record, Record):
            listed = [] if conversation(record.value)[1] else _listed(record.value)
            inner = (Record(record.line, orjson.dumps(item), item) for item in listed)
            yield from (trace(source, each) for each in (inner if listed else (record,)))
        else:
            yield record
    if loose:
        raw = b"\n".join(record.raw for record in loose)
        yield trace(source, Record(loose[0].line, raw, [record.value for record in loose]))


def conversation(value: Any) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """Return the longest list of messages inside a value, with the keys that lead to it."""
    best: tuple[tuple[str, ...], list[dict[str, Any]]] = ((), [])
    layer: list[tuple[tuple[str, ...], Any]] = [((), value)]
    for _ in range(SEARCH_DEPTH):
        inner: list[tuple[tuple[str, ...], Any]] = []
        for path, item in layer:
            if is_conversation(item):
                best = max(best, (path, item), key=lambda found: len(found[1]))
            elif isinstance(item, dict):
                inner += [((*path, key), part) for key, part in item.items()]
        layer = inner
    return best


def _listed(value: Any) -> list[Any]:
    """Return the conversations that an object lists under one key, such as `data`."""
    for part in value.values() if isinstance(value, dict) else ():
        if isinstance(part, list) and part and conversation(part[0])[1]:
            return part
    return []


def trace(source: Source, record: Record) -> Batch | Unread:
    """Return the trace of one conversation."""
    path, messages = conversation(record.value)
    if not messages:
        return source.unread(record.line, "no list of messages with `role` and `content` in it")
    if len(messages) > source.intake.max_messages:
        return _too_long(source, record.line, len(messages))
    given = record.value if isinstance(record.value, dict) else {}
    beside = reduce(lambda inner, key: inner[key], path[:-1], given)
    fields = given | beside
    answer = _answer((fields, given, beside))
    draft = Draft(source, record.raw, record.line, "chat")
    columns = shared(source, draft, fields)
    prompts = fields.get("system_prompt") or fields.get("system") or {}
    steps = build(
        draft,
        [*messages, answer] if answer else messages,
        since=len(messages) if answer else 0,
        name=str(fields.get("agent_name") or fields.get("agent") or "conversation")[:200],
        shared=columns,
        prompts={"": prompts} if isinstance(prompts, str) else _texts(prompts),
        question=next((fields[k] for k in QUESTION if isinstance(fields.get(k), str)), None),
        root={"at": when(fields), "attributes": draft.attributes(without(given, path))},
    )
    judge(source, draft, fields, steps)
    return draft.batch


def _answer(places: tuple[dict[str, Any], ...]) -> dict[str, Any] | None:
    """Return the message of a response that is kept apart from the messages of its request."""
    for place in places:
        for response in (place, *(place.get(key) for key in RESPONSE)):
            if not isinstance(response, dict):
                continue
            choices = response.get("choices")
            first = choices[0] if isinstance(choices, list) and choices else None
            message = first.get("message") if isinstance(first, dict) else None
            if message is None and response.get("type") == "message":
                message = response
            if isinstance(message, dict) and is_message(said := {"role": "assistant"} | message):
                also = {key: response[key] for key in ("usage", "model") if key in response}
                return said | also
    return None


def shared(source: Source, draft: Draft, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that every step of a record has in common."""
    model = fields.get("model") or fields.get("model_name") or source.options.model
    tools = next((fields[key] for key in TOOLS if isinstance(fields.get(key), list)), None)
    columns: dict[str, Any] = {
        "model": model if isinstance(model, str) else source.options.model,
        "session_id": _named(fields, SESSION),
        "user_id": _named(fields, USER),
        "offered_tools": offered(draft, tools) or None,
    }
    return columns


def judge(source: Source, draft: Draft, fields: dict[str, Any], steps: dict[int, str]) -> None:
    """Add what a record says about its own run: outcome, expected answer, blamed step."""
    verdict = outcomes.assess(fields, source.options.outcome)
    if verdict is not None:
        value = float(verdict.passed)
        draft.judge("outcome", value=value, source_type=verdict.source, rationale=verdict.why)
    for key in EXPECTED:
        if isinstance(fields.get(key), str | int | float) and fields[key] != "":
            draft.judge(key, type="expectation", label=str(fields[key]), source_type="app")
    agent, step, reason = (fields.get(key) for key in LABELS)
    if agent is not None:
        place = int(step) if isinstance(step, int | str) and str(step).isdigit() else None
        draft.judge(
            "blame",
            steps.get(place) if place is not None else None,
            label=str(agent),
            source_type="human",
            rationale=reason if isinstance(reason, str) else None,
            metadata=f'{{"message":{place}}}' if place is not None else "{}",
        )


def without(fields: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return fields without the value that a path of keys leads to."""
    if not path:
        return fields
    kept = {key: value for key, value in fields.items() if key != path[0]}
    if len(path) > 1:
        kept[path[0]] = without(fields[path[0]], path[1:])
    return kept


def _too_long(source: Source, line: int, count: int) -> Unread:
    bound = f"intake.max_messages={source.intake.max_messages}"
    return source.unread(line, f"a conversation of {count} or more messages, over {bound}")


def _named(fields: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    places = (fields, fields["metadata"] if isinstance(fields.get("metadata"), dict) else {})
    found = (place[key] for key in keys for place in places if key in place)
    return next((str(v) for v in found if isinstance(v, str | int) and v != ""), None)


def _texts(prompts: Any) -> dict[str, str]:
    items = prompts.items() if isinstance(prompts, dict) else ()
    return {str(key): text for key, text in items if isinstance(text, str)}
