"""What a sentence asks for: its modality, how strongly, how loudly, and under which conditions."""

from __future__ import annotations

import re
from typing import NamedTuple

from solvent.records.instruction import Modality

VERBS = frozenset(
    """
    accept access accomplish achieve acknowledge act adapt add address adhere adjust advise aim
    alert align allow alternate alternatively analyse analyze annotate answer anticipate apologize
    append apply approve argue ask assess assign assist assume attach attempt audit avoid await
    base be become begin blend block break bring browse build bundle calculate call cancel capture
    categorize center change check choose cite clarify classify clean cleanup click clone close
    collect combine comment commit communicate compare complete comply compose compute conclude
    condense conduct configure confirm connect consider consolidate consult contact continue
    convert copy correct correlate count cover create critique cross-check cross-reference
    customize debug decide decline decompose deduplicate define delegate delete deliver demonstrate
    deny deploy derive describe design detect determine develop diagnose disable discard disclose
    discover discuss display distinguish distribute do document double-check download draft draw
    drop edit elaborate eliminate embed emit emphasise emphasize enable encapsulate encourage
    encrypt end enforce engage enhance ensure enter enumerate escalate establish estimate evaluate
    examine exclude execute exercise exit expand expect explain explore export expose extend
    extract favor favour feel fetch fill filter find finish fix flag focus follow forget format
    formulate frame gather generate get give go greet ground group guard guarantee guess guide halt
    handle help hide highlight hold honor honour identify ignore illustrate implement import
    improve include incorporate increase indent indicate infer inform initialize inject insert
    inspect install instruct integrate interact interpret introduce invent investigate invoke
    isolate iterate join jump justify keep know label launch learn leave let leverage limit link
    list listen load locate log look lower maintain make manage map mark mask match maximize
    measure mention merge mimic minimise minimize mirror mock modify monitor move name navigate
    note notify number obey obtain offer omit open optimise optimize order organise organize
    outline output override overwrite package parse pass paste pause perform pick place plan point
    post prefer prepare prepend present preserve prevent print prioritise prioritize proceed
    process produce profile promise prompt propose protect provide prune publish pull push put
    query quote raise rank rate reach react read reason recall recommend record redact reduce
    refactor refer reference refine reflect refresh refuse register reject rely remain remember
    remove rename render repeat rephrase replace reply report represent reproduce request require
    research resolve respect respond restate restrict retain retrieve retry return reuse reveal
    review revise rewrite run sanitize save say scan schedule score scroll search secure see select
    send separate serve set share show sign simplify simulate skip solve sort sound speak specify
    spell spend split stage start state stay stick stop store stream stress strive structure study
    submit substitute suggest summarise summarize supply support surface switch synthesise
    synthesize tag tailor take target teach tell terminate test thank think trace track transfer
    transform translate treat trigger trim trust try type understand undo update upgrade upload use
    utilise utilize validate verify visit wait walk warn watch weigh work wrap write yield
    """.split()  # noqa: SIM905  a list of quoted words would be pages long
)
"""Verbs that open an order in practice; the most frequent first words of list items in 689 public
prompts, and their neighbours in meaning."""

