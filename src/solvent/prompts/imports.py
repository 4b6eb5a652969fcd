"""Prompts of other registries: what MLflow's and Langfuse's interfaces give, as our versions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.errors import Invalid, NotFound, SolventError
from solvent.prompts import registry
from solvent.prompts.files import message_of
from solvent.prompts.naming import ALIAS, LATEST, checked
from solvent.prompts.registry import Change
from solvent.records.prompt import TEXT, Message, PromptContent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from solvent.ports.records import PromptStore
    from solvent.settings import Prompts as Rules

MLFLOW_TEXT = "mlflow.prompt.text"
MLFLOW_KIND = "_mlflow_prompt_type"
MLFLOW_OUTPUT = "_mlflow_prompt_response_format"
MLFLOW_MODEL = "_mlflow_prompt_model_config"
INCLUDED = re.compile(r"@@@langfusePrompt:name=([^|@]+)\|(?:version=(\d+)|label=([^@|]+))@@@")
HOLDERS = (
    "data", "prompts", "model_versions", "registered_models", "latest_versions", "versions",
    "model_version", "registered_model",
)  # fmt: skip
"""Keys below which answers hold versions."""
ODD = re.compile(r"[^A-Za-z0-9_./-]+")


@dataclass(frozen=True, slots=True)
class Foreign:
    """One version as another registry has it."""

    source: str
    """`mlflow:<name>/<version>` or `langfuse:<name>/<version>`."""
    name: str
    number: int
    content: PromptContent
    author: str
    at: int
    message: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Left(NamedTuple):
    """A version that was not taken, and why."""

    source: str
    reason: str


@dataclass(slots=True)
class Imported:
    """What came of an import."""

    versions: list[str] = field(default_factory=list)
    known: int = 0
    """Versions that an earlier import brought."""
    aliases: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    """Protected aliases that wait for approval."""
    left: list[Left] = field(default_factory=list)


def read_export(text: str, now: int) -> tuple[list[Foreign], list[Left]]:
    """Return the versions in an answer of MLflow's or Langfuse's interface, oldest first.

    Args:
        text: JSON; several answers may stand one after the other.
        now: Time of what carries none.

    Raises:
        Invalid: It is neither.
    """
    found: list[Foreign] = []
    left: list[Left] = []
    pointers: dict[tuple[str, int], list[str]] = {}
    for item in _items(_json(text), pointers):
        try:
            made = _langfuse(item, now) if "prompt" in item else _mlflow(item, now)
        except (SolventError, ValueError, TypeError, KeyError) as error:
            source = f"{item.get('name', '?')}/{item.get('version', '?')}"
            left.append(Left(source, str(error)))
            continue
        if made is not None:
            found.append(made)
    if not found and not left:
        raise Invalid(
            "there are no prompts of MLflow or Langfuse in it",
            hint="see the guide for what to save",
        )
    merged = [
        Foreign(
            **{
                **_facts(one),
                "aliases": tuple(
                    dict.fromkeys((*one.aliases, *pointers.get((one.name, one.number), ())))
                ),
            }
        )
        for one in found
    ]
    once = {one.source: one for one in reversed(merged)}
    return sorted(once.values(), key=lambda one: (one.name, one.number)), left


def _facts(one: Foreign) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Foreign.__slots__}


def _json(text: str) -> list[Any]:
    """Return the JSON values of a text, one after the other."""
    decoder, found, at = json.JSONDecoder(), [], 0
    text = text.strip()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            reason = f"the file is not JSON: {error}"
            raise Invalid(reason, hint="save the answer as it is") from None
        found.append(value)
        while at < len(text) and text[at].isspace():
            at += 1
    return found


def _items(found: Any, pointers: dict[tuple[str, int], list[str]]) -> Iterator[dict[str, Any]]:
    """Yield whatever looks like a version; registered models say where aliases point."""
    if isinstance(found, list):
        for part in found:
            yield from _items(part, pointers)
        return
    if not isinstance(found, dict):
        return
    for key in HOLDERS:
        inner = found.get(key)
        yield from _items(inner if isinstance(inner, list | dict) else [], pointers)
    if "latest_versions" in found or ("aliases" in found and "version" not in found):
        for alias in found.get("aliases") or ():
            if isinstance(alias, dict):
                place = (_name(str(found.get("name"))), int(alias["version"]))
                pointers.setdefault(place, []).append(str(alias["alias"]))
    elif "name" in found and "version" in found:
        yield found


def _langfuse(item: dict[str, Any], now: int) -> Foreign:
    given = item["prompt"]
    texts = (
        [Message(TEXT, given)] if isinstance(given, str) else [message_of(part) for part in given]
    )
    config = item.get("config") or {}
    labels = [str(label) for label in item.get("labels") or () if label != LATEST]
    return Foreign(
        source=f"langfuse:{item['name']}/{item['version']}",
        name=_name(item["name"]),
        number=int(item["version"]),
        content=PromptContent(
            tuple(Message(m.role, INCLUDED.sub(_included, m.content)) for m in texts),
            model=config if isinstance(config, dict) else {"config": config},
        ),
        author=str(item.get("createdBy") or "langfuse"),
        at=_time(item.get("createdAt"), now),
        message=str(item.get("commitMessage") or ""),
        aliases=tuple(labels),
        tags=tuple(str(tag) for tag in item.get("tags") or ()),
    )


def _included(match: re.Match[str]) -> str:
    return f"{{{{>{_name(match[1])}@{match[2] or match[3]}}}}}"


def _mlflow(item: dict[str, Any], now: int) -> Foreign | None:
    given = item.get("tags") or {}
    tags = {t["key"]: t.get("value", "") for t in given} if isinstance(given, list) else dict(given)
    text = item.get("template", tags.get(MLFLOW_TEXT))
    if text is None:
        return None  # a model, not a prompt
    if tags.get(MLFLOW_KIND) == "chat" and isinstance(text, str):
        text = json.loads(text)
    chat = not isinstance(text, str)
    messages = tuple(message_of(part) for part in text) if chat else (Message(TEXT, text),)
    output = tags.get(MLFLOW_OUTPUT) or item.get("response_format")
    model = tags.get(MLFLOW_MODEL) or item.get("model_config") or {}
    plain = {k: v for k, v in tags.items() if not k.startswith(("mlflow.", "_mlflow"))}
    aliases = [a.get("alias") if isinstance(a, dict) else a for a in item.get("aliases") or ()]
    return Foreign(
        source=f"mlflow:{item['name']}/{item['version']}",
        name=_name(item["name"]),
        number=int(item["version"]),
        content=PromptContent(
            messages,
            style="jinja" if any("{%" in m.content for m in messages) else "mustache",
            output=_schema(json.loads(output) if isinstance(output, str) else output),
            model=json.loads(model) if isinstance(model, str) else model,
        ),
        author=str(item.get("user_id") or tags.get("mlflow.user") or "mlflow"),
        at=_time(item.get("creation_timestamp"), now),
        message=str(item.get("description") or item.get("commit_message") or ""),
        aliases=tuple(str(a) for a in aliases),
        tags=tuple(f"{key}={value}" if value else key for key, value in plain.items()),
    )


def _schema(found: Any) -> dict[str, Any] | None:
    """Return a JSON Schema; the short form of a mapping of names to types is not one."""
    if not isinstance(found, dict):
        return None
    if {"type", "properties", "$ref", "anyOf"} & found.keys():
        return found
    return {"type": "object", "properties": {name: {} for name in found}, "required": list(found)}


def _name(given: str) -> str:
    parts = [part.strip(".-") for part in ODD.sub("-", given.strip()).split("/")]
    return checked("/".join(part for part in parts if part))


def _time(given: Any, now: int) -> int:
    if isinstance(given, str) and not given.isdecimal():
        return int(datetime.fromisoformat(given).timestamp() * 1_000_000)
    return int(given) * 1000 if given else now


def bring_in(
    store: PromptStore, rules: Rules, project: str, given: Iterable[Foreign], change: Change
) -> Imported:
    """Keep versions of another registry; what was brought before is left as it is.

    Args:
        store: Where they are kept.
        rules: Bounds, and protected aliases.
        project: Project to keep them in.
        given: The versions.
        change: Who imports, and when.
    """
    out = Imported()
    waiting = list(given)
    numbers: dict[str, int] = {}
    while waiting:
        later = [
            one
            for one in waiting
            if not _bring(store, rules, (project, one.name), one, out, numbers)
        ]
        settled = [one for one in waiting if one not in later]
        _point(store, rules, project, settled, numbers, change, out)
        if len(later) == len(waiting):
            out.left += [
                Left(one.source, "it includes a prompt that is not there") for one in later
            ]
            break
        waiting = later
    return out


def _bring(
    store: PromptStore,
    rules: Rules,
    ref: tuple[str, str],
    one: Foreign,
    out: Imported,
    numbers: dict[str, int],
) -> bool:
    """Keep one version; return whether it is settled."""
    before = {v.source: v.number for v in store.list_versions(*ref)}
    if one.source in before:
        numbers[one.source] = before[one.source]
        out.known += 1
        return True
    change = Change(one.author, one.at, one.message, one.source)
    try:
        version = registry.add(store, rules, ref, one.content, change)
    except NotFound:
        return False
    except SolventError as error:
        out.left.append(Left(one.source, str(error)))
        return True
    numbers[one.source] = version.number
    out.versions.append(f"{version.name} version {version.number}")
    if one.tags:
        store.describe(*ref, by=one.author, at=one.at, tags=one.tags)
    return True


def _point(
    store: PromptStore,
    rules: Rules,
    project: str,
    given: Iterable[Foreign],
    numbers: dict[str, int],
    change: Change,
    out: Imported,
) -> None:
    for one in given:
        number = numbers.get(one.source)
        for alias in one.aliases if number else ():
            to = (alias if ALIAS.fullmatch(alias) else f"a-{ODD.sub('-', alias)}", number or 0)
            told = Change(change.by, change.at, f"imported from {one.source}", change.source)
            try:
                moved = registry.move_alias(store, rules, (project, one.name), to, told)
            except SolventError as error:
                out.left.append(Left(f"{one.source}@{alias}", str(error)))
                continue
            if moved.request:
                out.requests.append(moved.request.id)
            else:
                out.aliases.append(f"{one.name}@{to[0]} -> {number}")
