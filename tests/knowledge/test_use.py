"""Whether a text was used, told from what only it says."""

import pytest

from solvent.knowledge.use import probes, was_used, words_of

POOL = "The swimming pool opens at 06:30 on weekdays."
CARDS = "Membership cards are issued by the secretariat."


def used(text, later, question="When?", others=(), name=None):
    bags = [words_of(other) for other in others]
    return was_used(words_of(text), words_of(question), bags, words_of(later), name)


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ("At 06:30.", True),
        ("The swimming pool opens early.", True),
        ("I do not know.", False),
        ("Ask the secretariat.", False),
    ],
)
def test_values_and_words(later, expected):
    assert used(POOL, later, others=[CARDS]) is expected


def test_what_the_question_says_is_no_sign():
    assert not used(POOL, "At 06:30, as you say.", question="Does the swimming pool open at 06:30?")


def test_what_another_text_says_too_is_no_sign():
    assert not used(POOL, "At 06:30.", others=["The sauna opens at 06:30 and is hot."])


def test_two_texts_with_nothing_of_their_own_cannot_be_told():
    assert used("yes", "yes") is None
    assert used(POOL, "At 06:30.", others=[POOL + " It is warm."]) is None


def test_an_answer_that_names_the_source_used_it():
    assert used(CARDS, "See handbook.md", name="docs/handbook.md")
    assert not used(
        CARDS, "See handbook.md", question="What does handbook.md say?", name="handbook.md"
    )


def test_pieces_are_lines_without_quotes():
    assert (
        probes('{"a": "first line\\nsecond, much longer line"}')[0] == "nsecond, much longer line"
    )
    assert probes("") == []
