"""Wrong texts that a search finds, through the real embedding model."""

from __future__ import annotations

import numpy as np
import pytest

from eval.training.hard_negatives import embedded, hard_negatives
from eval.training.records import Record
from index.embedding import SentenceTransformerEmbedder
from tests.eval.training.records_for_tests import record

TOPICS = ("owls", "tides", "trams", "bakers", "violins", "glaciers", "wool", "chess", "onions", "bridges", "coal")


@pytest.fixture(scope="module")
def found() -> list[Record]:
    """Sixteen texts: two on the mayor of a town, one of them with the answer, and one that repeats it in capitals."""
    right = record("Who was mayor of Velmora?", "Ines Calloway was mayor of Velmora.", "Ines Calloway", "Velmora")
    near = record("When was a mayor of Velmora chosen?", "A mayor of Velmora was chosen in June.", "June", "Mayors")
    same = record("Whose house burnt?", "The house of INES CALLOWAY, mayor of Velmora, burnt.", "house", "Fire")
    others = [record(f"What about {topic}?", f"People like {topic} in winter.", "winter", topic) for topic in TOPICS]
    more = [record(f"And {number}?", f"Pond {number} froze.", "froze", "Ponds") for number in range(2)]
    return [right, near, same, *others, *more]


def test_a_wrong_text_is_near_and_lacks_the_answer(found: list[Record], embedder: SentenceTransformerEmbedder) -> None:
    """The question stays, title and text are another record's, in whatever capitals the answer may stand."""
    titles = {one.context: one.title for one in found}
    chosen = set()
    for seed in range(4):
        negative = hard_negatives(found, embedder, seed)[0]
        assert negative is not None
        assert negative.answer is None
        assert negative.question == found[0].question
        assert negative.title == titles[negative.context]
        assert "ines calloway" not in negative.context.lower()
        chosen.add(negative.context)
    assert found[1].context in chosen
    assert len(chosen) > 1


def test_no_text_is_taken_where_all_hold_the_answer(found: list[Record], embedder: SentenceTransformerEmbedder) -> None:
    """Fewer texts than the search would look at are no hindrance; without records there is nothing."""
    assert hard_negatives([found[0], found[2]], embedder, 1)[0] is None
    assert hard_negatives([found[0]], embedder, 1) == [None]
    assert hard_negatives([], embedder, 1) == []
    both = hard_negatives(found[:2], embedder, 1)
    assert [one and one.context for one in both] == [found[1].context, found[0].context]


def test_the_same_seed_draws_the_same_texts(found: list[Record], embedder: SentenceTransformerEmbedder) -> None:
    """Another seed draws others."""
    drawn = [hard_negatives(found, embedder, seed) for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_vectors_come_in_the_order_of_their_texts(embedder: SentenceTransformerEmbedder) -> None:
    """Whatever the order in which they are computed."""
    texts = ["A long text on the owls of Northfield and on all that they eat.", "Owls.", "The tram stops here."]
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert np.allclose(np.sum(embedded(embedder, texts) * alone, axis=1), 1, atol=1e-3)
    assert len(embedded(embedder, [])) == 0
