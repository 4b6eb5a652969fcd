"""Prompts as files: Markdown or text with front matter, Jinja, `.prompt`, YAML, JSON.

What is written is read back the same; what others write is read as far as it can be said here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.records.prompt import PLACEHOLDER, TEXT, Message, PromptContent

if TYPE_CHECKING:
    from collections.abc import Iterator

STYLE_OF = {
    ".md": "mustache", ".txt": "mustache", ".prompt": "mustache", ".yaml": "mustache",
    ".yml": "mustache", ".json": "mustache", ".j2": "jinja", ".jinja": "jinja", ".jinja2": "jinja",
}  # fmt: skip
DOCUMENTS = frozenset({".yaml", ".yml", ".json"})
"""Files that are one mapping; the others are front matter and text."""
FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*\n", re.DOTALL | re.MULTILINE)
ROLE = re.compile(r"\{\{\s*role\s+[\"'](\w+)[\"']\s*\}\}\s*|\{\{\s*history\s*\}\}\s*")
"""How `.prompt` files part messages; `{{history}}` is where earlier messages stand."""
SCALARS = frozenset({"string", "number", "integer", "boolean", "null", "any"})
KEYS = ("style", "owner", "tags", "inputs", "output", "model")


@dataclass(frozen=True, slots=True)
class Written:
    """What a file says."""

    content: PromptContent
    owner: str = ""
    tags: tuple[str, ...] = ()
    others: tuple[str, ...] = field(default=())
    """Keys that mean nothing here and are not kept."""


def is_prompt(path: str) -> bool:
    """Tell whether a file of this name is read."""
    return PurePosixPath(path).suffix in STYLE_OF and not PurePosixPath(path).name.startswith(".")


def prompt_files(folder: Path) -> Iterator[Path]:
    """Yield the prompt files below a folder, in order; hidden ones left out."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and is_prompt(path.name) and not hidden:
            yield path


def name_of(path: str) -> str:
    """Return the name of the prompt in a file, by its path from the folder of prompts."""
    return str(PurePosixPath(path).with_suffix(""))


def path_of(name: str, content: PromptContent) -> str:
    """Return the path of a prompt that has no file yet."""
    suffix = ".yaml" if content.is_chat else ".j2" if content.style == "jinja" else ".md"
    return name + suffix


def parse(path: str, text: str) -> Written:
    """Return what a file says.

    Args:
        path: Its suffix says what it is.
        text: What is in it.

    Raises:
        Invalid: It is not such a file.
    """
    suffix = PurePosixPath(path).suffix
    if suffix not in STYLE_OF:
        raise Invalid(
            f"`{path}` is not a prompt file", hint=f"known: {', '.join(sorted(STYLE_OF))}"
        )
    if suffix in DOCUMENTS:
        facts = _mapping(path, text)
        messages = _messages(path, facts)
    else:
        front = FRONT.match(text)
        facts = _mapping(path, front[1]) if front else {}
        body = text[front.end() :] if front else text
        messages = _dotprompt(body) if suffix == ".prompt" else (Message(TEXT, _body(body)),)
    if suffix == ".prompt":
        facts = _from_dotprompt(facts)
    content = PromptContent(
        messages=messages,
        style=str(facts.get("style") or STYLE_OF[suffix]),
        inputs=_object(path, facts, "inputs"),
        output=_object(path, facts, "output"),
        model=_object(path, facts, "model") or {},
    )
    tags = facts.get("tags") or ()
    if isinstance(tags, str) or not all(isinstance(tag, str) for tag in tags):
        raise Invalid(f"`tags` in `{path}` is not a list of words", hint="write [a, b]")
    others = sorted(facts.keys() - {*KEYS, "messages", "text", "prompt", "template", "name"})
    return Written(content, str(facts.get("owner") or ""), tuple(tags), tuple(others))


def render(path: str, written: Written, before: str = "") -> str:
    """Return the file that says this.

    Args:
        path: Its suffix says what it is.
        written: What it is to say.
        before: The file as it is: front matter that says the same stays as somebody wrote it.

    Raises:
        Invalid: A file of this suffix cannot say it.
    """
    suffix = PurePosixPath(path).suffix
    content = written.content
    facts: dict[str, Any] = {
        "style": content.style if content.style != STYLE_OF.get(suffix) else None,
        "owner": written.owner or None,
        "tags": list(written.tags) or None,
        "inputs": content.inputs,
        "output": content.output,
        "model": dict(content.model) or None,
    }
    facts = {key: value for key, value in facts.items() if value is not None}
    if suffix in DOCUMENTS:
        facts |= (
            {"messages": [{"role": role, "content": text} for role, text in content.messages]}
            if content.is_chat
            else {"text": content.messages[0].content}
        )
        return (
            json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
            if suffix == ".json"
            else _yaml(facts)
        )
    if content.is_chat or suffix not in STYLE_OF or suffix == ".prompt":
        raise Invalid(f"`{path}` cannot hold this prompt", hint="give the file the suffix .yaml")
    text = content.messages[0].content
    front = FRONT.match(before)
    if front and _same_front(path, before, written):
        return f"{front[0]}{text}\n"
    # The line that ends a file is not part of the prompt; front matter keeps `---` in it apart.
    if not facts and not FRONT.match(text):
        return text + "\n"
    return f"---\n{_yaml(facts) if facts else ''}---\n{text}\n"


