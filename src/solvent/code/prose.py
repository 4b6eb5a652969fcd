"""Whether a text is written for a model: names that say so, and sentences that do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]{2,}")
_FILLED = re.compile(
    r"\{\{?-?\s*[A-Za-z_][\w.\[\]]*\s*(?:[|!:][^{}\n]{0,40})?-?\}?\}|<\|[^|<>\n]{0,40}\|>|<</?\w+>>"
)
"""Placeholders, and the marks that a model's own template puts around messages."""
_DIRECTS = re.compile(
    r"(?i)\b(?:you|your|must|should|do not|don't|never|always|please|ensure|avoid|important"
    r"|make sure|remember|only if|if (?:the|no|there|it))\b|[请你您须]"
    r"|^\W*(?:use|skip|write|return|provide|respond|answer|generate|only|follow|treat|output|include"
    r"|focus|keep|list|give|reply|consider|create|summari[sz]e|analy[sz]e|extract|help|explain)\b",
    re.MULTILINE,
)
_ANSWERS = re.compile(
    r"(?i)\byour (?:last |previous |final |next |entire )?(?:output|response|answer|reply"
    r"|completion)s?\b"
)
LEAST_PART = 8
"""Words of a text that is filled into a prompt."""
LONG_PART = 20
"""Words of one that need not direct anything: an example, a description."""
_RUN = re.compile(r"(?:[^\W\d_]['\u2019\w-]*[,;:.]?[ \t\r\n]+){3}[^\W\d_]")
"""Four words in a row."""
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Signs of scripts that are written without spaces, or with few."""
_NAMED = re.compile(
    r"(?:^|_)(?:prompt|prompts|instruction|instructions|system_message|sys_msg|system_msg"
    r"|persona|preamble|backstory|system_text|user_message_template)(?:$|_(?!id\b|ids\b"
    r"|name|names|path|paths|file|files|dir|tokens|key|keys|hash|version|versions|len|length|count"
    r"|tooltip|placeholder|hint|help|title|heading|dialog|modal|button|icon|link|input|field|form|style"
    r"|color|log|logs|output|result|results|response|size|limit|ttl|enabled|index|store|table|schema"
    r"|cache|class|type|types|cls|url|config|builder|manager|registry|error|event|label|handler))"
)
_PLURAL = re.compile(r"(?:prompts?|instructions?|system_message|system_msg)$")
_OPENING = re.compile(
    r"^[\s#*<>\"'`\w]{0,40}?\b(?:You are (?:(?:an?|the|now|acting|operating|tasked|part|helping"
    r"|given"
    r"|working|going|not|in|on)\b|[A-Z])|You're (?:an?|the) |You will (?:be given|receive|act|help)"
    r"|You (?:may|must|can|should) (?:only |always |now |also )?"
    r"(?:use|answer|respond|reply|write|return)\b"
    r"|Your (?:last )?(?:output|response|answer|reply) (?:was not|could not|did not|must|should)\b"
    r"|You have been given|You specialize|Your (?:task|job|goal|role|purpose|mission) is"
    r"|Act as an?\b|Please act as|As an? (?:expert|AI|experienced|helpful)\b"
    r"|Given (?:the|a|an|this|some) (?:\w+ ){1,4}?(?:below|above|following)"
    r"|(?:Respond|Answer|Reply) (?:only |ONLY )?(?:with|in|to) )"
    r"|^\W{0,20}(?:你是|您是|你将|你的任务|请你|请根据|作为一[个名位]|あなたは|당신은)",
)
_CODE = re.compile(
    r"^\s*(?:SELECT|INSERT|CREATE|UPDATE|DELETE|WITH|<!DOCTYPE|<html|<svg|import |def |#!)"
)


_TEMPLATE = re.compile(r"(?<!\$)\{\{?\s*[A-Za-z_]\w*\s*\}")
_ADDRESS = re.compile(r"^\s*(?:https?|wss?)://\S*(?:\s+\S+)?\s*$")
_BESIDE = re.compile(r"^(?:system|instance|user|human)_template$|^system_(?:prompt|message)$")
_FOR_PROMPTS = re.compile(r"(?:^|_)(?:prompts?|instructions)$|^prompts?_(?:templates?|library)")


def holds_prompts(file: str) -> bool:
    """Tell whether a program file is there for prompts: `prompts.py`, `prompts/triage.ts`."""
    *folders, name = file.split("/")
    stem = name.partition(".")[0]
    return bool(_FOR_PROMPTS.search(_snake(stem))) or folders[-1:] == ["prompts"]


def words(text: str) -> int:
    """Return how many words of two letters or more a text has; names to be filled in are none."""
    plain = _FILLED.sub(" ", text) if "{" in text or "<" in text else text
    if plain.isascii():
        return len(_WORD.findall(plain))
    signs = len(_CJK.findall(plain))
    return len(_WORD.findall(_CJK.sub(" ", plain) if signs else plain)) + signs // 2


def is_part(pieces: Iterable[tuple[str, str]]) -> bool:
    """Tell whether what is filled into a prompt is no value: it directs, or a piece is long."""
    texts = [text for kind, text in pieces if kind == "text"]
    text = " ".join(texts)
    if words(text) < LEAST_PART or _CODE.match(text) or _ADDRESS.match(text):
        return False
    return is_directive(text) or any(words(t) >= LONG_PART and is_said(t) for t in texts)


def is_about_answers(text: str) -> bool:
    """Tell whether a text speaks to a model of its answers, and asks for something."""
    return words(text) >= 12 and bool(_ANSWERS.search(text)) and is_directive(text)  # noqa: PLR2004  fewer is a label


def is_directive(text: str) -> bool:
    """Tell whether a text asks for something to be done or left undone."""
    return bool(_DIRECTS.search(text))


def is_prompt_name(name: str) -> bool:
    """Tell whether a variable or function is named like a prompt."""
    plain = _snake(name)
    return bool(_NAMED.search(plain) or _PLURAL.search(plain))


def is_written_for_model(text: str) -> bool:
    """Tell whether a text opens the way prompts do."""
    return words(text) >= 8 and bool(_OPENING.match(text[:400]))  # noqa: PLR2004  fewer is a label


def is_template_beside(name: str, names: Iterable[str]) -> bool:
    """Tell whether a text is a template of messages: it stands beside a system template."""
    return name.endswith("_template") and any(_BESIDE.match(other) for other in names)


def is_named_prose(text: str, least: int) -> bool:
    """Tell whether a text that is named like a prompt is one, be it as short as a usual opening."""
    if is_prose(text, least):
        return True
    count = words(text)
    opened = count > 2 and bool(_OPENING.match(text))  # noqa: PLR2004  `You are …`
    return opened or (count > 3 and bool(_TEMPLATE.search(text)))  # noqa: PLR2004  `Here is … {it}`


def is_prose(text: str, least: int) -> bool:
    """Tell whether a text is sentences: enough words, and neither a program nor a path."""
    if words(text) < least or _CODE.match(text) or _ADDRESS.match(text):
        return False
    return " " in text.strip() or bool(_CJK.search(text))


def is_said(text: str) -> bool:
    """Tell whether words stand in a row somewhere, which marks between messages never do."""
    return bool(_RUN.search(_FILLED.sub("x", text)) or _CJK.search(text))


def _snake(name: str) -> str:
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