_FORBIDS = re.compile(
    r"(?:^|[,;:(\u2014*_]\s*|\b(?:you|please|and|or|but|so|then|also|just|simply|always) )"
    r"(?:do not|don['\u2019]?t|dont)\b(?! (?:forget|hesitate|fail))"
    r"|\b(?:you|agents?|assistant|models?|users?) (?:\w+ )?(?:cannot|can not|can['\u2019]t)\b"
    r"|\b(?:ensure|make sure)(?: that)?(?: there (?:is|are))? no\b"
    r"|\b(?:use|include|add) (?:absolutely )?(?:zero|no)\b"
    r"|\b(?:never|(?:must|should|shall|may|need)(?: not|n['\u2019]t)\b|(?<!to )avoid"
    r"|refrain(?:s|ing)? from|abstain from"
    r"|(?:is|are) (?:strictly )?(?:not (?:be )?(?:allowed|permitted|acceptable|to\b)|forbidden"
    r"|prohibited|banned|off[- ]limits)"
    r"|(?:try|careful|aim) not to|it is forbidden|under no circumstances|in no case"
    r"|by no means"
    r"|no [\w\s-]{2,40} (?:may|should|must|is to|are) be)\b",
    re.IGNORECASE,
)
_LACKS = re.compile(r"^(?:no|without|zero)\s+\w", re.IGNORECASE)
_ORDERS = re.compile(
    r"\b(?:must|shall|should|always|ensure|make sure|ought to|needs? to|ha(?:s|ve) to|(?:is|are|be)"
    r" (?:required|mandatory|expected|obliged|supposed|to be)|be sure to|at all times|without"
    r" exception|you (?:will(?! be\b)|are to)|required to|only (?:use|call|answer|respond|return"
    r"|output|reply|write|provide|include)|never (?:forget|fail) to"
    r"|do not (?:forget|hesitate|fail) to|don['\u2019]t (?:forget|hesitate|fail) to|required)\b",
    re.IGNORECASE,
)
_ALLOWS = re.compile(
    r"\b(?:may|you can|can (?:also )?(?:be|use)|could|feel free|(?:are|is) (?:allowed|permitted"
    r"|free|welcome|fine|ok|okay|acceptable)(?: to)?\b|optional(?:ly)?|if you (?:like|want"
    r"|wish))\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(?:must|never|always|shall|required|mandatory|forbidden|prohibited|under no circumstances"
    r"|at all times|without exception|strictly|critical|essential|not allowed|cannot)\b",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(?:should|prefer(?:ably|red)?|try (?:not )?to|aim (?:to|for)|consider|ideally"
    r"|where possible"
    r"|if possible|when possible|generally|usually|typically|avoid|recommended|encouraged|strive"
    r"|whenever possible|as needed|as appropriate)\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:[\"'(*_`>\s]|\[[ x]\]|[^\w\s\"'(*`<{\[]+\s*)*"
    r"(?:(?:important|note|warning|critical|caution|attention|remember|rule|tip)\b[^\w]+)?"
    r"(?:(?:please|then|next|first|second|third|finally|also|now|instead|otherwise|and|or|but|so"
    r"|last|however|thus|just|(?!reply|apply|comply|supply|multiply|only|rely)[a-z]{3,12}ly"
    r"|always|whenever possible|where appropriate"
    r"|when possible|if possible|if necessary|if needed|in general|by default|in (?:all|any) cases?"
    r"|(?:regardless of|no matter) [^,.;]{2,60}(?=,))[,:]?\s+)*",
    re.IGNORECASE,
)
_WHEN = (
    r"(?:else )?if|when|whenever|wherever|before|after|once|for|unless|while|in case|upon|during"
    r"|where|except|until|as soon as|only if|only when|provided that|on|in the event|as long as"
)
_LEADING = re.compile(
    rf"^(?:{_WHEN})\b(?! (?:example|instance)\b)[^,:]{{2,160}}[,:]\s*(?:then\s+)?", re.IGNORECASE
)
_TRAILING = re.compile(
    r"[\s,;(]+((?:if|when|whenever|unless|except|until|only if|only when|in case|as long as"
    r"|provided that|while|(?:once|where) (?:the|a|you|it|all)\b|before|after|for"
    r" (?:new|existing|each|late|all|any)?\s?[\w-]*(?:s|ing)\b)\s.{2,160}?)[.!)*_]*$",
    re.IGNORECASE,
)
_WHETHER = re.compile(
    r"(?i)\b(?:state|check|see|decide|think|think carefully|determine|know|tell|say|verify|confirm"
    r"|assess|evaluate|judge)$"
)
"""Verbs whose "if" means "whether"."""
_LABELLED = re.compile(
    r"^(?!(?:\*\*|__)(?:never|always|do not|don['\u2019]t|must(?: not)?|only|avoid|not)\W)"
    r"(?:(?:\*\*|__|`)[^*`]{1,80}(?:\*\*|__|`)\s*[:\u2013\u2014-]*"
    r"|(?!if\b|when|for\b|before|after|unless|once|while|during)[A-Z][\w /&'().,=-]{1,60}:"
    r"|(?!if\b|when|for\b)[A-Z][\w/&-]*(?: [\w/&-]+){0,3} [\u2013\u2014] (?=[A-Z]))\s*",
    re.IGNORECASE,
)
_ARROW = re.compile(r"^([^\u2192:]{2,100}?)\s*(?:\u2192|=>|->)\s+(?=\w)")
"""A case and what to do in it: `blocked -> escalate`."""
_WORD = re.compile(r"[A-Za-z][A-Za-z-]*")
_LOUD = re.compile(
    r"\b(?:IMPORTANT|CRITICAL|WARNING|CAUTION|ATTENTION|NEVER|ALWAYS|MUST|NOT|ONLY|STRICTLY"
    r"|MANDATORY|REQUIRED|CRUCIAL|ESSENTIAL|ABSOLUTELY|EXTREMELY|URGENT|DO NOT|DON'T)\b"
    r"|\b(?:extremely|very|absolutely|critically) important\b"
    r"|\b(?:is|are|it['\u2019]s) (?:also )?(?:crucial|critical|vital|imperative|mandatory)\b"
    r"|\b(?:critically|strictly|absolutely"
    r"|under no circumstances|at all costs|without exception)\b"
    r"|!(?:\s|$|\*|\"|')|\U0001f6a8|\u26a0|\u2757"
)
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b(?:\s+[A-Z]{2,}\b)+")
_NAMED = re.compile(
    r"\b(?:called|named|titled|labell?ed|heading|sections?|write|writing|for the|an?) :?[\"'*]*"
    r"[A-Z][A-Z -]*\b:?"
    r"|\b[A-Z][A-Z -]+(?=[\"'*]* (?:section|subsection|item|bullet|part|field|column|list)s?\b)"
)
"""Names of parts of an answer in capitals: `a section called KEY POINTS` shouts at nobody."""
_DECLARED = re.compile(
    r"^\W*[\w.-]+[`*]*:?\s*[(\[](?:string|str|text|int|integer|number|float|bool|boolean|array|list"
    r"|object|dict|required|optional)\b[^()\[\]]{0,60}[)\]]",
    re.IGNORECASE,
)
"""A parameter of a tool: `path (string) [required]: the file to read` tells, and orders nothing."""
_FORBIDDEN_LEAD = re.compile(
    r"\b(?:do(?:es)? not|do(?:es)?n['\u2019]?ts?|never|must not|avoid|should not"
    r"|forbidden(?: from)?|prohibited"
    r"|not allowed|not permitted|cannot|not to do|what not|anti[- ]?patterns?|mistakes|pitfalls)"
    r"(?: (?:to|do|use|any of|the|these|things?|following|avoid|actions?|list|under any"
    r"|circumstances))*[\s:.!*_)]*$|\u274c|\U0001f6ab",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|no|missing|without)\b", re.IGNORECASE)
_CROSSED = re.compile(r"^[\s*_\"'`(]*(?:\u274c|\U0001f6ab|\u2717|\u2718)")


class Directive(NamedTuple):
    """What a sentence asks for."""

    modality: Modality | None
    strength: int
    conditions: tuple[str, ...]
    act: str
    """The sentence without its label and conditions."""


def label(sentence: str) -> str:
    """Return the words before the colon, as in `**Simple task**: answer at once`; or nothing."""
    found = _LABELLED.match(sentence)
    return found[0].strip(" *_:`\u2013\u2014-").lower() if found else ""


def refuses(title: str) -> bool:
    """Tell whether what stands below a title or behind a mark is refused."""
    return bool(_FORBIDDEN_LEAD.search(title) or _FORBIDS.search(title) or _CROSSED.match(title))


def directive(sentence: str, lead: str = "", title: str = "") -> Directive:
    """Return what a sentence asks for.

    Args:
        sentence: One statement of a prompt.
        lead: The line that introduces it: a list below "Never:" forbids, one below "If it fails:"
            holds under that condition.
        title: The heading above it: a list below "Do not" forbids.
    """
    act, conditions = clause(sentence)
    if lead and (held := _condition_of(lead)):
        conditions = (held, *conditions)
    told = _is_question(sentence) or _DECLARED.match(sentence)
    modality = None if told else _modality(act, sentence, lead or title)
    said = sentence
    for condition in conditions:
        said = said.replace(condition, "")
    return Directive(modality, _strength(modality, said), conditions, act)


def clause(sentence: str) -> tuple[str, tuple[str, ...]]:
    """Return the main clause of a sentence, and the conditions it states."""
    conditions = []
    rest = _OPENING.sub("", _LABELLED.sub("", sentence, count=1), count=1)
    rest = rest or sentence
    if (found := _ARROW.match(rest)) and not opens_with_order(found[1].split(" + ")[0]):
        conditions.append(found[1])
        rest = _OPENING.sub("", rest[found.end() :], count=1)
    if found := _LEADING.match(rest):
        conditions.append(found[0].rstrip(" ,:").removesuffix("then").rstrip(" ,:"))
        rest = _OPENING.sub("", rest[found.end() :], count=1)
    found = _TRAILING.search(rest)
    if found and found.start() > 0 and not _WHETHER.search(rest[: found.start()]):
        conditions.append(found[1])
        rest = rest[: found.start()]
    return rest.strip(), tuple(conditions)


def is_emphatic(sentence: str) -> bool:
    """Tell whether a sentence raises its voice: warning words, capitals, exclamation marks."""
    plain = _NAMED.sub("", sentence)
    return bool(_LOUD.search(plain) or _SHOUTED.search(plain))


def warns(sentence: str) -> bool:
    """Tell whether warning words are in it; a name such as `USER REQUEST` warns of nothing."""
    return bool(_LOUD.search(_NAMED.sub("", sentence)))


def opens_with_order(act: str) -> bool:
    """Tell whether a clause begins with the verb of an order."""
    word = _WORD.match(_OPENING.sub("", act, count=1))
    if not word or word[0].lower() not in VERBS:
        return False
    after = _OPENING.sub("", act, count=1)[word.end() : word.end() + 2]
    # `Test: ...`, `Plan (2026)`, `Report` alone are labels, not orders.
    return bool(after) and after[0] in " ,/" and len(act.split()) > 1


def _condition_of(lead: str) -> str:
    plain = _OPENING.sub("", lead.strip(" *_:"), count=1)
    return plain if re.match(rf"(?:{_WHEN})\b", plain, re.IGNORECASE) else ""


def _is_question(sentence: str) -> bool:
    return sentence.rstrip(" *_\"'`)").endswith("?")


def _modality(act: str, sentence: str, above: str) -> Modality | None:
    found = None
    refused_above = bool(above) and bool(_FORBIDDEN_LEAD.search(above.strip(" *_:")))
    orders = bool(_ORDERS.search(act))
    if _CROSSED.match(sentence):
        # "x **Not updating**" below "Never do": what is refused is the refusal.
        found = None if _FORBIDS.search(act) or _NOT.search(act) else Modality.MUST_NOT
    elif _FORBIDS.search(act) or (refused_above and not orders):
        found = Modality.MUST_NOT
    elif refused_above:
        found = None
    elif orders:
        found = Modality.MUST
    elif _ALLOWS.search(act):
        found = Modality.MAY
    elif _LACKS.match(act) and len(act.split()) > 1:
        found = Modality.MUST_NOT
    elif opens_with_order(act) or opens_with_order(sentence):
        found = Modality.MUST
    return found


def _strength(modality: Modality | None, sentence: str) -> int:
    if modality is None or modality is Modality.MAY:
        return 0
    if is_emphatic(sentence) or _STRONG.search(sentence):
        return 3
    return 1 if _WEAK.search(sentence) else 2
