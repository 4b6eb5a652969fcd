"""Secrets and personal data in text, by patterns and checksums.

Names, streets and dates of birth are not found: patterns cannot tell them from other words.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections import Counter
from math import log2
from typing import TYPE_CHECKING, NamedTuple

from solvent.traces.checksums import is_card, is_iban, is_public_address, is_ssn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

SECRETS = frozenset({"private key", "access key", "token", "password"})
PERSONAL = frozenset(
    {
        "e-mail address", "phone number", "card number", "bank account", "social security number",
        "IP address",
    }
)  # fmt: skip
KINDS = SECRETS | PERSONAL
CERTAIN = SECRETS | {"card number", "bank account"}
"""Kinds with a checksum or a form of their own: one hit means something."""


class Hit(NamedTuple):
    """A secret or a piece of personal data. Never show `text`; show `masked` instead."""

    kind: str
    start: int
    end: int
    text: str


_KEY_FORMS = (
    r"sk-ant-[\w-]{20,}"
    r"|sk-(?:proj|svcacct|admin|or-v1)-[\w-]{20,}"
    r"|sk-[A-Za-z0-9]{32,64}"
    r"|gsk_[A-Za-z0-9]{40,}"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{36,}"
    r"|github_pat_\w{40,}"
    r"|glpat-[\w-]{20,}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}"
    r"|AIza[\w-]{35}"
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"
    r"|hf_[A-Za-z]{30,}"
    r"|npm_[A-Za-z0-9]{36}"
    r"|pypi-AgEI[\w-]{40,}"
    r"|SG\.[\w-]{22}\.[\w-]{43}"
    r"|(?:pk|sk)-lf-[0-9a-f-]{36}"
    r"|dop_v1_[0-9a-f]{64}"
)
_KEY_SIGNS = (
    "sk-", "gsk_", "akia", "asia", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-",
    "xox", "aiza", "k_live_", "k_test_", "hf_", "npm_", "pypi-", "sg.", "pk-lf-", "dop_v1_",
)  # fmt: skip
_CALL_SIGNS = ("phone", "mobile", "cell", "tel", "fax", "call", "reach me", "number")
_RUN = re.compile(r"\d[\d ().x-]{5,}")
_PRIVATE = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[\w+/=\s]{40,}")
_KEY = re.compile(rf"(?<![\w-])(?:{_KEY_FORMS})(?![\w-])")
_JWT = re.compile(r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}")
_BEARER = re.compile(r"(?i)\bauthorization[\"']?\s*[:=]\s*[\"']?bearer\s+([\w.~+/-]{20,}=*)")
_URL = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@\"'<>]{1,60}:([^\s:/@\"'<>]{4,80})@[\w.-]+")
_ASSIGNED = re.compile(
    r"(?i)(?:api[_-]?key|secret(?:[_-]?key)?|access[_-]?token|auth[_-]?token|passw(?:or)?d|pwd)"
    r"[\"']?[ \t]*[:=][ \t]*[\"']?([^\s\"'`,;<>(){}\[\]$]{10,120})"
)
_MAIL = re.compile(
    r"(?<![\w.+/:@-])([A-Za-z0-9][\w.+-]{0,63})@((?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})(?![\w@-])"
)
_NUMBER = re.compile(r"(?<![\w.,/+-])\d(?:[ -]?\d){11,18}(?![\w/-]|[.,]\d)")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_SSN = re.compile(r"(?<![\w-])(\d{3})-(\d{2})-(\d{4})(?![\w-])")
_IP = re.compile(r"(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\w|/)")
_INTERNATIONAL = re.compile(
    r"(?<![\w.+])(?<!\d[ -])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0?\d{1,4}\)[ .-]?)?"
    r"\d{1,4}(?:[ .-]?\d{2,4}){2,4}(?:x\d{1,6})?(?!\w)"
)
_AMERICAN = re.compile(
    r"(?<![\w.+-])(?:(?:\+?1|001)[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[.-])\d{3}[.-]\d{4}"
    r"(?:\s?x\d{1,6})?(?![\w-])"
)
_CALLED = re.compile(
    r"(?i)\b(?:phone|telephone|mobile|cell|tel|fax|call(?: me)?(?: on| at| back)?|reach me"
    r"|contact number|my number)\b[^\d\n+(]{0,30}(\+?\(?\d[\d ().-]{5,18}\d(?:x\d{1,6})?)(?![\w-])"
)
_EXAMPLE_DOMAIN = re.compile(
    r"(?i)(?:^|\.)(?:example|test|invalid|localhost|domain|email|company|yourcompany|your-?domain"
    r"|mydomain|acme|contoso|fabrikam|foo|bar)(?:\.[a-z]{2,6}){0,2}$|\.(?:png|jpe?g|svg|gif|local)$"
)
_EXAMPLE_USER = re.compile(
    r"(?i)^(?:user|username|name|first\.?last|your\.?(?:name|email)|git|john\.?doe|jane\.?doe|someone"
    r"|foo|bar|test)\d*$"
)
_PLACEHOLDER = re.compile(
    r"(?i)your|example|placeholder|changeme|xxx|\*\*\*|\.\.\.|dummy|sample|redacted|<|\$\{|env\b|os\."
    r"|12345|abc123|abcdef|secrets?\.|process\.|getenv|insert|replace|todo|password|token"
    r"|secret|credential"
)
_PUBLIC = ("phc_", "pk_", "pk-")
"""Keys that are made to be public: they write events, or start a payment, and read nothing."""
_LOCAL = re.compile(
    r"(?i)^(?:localhost|127\.[\d.]+|0\.0\.0\.0|host|hostname|db|postgres|redis|mongo)$"
)
"""Addresses of one's own machine, or of a container beside it."""
_FICTION = re.compile(r"555[-. ]01|\(555\)|^555\b")
_MIN_BITS = 3.0
"""Bits per character below which an assigned value is a word rather than a secret."""


