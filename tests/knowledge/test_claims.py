"""What an answer states, and whether a text holds it."""

from solvent.knowledge.claims import claims, unsupported


def test_numbers_names_and_quotes_are_claims():
    answer = 'Built in 1884 by Anton Keller, it cost 1,250.50 francs: "the old hall", 3 floors.'
    assert claims(answer) == ["1884", "1250.50", "the old hall", "anton keller"]


def test_code_and_addresses_are_none():
    assert claims("See https://a.example/1234 and\n```\nx = 12345\n```") == []


def test_a_claim_is_supported_by_what_holds_it():
    known = "anton  keller was here in 1884; 1250.499 francs; THE OLD HALL"
    assert unsupported(["1884", "1250.50", "the old hall", "anton keller"], known) == []
    assert unsupported(["1885", "berta keller"], known) == ["1885", "berta keller"]
