"""`{{ name }}`, `{% for … %}`, `{% include "support/tone@production" %}`: Jinja in a sandbox.

What a template may use is counted: rounds of loops and calls, and the length of every text it
makes. Filters and tests that only format data are there; those that pad or repeat are not.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

from jinja2 import DictLoader, StrictUndefined, TemplateError, meta, nodes
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from solvent.errors import Invalid
from solvent.templates.template import Bounds, Template, spoken, too_large

if TYPE_CHECKING:
    from collections.abc import Callable

ALLOWED = (
    "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "groupby", "int",
    "items", "join", "last", "length", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "replace", "reverse", "round", "select", "selectattr", "sort", "string", "sum", "title",
    "tojson", "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
REFUSED = (nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block, nodes.Macro, nodes.CallBlock)
MAIN = ""
"""Name of the template itself among its parts; no prompt is called this."""


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox that counts what a rendering uses. One rendering, one environment's `run`."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, parts: Mapping[str, str], bounds: Bounds) -> None:
        super().__init__(
            loader=DictLoader(dict(parts)), undefined=StrictUndefined, finalize=_plain,
            keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True, autoescape=False,
        )  # fmt: skip
        self.bounds = bounds
        self.filters = {name: self._bounded(FILTERS[name]) for name in ALLOWED}
        self.filters |= {"_rounds": self._rounds, "_length": self.check, "replace": self._replace}
        self.filters["tojson"] = spoken_json
        self.globals = {"range": self._range}
        self._used = threading.local()

    def begin(self) -> None:
        """Start counting anew, for the rendering of this thread."""
        self._used.steps = 0

    def step(self) -> None:
        """Count one round."""
        steps = self._used.steps = getattr(self._used, "steps", 0) + 1
        if steps > self.bounds.steps:
            raise too_large("rounds", self.bounds.steps, "MAX_STEPS")

    def check(self, value: Any) -> Any:
        """Return a value unless it is too long."""
        if isinstance(value, str | list | tuple) and len(value) > self.bounds.chars:
            raise too_large("characters", self.bounds.chars, "MAX_RENDERED_CHARS")
        return value

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Return the tree with every loop and every joining of texts counted."""
        tree = super()._parse(source, name, filename)
        for refused in tree.find_all(REFUSED):
            word = type(refused).__name__.lower()
            raise Invalid(f"`{word}` is not for prompts", hint="include other prompts instead")
        for loop in tree.find_all(nodes.For):
            if loop.recursive:
                raise Invalid("a recursive loop is not for prompts", hint="nest two loops")
            loop.iter = _filter(loop.iter, "_rounds")
        for joined in list(tree.find_all(nodes.Concat)):
            joined.nodes = [_filter(nodes.Concat(joined.nodes, lineno=joined.lineno), "_length")]
        return tree

    def _rounds(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self.step()
            yield item

    def _range(self, *limits: int) -> range:
        made = range(*limits)
        if len(made) > self.bounds.steps:
            raise too_large("rounds", self.bounds.steps, "MAX_STEPS")
        return made

    def _replace(self, text: Any, old: str, new: str, count: int | None = None) -> str:
        text, old, new = spoken(text), spoken(old), spoken(new)
        times = text.count(old) if count is None else min(text.count(old), count)
        self.check(text)
        if len(text) + times * len(new) > self.bounds.chars + times * len(old):
            raise too_large("characters", self.bounds.chars, "MAX_RENDERED_CHARS")
        replaced: str = text.replace(old, new, -1 if count is None else count)
        return replaced

    def _bounded(self, made: Callable[..., Any]) -> Callable[..., Any]:
        """Return a filter whose use is counted and whose result is bounded."""

        def bounded(*args: Any, **kwargs: Any) -> Any:
            self.step()
            return self.check(made(*args, **kwargs))

        if hasattr(made, "jinja_pass_arg"):
            bounded.__dict__["jinja_pass_arg"] = made.jinja_pass_arg
        return bounded

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002  Jinja's signature
        """Let a template reach what is in mappings and lists, and the methods of mappings only."""
        if isinstance(obj, LoopContext):
            return not attr.startswith("_")
        return isinstance(obj, Mapping) and attr in {"items", "keys", "values", "get"}

    def call(self, context: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Count a call."""
        self.step()
        return self.check(super().call(context, function, *args, **kwargs))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Work out numbers; texts and lists may be added, not multiplied, and nothing raised."""
        sized = (str, list, tuple)
        if operator == "+" and isinstance(left, sized) and isinstance(right, sized):
            self.check(left)
            self.check(right)
        elif operator == "**" or not all(isinstance(v, int | float) for v in (left, right)):
            raise Invalid(f"`{operator}` is for numbers here", hint="join texts with ~")
        return super().call_binop(context, operator, left, right)


def read(text: str, parts: Mapping[str, str], bounds: Bounds) -> Template:
    """Return a text compiled.

    Raises:
        Invalid: It is not Jinja, or uses what a prompt may not.
    """
    environment = _Environment({**parts, MAIN: text}, bounds)
    try:
        trees = {ref: environment.parse(part) for ref, part in {**parts, MAIN: text}.items()}
        template = environment.get_template(MAIN)
    except TemplateError as error:
        raise _invalid(error) from None
    names = set(chain.from_iterable(map(meta.find_undeclared_variables, trees.values())))
    includes = tuple(_includes(trees[MAIN]))

    def render(values: Mapping[str, Any]) -> str:
        environment.begin()
        pieces, chars = [], 0
        try:
            for piece in template.generate(dict(values)):
                chars += len(piece)
                if chars > bounds.chars:
                    raise too_large("characters", bounds.chars, "MAX_RENDERED_CHARS")
                pieces.append(piece)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise _invalid(error) from None
        return "".join(pieces)

    return Template(frozenset(names - {"range"}), includes, render)


def spoken_json(value: Any) -> str:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _includes(tree: nodes.Template) -> Iterator[str]:
    for found in meta.find_referenced_templates(tree):
        if found is None:
            raise Invalid("an include whose name is worked out is not read", hint="write the name")
        yield found


def _filter(node: Any, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _plain(value: Any) -> Any:
    """Return a value as it is written; an input that is missing stays the error it is."""
    return value if isinstance(value, StrictUndefined) else spoken(value)


def _invalid(error: Exception) -> Invalid:
    line = getattr(error, "lineno", None)
    place = f" in line {line}" if line else ""
    return Invalid(f"the template is not valid{place}: {error}", hint="correct the template")
