"""Prompt templates: a text with places for inputs becomes the text that a model reads.

One file per style. `read` compiles a text; what comes back renders it as often as needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from solvent.errors import Invalid
from solvent.templates.template import BOUNDS, Bounds, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES = ("fstring", "jinja", "mustache")


def read(
    style: str, text: str, parts: Mapping[str, str] | None = None, bounds: Bounds = BOUNDS
) -> Template:
    """Return a text compiled.

    Args:
        style: Name of the style.
        text: The template.
        parts: Text of every prompt that it includes, at any depth, by reference.
        bounds: What a rendering may use.

    Raises:
        Invalid: There is no such style, or the text does not follow it.
    """
    if style not in STYLES:
        raise Invalid(f"`{style}` is not a template style", hint=f"known: {', '.join(STYLES)}")
    # By name, so that a client whose prompts are plain never loads Jinja.
    try:
        module = import_module(f"{__name__}.{style}")
    except ModuleNotFoundError as error:
        raise Invalid(
            f"the style `{style}` needs {error.name}", hint=f"pip install {error.name}"
        ) from error
    compiled: Template = module.read(text, parts or {}, bounds)
    return compiled
