"""Prompt files: text, templates, and the strings of YAML, JSON and TOML that are prompts."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from solvent.code.draft import Draft, Facts
from solvent.code.prose import (
    is_named_prose,
    is_prompt_name,
    is_prose,
    is_said,
    is_template_beside,
    is_written_for_model,
    words,
)
from solvent.records.source import CodeTool, Place

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGENT_FILES = re.compile(
    r"^(?:AGENTS?|CLAUDE|GEMINI|SKILL|copilot-instructions|CODEX)(?:\.local)?\.md$"
    r"|\.(?:prompt|instructions|chatmode|agent)\.md$|^\.(?:cursorrules|windsurfrules)$|\.mdc$"
)
_FRONT = re.compile(r"\A---[ \t]*\n.*?^---[ \t]*\n", re.DOTALL | re.MULTILINE)
"""What a prompt file says of itself; files for agents send it along."""
_AGENT_FOLDERS = re.compile(
    r"(?:^|/)\.(?:claude|cursor|agents|windsurf|gemini|codex|github)/(?:agents|commands|rules|prompts"
    r"|skills|chatmodes|instructions)/"
)
_PROMPT_FOLDER = re.compile(
    r"(?i)^(?:.*[_-])?(?:(?:pre|sub|meta)?prompts?|system_prompts?|instructions|personas)(?:[_-].*)?$"
)
_NOT_PROMPTS = re.compile(
    r"(?i)^(?:readme|changelog|license|contributing|security|code_of_conduct|requirements.*|notice"
    r"|authors|robots|llms.*|todo|index)\."
)
_TEMPLATES = frozenset({".jinja", ".jinja2", ".j2", ".prompt", ".prompty", ".mustache", ".hbs",
".tmpl",
                        ".liquid"})  # fmt: skip
_DOCS = frozenset({"docs", "doc", "blog", "locales", "i18n", "translations", "cookbook", "website"})
_WORTH = re.compile(
    r"(?i)prompt|instruction|_template|docstring|expected_output|\"?role\"?\s*:|backstory|input_?schema|mcpServers|\"parameters\"|system"
)
_MARKUP = re.compile(r"(?i)^\s*(?:<!doctype|<html|<svg|<\?xml|\{%-?\s*extends|FROM )")
_KEYS = {"system": "system", "system_prompt": "system", "system_message": "system",
         "instructions": "system", "prompt": "user", "user_prompt": "user",
         "template": "user"}  # fmt: skip
_TEMPLATE_KEYS = frozenset({"template", "content", "messages"})
_FENCED = re.compile(r"(?ms)^```.*?^```\s*$")
_AUDIENCE = re.compile(
    r"(?i)\b(?:LLMs?|language models?|(?:AI|autonomous) (?:agents?|assistants?))\b"
)
_COMMAND = re.compile(r"--(?:append-)?system-prompt\b")
"""Arguments of a command line that starts an agent."""
LEAST_WORDS = 6
LEAST_LYING = 20
"""Words of a text in a data file of a folder for prompts."""
LEAST_TEMPLATE = 4
"""Words of a template that stands beside a system template."""
MAX_DATA_CHARS = 400_000
MOST_RECORDS = 400
"""Strings of a file with one record a line that may still be a list of prompts."""


class Item(NamedTuple):
    """A string in a data file: the keys above it, and its lines."""

    path: tuple[str, ...]
    text: str
    line: int
    end_line: int


def read_text(file: str, text: str) -> Facts:
    """Return the facts of a text file."""
    facts = Facts(file)
    path = PurePosixPath(file)
    if path.suffix in {".yaml", ".yml", ".json", ".jsonl", ".toml"}:
        _data(facts, path, text)
    elif is_prompt_file(path, text):
        end = text.count("\n") + 1
        front = None if _AGENT_FILES.search(path.name) else _FRONT.match(text)
        said = text[front.end() :] if front else text
        line = text.count("\n", 0, len(text) - len(said)) + 1
        facts.drafts = [Draft(line, end, path.stem, "", "file", (("text", said),))]
    return facts


def in_prompt_folder(path: PurePosixPath) -> bool:
    """Tell whether a file lies in a folder that is there for prompts."""
    return any(_PROMPT_FOLDER.match(part) for part in path.parts[:-1])


def is_prompt_file(path: PurePosixPath, text: str) -> bool:
    """Tell whether a text file is a prompt, by its name, its folder, or how it begins."""
    if _AGENT_FILES.search(path.name) or _AGENT_FOLDERS.search(f"/{path}"):
        return is_prose(text, 2)
    plain = _FENCED.sub("", text)
    if _NOT_PROMPTS.match(path.name) or _MARKUP.match(text) or not is_prose(plain, LEAST_WORDS):
        return False
    if path.suffix in {".prompt", ".prompty"}:
        return True
    folders = path.parts[:-1]
    if any(part.lower() in _DOCS for part in folders):
        return is_prompt_name(path.stem) and bool(_AUDIENCE.search(text[:300]))
    placed = in_prompt_folder(path) or is_prompt_name(path.stem)
    if path.suffix in _TEMPLATES:
        return placed or is_written_for_model(text)
    return placed or (
        is_written_for_model(text[:200]) and text.lstrip().startswith(("You ", "Your "))
    )


def _data(facts: Facts, path: PurePosixPath, text: str) -> None:
    in_folder = in_prompt_folder(path)
    placed = in_folder or is_prompt_name(path.stem)
    if len(text) > MAX_DATA_CHARS or not (in_folder or _WORTH.search(text)):
        return
    if path.suffix == ".jsonl" and not placed:
        return  # records of a data set
    if any(part.lower() in _DOCS for part in path.parts[:-1]):
        return
    try:
        items = list(_items(path.suffix, text))
    except ValueError as error:
        if is_prompt_name(path.stem):
            facts.trouble = " ".join(str(error).split())[:200]
        return
    if path.suffix == ".jsonl" and len(items) > MOST_RECORDS:
        return
    siblings: dict[tuple[str, ...], dict[str, Item]] = {}
    for item in items:
        siblings.setdefault(item.path[:-1], {})[item.path[-1] if item.path else ""] = item
    for above, group in siblings.items():
        _group(facts, path, above, group, placed=placed, in_folder=in_folder)


def _group(
    facts: Facts,
    path: PurePosixPath,
    above: tuple[str, ...],
    group: dict[str, Item],
    *,
    placed: bool,
    in_folder: bool,
) -> None:
    if {"role", "goal", "backstory"} <= group.keys() or {
        "description",
        "expected_output",
    } <= group.keys():
        wanted = [
            k for k in ("role", "goal", "backstory", "description", "expected_output") if k in group
        ]
        body = "\n".join(f"{key}: {group[key].text}" for key in wanted)
        lines = [group[key] for key in wanted]
        _add(facts, ".".join(above) or path.stem, "system", body,
             min(i.line for i in lines), max(i.end_line for i in lines))  # fmt: skip
        return
    if "name" in group and "description" in group and _is_tool(facts, group, above):
        return
    if _is_named_tool(facts, group, above):
        return
    role = group["role"].text if "role" in group else ""
    for key, item in group.items():
        name = ".".join(part for part in (*above[-2:], key) if part and not part.isdigit())
        named = (is_prompt_name(key) and " " not in key) or key == "system"
        listed = path.name.startswith("promptfooconfig") and above[:1] == ("prompts",)
        sent = key == "content" and role in {"system", "user", "developer"}
        asked = key.isidentifier() and _COMMAND.search(item.text)
        lies = in_folder and words(item.text) >= LEAST_LYING and is_said(item.text)
        held = placed and (key in _TEMPLATE_KEYS or is_written_for_model(item.text))
        parent = next((part for part in reversed(above) if not part.isdigit()), "")
        inside = key.isdigit() and is_prompt_name(parent)
        if is_template_beside(key, group) and is_prose(item.text, LEAST_TEMPLATE):
            _add(facts, name, _KEYS.get(key.removesuffix("_template"), "user"), item.text,
                 item.line, item.end_line)  # fmt: skip
        elif (named and is_named_prose(item.text, LEAST_WORDS)) or (
            (listed or sent or held or inside or asked or lies) and is_prose(item.text, LEAST_WORDS)
        ):
            said = _KEYS.get(key, "user" if role == "user" else "system" if role else "")
            _add(facts, name or path.stem, said, item.text, item.line, item.end_line)


def _is_tool(facts: Facts, group: dict[str, Item], above: tuple[str, ...]) -> bool:
    """Keep a tool definition of a data file; its parameters are marked by an item of their own."""
    schema = next(
        (group[k] for k in ("parameters", "input_schema", "inputSchema") if k in group), None
    )
    if schema is None or schema.text != "{}":
        return False
    name = group["name"]
    place = Place(facts.file, name.line, max(item.end_line for item in group.values()))
    facts.tools.append(CodeTool(place, name.text, group["description"].text[:2000], "file"))
    return bool(above is not None)


def _is_named_tool(facts: Facts, group: dict[str, Item], above: tuple[str, ...]) -> bool:
    """Keep a tool of a table of tools: its name is the key above its signature and its text."""
    said = group.get("docstring") or group.get("description")
    if said is None or "signature" not in group or above[-2:-1] not in {("tools",), ("functions",)}:
        return False
    lines = [item.line for item in group.values()]
    place = Place(facts.file, min(lines), max(item.end_line for item in group.values()))
    facts.tools.append(CodeTool(place, above[-1], said.text[:2000], "file"))
    return True


def _add(facts: Facts, name: str, role: str, text: str, line: int, end: int) -> None:
    facts.drafts.append(Draft(line, max(line, end), name, role, "file", (("text", text),)))


def _items(suffix: str, text: str) -> Iterator[Item]:
    """Yield the strings of a data file.

    Raises:
        ValueError: The file cannot be parsed.
    """
    if suffix in {".yaml", ".yml"}:
        yield from _yaml(text)
        return
    finder = _Finder(text)
    if suffix == ".jsonl":
        for number, line in enumerate(text.splitlines()):
            yield from _plain(json.loads(line) if line.strip() else None, (str(number),), finder)
        return
    value = json.loads(text) if suffix == ".json" else tomllib.loads(text)
    yield from _plain(value, (), finder)


def _yaml(text: str) -> Iterator[Item]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.compose_all(text, loader))
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    seen: set[int] = set()
    waiting: list[tuple[Any, tuple[str, ...]]] = [(d, ()) for d in reversed(documents) if d]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, yaml.ScalarNode):
            if node.tag.endswith(":str"):
                end = node.end_mark.line + (node.end_mark.column > 0)
                yield Item(
                    path, node.value, node.start_mark.line + 1, max(end, node.start_mark.line + 1)
                )
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(one, (*path, str(i))) for i, one in reversed(list(enumerate(node.value)))]
        elif isinstance(node, yaml.MappingNode):
            waiting += [(one, (*path, str(key.value))) for key, one in reversed(node.value)]


class _Finder:
    """Finds the line of a string in JSON or TOML, going forward."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def line(self, value: str) -> int:
        """Return the line a value is on, from where the last one was found."""
        first = value.strip().split("\n")[0][:60]
        for form in (json.dumps(first, ensure_ascii=False)[1:-1], json.dumps(first)[1:-1], first):
            found = self.text.find(form, self.at) if form else -1
            if found >= 0:
                self.at = found
                break
        return self.text.count("\n", 0, self.at) + 1


def _plain(value: Any, path: tuple[str, ...], finder: _Finder) -> Iterator[Item]:
    if isinstance(value, str):
        line = finder.line(value)
        inside = value.count("\n") if finder.text[finder.at :].startswith(value[:200]) else 0
        yield Item(path, value, line, line + inside)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _plain(one, (*path, str(number)), finder)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in {"parameters", "input_schema", "inputSchema"} and isinstance(one, dict):
                yield Item((*path, key), "{}", finder.line(key), 0)
            yield from _plain(one, (*path, str(key)), finder)
