"""Signs that a sentence says the contrary of what a question asks."""

from __future__ import annotations

import pytest

from rag.opposition import Opposition, opposition

NONE = Opposition(0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        ("Who signed the treaty?", "Calloway signed the treaty.", NONE),
        ("Who did not sign the treaty?", "Calloway signed the treaty.", NONE._replace(negated_question=1.0)),
        ("Who didn’t sign the treaty?", "Calloway signed the treaty.", NONE._replace(negated_question=1.0)),
        ("Who signed the treaty?", "Calloway never signed the treaty.", NONE._replace(negated_sentence=1.0)),
        ("Who did not sign?", "Calloway did not sign.", NONE),
        ("What did he know?", "Nothing is known about it, notes say.", NONE),
        ("Which non-European bank lent it?", "A European bank lent it.", NONE._replace(negated_question=1.0)),
    ],
)
def test_a_negation_on_one_side_only_is_a_sign(question: str, sentence: str, expected: Opposition) -> None:
    """Short forms and typographic apostrophes too; a part of a word is none."""
    assert opposition(question, sentence, sentence) == expected


@pytest.mark.parametrize(
    ("question", "sentence", "antonym"),
    [
        ("When did prices rise?", "Prices fall in May.", 1.0),
        ("When did prices fall?", "Prices fall and rise in May.", 0.0),
        ("Which bird is uncommon?", "The owl is a common bird.", 1.0),
        ("Which bird is common?", "The owl is an uncommon bird.", 1.0),
        ("Who discovered it?", "Pell covered it.", 1.0),
        ("Which harbour is larger?", "The harbour of Velmora is larger.", 0.0),
    ],
)
def test_an_antonym_of_a_word_that_is_not_there_is_a_sign(question: str, sentence: str, antonym: float) -> None:
    """From the list, or by a prefix such as un-; words that only look so are taken along."""
    assert opposition(question, sentence, "").antonym == antonym


def test_the_passage_is_looked_at_for_antonyms_too() -> None:
    """A sentence without the word may stand in a passage with its contrary."""
    found = opposition("What was lost?", "It was 90 tons.", "The port gained traffic. Much was won. It was 90 tons.")
    assert (found.antonym, found.antonym_around) == (0.0, 1.0)
