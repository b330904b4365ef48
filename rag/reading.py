"""The extractive reader: passages -> the one to three sentences that answer, or silence. No LLM.

Two linear models over a few features. The first ranks the sentences by how likely each holds
the answer; the second gives the probability that the best one is right, and below a threshold the
reader is silent. Every parameter stands in reader.json, which `make fit` writes from
question-answering data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from index.article import Article, Span
from index.cleaning import is_heading
from index.library import Library
from rag.alignment import Alignment, QuestionTokens
from rag.answer import Passage
from rag.answer_kind import AnswerKind
from rag.opposition import Opposition, opposition
from rag.question_terms import QuestionTerms, within
from rag.reader_parameters import ReaderParameters, SentenceFeatures, SupportFeatures
from rag.reranking import ReadPassage, scaled
from rag.retrieval import Shingles, overlap, shingles

_WORD: Final = re.compile(r"\w+")
_SHORT: Final = 80
_HEADING_WORDS: Final = 12
_FIRST_PASSAGES: Final = 3
_KIND_PROMISE: Final = 0.15
"""What having the kind of answer asked for is worth, in coverage, when sentences are chosen to be embedded."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence that may be shown, with its features, its score and the values it gives for an answer.

    A difference of scores is the log-odds that the one sentence holds the answer and the other does not.
    `similarity`: cosine to the question; `dated`: the question asks for a date, so the values are
    years; `least_alignment` and `opposed`: see SupportFeatures; `answer`: the words of the sentence
    that the reader model points at, as a place in the article, None without a model.
    """

    article: Article
    span: Span
    features: SentenceFeatures
    similarity: float
    score: float
    values: frozenset[str]
    dated: bool
    least_alignment: float
    opposed: Opposition
    answer: Span | None = None


def confidence(ranked: Sequence[ScoredSentence], parameters: ReaderParameters) -> float:
    """The probability that the first of the ranked sentences is right; 0 if there is none.

    Sentences of other articles that bear it out raise it: it is wrong only if all of them are, each
    with the probability that it has by itself (noisy or; Pearl 1988). The reader leaves it to the
    caller to compare it with the threshold.
    """
    if not ranked:
        return 0.0
    best, *others = ranked
    voices = {best.article.id: best}
    for other in others:
        if other.answer is not None and _bears_out(other, best, parameters):
            voices.setdefault(other.article.id, other)
    wrong = 1.0
    for voice in voices.values():
        first = [voice, *(sentence for sentence in ranked if sentence is not voice)]
        weighted = zip(support_features(first), parameters.support_weights, strict=True)
        wrong *= 1 - _sigmoid(parameters.support_bias + sum(value * weight for value, weight in weighted))
    return 1 - wrong


def confidence_in(
    places: Collection[tuple[str, Span]], ranked: Sequence[ScoredSentence], parameters: ReaderParameters
) -> float:
    """The probability that the best of the sentences at `places` (article id and span) is right; 0 for none ranked.

    It is `confidence` as if that sentence led the ranking, so a sentence that others outdo is trusted less.
    """
    for position, sentence in enumerate(ranked):
        if (sentence.article.id, sentence.span) in places:
            return confidence([sentence, *ranked[:position], *ranked[position + 1 :]], parameters)
    return 0.0


def says_the_answer(claim: str, sentence: ScoredSentence) -> bool:
    """Whether `claim` has every word of the answer that the reader points at in `sentence`."""
    if sentence.answer is None:
        return False
    said = {word.casefold() for word in _WORD.findall(claim)}
    return all(word.casefold() in said for word in _WORD.findall(sentence.answer.of(sentence.article.text)))


def shown_sentences(ranked: Sequence[ScoredSentence], parameters: ReaderParameters) -> tuple[ScoredSentence, ...]:
    """The best of `ranked`, and up to two more that are nearly as good or that bear it out.

    One that lacks the kind of answer asked for, or another year to "when", is not shown. A sentence bears the best
    one out when it is from another article, gives the same value for the kind of answer asked
    for, and is about as similar to the question. Articles that are not quoted yet go first.
    """
    if not ranked:
        return ()
    best, *others = ranked
    shown = [best]
    eligible = [
        sentence
        for sentence in others
        if (sentence.score >= best.score - parameters.also and _may_stand_beside(sentence, best))
        or _bears_out(sentence, best, parameters)
    ]
    for again in (False, True):
        for sentence in eligible:
            quoted = any(sentence.article.id == other.article.id for other in shown)
            if len(shown) < parameters.sentences and quoted is again and sentence not in shown:
                shown.append(sentence)
    return tuple(shown)


def _may_stand_beside(sentence: ScoredSentence, best: ScoredSentence) -> bool:
    """Whether a sentence has the kind of answer asked for and, for a date, gives no other year than the best one."""
    other_year = best.dated and sentence.values and best.values and not sentence.values & best.values
    return not other_year and sentence.features.kind >= 0


def rank_sentences(
    terms: QuestionTerms, passages: Sequence[ReadPassage], parameters: ReaderParameters
) -> list[ScoredSentence]:
    """The most promising sentences of the passages, best first, no two nearly the same."""
    found = [item.passage.similarity for item in passages if item.passage.similarity is not None]
    lowest = min(found, default=0.0)
    read = [item for item in passages if item.reading is not None] or passages
    promising = [
        candidate
        for place, passage in enumerate(read)
        for candidate in sorted(_candidates(terms, passage, lowest), key=lambda candidate: -candidate.promise)[
            : parameters.per_first_passage if place < _FIRST_PASSAGES else parameters.per_passage
        ]
    ]
    distinct = _distinct(terms.library, promising, parameters)
    if not distinct:
        return []
    asked, *said = terms.library.embedder.embed_tokens([terms.question, *(candidate.words for candidate in distinct)])
    alignments = QuestionTokens.of(terms, asked).align(said)
    ranked = [
        _scored(candidate, float(asked.vector @ text.vector), alignment, terms, parameters)
        for candidate, text, alignment in zip(distinct, said, alignments, strict=True)
    ]
    return by_agreement(sorted(ranked, key=lambda sentence: -sentence.score), parameters)


def by_agreement(ranked: Sequence[ScoredSentence], parameters: ReaderParameters) -> list[ScoredSentence]:
    """`ranked` with the sentence first, of those nearly as good as the best, whose value most articles give.

    A value that one article gives may be about something else that the question's words fit as well.
    """
    if not ranked:
        return []
    contenders = [sentence for sentence in ranked if sentence.score >= ranked[0].score - parameters.agreement]
    agreeing = [
        len({other.article.id for other in ranked if _bears_out(other, sentence, parameters)})
        for sentence in contenders
    ]
    leader = contenders[max(range(len(contenders)), key=lambda number: (agreeing[number], -number))]
    return [leader, *(sentence for sentence in ranked if sentence is not leader)]


def most_recent_first(ranked: Sequence[ScoredSentence], contenders: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """`ranked` with that contender first whose article was published last; as it is where none has a date."""
    dated = [sentence for sentence in contenders if sentence.article.published]
    newest = max((sentence.article.published for sentence in dated if sentence.article.published), default=None)
    leader = next((sentence for sentence in dated if sentence.article.published == newest), None)
    return [leader, *(each for each in ranked if each is not leader)] if leader else list(ranked)


def _bears_out(other: ScoredSentence, sentence: ScoredSentence, parameters: ReaderParameters) -> bool:
    """Whether another article gives the same value in a sentence about as similar to the question."""
    return (
        other.article.id != sentence.article.id
        and bool(other.values & sentence.values)
        and other.similarity >= parameters.corroboration * sentence.similarity
    )


def support_features(ranked: Sequence[ScoredSentence]) -> SupportFeatures:
    """What decides whether the best of `ranked` (not empty) is believed."""
    best = ranked[0]
    return SupportFeatures(
        best.score,
        ranked[1].score if len(ranked) > 1 else best.score,
        best.score - fmean(sentence.score for sentence in ranked),
        best.features.names_missing,
        best.features.kind,
        best.similarity,
        best.least_alignment,
        *best.opposed,
        best.features.answer_span,
        best.features.passage_answers,
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence of a passage, with what can be told without the model."""

    passage: Passage
    span: Span
    words: str
    coverage: float
    around: float
    names_missing: float
    kind: float
    counted: float
    passage_similarity: float
    answer_span: float
    passage_answers: float
    answer: Span | None

    @property
    def promise(self) -> float:
        return self.coverage + _KIND_PROMISE * max(0.0, self.kind) + self.answer_span


