"""What a clause asks for as verb and object: `use (emojis)`, `answer (questions)`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from solvent.prompts.contradictions.clauses import DENIED, SAME, content
from solvent.prompts.directives import VERBS
from solvent.prompts.stems import WORD, stem

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKERS = re.compile(
    r"^(?:\W*(?:please|always|never|ever|also|only|just|simply|strictly|explicitly|absolutely"
    r"|at all times|under no circumstances|in no case|do not|don['\u2019]?t|do|not|to"
    r"|(?:you|agents?|the (?:agent|assistant|model))(?= (?:\w+ )?(?:must|should|shall|may|can|could"
    r"|will|are|need|have|cannot|never|always))"
    r"|(?:must|should|shall|may|can|could|will)(?: not|n['\u2019]t)?(?: you)?|cannot"
    r"|(?:need|have|ought)s? to"
    r"|(?:it is|are|is) (?:\w+ly )?(?:not )?(?:to|allowed|permitted|required|expected|forbidden"
    r"|prohibited|free|welcome|important)(?: to| from)?"
    r"|(?:be|make) sure (?:to|that you|you|that)|(?:ensure|remember) (?:that you|you|to)"
    r"|(?:try|aim|be careful)(?: not)? to|feel free to|avoid|refrain from|abstain from|be"
    r")\b\s*)+",
    re.IGNORECASE,
)
_NOT = r"(?: (?:not|never|always|strictly|also|only|at all)|n['\u2019]t)*"
_PASSIVE = re.compile(
    r"^(?:no |all |each |every |any )?(?P<object>[^,;.:()]{2,50}?) (?:(?:must|should|shall|may|can"
    rf"|will){_NOT} be|(?:are|is){_NOT}(?: to be)?){_NOT} (?P<verb>[a-z-]+)\b(?P<rest>.*)",
    re.IGNORECASE,
)
_ACTIVE = re.compile(
    rf"^(?P<subject>[^,;.:()]{{2,40}}?) (?:must|should|shall|may|can|will){_NOT} (?P<verb>[a-z-]+)"
    r"\b(?P<rest>.*)",
    re.IGNORECASE,
)
_STATES = frozenset(
    stem(w)
    for w in "allowed permitted forbidden prohibited acceptable welcome fine okay banned".split()  # noqa: SIM905  as in `stems`
)
_STOPS = re.compile(
    r"(?i)[,;:.()!\u2013\u2014\"]|\s-+\s|\b(?:to|for|from|in|on|at|with|by|before|after|when|if|into|onto"
    r"|about|without|per|as|through|via|using|that|which|who|whose|where|unless|until|so|because"
    r"|than|under|over|between|during|while|within|inside|whether|how|what|why|rather|instead"
    r"|is|are|was|were|must|should|may|can|will)\b"
)
_LEADS_ON = re.compile(
    r"(?i)^\W*(?:to|for|from|in|on|at|with|by|about|of|as|into|through|up|out)\b"
)
_THEN = re.compile(
    r"(?i),?\s*\b(?:and|then|but)(?: then)? (?=(?:do not |don['\u2019]t |never |always )?([a-z-]+))"
)
_OF = re.compile(r"(?i)\bof\b")
_BY = re.compile(
    r"(?i)\b(?:with|into|using|in|as) (?:an? |the |your |short |brief )?((?:[\w-]+ ){0,1}[\w-]+)"
)
_PARTICLE = re.compile(r"(?i)^ (up|off|down|over|away|back)\b(?= \w| *$)")
_EACH = re.compile(r"(?i),|/|\b(?:and|or|nor)\b")
_ADVERB = re.compile(r"(?i)(?:often|always|sometimes|first|again|too|well|soon|later|\w{3,}ly)$")
_OPPOSITES = {
    "leave out": "include", "omit": "include", "exclude": "include", "skip": "include",
    "hide": "show", "conceal": "show", "withhold": "show", "ignore": "follow",
    "disregard": "follow", "remove": "keep", "delete": "keep",
}  # fmt: skip
"""Verbs that refuse another one."""
_OPPOSED = {SAME.get(stem(k), stem(k)): SAME.get(stem(v), stem(v)) for k, v in _OPPOSITES.items()}
_VERB_STEMS = frozenset(stem(verb) for verb in VERBS)
_ANSWER = SAME[stem("answer")]
_HOLDS = frozenset(map(stem, ("contain", "have", "mention", "cause")))
_MADE = frozenset(
    SAME.get(stem(w), stem(w))
    for w in "use include write give show make produce return mention cite".split()  # noqa: SIM905  as in `stems`
)
"""Verbs that bring a thing into an answer: "no emojis" refuses each of them."""


_SHAPED = frozenset(
    SAME.get(stem(w), stem(w))
    for w in "structure format put begin start end close finish open organize".split()  # noqa: SIM905  as in `stems`
)
"""Verbs that bring a thing into an answer by "with" or "into" only."""
_PARTS = frozenset(
    SAME.get(stem(w), stem(w))
    for w in """
        emoji heading table list bullet link url image code example explanation summary introduction
        conclusion greeting apology joke disclaimer quote citation source reference footnote comment
        preamble markdown bold italics question note warning advice opinion commentary formatting
        """.split()  # noqa: SIM905  as in `stems`
)
"""Things that answers are made of."""


class Deed(NamedTuple):
    """One act of a clause."""

    verb: str
    """Canonical stem; empty: that the thing is there, as in `emojis are welcome`."""
    heads: frozenset[str]
    """What it is done to: the last word of each thing named."""
    about: frozenset[str]
    """All that is said of it, the heads among it."""
    by: frozenset[str]
    """Things it is done with: `structure the answer (with headings)`."""
    reversed: bool
    """Whether the verb refuses, as `omit` does."""


def deeds(text: str, *, one: bool = False) -> Iterator[Deed]:
    """Yield the acts of a clause, its negation left aside.

    Words decide: the verb that opens it, the words after it up to the next preposition. A clause
    that opens with none of the verbs of orders, and is no passive, has no deed.

    Args:
        text: The clause.
        one: Whether only the first verb counts: in "do not review style or test coverage" the word
            after "or" is a thing, and a refusal must not be read into it.
    """
    plain = _MARKERS.sub("", DENIED.sub("", text.strip(" \"'*_`")))
    begin = 0
    for cut in [*([] if one else _cuts(plain)), None]:
        part = plain[begin : cut.start() if cut else len(plain)]
        begin = cut.end() if cut else begin
        yield from _deed(_MARKERS.sub("", part))


def same_deed(refusal: Deed, order: Deed) -> bool:
    """Tell whether a refusal covers an order: the same verb, done to the same thing.

    The refusal must be at least as general: all that it says, the order says.
    """
    if not refusal.about <= order.about:
        return False
    if refusal.verb and refusal.verb == order.verb:
        if refusal.reversed and refusal.verb == stem("keep") and refusal.about != order.about:
            # "Keep files small" does not say to keep them.
            return False
        return not refusal.heads or bool(refusal.heads & (order.heads | order.by))
    if not {refusal.verb or "use", order.verb or "use"} <= _MADE | _SHAPED:
        return False
    if refusal.verb and order.verb:
        # One verb for another, as long as what is made is a part of an answer.
        return refusal.verb in _MADE and bool(
            refusal.heads & _PARTS & (order.by | (order.heads if order.verb in _MADE else set()))
        )
    return bool(refusal.heads & order.heads)


def _cuts(text: str) -> list[re.Match[str]]:
    return [m for m in _THEN.finditer(text) if stem(m[1]) in _VERB_STEMS and m.start() > 0]


def _deed(text: str) -> Iterator[Deed]:
    text = text.lstrip(" *_`\"'")
    first = WORD.match(text)
    if first and stem(first[0]) in _VERB_STEMS:
        rest = text[first.end() :]
        verb = stem(first[0])
        if particle := _PARTICLE.match(rest):
            verb, rest = f"{verb} {particle[1].lower()}", rest[particle.end() :]
        elif verb == stem("leave") and (out := re.search(r"(?i)\bout\b", rest)):
            verb, rest = stem("omit"), rest[: out.start()] + rest[out.end() :]
        yield from _made(verb, rest)
    elif passive := _PASSIVE.match(text):
        verb = stem(passive["verb"])
        if verb in _STATES or verb in _VERB_STEMS:
            named = "" if verb in _STATES else verb
            yield from _made(named, f"{passive['object']} with {passive['rest']}")
    elif (active := _ACTIVE.match(text)) and stem(active["verb"]) in _HOLDS | _VERB_STEMS:
        yield from _made(stem(active["verb"]), f"{active['rest']} of {active['subject']}")


def _made(verb: str, rest: str) -> Iterator[Deed]:
    said = SAME.get(verb, verb)
    refused = said in _OPPOSED
    named = _OPPOSED.get(said, said)
    phrase, further = _phrase(rest)
    beyond = content(further)
    if named != _ANSWER:
        beyond -= {_ANSWER}
    by = frozenset(
        [s for s in (SAME.get(t, t) for t in map(stem, WORD.findall(m[1]))) if s in beyond][-1:][0]
        for m in _BY.finditer(further)
        if content(m[1]) & beyond
    )
    named_things = [part for part in _EACH.split(phrase) if content(part)]
    shared: frozenset[str] = frozenset()
    for part in named_things or [""]:
        words = content(part) | shared
        main = [w for w in WORD.findall(_OF.split(part)[0]) if not _ADVERB.match(w)]
        stemmed = [SAME.get(s, s) for s in map(stem, main)]
        heads = frozenset([s for s in stemmed if s in words][-1:])
        # "deprecated tags and functions": both are deprecated.
        shared = shared or words - heads
        yield Deed(named, heads, words | beyond, by, refused)


def _phrase(rest: str) -> tuple[str, str]:
    """Return the words of the object, and those after it."""
    text = rest.strip()
    while lead := _LEADS_ON.match(text):
        text = text[lead.end() :].strip()
    stop = _STOPS.search(text)
    end = stop.start() if stop else len(text)
    return text[:end], text[end:]
