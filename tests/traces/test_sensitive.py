"""Secrets and personal data are found by form and checksum, and never shown."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.traces.checksums import is_card, is_iban, is_public_address, is_ssn
from solvent.traces.sensitive import KINDS, find_sensitive, masked


def kinds(text):
    return [hit.kind for hit in find_sensitive(text)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEowIBAAKCAQEA" * 4, "private key"),
        ("use sk-ant-api03-Zk3vQ9xLmT2pWc8RbY5nHd7E now", "access key"),
        ("AKIAIOSFODNN7Q2BWXYZ", "access key"),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "access key"),
        ('{"api_key": "9fQz27LmPx41vRt8"}', "access key"),
        ("Authorization: Bearer 7dQm2xKz9LpV4tRw8sYb1nHc", "token"),
        ("mysql://root:hunter2Zq@10.0.0.4/x", "password"),
        ("mail ana.lopez@lima.pe", "e-mail address"),
        ("card 4539 5787 6362 1486", "card number"),
        ("DE89 3704 0044 0532 0130 00", "bank account"),
        ("SSN 536-90-4399", "social security number"),
        ("from 52.14.2.9", "IP address"),
        ("+49 30 901820 45", "phone number"),
        ("(212) 736-5000", "phone number"),
        ("my phone number is 0341 8387176", "phone number"),
    ],
)
def test_finds(text, kind):
    assert kinds(text) == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "sk-proj-YOUR_KEY_GOES_IN_HERE_PLEASE",
        "api_key = os.environ['OPENAI_API_KEY']",
        "password: ${DB_PASSWORD_FROM_VAULT_1}",
        "https://user:password@host.io",
        "ana@example.com",
        "4539 5787 6362 1487",
        "4242 4242 4242 4242",
        "DE89 3704 0044 0532 0130 01",
        "000-12-3456",
        "192.168.1.10 and 127.0.0.1",
        "version 3.2.17.0",
        "2026-10-01T12:00:00.123456Z",
        "order 1234567, 12 pieces",
        "call me at (555) 123-4567",
        "550e8400-e29b-41d4-a716-446655440000",
        "1700000000000000",
        "lat -33.8688197, lon 151.2092955",
    ],
)
def test_leaves_alone(text):
    assert kinds(text) == []


@given(st.text(max_size=300))
def test_hits_lie_in_the_text_in_order_and_apart(text):
    end = 0
    for hit in find_sensitive(text):
        assert hit.kind in KINDS
        assert text[hit.start : hit.end] == hit.text
        assert hit.start >= end
        end = hit.end


@given(
    st.text(string.ascii_letters + " .", max_size=60), st.text(string.ascii_letters, max_size=60)
)
def test_masked_text_never_shows_the_value(before, after):
    secret = "4539578763621486"
    shown = masked(f"{before} {secret} {after}")
    assert secret not in shown
    assert "[card number]" in shown


@given(st.integers(10**14, 10**15 - 1))
def test_one_of_ten_check_digits_is_right(number):
    start = "4" + str(number)[1:]
    right = [d for d in "0123456789" if is_card(start + d)]
    assert len(right) == (1 if len(set(start)) > 3 else len(right))


def test_iban_knows_country_length_and_remainder():
    assert is_iban("GB26YVOK09234647792923")
    assert not is_iban("GB26YVOK0923464779292")
    assert not is_iban("ZZ26YVOK09234647792923")


def test_numbers_nobody_was_given():
    assert is_ssn("536", "90", "4399")
    assert not is_ssn("666", "90", "4399")
    assert not is_ssn("900", "90", "4399")
    assert not is_public_address("300.1.1.1")