def _candidates(terms: QuestionTerms, item: ReadPassage, lowest_similarity: float) -> Iterable[_Candidate]:
    """Every sentence of a passage that claims something; a heading does not."""
    passage, reading = item.passage, item.reading
    similarity = lowest_similarity if passage.similarity is None else passage.similarity
    in_passage = terms.matches(passage.text)
    context = {**terms.matches(passage.article.heading), **in_passage}
    around, names_missing = terms.coverage(context), terms.names_missing(context)
    offset = passage.chunk.span.start
    for span in passage.chunk.sentences:
        words = span.of(passage.article.text)
        if is_heading(words) and len(words.split()) < _HEADING_WORDS:
            continue
        coverage = terms.coverage(within(in_passage, span.start - offset, span.end - offset))
        kind = 0.0 if terms.expected.kind is AnswerKind.OTHER else 1.0 if terms.expected.places(words) else -1.0
        counted = float(terms.expected.counts_it(words))
        best = reading.best_span(span.start - offset, span.end - offset) if reading else None
        logit, answer = (scaled(best[0]), best[1].shifted(offset)) if best else (0.0, None)
        answers = scaled(reading.answers) if reading else 0.0
        yield _Candidate(
            passage, span, words, coverage, around, names_missing, kind, counted, similarity, logit, answers, answer
        )


