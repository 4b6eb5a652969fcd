"""A model is asked about contradictions, is bounded, remembered and marked, and removes nothing."""

from __future__ import annotations

import pytest
from tests.providers.scripted import Script, Turn, anthropic_answer, openai_answer, serving

from solvent.debt.audit import audit
from solvent.debt.opinions import Opinions, in_words, moved, side_of
from solvent.debt.reports.document import from_document, to_document
from solvent.opening import open_second_opinion
from solvent.records.finding import Opinion
from solvent.rules.prompts.contradicting_instructions import PRECISION, ContradictingInstructions
from solvent.settings import Ledger, Providers, SecondOpinion, Settings, Storage
from solvent.testing.project import evidence_of

PROJECT = """
code:
  app.py: |
    SYSTEM_PROMPT = \"\"\"You help the customers of a shop. Find the order by its number first.
    - Always respond in English.
    - Reply in the language of the user.
    - Return at most 5 search results.
    - List at least 10 search results.
    \"\"\"
"""


class Judge(Script):
    """Answers by what it is shown, so that an answer can be told from another."""

    def next(self) -> Turn:
        case = self.asked[-1]["messages"][-1]["content"]
        return Turn(
            openai_answer(
                "No. Both are about results." if "search" in case else "Yes: two languages."
            )
        )


def audited(settings):
    opinions = Opinions(lambda: open_second_opinion(settings), settings.second_opinion)
    with evidence_of(PROJECT) as evidence:
        evidence.opinions = opinions
        return audit(evidence, [ContradictingInstructions()], Ledger())


