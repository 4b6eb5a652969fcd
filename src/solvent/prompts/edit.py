"""A prompt as one text that a person edits, and back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from solvent.errors import Invalid
from solvent.records.prompt import TEXT, Message, PromptContent

if TYPE_CHECKING:
    from collections.abc import Mapping

MARK = re.compile(r"^--- ([a-z]+) ---$", re.MULTILINE)
"""Line above each message of a chat prompt."""


def to_text(content: PromptContent) -> str:
    """Return the messages as one text; those of a chat below lines such as `--- user ---`."""
    if not content.is_chat:
        return content.messages[0].content
    return "\n".join(f"--- {role} ---\n{text}" for role, text in content.messages)


def from_text(text: str) -> tuple[Message, ...]:
    """Return the messages of such a text; without a line that names a role it is a text prompt.

    Raises:
        Invalid: Something stands above the first of these lines.
    """
    text = text.replace("\r\n", "\n")
    marks = list(MARK.finditer(text))
    if not marks:
        return (Message(TEXT, text),)
    if text[: marks[0].start()].strip():
        raise Invalid("there is text above the first message", hint="begin with `--- system ---`")
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return tuple(
        Message(mark[1], text[mark.end() : end].removeprefix("\n").removesuffix("\n"))
        for mark, end in zip(marks, ends, strict=True)
    )


def to_json(value: Mapping[str, Any] | None) -> str:
    """Return a schema or settings as a person edits them; nothing when there is none."""
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def from_json(text: str, what: str) -> dict[str, Any] | None:
    """Return what was edited; None when it is empty.

    Raises:
        Invalid: It is not a JSON object.
    """
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Invalid(f"`{what}` is not JSON: {error}", hint="correct it") from None
    if not isinstance(found, dict):
        raise Invalid(f"`{what}` is not a JSON object", hint="write {…}")
    return found