def _scored(
    candidate: _Candidate, similarity: float, alignment: Alignment, terms: QuestionTerms, parameters: ReaderParameters
) -> ScoredSentence:
    features = SentenceFeatures(
        coverage=candidate.coverage,
        around=candidate.around,
        names_missing=candidate.names_missing,
        kind=candidate.kind,
        counted=candidate.counted,
        passage_similarity=candidate.passage_similarity,
        shortness=max(0.0, 1 - len(candidate.words) / _SHORT),
        content_alignment=alignment.content,
        question_alignment=alignment.question_words,
        function_alignment=alignment.function_words,
        answer_span=candidate.answer_span,
        passage_answers=candidate.passage_answers,
    )
    return ScoredSentence(
        candidate.passage.article,
        candidate.span,
        features,
        similarity,
        sum(value * weight for value, weight in zip(features, parameters.sentence_weights, strict=True)),
        _values(candidate, terms),
        terms.expected.kind is AnswerKind.DATE,
        alignment.least,
        opposition(terms.question, candidate.words, candidate.passage.text),
        candidate.answer,
    )


def _values(candidate: _Candidate, terms: QuestionTerms) -> frozenset[str]:
    """What the words give that the model points at; without a model, what the sentence gives."""
    answer, start = candidate.answer, candidate.span.start
    return terms.expected.values(candidate.words, (answer.start - start, answer.end - start) if answer else None)


def _distinct(library: Library, promising: Sequence[_Candidate], parameters: ReaderParameters) -> list[_Candidate]:
    kept: list[_Candidate] = []
    words_kept: list[Shingles] = []
    for candidate in promising:
        words = shingles(library.terms(candidate.words))
        if all(overlap(words, earlier) < parameters.same_sentence for earlier in words_kept):
            kept.append(candidate)
            words_kept.append(words)
    return kept


def _sigmoid(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
