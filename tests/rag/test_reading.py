"""The extractive reader: the sentence that answers, others that bear it out, or silence."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from index.article import Article, Span
from index.library import Library
from rag.answer import Question, Reason, Status
from rag.opposition import Opposition
from rag.pipeline import QuestionAnswerer
from rag.question_terms import QuestionTerms, same_family, within
from rag.reader_model import ReaderModel
from rag.reader_parameters import ReaderParameters, SentenceFeatures, reader_parameters
from rag.reading import ScoredSentence, by_agreement, rank_sentences, shown_sentences, support_features
from rag.reranking import RerankingParameters, rerank
from rag.retrieval import RetrievalParameters, retrieve
from tests.conftest import BRIDGE, OWLS


def sentence(article: str, score: float, value: str = "", similarity: float = 0.5) -> ScoredSentence:
    """A sentence of which only these things matter."""
    features = SentenceFeatures(*[0.0] * len(SentenceFeatures._fields))
    values = frozenset({value} - {""})
    opposed = Opposition(0.0, 0.0, 0.0, 0.0)
    return ScoredSentence(
        Article(article, "x" * 50), Span(0, 50), features, similarity, score, values, False, 0.5, opposed
    )


def test_the_sentence_that_answers_is_quoted(library: Library) -> None:
    """Of all sentences the one with the answer comes first, from the right article."""
    library.add([BRIDGE, OWLS])
    answer = QuestionAnswerer(library).ask(Question("How many eggs did Dr. Pell count?"))
    assert answer.status is Status.ANSWERED
    assert answer.citations[0].cited_text == "Dr. Pell, who rings birds, counted five eggs."
    assert answer.citations[0].article == OWLS
    assert answer.claims[0].citations == (0,)
    assert answer.text.startswith("Dr. Pell, who rings birds, counted five eggs. [1]")


@pytest.mark.parametrize("question", ["Who won the 2022 World Cup?", "What is the capital of Mongolia?"])
def test_the_reader_is_silent_where_the_articles_are(library: Library, question: str) -> None:
    """No support, no guess: a reason and the nearest passages instead."""
    library.add([BRIDGE, OWLS])
    answer = QuestionAnswerer(library).ask(Question(question))
    assert (answer.status, answer.reason) == (Status.NOT_IN_ARTICLES, Reason.LOW_CONFIDENCE)
    assert (answer.text, answer.claims, answer.citations) == ("", (), ())
    assert answer.passages
    assert answer.confidence < reader_parameters(with_model=False).threshold


def test_an_empty_library_is_a_reason_for_silence(library: Library) -> None:
    """The caller learns that there is nothing to search."""
    assert QuestionAnswerer(library).ask(Question("Who?")).reason is Reason.EMPTY_LIBRARY


def test_headings_are_never_quoted(library: Library) -> None:
    """A heading that repeats the question claims nothing."""
    text = "How much the bridge cost\n\nThe bridge cost 40 million euros, the mayor of Velmora said on Monday."
    library.add([replace(BRIDGE, text=text)])
    answer = QuestionAnswerer(library).ask(Question("How much did the bridge cost?"))
    assert [citation.cited_text for citation in answer.citations] == [text.split("\n\n")[1]]


def test_sentences_nearly_as_good_are_shown_and_others_not() -> None:
    """The margin decides, up to three."""
    parameters = replace(reader_parameters(with_model=False), also=1.0)
    ranked = [sentence("a", 5.0), sentence("b", 4.5), sentence("c", 3.0)]
    assert shown_sentences(ranked, parameters) == (ranked[0], ranked[1])
    close = [sentence(name, 5.0) for name in "abcde"]
    assert len(shown_sentences(close, parameters)) == 3


def test_articles_that_are_not_quoted_yet_go_first() -> None:
    """Two voices are better than one voice twice."""
    parameters = replace(reader_parameters(with_model=False), also=2.0)
    ranked = [sentence("a", 5.0), sentence("a", 4.9), sentence("b", 4.5), sentence("c", 4.4)]
    assert shown_sentences(ranked, parameters) == (ranked[0], ranked[2], ranked[3])


def test_another_article_with_the_same_value_bears_an_answer_out() -> None:
    """However it scores, if it is about as similar to the question; with another value it does not."""
    parameters = replace(reader_parameters(with_model=False), also=0.1, corroboration=0.7)
    best, same, other = sentence("a", 5.0, "2015"), sentence("b", 1.0, "2015"), sentence("c", 1.0, "2016")
    unlike = sentence("d", 1.0, "2015", similarity=0.1)
    assert shown_sentences([best, same, other, unlike], parameters) == (best, same)


def test_of_sentences_nearly_as_good_the_one_whose_value_most_articles_give_goes_first() -> None:
    """Within the margin only, and only by other articles; without values the order stays."""
    parameters = replace(reader_parameters(with_model=False), agreement=1.0, corroboration=0.7)
    alone, agreed = sentence("a", 5.0, "2022"), sentence("b", 4.5, "2015")
    same, again = sentence("c", 1.0, "2015"), sentence("a", 1.0, "2022")
    assert by_agreement([alone, agreed, same, again], parameters) == [agreed, alone, same, again]
    assert by_agreement([alone, replace(agreed, score=3.9), same], parameters)[0] == alone
    assert by_agreement([alone, agreed, again], parameters)[0] == alone
    assert by_agreement([sentence("a", 5.0), sentence("b", 4.5), sentence("c", 1.0)], parameters)[0].score == 5.0
    assert by_agreement([], parameters) == []


def test_another_year_is_not_shown_beside_the_best_one() -> None:
    """To "when" an answer gives one year; a sentence of another year, however near in score, is left out."""
    parameters = replace(reader_parameters(with_model=False), also=2.0)
    best, other = (replace(sentence(name, 5.0, year), dated=True) for name, year in (("a", "2015"), ("b", "2022")))
    assert shown_sentences([best, other], parameters) == (best,)
    assert len(shown_sentences([sentence("a", 5.0, "kisel"), sentence("b", 5.0, "putin")], parameters)) == 2


def test_the_parameters_fit_the_features() -> None:
    """reader.json has a weight for each feature, and thresholds that are probabilities."""
    parameters = reader_parameters(with_model=False)
    assert isinstance(parameters, ReaderParameters)
    assert all(math.isfinite(weight) for weight in (*parameters.sentence_weights, *parameters.support_weights))
    features = support_features([sentence("a", 1.0), sentence("b", 0.5)])
    assert (features.best_score, features.next_score, features.lead, features.similarity) == (1.0, 0.5, 0.25, 0.5)
    alone = support_features([sentence("a", 1.0)])
    assert (alone.next_score, alone.lead) == (1.0, 0.0)
    assert 0 < parameters.threshold < 1


def test_features_stay_within_their_ranges(sample_library: Library, reader_model: ReaderModel) -> None:
    """Each feature is about 0 to 1, so that its weight can be read."""
    question = Question("How many Russian senators voted for the use of force abroad?")
    terms = QuestionTerms.of(question.text, sample_library)
    passages = retrieve(question, terms, RetrievalParameters()).passages
    read = rerank(question.text, passages, reader_model, RerankingParameters())
    ranked = rank_sentences(terms, read, reader_parameters(with_model=True))
    assert ranked[1:] == sorted(ranked[1:], key=lambda item: -item.score)
    assert all(item.answer and item.answer.within(item.span) for item in ranked)
    for item in ranked:
        assert all(-1 <= value <= 1.001 for value in item.features)


def test_words_of_one_family_match_and_numbers_only_themselves() -> None:
    """Stems that share most of their letters are one word to the reader."""
    assert same_family("interven", "intervent")
    assert same_family("syria", "syrian")
    assert not same_family("port", "porter")
    assert not same_family("2015", "20150")


def test_matches_of_a_part_are_those_inside_it(library: Library) -> None:
    """Places are counted from where the part begins."""
    library.add([BRIDGE])
    terms = QuestionTerms.of("Which bridge opened?", library)
    matches = terms.matches("The bridge opened. A bridge.")
    assert within(matches, 19, 28) == {"bridg": [(2, 8)]}
    assert terms.coverage(matches) == pytest.approx(1.0)
    assert terms.coverage({}) == 0.0
