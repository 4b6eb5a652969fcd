"""The ways that exclude each other, by kind: formats, languages, tones and lengths.

A kind names its ways as one expression with a group for each, the words that must stand nearby for
a clause to be about it at all, and which pairs exclude each other.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Kind(NamedTuple):
    """A kind of choice."""

    name: str
    setting: re.Pattern[str]
    """What a clause must say to choose."""
    ways: re.Pattern[str]
    excluding: frozenset[frozenset[str]]
    """Pairs of ways that cannot both be chosen."""
    narrow: bool
    """Whether both clauses must speak about all that the model says, or about one named thing."""


def _kind(
    name: str,
    setting: str,
    ways: Mapping[str, str],
    excluding: Iterable[tuple[str, ...]],
    *,
    narrow: bool = True,
) -> Kind:
    pairs = [pair for group in excluding for pair in combinations(group, 2)]
    joined = "|".join(f"(?P<{way}>{words})" for way, words in ways.items())
    return Kind(
        name=name,
        setting=re.compile(setting, re.IGNORECASE),
        ways=re.compile(rf"(?<![\w./`-])(?:{joined})(?![\w/`'\u2019-])", re.IGNORECASE),
        excluding=frozenset(map(frozenset, pairs)),
        narrow=narrow,
    )


_SPEAKS = (
    r"\b(?:respond|repl(?:y|ies)|answers?|responses?|outputs?|write|written|speak|return"
    r"|results?|format"
    r"|formatted|report|explanations?|communicate|language|produce|message|messages)\b"
)
_LANGUAGES = """
    English German French Spanish Italian Portuguese Japanese Chinese Korean Russian Dutch
    Polish Turkish Arabic Hindi
    """.split()  # noqa: SIM905  a list of quoted words would be a page long

KINDS = (
    _kind(
        "format",
        _SPEAKS + r"|\bonly\b",
        {
            "json": r"(?:valid |raw |pure |a )?JSON(?: object| array)?",
            "xml": r"(?:valid )?XML",
            "yaml": r"(?:valid )?YAML",
            "csv": r"CSV",
            "html": r"(?:valid )?HTML",
            "markdown": r"(?:a )?Markdown(?: table| format| headings?| code| syntax)*",
            "plain": r"plain[- ]?text",
            "bullets": r"bullet(?:ed)?[- ]?(?:points?|lists?)|bullets",
            "prose": r"(?:flowing|continuous|plain|in|as) prose|full paragraphs",
        },
        [
            ("json", "xml", "yaml", "csv", "html", "markdown", "plain"),
            ("bullets", "prose", "json", "csv"),
            ("bullets", "plain"),
        ],
    ),
    _kind(
        "format",
        r"\b(?:dates?|timestamps?|days?)\b",
        {
            "iso": r"YYYY-MM-DD|ISO ?8601|\d{4}-[01]\d-[0-3]\d",
            "european": r"DD[/.-]MM[/.-]YYYY|[0-3]?\d\.[01]?\d\.\d{4}",
            "american": r"MM[/-]DD[/-]YYYY",
        },
        [("iso", "european", "american")],
        narrow=False,
    ),
    _kind(
        "format",
        r"\b(?:indent\w*|spaces|tabs)\b",
        {
            "tabs": r"tabs?",
            "two": r"(?:2|two)[- ]spaces?",
            "four": r"(?:4|four)[- ]spaces?",
        },
        [("tabs", "two", "four")],
        narrow=False,
    ),
    _kind(
        "format",
        r"\b(?:names?|variables?|functions?|methods?|identifiers?|files?|keys?|naming)\b",
        {
            "camel": r"camelCase",
            "snake": r"snake_case",
            "pascal": r"PascalCase",
            "kebab": r"kebab-case",
        },
        [("camel", "snake", "pascal", "kebab")],
        narrow=False,
    ),
    _kind(
        "format",
        r"\b(?:quot(?:es?|ed|ing)|strings?)\b",
        {
            "single": r"single[- ]quot(?:es?|ed)(?: marks?)?",
            "double": r"double[- ]quot(?:es?|ed)(?: marks?)?",
        },
        [("single", "double")],
        narrow=False,
    ),
    _kind(
        "language",
        r"\b(?:spell\w*|english)\b",
        {
            "british": r"British(?: English)?(?: spellings?)?|UK spellings?",
            "american": r"American(?: English)?(?: spellings?)?|US spellings?",
        },
        [("british", "american")],
    ),
    _kind(
        "format",
        r"\b(?:temperatures?|degrees|units?|celsius|fahrenheit|metric|imperial|distances?|weights?|lengths?)\b",
        {
            "celsius": r"Celsius",
            "fahrenheit": r"Fahrenheit",
            "metric": r"metric(?: system| units)?|kilomet(?:er|re)s|kilograms?|cm",
            "imperial": r"imperial(?: system| units)?|miles|inches|pounds|feet",
        },
        [("celsius", "fahrenheit"), ("metric", "imperial")],
    ),
    _kind(
        "language",
        _SPEAKS + r"|\btranslat\w+|\bin the (?:same )?language",
        {
            **{name.lower(): rf"(?:American |British |only )?{name}" for name in _LANGUAGES},
            "same": r"(?:same language|user['\u2019]?s language|language (?:of|used by) the \w+"
            r"|language the (?:user|customer)|(?:user|customer)['\u2019]s language"
            r"|match the language"
            r"|language of the)",
        },
        [(*(name.lower() for name in _LANGUAGES), "same")],
    ),
    _kind(
        "tone",
        r"\b(?:tone|style|voice|be|stay|remain|sound|language|speak|write|address|use|keep"
        r"|avoid|hedge)\b",
        {
            "formal": r"formal(?:ly)?|professional tone",
            "casual": r"casual(?:ly)?|informal(?:ly)?|chatty|colloquial|slang",
            "warm": r"warm(?:ly)?|enthusiastic(?:ally)?|cheerful(?:ly)?|friendly",
            "neutral": r"neutral|matter-of-fact|dispassionate|impersonal",
            "first": r"first[- ]person",
            "third": r"third[- ]person",
            "second": r"second[- ]person",
            "humorous": r"humou?r(?:ous(?:ly)?)?|witty|funny|jokes?|playful",
            "serious": r"serious(?:ly)?|solemn",
            "confident": r"confident(?:ly)?|assertive(?:ly)?|never hedge|without hedging",
            "tentative": r"tentative(?:ly)?|hedge your|hedg(?:e|ing) (?:your|language)",
            "simple": r"simple (?:language|words|terms)|plain (?:language|english)"
            "|layman['\u2019]?s? terms",
            "technical": r"(?:precise |expert )?technical (?:terminology|language)",
            "blunt": r"blunt(?:ly)?|brutal(?:ly)?|harsh(?:ly)?",
            "gentle": r"gentle|gently|diplomatic(?:ally)?|tactful(?:ly)?",
        },
        [
            ("formal", "casual"), ("warm", "neutral"), ("first", "third", "second"),
            ("humorous", "serious"), ("confident", "tentative"), ("simple", "technical"),
            ("blunt", "gentle"),
        ],
    ),
    _kind(
        "length",
        _SPEAKS + r"|\b(?:prefer|favou?r|use|be|keep|explain|elaborate|describe|limit|fit|give"
        r"|provide|point)\b",
        {
            "short": r"(?:concise|brief|short|succinct|terse|minimal)(?:ly)?(?: and \w+)?"
            r"|(?:one|a single|1|two|2|1-2|2-3) (?:sentences?|lines?|words?)"
            r"|without elaborat\w+|a tweet|(?:one|1|a single) page",
            "long": r"(?:very |highly )?(?:detailed|thorough|comprehensive|exhaustive|lengthy"
            r"|in-depth|extensive|verbose)(?:ly)?(?: and \w+)?|great detail"
            r"|(?<!words )(?<!characters )(?<!lines )(?<!chars )long|elaborate on (?:every|each"
            r"|all)"
            r"|(?:three|four|five|[3-9]|several|multiple) (?:paragraphs|pages)",
        },
        [("short", "long")],
    ),
)  # fmt: skip
"""Several kinds may share a name: dates and indentation are formats, too."""
