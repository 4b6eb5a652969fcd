"""Numbers that prove themselves: payment cards, bank accounts, social security, addresses."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address

_CARDS: tuple[tuple[re.Pattern[str], frozenset[int]], ...] = tuple(
    (re.compile(start), frozenset(lengths))
    for start, lengths in (
        ("4", (13, 16, 19)),
        ("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
        ("3[47]", (15,)),
        ("6011|64[4-9]|65|62|81", (16, 17, 18, 19)),
        ("35", (16, 17, 18, 19)),
        ("30[0-5]|3095|36|3[89]", (14, 16)),
        ("2131|1800", (15,)),
        ("50|5[6-9]|6[0137]", (12, 13, 14, 15, 16, 17, 18, 19)),
    )
)
"""First digits and lengths of the card networks in use."""

_IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FI NL FO GL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK",
        21: "CH CR HR LI LV", 22: "BG BH DE GB GE IE ME RS", 23: "AE GI IL IQ TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "PT", 26: "IS TR", 27: "FR GR IT MC MR SM",
        28: "AL AZ CY DO GT HU LB PL BY SV", 29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC",
        32: "LC",
    }.items()
    for country in countries.split()
}  # fmt: skip


def is_card(digits: str) -> bool:
    """Tell whether digits are the number of a payment card: network, length and Luhn's sum."""
    if len(set(digits)) < 4:  # noqa: PLR2004  4242 4242 4242 4242 and its like are for tests
        return False
    if not any(len(digits) in lengths and start.match(digits) for start, lengths in _CARDS):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004  the sum of two digits
    return total % 10 == 0


def is_iban(text: str) -> bool:
    """Tell whether a text without blanks is a bank account: country, length and remainder."""
    if _IBAN_LENGTHS.get(text[:2].upper()) != len(text):
        return False
    turned = text[4:] + text[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_ssn(area: str, group: str, serial: str) -> bool:
    """Tell whether a number can be a social security number of the United States."""
    return (
        area not in {"000", "666"}
        and not area.startswith("9")
        and group != "00"
        and serial != "0000"
    )


def is_public_address(text: str) -> bool:
    """Tell whether a text is an IPv4 address that belongs to somebody."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return address.is_global and not address.is_multicast
