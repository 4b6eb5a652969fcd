"""What may be done with prompts: checked here, kept by a `PromptStore`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from solvent.errors import Conflict, Denied, Invalid, NotFound, TooLarge
from solvent.prompts.composition import Resolved, reach, resolve
from solvent.prompts.naming import LATEST, Reference, checked, checked_alias
from solvent.records.prompt import (
    PLACEHOLDER,
    Alias,
    AliasRequest,
    PromptContent,
    PromptDraft,
    PromptVersion,
    RequestState,
)
from solvent.templates.form import Form
from solvent.templates.inputs import examples
from solvent.templates.schema import Schema
from solvent.templates.template import Bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from solvent.ports.records import PromptStore
    from solvent.settings import Prompts as Rules

ROLES = frozenset({"", "system", "developer", "user", "assistant", "tool", PLACEHOLDER})


@dataclass(frozen=True, slots=True)
class Change:
    """Who changes something, when and why."""

    by: str
    at: int
    """Microseconds since 1970 UTC."""
    reason: str = ""
    source: str = ""
    """Where a version comes from: `page`, `command`, `git:<commit>:<path>`."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of moving an alias: it is moved, or somebody else has to agree first."""

    alias: Alias | None = None
    request: AliasRequest | None = None


def digest(content: PromptContent) -> str:
    """Return 32 hex digits over a content; the same content has the same, everywhere."""
    text = json.dumps(asdict(content), sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def draft(
    store: PromptStore, rules: Rules, ref: tuple[str, str], content: PromptContent, change: Change
) -> PromptDraft:
    """Return a checked version without a number.

    Args:
        store: Where included prompts are looked up.
        rules: Bounds.
        ref: Project and name.
        content: What it says.
        change: Who, when, why, from where.

    Raises:
        Invalid: The template, its inputs, its output schema or its examples do not fit together.
        Conflict: It would include itself.
        NotFound: Something it includes is not there.
    """
    project, name = ref
    checked(name)
    _need_author(change)
    _bounded(content, rules)
    form = Form(content, bounds=bounds(rules))
    made = PromptDraft(
        project=project, name=name, content=content, hash=digest(content), author=change.by,
        at=change.at, message=change.reason.strip(), source=change.source, includes=form.includes,
    )  # fmt: skip
    facts = {key: getattr(made, key) for key in PromptDraft.__slots__}
    whole = resolve(PromptVersion(**facts), finder(store, project), rules.max_depth)
    _fits(whole, rules)
    return made


def add(
    store: PromptStore,
    rules: Rules,
    ref: tuple[str, str],
    content: PromptContent,
    change: Change,
    *,
    base: int | None = None,
) -> PromptVersion:
    """Keep a version; see `draft` for what is checked.

    Args:
        store: Where it is kept.
        rules: Bounds.
        ref: Project and name.
        content: What it says.
        change: Who, when, why, from where.
        base: Number the author started from, 0 for a new name; None: does not matter.

    Raises:
        Invalid: It does not hold together.
        Conflict: There is a newer version than `base`.
    """
    return store.add_version(draft(store, rules, ref, content, change), base)


def bounds(rules: Rules) -> Bounds:
    """Return what a rendering may use."""
    return Bounds(rules.max_rendered_chars, rules.max_steps)


def finder(store: PromptStore, project: str) -> Callable[[Reference], PromptVersion]:
    """Return what looks references up."""
    return lambda ref: find(store, project, ref)


def find(store: PromptStore, project: str, ref: Reference) -> PromptVersion:
    """Return the version that a reference means just now.

    Raises:
        NotFound: There is no such prompt, alias or version, or the prompt is retired.
    """
    prompt = store.get_prompt(project, ref.name)
    if ref.selector.isdecimal():
        return store.get_version(project, ref.name, int(ref.selector))
    if prompt.retired_at is not None:
        raise NotFound(f"`{ref.name}` is retired", hint=f"its versions stay: {ref.name}@1")
    if ref.selector == LATEST:
        return store.get_version(project, ref.name, prompt.latest)
    number = prompt.number_of(ref.selector)
    if number is None:
        known = ", ".join(a.alias for a in prompt.aliases) or "none yet"
        raise NotFound(f"`{ref.name}` has no alias `{ref.selector}`", hint=f"its aliases: {known}")
    return store.get_version(project, ref.name, number)


def get_resolved(store: PromptStore, rules: Rules, project: str, ref: Reference) -> Resolved:
    """Return a version with all that it includes.

    Raises:
        NotFound: It, or something it includes, is not there.
        Conflict: Prompts include one another in a circle.
    """
    return resolve(find(store, project, ref), finder(store, project), rules.max_depth)


def move_alias(
    store: PromptStore,
    rules: Rules,
    ref: tuple[str, str],
    to: tuple[str, int],
    change: Change,
    *,
    was: int | None = None,
    check: bool = False,
) -> Moved:
    """Point an alias at a version, or ask for it when the alias is protected.

    Args:
        store: Where it is kept.
        rules: Which aliases are protected.
        ref: Project and name.
        to: Alias and number of the version.
        change: Who, when and why.
        was: Version it has to point at now.
        check: Whether `was` matters.

    Raises:
        NotFound: There is no such prompt or version.
        Conflict: It points elsewhere than `was`, or prompts would include one another in a circle.
        Invalid: A protected alias is asked for without a reason.
    """
    project, name = ref
    alias, number = checked_alias(to[0]), to[1]
    _need_author(change)
    prompt = store.get_prompt(project, name)
    now = prompt.number_of(alias)
    if check and now != was:
        raise Conflict(
            f"`{name}@{alias}` points at {now or 'nothing'}, not at {was or 'nothing'}",
            hint="look at what was changed, and ask anew",
        )
    if now == number:
        return Moved(next(a for a in prompt.aliases if a.alias == alias))
    _holds_together(store, rules, ref, (alias, number))
    if alias not in rules.protected:
        pointer = Alias(alias, number, change.at, change.by, change.reason)
        return Moved(store.move_alias(project, name, pointer, was=now, check=True))
    if not change.reason.strip():
        raise Invalid(f"`{alias}` is protected, and a request says why", hint="give --reason")
    request = AliasRequest(
        id=uuid4().hex[:12], project=project, name=name, alias=alias, number=number, was=now,
        by=change.by, at=change.at, reason=change.reason.strip(),
    )  # fmt: skip
    store.put_request(request)
    return Moved(request=request)


def decide(
    store: PromptStore, project: str, request_id: str, change: Change, *, approve: bool
) -> AliasRequest:
    """Approve or refuse a request.

    Raises:
        NotFound: There is none.
        Denied: Who asked, or who wrote the version, would approve it.
        Conflict: It is settled, or the alias was moved since.
        Invalid: Nobody is named, or it is refused without a reason.
    """
    _need_author(change)
    request = store.get_request(project, request_id)
    if approve:
        version = store.get_version(project, request.name, request.number)
        for who, did in ((request.by, "asked for it"), (version.author, "wrote the version")):
            if _same(who, change.by):
                raise Denied(
                    f"`{change.by}` {did}, and somebody else approves",
                    hint="ask a colleague to approve",
                )
    elif not change.reason.strip():
        raise Invalid("a refusal says why", hint="give a reason")
    state = RequestState.APPROVED if approve else RequestState.REFUSED
    return store.decide(
        project, request_id, state, by=change.by, at=change.at, answer=change.reason.strip()
    )


def drop_alias(
    store: PromptStore, rules: Rules, ref: tuple[str, str], alias: str, change: Change
) -> None:
    """Take an alias away.

    Raises:
        NotFound: There is no such alias.
        Denied: It is protected.
    """
    _need_author(change)
    if alias in rules.protected:
        raise Denied(
            f"`{alias}` is protected",
            hint="take it out of `prompts.protected` in solvent.toml first",
        )
    store.drop_alias(*ref, alias, by=change.by, at=change.at, reason=change.reason)


def retire(store: PromptStore, rules: Rules, ref: tuple[str, str], change: Change) -> None:
    """Put a prompt away; its versions stay.

    Raises:
        NotFound: There is none of this name.
        Denied: A protected alias serves it.
        Conflict: Another prompt that serves includes it.
        Invalid: Nobody or no reason is named.
    """
    _need_author(change)
    if not change.reason.strip():
        raise Invalid("retiring a prompt says why", hint="give a reason")
    prompt = store.get_prompt(*ref)
    held = [a.alias for a in prompt.aliases if a.alias in rules.protected]
    if held:
        raise Denied(
            f"`{prompt.name}@{held[0]}` is protected and serves", hint="move the traffic first"
        )
    for user in reach(store.list_edges(ref[0]), store.list_prompts(ref[0]), ref[1]):
        if user.aliases:
            raise Conflict(
                f"`{user.name}@{user.aliases[0]}` serves and includes `{prompt.name}`",
                hint="change it first",
            )
    store.retire(*ref, by=change.by, at=change.at, reason=change.reason.strip())


def _need_author(change: Change) -> None:
    if not change.by.strip():
        raise Invalid("a change names who makes it", hint="give `by`")


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _bounded(content: PromptContent, rules: Rules) -> None:
    if not content.messages:
        raise Invalid("a prompt without a message says nothing", hint="give a text or messages")
    chars = sum(len(text) for _, text in content.messages)
    if chars > rules.max_chars:
        raise TooLarge(
            f"the prompt has {chars:,} characters, more than {rules.max_chars:,}",
            hint="split it, or raise SOLVENT_PROMPTS_MAX_CHARS",
        )
    for role, text in content.messages:
        if role not in ROLES or (not role and content.is_chat):
            known = ", ".join(sorted(ROLES - {""}))
            raise Invalid(f"`{role}` is not the role of a message", hint=f"known: {known}")
        if role == PLACEHOLDER and not text.isidentifier():
            raise Invalid(f"`{text}` is not the name of a placeholder", hint="give a plain name")


def _fits(whole: Resolved, rules: Rules) -> None:
    """Check what the declared inputs, the examples and the output schema promise."""
    content = whole.version.content
    form = Form(content, dict(whole.texts), bounds(rules))
    if content.output is not None:
        Schema(content.output)
    if content.inputs is None:
        return
    unknown = sorted(form.names - form.inputs.names)
    if unknown:
        raise Invalid(
            f"the template asks for `{'`, `'.join(unknown)}`, which the inputs do not declare",
            hint="declare it, or correct the template",
        )
    values: dict[str, Any] | None = examples(form.schema)
    if values is not None:
        form.fill(values, f"the example of {whole.version.name}")


def _holds_together(
    store: PromptStore, rules: Rules, ref: tuple[str, str], to: tuple[str, int]
) -> None:
    """Refuse a move after which a prompt that serves could not be resolved or filled."""
    project, name = ref
    moved = store.get_version(project, name, to[1])

    def look(wanted: Reference) -> PromptVersion:
        return moved if wanted == (name, to[0]) else find(store, project, wanted)

    resolve(moved, look, rules.max_depth)
    for user in reach(store.list_edges(project), store.list_prompts(project), name, to[0]):
        if not user.aliases:
            continue
        whole = store.get_version(project, user.name, user.number)
        try:
            _fits(resolve(whole, look, rules.max_depth), rules)
        except (Invalid, NotFound, Conflict) as error:
            raise Conflict(
                f"`{user.name}@{user.aliases[0]}` includes it and would break: {error.what}",
                hint=error.hint,
            ) from error
