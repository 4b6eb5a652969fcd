"""Studies are run one by one: what one has to say does not hang on another."""

from __future__ import annotations

from solvent.debt import studies
from solvent.testing.project import evidence_of

ONE = """
traces:
  - steps:
      - {llm: gpt-4o, input: a}
"""


def test_a_study_that_breaks_is_named_and_the_others_go_on(monkeypatch):
    def broken(_):
        raise ZeroDivisionError("division by zero")

    known = {"broken": broken, "sound": lambda _: {"found": 1}}
    monkeypatch.setattr(studies, "catalogue", lambda: known)
    with evidence_of(ONE) as evidence:
        found = studies.run(evidence)
    assert found == {
        "broken": {"missing": "the study broke: ZeroDivisionError: division by zero"},
        "sound": {"found": 1},
    }
