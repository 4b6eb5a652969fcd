"""A resolved prompt as JSON: what the client, the lock file and the API exchange.

`schema` counts up when a field changes its meaning; readers ignore fields they do not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solvent.records.identity import document_checksum
from solvent.records.prompt import Message, PromptContent, PromptVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from solvent.prompts.composition import Resolved

SCHEMA = 1


def to_document(resolved: Resolved) -> dict[str, Any]:
    """Return what somebody needs to fill a prompt in, and a checksum over it."""
    version = resolved.version
    content = version.content
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "name": version.name,
        "version": version.number,
        "hash": version.hash,
        "style": content.style,
        "messages": [list(message) for message in content.messages],
        "parts": dict(resolved.texts),
        "includes": [[part.name, part.number, part.hash] for part in resolved.parts],
        "inputs": content.inputs,
        "output": content.output,
        "model": dict(content.model),
        "author": version.author,
        "message": version.message,
        "at": version.at,
    }
    return {**made, "checksum": document_checksum(made)}


def version_of(document: Mapping[str, Any], project: str) -> PromptVersion:
    """Return the version that a document was made from, without what it includes."""
    content = PromptContent(
        messages=tuple(Message(*message) for message in document["messages"]),
        style=document["style"],
        inputs=document["inputs"],
        output=document["output"],
        model=document["model"],
    )
    return PromptVersion(
        project=project,
        name=document["name"],
        content=content,
        hash=document["hash"],
        author=document["author"],
        at=document["at"],
        message=document["message"],
        number=document["version"],
    )
