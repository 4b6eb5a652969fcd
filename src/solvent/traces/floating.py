"""Which model names point at whatever the provider serves today."""

from __future__ import annotations

import re

from solvent.traces.model_names import normal, spelled

_PINNED = re.compile(
    r"[-@](?:20\d\d-[01]\d-[0-3]\d|20\d\d[01]\d[0-3]\d|[01]\d-20\d\d)(?:-v\d+(?::\d+)?)?$"
    r"|-(?:0301|0314|0613|0914|1106|0125)(?:-preview)?$"
    r"|-preview-[01]\d-(?:[0-3]\d|20\d\d)$|-00\d$|-2[3-9][01]\d$|-[01]\d[0-3]\d$|^ft:"
)
"""Dates, revisions and fine-tunes: the provider promises that these stay the same."""

_OPENAI = "mini|nano|pro|chat|16k|32k|instruct|preview|audio|realtime|search|transcribe|tts"

_ALIASES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (maker, re.compile(pattern))
    for maker, pattern in (
        ("any", r".*[-:]latest$"),
        ("OpenAI", rf"gpt-(?:3\.5-turbo|4|4-turbo|4\.1|4\.5|4o|5(?:\.\d+)?)(?:-(?:{_OPENAI}))*$"),
        ("OpenAI", r"chatgpt-|o[134](?:-(?:mini|pro|preview|deep-research))*$"),
        ("Anthropic", r"claude-(?:3(?:-[57])?-(?:opus|sonnet|haiku)|instant|2)$"),
        ("Anthropic", r"claude-(?:(?:opus|sonnet|haiku)-4(?:-[015])?|4-(?:opus|sonnet))$"),
        ("Google", r"gemini-(?:1\.0|1\.5|2\.0)-[a-z-]+$|gemini-pro(?:-vision)?$"),
        ("Mistral", r"mistral-(?:tiny|small|medium|large)$|ministral-\db$"),
        ("Mistral", r"(?:codestral|pixtral-large)$"),
        ("xAI", r"grok-(?:beta|2|3|4|vision-beta)(?:-vision|-mini|-fast)?$"),
        ("DeepSeek", r"deepseek-(?:chat|reasoner|coder)$"),
        ("Cohere", r"command(?:-r|-r-plus|-light|-nightly)?$"),
    )
)
"""Names of which the provider says, or has shown by releasing dated ones beside them, that they
move. A name that is in no row is taken to stay: not every undated name moves."""


def is_floating(model: str | None) -> bool:
    """Tell whether the model behind a name may change without notice."""
    if not model:
        return False
    name = spelled(model).rsplit("/", 1)[-1]
    if re.search(r"[-:]latest$", name):
        return True
    if _PINNED.search(name):
        return False
    plain = normal(name)
    return any(pattern.match(plain) for _, pattern in _ALIASES)