@pytest.fixture
def configured(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    monkeypatch.setenv("ANTHROPIC_API_KEY", "none")

    def settings(address, name="openai:judge", **bounds):
        providers = Providers(
            openai_base_url=f"{address}/v1", anthropic_base_url=address, max_retries=0
        )
        return Settings(
            providers=providers,
            storage=Storage(path=str(tmp_path / ".solvent")),
            second_opinion=SecondOpinion(provider=name, **bounds),
        )

    return settings


def test_each_pair_is_asked_about_with_both_quotes_and_none_is_taken_away(configured):
    with serving(script=Judge([])) as script:
        (found,) = audited(configured(script.address)).findings
    agreed, denied = found.proof.opinions
    assert (agreed.agrees, agreed.about, agreed.model) == (True, "lines 2 and 3", "m-2026")
    assert (denied.agrees, denied.said) == (False, "Both are about results.")
    assert agreed.at[:2] == "20"
    assert found.proof.counts["contradictions"] == 2
    assert "`m-2026`, asked for a second opinion, agrees on 1 of 2 pairs" in found.message
    cases = [asked["messages"][-1]["content"] for asked in script.asked]
    assert "Always respond in English." in cases[0]
    assert "Reply in the language of the user." in cases[0]


def test_a_second_audit_says_the_same_and_asks_nobody(configured):
    with serving(script=Judge([])) as script:
        settings = configured(script.address)
        first = audited(settings)
        asked = len(script.asked)
        assert to_document(audited(settings))["findings"] == to_document(first)["findings"]
        assert len(script.asked) == asked == 2


def test_another_model_is_asked_anew(configured):
    with serving(script=Judge([])) as script:
        audited(configured(script.address))
        audited(configured(script.address, "openai:other"))
        assert len(script.asked) == 4


def test_an_endpoint_of_the_other_shape(configured):
    with serving(Turn(anthropic_answer({"type": "text", "text": "no, not at all"}))) as script:
        (found,) = audited(configured(script.address, "anthropic:judge")).findings
    assert [opinion.agrees for opinion in found.proof.opinions] == [False, False]


def test_recorded_answers_say_that_they_are(configured, tmp_path):
    with serving(script=Judge([])) as script:
        audited(configured(script.address))
    recorded = tmp_path / ".solvent" / "opinions.jsonl"
    (found,) = audited(configured("", f"replay:{recorded}")).findings
    assert [opinion.agrees for opinion in found.proof.opinions] == [True, False]
    assert "recorded" in found.proof.opinions[0].recorded


def test_no_more_questions_than_the_bound(configured):
    with serving(script=Judge([])) as script:
        (found,) = audited(configured(script.address, max_questions=1)).findings
        assert len(script.asked) == 1
    assert [opinion.agrees for opinion in found.proof.opinions] == [True, None]
    assert found.proof.opinions[1].said == "not asked: the bound of 1 questions was reached"


def test_an_endpoint_that_is_down_is_tried_once_and_the_findings_stay(configured):
    with serving(Turn({"error": {"message": "busy"}}, status=503)) as script:
        (found,) = audited(configured(script.address)).findings
        assert len(script.asked) == 1
    assert [opinion.agrees for opinion in found.proof.opinions] == [None, None]
    assert "not asked: " in found.proof.opinions[1].said
    assert found.confidence is None
    assert "second opinion" not in found.message


def test_agreement_raises_and_denial_lowers_the_confidence(configured):
    raised = audited_by(configured, "yes").confidence
    lowered = audited_by(configured, "no").confidence
    assert lowered < PRECISION < raised


def audited_by(configured, answer):
    with serving(Turn(openai_answer(answer))) as script:
        (found,) = audited(configured(script.address, f"openai:says-{answer}")).findings
    return found


DOUBTED = PROJECT.replace(
    "- Always respond in English.",
    "- Cancel orders once a reason is given.\n    - Orders are cancelled without a reason.",
).replace("- Reply in the language of the user.\n", "")


@pytest.mark.parametrize(("answer", "more"), [("Yes.", True), ("No.", False)])
def test_a_pair_in_doubt_is_a_finding_only_when_the_model_says_so(configured, answer, more):
    with serving(Turn(openai_answer(answer))) as script:
        settings = configured(script.address, f"openai:says-{answer}")
        opinions = Opinions(lambda: open_second_opinion(settings), settings.second_opinion)
        with evidence_of(DOUBTED) as evidence:
            evidence.opinions = opinions
            (found,) = audit(evidence, [ContradictingInstructions()], Ledger()).findings
    assert (found.proof.counts["contradictions"] > 1) is more
    asked = [asked["messages"][-1]["content"] for asked in script.asked]
    assert any("without a reason" in case for case in asked)
    assert len(asked) <= 1 + settings.second_opinion.max_doubtful


def test_opinions_survive_a_report_that_is_written_and_read(configured):
    with serving(script=Judge([])) as script:
        report = audited(configured(script.address))
    assert from_document(to_document(report)).findings == report.findings


def test_nobody_is_asked_when_no_model_is_configured():
    with evidence_of(PROJECT) as evidence:
        (found,) = audit(evidence, [ContradictingInstructions()], Ledger()).findings
    assert found.proof.opinions == ()
    assert found.confidence is None


@pytest.mark.parametrize(
    ("text", "side", "said"),
    [
        ("Yes.", True, ""),
        ("**No** - they differ", False, "they differ"),
        ("yesterday it was so", None, "yesterday it was so"),
        ("", None, ""),
    ],
)
def test_only_a_plain_yes_or_no_takes_a_side(text, side, said):
    assert side_of(text) == (side, said)


def test_bayes_moves_a_confidence():
    yes, no = (Opinion("it", agrees, "") for agrees in (True, False))
    assert moved(0.5, yes, 0.75) == pytest.approx(0.75)
    assert moved(0.8, no, 0.75) == pytest.approx(0.8 * 0.25 / (0.8 * 0.25 + 0.2 * 0.75))
    assert moved(0.8, Opinion("it", None, ""), 0.75) == 0.8


def test_the_words_say_whose_opinion_it_is():
    told = in_words(Opinion("lines 1 and 2", False, "they differ", "m-1", "2026-11-25T20:00:00"))
    assert told == "Second opinion on lines 1 and 2: `m-1`, 2026-11-25 disagrees: they differ"