def _same_front(path: str, before: str, written: Written) -> bool:
    """Tell whether a file says the same beside the text of its prompt."""
    old = parse(path, before)
    content = replace(old.content, messages=written.content.messages)
    return replace(old, content=content, others=()) == replace(written, others=())


def _body(text: str) -> str:
    return text.removesuffix("\n")


def _mapping(path: str, text: str) -> dict[str, Any]:
    yaml = import_module("yaml")  # by name: a client that reads no files does not load it
    try:
        found = json.loads(text) if path.endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Invalid(f"`{path}` cannot be read: {reason}", hint="correct it") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Invalid(f"`{path}` is not a mapping", hint="write `text:` or `messages:`")
    plain: dict[str, Any] = json.loads(json.dumps(found, default=str))  # YAML has dates, JSON not
    return plain


def _messages(path: str, facts: dict[str, Any]) -> tuple[Message, ...]:
    given = next((facts[k] for k in ("messages", "text", "template", "prompt") if k in facts), None)
    if isinstance(given, str):
        return (Message(TEXT, given),)
    if not isinstance(given, list):
        raise Invalid(f"`{path}` has neither `text` nor `messages`", hint="write one of them")
    return tuple(message_of(part) for part in given)


def message_of(part: Any) -> Message:
    """Return a message as files and other registries write it.

    Raises:
        Invalid: It has no text.
    """
    if isinstance(part, dict):
        if part.get("type") == PLACEHOLDER:
            return Message(PLACEHOLDER, str(part.get("name", "")))
        content = part.get("content")
        if isinstance(content, str) and isinstance(part.get("role"), str):
            return Message(part["role"], content)
    raise Invalid("a message is a role and a text", hint="write {role: user, content: …}")


def _object(path: str, facts: dict[str, Any], key: str) -> dict[str, Any] | None:
    value = facts.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise Invalid(f"`{key}` in `{path}` is not a mapping", hint="see the guide")


def _yaml(facts: dict[str, Any]) -> str:
    yaml = import_module("yaml")

    dumper_of: Any = type("Dumper", (yaml.SafeDumper,), {})

    def text(dumper: Any, value: str) -> Any:
        block = "\n" in value and not re.search(
            r"[ \t]\n|[^\S\n]\Z|\A\s|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]", value
        )
        # Other ends of lines than \n are folded unless they are written as escapes.
        style = "|" if block else '"' if re.search(r"[\x85\u2028\u2029]", value) else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    dumper_of.add_representer(str, text)
    dumped: str = yaml.dump(
        facts, Dumper=dumper_of, sort_keys=False, allow_unicode=True, width=10_000
    )
    return dumped


def _dotprompt(body: str) -> tuple[Message, ...]:
    messages: list[Message] = []
    role, at = "", 0
    for mark in ROLE.finditer(body):
        _say(messages, role, body[at : mark.start()])
        at = mark.end()
        if mark[1] is None:
            messages.append(Message(PLACEHOLDER, "history"))
        else:
            role = {"model": "assistant"}.get(mark[1], mark[1])
    if not messages and not role:
        return (Message(TEXT, _body(body)),)
    _say(messages, role, body[at:])
    return tuple(messages)


def _say(messages: list[Message], role: str, text: str) -> None:
    if text.strip():
        messages.append(Message(role or "user", text.strip()))


def _from_dotprompt(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the front matter of a `.prompt` file in our words."""
    made = {key: facts[key] for key in KEYS if key in facts}
    taken = {"model", "config", "input", "output", *KEYS}
    model = facts.get("model")
    made["model"] = {**({"name": model} if isinstance(model, str) else model or {})}
    made["model"] |= facts.get("config") or {}
    for ours, theirs in (("inputs", "input"), ("output", "output")):
        part = facts.get(theirs) or {}
        if isinstance(part, dict) and "schema" in part:
            made[ours] = _picoschema(part["schema"], part.get("default") or {})
        elif ours == "output":
            made.pop("output", None)
    return made | {key: value for key, value in facts.items() if key not in taken}


def _picoschema(schema: Any, defaults: dict[str, Any]) -> dict[str, Any]:
    """Return the short schemas of `.prompt` files as JSON Schema; JSON Schema stays what it is."""
    if not isinstance(schema, dict) or "properties" in schema:
        return dict(schema) if isinstance(schema, dict) else {}
    properties: dict[str, Any] = {}
    required = []
    for key, kind in schema.items():
        name, _, shape = str(key).partition("(")
        plain = name.rstrip("?")
        if not name.endswith("?"):
            required.append(plain)
        properties[plain] = _picotype(kind, shape.rstrip(")"))
        if plain in defaults:
            properties[plain]["default"] = defaults[plain]
    return {"type": "object", "properties": properties, "required": required}


def _picotype(kind: Any, shape: str) -> dict[str, Any]:
    form, _, said = (part.strip() for part in shape.partition(","))
    described = {"description": said} if said else {}
    if form == "array":
        return {"type": "array", "items": _picotype(kind, ""), **described}
    if form == "enum" and isinstance(kind, list):
        return {"enum": kind, **described}
    if isinstance(kind, dict):
        return {**_picoschema(kind, {}), **described}
    word, _, said = (part.strip() for part in str(kind).partition(","))
    if word not in SCALARS:
        raise Invalid(
            f"`{word}` is not a type of an input", hint=f"known: {', '.join(sorted(SCALARS))}"
        )
    made: dict[str, Any] = {} if word == "any" else {"type": word}
    return {**made, **({"description": said} if said else {})}
