"""Prompts of a Python file: texts given to a model, named like a prompt, or reading like one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from solvent.code.draft import Draft
from solvent.code.prose import (
    holds_prompts,
    is_about_answers,
    is_prompt_name,
    is_template_beside,
    is_written_for_model,
    words,
)
from solvent.code.python import names
from solvent.code.python.expressions import own_words
from solvent.code.python.kept import LEAST_LOOSE, LEAST_NAMED, LEAST_SENT, Kept
from solvent.code.python.scopes import Scope, last_name, spelled
from solvent.code.python.surroundings import holder, is_shown, whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solvent.code.python.scopes import Module
    from solvent.code.python.values import Reader


class Prompts(Kept):
    """Collects the prompts of one module."""

    def __init__(self, module: Module, reader: Reader) -> None:
        super().__init__(module, reader)
        self.quiet: set[int] = set()
        self.holds_prompts = holds_prompts(module.file)
        """Whether the whole file is there for prompts: `prompts.py`."""
        self.joined = {
            node.args[0].id
            for node, _ in module.events
            if isinstance(node, ast.Call) and last_name(node.func) == "join" and node.args
            and isinstance(node.args[0], ast.Name)
        }  # fmt: skip
        """Lists of lines, whose items are no prompts of their own."""
        self.asked = {
            (id(scope), node.args[0].id)
            for node, scope in module.events
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Name)
            and (names.ASKS_A_PERSON.search(spelled(node.func))
                 or isinstance(module.parents.get(id(node)), ast.Raise))
        }  # fmt: skip
        """Names of what is asked, told or raised, by the function that does."""

    def collect(self) -> None:  # noqa: C901  one branch a kind of node
        """Look at every node of the module."""
        for node, scope in self.module.events:
            if isinstance(node, ast.Dict):
                self._dict(node, scope)
            elif isinstance(node, ast.Tuple):
                self._pair(node, scope)
            elif isinstance(node, ast.Call):
                self._call(node, scope)
            elif isinstance(node, ast.ClassDef):
                self._class(node)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self._function(node, scope)
        for node, scope in self.module.events:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                self._assigned(node, scope)
            elif (
                isinstance(node, ast.AugAssign)
                and isinstance(node.target, ast.Name)
                and is_prompt_name(node.target.id)
            ):
                self.add(node.target, scope, "", "constant", least=LEAST_NAMED)
        for node, scope in self.module.events:
            if isinstance(node, ast.Constant | ast.JoinedStr):
                self._loose(node, scope)

    def _dict(self, node: ast.Dict, scope: Scope) -> None:
        keyed = {
            key.value: value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        }
        if "role" in keyed and ("content" in keyed or "parts" in keyed):
            first = keyed["role"]
            said = first.value if isinstance(first, ast.Constant) else ""
            self.add(
                keyed.get("content", keyed.get("parts", first)), scope,
                names.ROLES.get(str(said), ""), "message", holder=node,
            )  # fmt: skip
            return
        for key, value in keyed.items():
            if (
                " " not in key
                and is_prompt_name(key)
                and not isinstance(value, ast.Name | ast.Attribute)
            ):
                role = names.PROMPT_KEYS.get(key.lower(), "")
                self.add(value, scope, role, "constant", name=key, least=LEAST_NAMED)
            elif key in {"system", "systemInstruction", "system_instruction"}:
                self.add(value, scope, "system", "argument", name=key, holder=node)

    def _pair(self, node: ast.Tuple, scope: Scope) -> None:
        if len(node.elts) != 2 or not isinstance(node.elts[0], ast.Constant):  # noqa: PLR2004  a pair
            return
        role = names.ROLES.get(str(node.elts[0].value))
        parent = self.module.parents.get(id(node))
        if role and isinstance(parent, ast.List | ast.Tuple | ast.Call):
            self.add(node.elts[1], scope, role, "message", holder=node)

    def _call(self, node: ast.Call, scope: Scope) -> None:
        name = last_name(node.func)
        full = spelled(node.func)
        keyed = {k.arg: k.value for k in node.keywords if k.arg}
        message = names.MESSAGES.match(name)
        said = names.PROMPT_KEYS.get(name)
        if said and len(node.args) == 1 and not node.keywords and name.endswith("_message"):
            self.add(node.args[0], scope, said, "message", holder=node)
        if message:
            self._message(node, scope, keyed, message["role"] or "")
        if name == "from_template" or name.endswith(("PromptTemplate", "PromptBuilder")):
            self._template(node, scope, keyed, full)
        if name in names.DSPY_MODULES | {"Signature", "make_signature"} and node.args:
            self._signature(node, scope)
        if name == "dict" and {"role", "content"} <= keyed.keys():
            who = keyed["role"].value if isinstance(keyed["role"], ast.Constant) else ""
            role = names.ROLES.get(str(who), "")
            self.add(keyed["content"], scope, role, "message", holder=node)
            return
        self._keywords(node, scope, keyed)

    def _keywords(self, node: ast.Call, scope: Scope, keyed: dict[str, ast.expr]) -> None:
        name, full = last_name(node.func), spelled(node.func)
        if {"role", "goal", "backstory"} <= keyed.keys():
            self._fields(node, scope, keyed, ("role", "goal", "backstory"))
        elif name == "Task" and "description" in keyed and keyed.keys() & {
            "expected_output", "agent",
        }:  # fmt: skip
            self._fields(node, scope, keyed, ("description", "expected_output"))
        elif not names.ASKS_A_PERSON.search(full):
            for key, value in keyed.items():
                role = names.PROMPT_KEYS.get(key)
                if role and key != "instruction":
                    self.add(value, scope, role, "argument", name=scope.name or key, holder=value)
                elif key == "instruction" or is_prompt_name(key):
                    least = LEAST_SENT if role else LEAST_NAMED
                    self.add(value, scope, role or "", "argument", least=least, holder=value)

    def _message(self, node: ast.Call, scope: Scope, keyed: dict[str, ast.expr], role: str) -> None:
        content = next(
            (keyed[k] for k in ("content", "text", "parts", "prompt") if k in keyed), None
        )
        if content is None and node.args:
            content = node.args[0]
        said = keyed.get("role")
        if isinstance(said, ast.Constant):
            role = str(said.value)
        elif not role and last_name(node.func) in {"SystemPromptPart", "UserPromptPart"}:
            role = last_name(node.func)[:-10]
        elif said is None and not role and last_name(node.func) == "Message":
            return
        if content is not None:
            inner = self.reader.roots(content, scope)
            if inner or not isinstance(content, ast.Call):
                known = names.ROLES.get(role.lower(), "")
                self.add(content, scope, known, "message", holder=node)

    def _template(
        self, node: ast.Call, scope: Scope, keyed: dict[str, ast.expr], full: str
    ) -> None:
        value = keyed.get("template") or (node.args[0] if node.args else None)
        if value is not None:
            role = names.MESSAGES.match(full.rpartition(".")[0].rpartition(".")[2])
            known = names.ROLES.get((role["role"] or "").lower(), "") if role else ""
            self.add(value, scope, known or "user", "argument", holder=node)

    def _signature(self, node: ast.Call, scope: Scope) -> None:
        value = node.args[0]
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and "->" in value.value:
            key = (value.lineno, value.end_lineno or value.lineno)
            draft = Draft(*key, scope.name, "system", "fields", (("text", value.value),))
            self.at.setdefault(id(node), []).append(self.drafts.setdefault(key, draft))
            for more in node.args[1:2]:
                self.add(more, scope, "system", "argument", holder=node)

    def _fields(
        self, node: ast.Call, scope: Scope, keyed: dict[str, ast.expr], wanted: Iterable[str]
    ) -> None:
        pieces: list[tuple[str, str]] = []
        told = {key: self.reader.spell(keyed[key], scope) for key in wanted if key in keyed}
        if not any(kind == "ref" or words(text) for said in told.values() for kind, text in said
                   if kind != "var"):  # fmt: skip
            return  # every text comes from elsewhere
        for key, said in told.items():
            pieces += [("text", f"{key}: "), *said, ("text", "\n")]
            self.quiet.update(id(part) for part in ast.walk(keyed[key]))
        at = (node.lineno, node.end_lineno or node.lineno)
        draft = Draft(*at, scope.name, "system", "fields", tuple(pieces))
        self.at.setdefault(id(node), []).append(self.drafts.setdefault(at, draft))

    def _class(self, node: ast.ClassDef) -> None:
        bases = {self.reader.dotted(base) for base in node.bases}
        if not any(
            b.rpartition(".")[2] == "Signature" and (b == "Signature" or "dspy" in b) for b in bases
        ):
            return
        text = ast.get_docstring(node) or ""
        fields = []
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.value, ast.Call):
                keyed = {k.arg: k.value for k in item.value.keywords}
                said = keyed.get("desc")
                note = said.value if isinstance(said, ast.Constant) else ""
                fields.append(f"{spelled(item.target)}: {note!s}")
        key = (node.lineno, node.end_lineno or node.lineno)
        body = "\n".join([text, *fields]).strip()
        self.drafts[key] = Draft(*key, node.name, "system", "docstring", (("text", body),))

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        inner = self.module.functions.get(f"{scope.name}.{node.name}" if scope.name else node.name)
        if inner is None or inner.node is not node:
            return
        self._decorated(node, inner, scope)
        if is_prompt_name(node.name) or (self.holds_prompts and not scope.name.startswith("_")):
            role = "system" if "system" in node.name else ""
            self._returned(inner, role, LEAST_NAMED if is_prompt_name(node.name) else LEAST_LOOSE)
        for name, default in inner.parameters.items():
            if default is not None and is_prompt_name(name):
                self.add(default, scope, names.PROMPT_KEYS.get(name, ""), "constant",
                         name=name, least=LEAST_NAMED)  # fmt: skip

    def _decorated(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, inner: Scope, scope: Scope
    ) -> None:
        for decorator in node.decorator_list:
            name, full = last_name(decorator), self.reader.dotted(decorator)
            if isinstance(decorator, ast.Call) and name in names.TEXT_DECORATORS:
                for value in decorator.args[:1]:
                    if own_words(value) > LEAST_NAMED:
                        self.add(value, scope, "user", "argument", name=node.name)
            if name in names.PROMPT_DECORATORS:
                self._returned(inner, "system" if name != "prompt" else "user", LEAST_SENT)
            if full in names.DOC_DECORATORS and (text := ast.get_docstring(node)):
                doc = node.body[0]
                key = (doc.lineno, doc.end_lineno or doc.lineno)
                self.drafts[key] = Draft(*key, node.name, "system", "docstring", (("text", text),))

    def _returned(self, scope: Scope, role: str, least: int) -> None:
        for value in scope.returns:
            self.add(value, scope, role, "function", name=scope.name, least=least)

    def _assigned(self, node: ast.Assign | ast.AnnAssign, scope: Scope) -> None:
        value = node.value
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if not isinstance(target, ast.Name | ast.Attribute | ast.Subscript) or value is None:
                continue
            name = last_name(target)
            if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                name = str(target.slice.value)
            sure = is_prompt_name(name) or is_template_beside(name, scope.members)
            outer = not isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef)
            if not (sure or (self.holds_prompts and outer)) or name in self.joined:
                continue
            if (id(scope), name) in self.asked:
                continue
            role = names.PROMPT_KEYS.get(name.lower(), "system" if "system" in name.lower() else "")
            if isinstance(value, ast.Dict | ast.List | ast.Tuple):
                self._table(value, scope, role, name)
            elif not isinstance(value, ast.Name | ast.Attribute) and not (
                isinstance(value, ast.Call)
                and own_words(value) == 0
                and last_name(value.func) not in {"Field", "field"}
            ):
                wanted = target if isinstance(target, ast.Name) else value
                least = LEAST_NAMED if sure else LEAST_LOOSE
                self.add(wanted, scope, role, "constant", name=name, least=least)

    def _table(
        self, value: ast.Dict | ast.List | ast.Tuple, scope: Scope, role: str, name: str
    ) -> None:
        items = value.values if isinstance(value, ast.Dict) else value.elts
        keys = value.keys if isinstance(value, ast.Dict) else [None] * len(items)
        for key, item in zip(keys, items, strict=True):
            part = f"{name}.{key.value!s}" if isinstance(key, ast.Constant) else name
            if isinstance(item, ast.Dict):
                self._table(item, scope, role, part)
            elif own_words(item) >= LEAST_NAMED:
                self.add(item, scope, role, "constant", name=part, least=LEAST_NAMED)

    def _loose(self, node: ast.Constant | ast.JoinedStr, scope: Scope) -> None:
        """Keep a text that reads like a prompt although nothing says that it is one."""
        if id(node) in self.module.docs or id(node) in self.quiet:
            return
        first = node if isinstance(node, ast.Constant) else (node.values or [node])[0]
        text = first.value if isinstance(first, ast.Constant) else ""
        if not isinstance(text, str):
            return
        if not is_written_for_model(text) and not is_about_answers(_all_words(node)):
            return
        if own_words(node) < LEAST_LOOSE or is_shown(self.module, node):
            return
        if (id(scope), holder(self.module, node)) in self.asked:
            return
        if not self.is_within(node.lineno, node.end_lineno or node.lineno):
            written = whole(self.module, node)
            name = holder(self.module, node) or scope.name
            self.add(written, scope, "", "constant", name=name)


def _all_words(node: ast.Constant | ast.JoinedStr) -> str:
    parts = [node] if isinstance(node, ast.Constant) else node.values
    return " ".join(str(p.value) for p in parts if isinstance(p, ast.Constant))