def find_sensitive(text: str, kinds: Collection[str] = KINDS) -> list[Hit]:
    """Return the secrets and personal data in a text, by position; hits do not overlap."""
    found: list[Hit] = []
    lower = text.lower()
    digits = _RUN.search(text) is not None
    for kind, signs, form, group, proven in _FORMS:
        if kind not in kinds or not (any(s in lower for s in signs) if signs else digits):
            continue
        found.extend(
            Hit(kind, match.start(group), match.end(group), match[group])
            for match in form.finditer(text)
            if proven(match)
        )
    found.sort(key=lambda hit: (hit.start, -hit.end))
    apart: list[Hit] = []
    for hit in found:
        if not apart or hit.start >= apart[-1].end:
            apart.append(hit)
    return apart


def masked(text: str, kinds: Collection[str] = KINDS) -> str:
    """Return a text with every hit replaced by the name of its kind."""
    out, at = [], 0
    for hit in find_sensitive(text, kinds):
        out += [text[at : hit.start], f"[{hit.kind}]"]
        at = hit.end
    return "".join([*out, text[at:]])


def _always(_: re.Match[str]) -> bool:
    return True


def _real_key(match: re.Match[str]) -> bool:
    return not re.search(r"(?i)your|example|xxxx|\.\.\.|123456|abc123|abcdef", match[0]) and (
        _bits(match[0]) >= _MIN_BITS
    )


def _real_value(match: re.Match[str]) -> bool:
    value = match[1]
    if value.startswith(_PUBLIC):
        return False
    mixed = re.search(r"\d", value) and re.search(r"[A-Za-z]", value)
    return bool(mixed) and not _PLACEHOLDER.search(value) and _bits(value) >= _MIN_BITS


def _real_login(match: re.Match[str]) -> bool:
    user, host = match[0].split("://", 1)[1].split(":", 1)[0], match[0].rpartition("@")[2]
    made_up = match[1] == user or _LOCAL.match(host) or _PLACEHOLDER.search(match[1])
    return not made_up and not re.search(r"(?i)[{}$%]|pass|pwd", match[1])


def _real_mail(match: re.Match[str]) -> bool:
    if not (match[2].islower() or match[2].isupper() or match[2].split(".")[-1].islower()):
        return False
    return not _EXAMPLE_DOMAIN.search(match[2]) and not _EXAMPLE_USER.match(match[1])


def _real_token(match: re.Match[str]) -> bool:
    body = match[0].split(".")[1]
    try:
        claims = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except ValueError:
        return False
    return not re.search(rb"(?i)foo|john doe|example", claims)


def _real_address(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 24) : match.start()]
    return is_public_address(match[0]) and not (
        match[0].endswith(".0") or re.search(r"(?i)version|\bv$|release", before)
    )


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _real_phone(match: re.Match[str]) -> bool:
    digits = _digits(match[match.lastindex or 0].split("x")[0])
    return 7 <= len(digits) <= 15 and len(set(digits)) > 2 and not _FICTION.search(match[0])  # noqa: PLR2004  E.164; 555-01xx is fiction


def find_leaks(text: str) -> list[tuple[str, int, str]]:
    """Return the secrets of a text: kind, line, and the line without them."""
    found = []
    lines: list[str] | None = None
    for hit in find_sensitive(text, SECRETS):
        lines = text.split("\n") if lines is None else lines
        line = text.count("\n", 0, hit.start)
        found.append((hit.kind, line + 1, masked(lines[line].strip(), SECRETS)[:240]))
    return found


def _bits(text: str) -> float:
    """Return the entropy of a text in bits per character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * log2(n / len(text)) for n in counts)


_FORMS: tuple[
    tuple[str, tuple[str, ...], re.Pattern[str], int, Callable[[re.Match[str]], bool]], ...
] = (
    ("private key", ("private key-----",), _PRIVATE, 0, _always),
    ("access key", _KEY_SIGNS, _KEY, 0, _real_key),
    ("access key", ("key", "secret", "token", "passw", "pwd"), _ASSIGNED, 1, _real_value),
    ("token", ("eyj",), _JWT, 0, _real_token),
    ("token", ("bearer",), _BEARER, 1, _real_key),
    ("password", ("://",), _URL, 1, _real_login),
    ("e-mail address", ("@",), _MAIL, 0, _real_mail),
    ("card number", (), _NUMBER, 0, lambda match: is_card(_digits(match[0]))),
    ("bank account", (), _IBAN, 0, lambda match: is_iban(match[0].replace(" ", ""))),
    ("social security number", (), _SSN, 0, lambda match: is_ssn(match[1], match[2], match[3])),
    ("IP address", (), _IP, 0, _real_address),
    ("phone number", (), _INTERNATIONAL, 0, _real_phone),
    ("phone number", (), _AMERICAN, 0, _real_phone),
    ("phone number", _CALL_SIGNS, _CALLED, 1, _real_phone),
)
"""Kind, signs of which a text has one (none: a run of digits), form, the group of the form that
holds it, and what proves it."""
