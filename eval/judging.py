"""A case and the answer that it brought -> how it is judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from eval.cases import Case
from eval.expectations import all_met, expectations, in_words, normalised
from eval.metrics import CONFLICTING
from eval.results import CaseResult, QuoteResult
from index.article import Article
from index.library import Library
from service.wire import AnswerOut, CitationOut

_AROUND: Final = 160
"""Characters of the article kept on either side of a quote."""


def judge(case: Case, answer: AnswerOut, library: Library, names: Mapping[str, str], milliseconds: float) -> CaseResult:
    """What the case brought; `names` has the path of each article by its id.

    Every quote is held against the text that the library stores, not against what the answer says of it.
    """
    articles = library.catalogue.articles(sorted({citation.article_id for citation in answer.citations}))
    quotes = tuple(
        _quote(case, citation, articles.get(citation.article_id), names.get(citation.article_id, citation.article_id))
        for citation in answer.citations
    )
    quoted = {quote.article for quote in quotes}
    asked, met = _articles_asked(case, quoted)
    return CaseResult(
        id=case.id,
        question=case.question,
        tags=case.tags,
        unanswerable=case.unanswerable,
        conflicting=case.conflicting,
        status=answer.status,
        right=_is_right(case, answer),
        cited=met == asked if asked else None,
        expected=in_words(case),
        quotes=quotes,
        right_articles=case.right_articles,
        evidence_found=sum(
            any(item.article == quote.article and normalised(item.text) in normalised(quote.text) for quote in quotes)
            for item in case.evidence
        ),
        evidence_total=len(case.evidence),
        ranked=tuple(names.get(passage.article_id, passage.article_id) for passage in answer.passages),
        confidence=answer.confidence,
        milliseconds=milliseconds,
        articles_asked=asked,
        articles_quoted=met,
    )


def is_verbatim(citation: CitationOut, article: Article | None) -> bool:
    """Whether a citation that left the system, and its answer, equal the stored text at their places."""
    if article is None or article.sha256 != citation.article_sha256:
        return False
    place = slice(citation.start_char_index, citation.end_char_index)
    if article.text[place] != citation.cited_text:
        return False
    start, end = citation.answer_start_char_index, citation.answer_end_char_index
    if start is None or end is None:
        return citation.answer_text is None
    return place.start <= start < end <= place.stop and article.text[start:end] == citation.answer_text


def _is_right(case: Case, answer: AnswerOut) -> bool:
    answered = answer.status != "not_in_articles"
    if case.unanswerable:
        return not answered
    said = normalised(" ".join(claim.text for claim in answer.claims))
    as_called = not case.conflicting or str(answer.status) == CONFLICTING
    return answered and as_called and all_met(case, said)


def _quote(case: Case, citation: CitationOut, article: Article | None, name: str) -> QuoteResult:
    start, end = citation.start_char_index, citation.end_char_index
    text = article.text if article else ""
    from_right_article = not case.right_articles or name in case.right_articles
    return QuoteResult(
        text=citation.cited_text,
        article=name,
        start=start,
        end=end,
        before=text[max(0, start - _AROUND) : max(0, start)],
        after=text[end : end + _AROUND],
        verbatim=is_verbatim(citation, article),
        right=not case.unanswerable and from_right_article and _supports(case, citation.cited_text, name),
    )


def _supports(case: Case, quoted: str, article: str) -> bool:
    """Whether a quote holds something that is expected, or evidence; any quote does where no words are expected."""
    said = normalised(quoted)
    groups = expectations(case)
    if not groups and not case.evidence:
        return True
    return any(expected.met_by(said) for group in groups for expected in group) or any(
        item.article == article and _overlaps(normalised(item.text), said) for item in case.evidence
    )


def _overlaps(first: str, second: str) -> bool:
    """Whether one of the two texts holds the other: a quote may be shorter than the evidence, or longer."""
    return first in second or second in first


def _articles_asked(case: Case, quoted: Collection[str]) -> tuple[int, int]:
    """How many articles the case asks for, those of which any will do counted as one; and how many are quoted."""
    met = [name in quoted for name in case.must_cite]
    if case.cite:
        met.append(any(name in quoted for name in case.cite))
    return len(met), sum(met)
