"""A decomposition as prompts of the registry: a core, modules, a router, and what joins them.

The prompt `NAME/assembled` includes the core and, behind a switch for each, the modules. So one
prompt says what any request is sent, and a change of the core is seen to reach it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.records.prompt import TEXT, Message, PromptContent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solvent.records.decomposition import Decomposition
    from solvent.records.prompt import PromptContent as Content

CORE = "core"
ROUTER = "router"
ASSEMBLED = "assembled"
SYSTEM = ("", "system", "developer")


def texts_of(found: Decomposition, style: str) -> Iterator[tuple[str, PromptContent]]:
    """Yield the short name and the content of the core, the modules and the router."""
    for part in found.parts:
        yield part.name, PromptContent((Message(TEXT, part.text),), style)
    yield ROUTER, PromptContent((Message(TEXT, found.router),), style)


def assembled(
    content: Content, place: int, found: Decomposition, included: Mapping[str, str]
) -> PromptContent:
    """Return the prompt that includes the parts, each module behind a switch of its own.

    Args:
        content: The prompt that is split.
        place: Which of its messages.
        found: The split.
        included: Reference to the version of each part, by its short name.

    Raises:
        Invalid: The style knows no switches.
    """
    join = JOINED.get(content.style)
    if join is None:
        raise Invalid(
            f"the style `{content.style}` has no conditions, so nothing can switch modules",
            hint="join the texts of the core and of the modules in the application",
        )
    text = join([(switch(m.name), included[m.name]) for m in found.modules], included[CORE])
    messages = list(content.messages)
    messages[place] = Message(messages[place].role, text)
    return replace(content, messages=tuple(messages), inputs=_inputs(content, found))


def switch(name: str) -> str:
    """Return the name of the input that switches a module on."""
    return "needs_" + name.replace("-", "_")


def _mustache(modules: Sequence[tuple[str, str]], core: str) -> str:
    parts = [f"{{{{#{on}}}}}\n\n{{{{>{ref}}}}}\n{{{{/{on}}}}}" for on, ref in modules]
    return "\n".join([f"{{{{>{core}}}}}", *parts])


def _jinja(modules: Sequence[tuple[str, str]], core: str) -> str:
    parts = [f'{{% if {on} %}}\n\n{{% include "{ref}" %}}\n{{% endif %}}' for on, ref in modules]
    return "\n".join([f'{{% include "{core}" %}}', *parts])


JOINED = {"mustache": _mustache, "jinja": _jinja}


def _inputs(content: Content, found: Decomposition) -> Mapping[str, object] | None:
    """Return the declared inputs with a switch for each module; off when it is not given."""
    if content.inputs is None:
        return None
    properties = dict(content.inputs.get("properties", {}))
    for module in found.modules:
        properties[switch(module.name)] = {
            "type": "boolean",
            "default": False,
            "description": f"whether the request is about: {module.title}",
        }
    return {**content.inputs, "properties": properties}
