"""Who decides whether a trace failed, in Python and in SQL alike."""

import pytest

from solvent.pipelines.outcomes import Said, decide
from solvent.testing.project import evidence_of

CASES = [
    ([], "", "", 0),
    ([("app", 1)], "passed", "app", 0),
    ([("app", 1), ("human", 0)], "failed", "human", 1),
    ([("judge", 0), ("code", 1)], "passed", "code", 1),
    ([("judge", 0), ("app", 0)], "failed", "app", 0),
    ([("error", 0)], "failed", "error", 0),
    ([("judge", 1), ("error", 0)], "passed", "judge", 1),
    ([("human", 0), ("human", 1), ("app", 1)], "failed", "human", 2),
]


@pytest.mark.parametrize(("said", "word", "source", "others"), CASES)
def test_the_first_source_decides(said, word, source, others):
    outcome = decide([Said(value == 0, who, at=-place) for place, (who, value) in enumerate(said)])
    assert (outcome.word, outcome.source, len(outcome.others)) == (word, source, others)


@pytest.mark.parametrize(("said", "word", "source", "others"), CASES[:-1])
def test_sql_decides_alike(said, word, source, others):
    judged = [
        f"{{name: outcome, value: {value}, source: {who}, rationale: {who} says}}"
        for who, value in said
        if who != "error"
    ]
    error = "error: lost" if ("error", 0) in said else "name: agent"
    project = f"""
    traces:
      - {error}
        assessments: [{", ".join(judged)}]
        steps: [{{step: work}}]
    """
    with evidence_of(project) as evidence:
        row = evidence.rows("SELECT * FROM trace")[0]
    assert {True: "failed", False: "passed", None: ""}[row["failed"]] == word
    assert (row["outcome_source"] or "") == source
    assert row["outcome_conflict"] == bool(others)
    assert row["outcome_why"] == (f"{source} says" if source not in {"", "error"} else None)


def test_a_reason_is_the_one_of_who_decided():
    project = """
    traces:
      - assessments:
          - {name: outcome, value: 1, source: judge, rationale: reads well}
          - {name: outcome, value: 0, source: human}
        steps: [{step: work}]
    """
    with evidence_of(project) as evidence:
        row = evidence.rows("SELECT outcome_source, outcome_why, outcome_conflict FROM trace")[0]
    assert row == {"outcome_source": "human", "outcome_why": None, "outcome_conflict": True}
