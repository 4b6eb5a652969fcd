"""A decomposition as prompts of the registry: a core, modules, a router, and what joins them.

The prompt `NAME/assembled` includes the core and, behind a switch for each, the modules. So one
prompt says what any request is sent, and a change of the core is seen to reach it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.records.prompt import TEXT, Message, PromptContent
from solvent.templates.inputs import derived

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solvent.fixes.wording import Wording
    from solvent.records.decomposition import Decomposition

CORE = "core"
ROUTER = "router"
ASSEMBLED = "assembled"


def texts_of(found: Decomposition, style: str) -> Iterator[tuple[str, PromptContent]]:
    """Yield the short name and the content of the core, the modules and the router."""
    for part in found.parts:
        yield part.name, PromptContent((Message(TEXT, part.text),), style)
    yield ROUTER, PromptContent((Message(TEXT, found.router),), style)


def assembled(wording: Wording, found: Decomposition, included: Mapping[str, str]) -> PromptContent:
    """Return the prompt that includes the parts, each module behind a switch of its own.

    Args:
        wording: The prompt that is split.
        found: The split.
        included: Reference to the version of each part, by its short name.

    Raises:
        Invalid: The style knows no switches.
    """
    content = wording.content
    join = JOINED.get(content.style)
    if join is None:
        raise Invalid(
            f"the style `{content.style}` has no conditions, so nothing can switch modules",
            hint="join the texts of the core and of the modules in the application",
        )
    text = join([(switch(m.name), included[m.name]) for m in found.modules], included[CORE])
    messages = list(content.messages)
    messages[wording.place] = Message(messages[wording.place].role, text)
    return replace(content, messages=tuple(messages), inputs=_inputs(wording, found))


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


def _inputs(wording: Wording, found: Decomposition) -> Mapping[str, object]:
    """Return the inputs with a switch for each module; off when it is not given."""
    declared = wording.content.inputs or derived(wording.names)
    properties = dict(declared.get("properties", {}))
    for module in found.modules:
        properties[switch(module.name)] = {
            "type": "boolean",
            "default": False,
            "description": f"whether the request is about: {module.title}",
        }
    return {**declared, "properties": properties}
