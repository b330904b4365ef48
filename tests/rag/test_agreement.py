"""Sources are compared by what they give for what was asked: dates, quantities and names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from index.article import Article
from index.embedding import Embedder
from index.library import Library
from rag.agreement.values import DateValue, NameValue, QuantityValue, Relation, Value
from rag.answer import Answer, Question, Status
from rag.facts.quantities import Measure
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from rag.time_expressions.interval import DateInterval

CASES = Path(__file__).with_name("agreement_cases.jsonl")
HELD_OUT = Path(__file__).with_name("agreement_cases_held_out.jsonl")
LEAST_F1 = {CASES.name: 0.8, HELD_OUT.name: 0.0}


def days(first: str, last: str) -> DateValue:
    """A run of days."""
    return DateValue(DateInterval(date.fromisoformat(first), date.fromisoformat(last)))


def count(least: float, most: float | None = None, unit: str = "", measure: Measure = Measure.COUNT) -> QuantityValue:
    """A quantity that its words leave open from `least` to `most`."""
    return QuantityValue(measure, unit, least, least if most is None else most)


YEAR, MONTH = days("2015-01-01", "2015-12-31"), days("2015-09-01", "2015-09-30")


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        (YEAR, MONTH, Relation.AGREES),
        (YEAR, days("2016-01-01", "2016-12-31"), Relation.DIFFERS),
        (MONTH, days("2015-09-30", "2015-10-02"), Relation.AGREES),
        (YEAR, DateValue(None), Relation.UNRELATED),
        (YEAR, count(2015), Relation.UNRELATED),
        (count(17), count(17), Relation.AGREES),
        (count(465_000), count(500_000), Relation.DIFFERS),
        (count(500), count(512), Relation.AGREES),
        (count(512), count(497), Relation.DIFFERS),
        (count(100_000, 125_000), count(104_217), Relation.AGREES),
        (count(340, unit="length"), count(340, unit="time"), Relation.UNRELATED),
        (count(38, measure=Measure.PERCENTAGE), count(46, measure=Measure.PERCENTAGE), Relation.DIFFERS),
        (count(38, measure=Measure.PERCENTAGE), count(38), Relation.UNRELATED),
        (NameValue(("Ingrid Solheim",)), NameValue(("Solheim",)), Relation.AGREES),
        (NameValue(("Lopez", "Grant")), NameValue(("Maria Grant",)), Relation.AGREES),
        (NameValue(("Henk Visser",)), NameValue(("Samira Haddou",)), Relation.DIFFERS),
        (NameValue(("Maria Lopez",)), NameValue(("Carlos Lopez",)), Relation.UNRELATED),
        (NameValue(("Clare Bannister",)), NameValue(("Claire Banister",)), Relation.AGREES),
    ],
)
def test_two_values_agree_differ_or_cannot_be_compared(one: Value, other: Value, relation: Relation) -> None:
    """A value that is only more precise agrees, and which one comes first does not matter."""
    assert one.relation_to(other) is relation
    assert other.relation_to(one) is relation


@dataclass(frozen=True, slots=True)
class Judged:
    """A case, and the answer that its question brought in a library of all cases' articles."""

    id: str
    conflicting: bool
    words: tuple[str, ...]
    answer: Answer

    @property
    def right(self) -> bool:
        return (self.answer.status is Status.CONFLICTING) is self.conflicting


@pytest.fixture(scope="module", params=[CASES, HELD_OUT], ids=lambda file: file.stem)
def judged(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    embedder: Embedder,
    reader_model: ReaderModel,
) -> Iterator[tuple[str, list[Judged]]]:
    """Every case of a file, asked of one library that holds the articles of all of them."""
    cases = [json.loads(line) for line in request.param.read_text(encoding="utf-8").splitlines()]
    library = Library(tmp_path_factory.mktemp("agreement"), embedder)
    library.add(article(record) for case in cases for record in case["articles"])
    answerer = QuestionAnswerer(library, reader_model)
    yield (
        request.param.name,
        [
            Judged(
                case["id"],
                case["conflicting"],
                tuple(words for group in case["values"] for words in group),
                answerer.ask(Question(case["question"])),
            )
            for case in cases
        ],
    )
    library.close()


def article(record: dict[str, str | None]) -> Article:
    """An article of a case, as it is written there."""
    day = record["published"]
    published = date.fromisoformat(day) if day else None
    return Article(str(record["id"]), str(record["text"]), record["title"], None, record["source"], published)


def test_conflicts_are_told_from_agreement(judged: tuple[str, list[Judged]]) -> None:
    """Sources that differ are called conflicting; ones that agree, are more precise, older or about else are not."""
    name, cases = judged
    assert len(cases) >= 40
    assert 0.3 <= sum(case.conflicting for case in cases) / len(cases) <= 0.6
    hits = sum(case.conflicting and case.right for case in cases)
    called = sum(case.answer.status is Status.CONFLICTING for case in cases)
    f1 = 2 * hits / (called + sum(case.conflicting for case in cases))
    assert f1 >= LEAST_F1[name], [case.id for case in cases if not case.right]


def test_each_side_of_a_conflict_is_quoted_by_a_source_of_its_own(judged: tuple[str, list[Judged]]) -> None:
    """Every value has quotes, and no two values share an article."""
    for case in judged[1]:
        quoting: list[str] = []
        for value in (*case.answer.values[:1], *case.answer.conflicts):
            assert value.citations
            quoting.extend({case.answer.citations[position].article_id for position in value.citations})
            words = [case.answer.citations[position].answer_text for position in value.citations]
            assert value.words in words
        assert len(quoting) == len(set(quoting))
        assert (case.answer.status is Status.CONFLICTING) is bool(case.answer.conflicts)


def test_sources_are_counted_once_each(judged: tuple[str, list[Judged]]) -> None:
    """There are never more independent sources than articles, and an answer has at least one."""
    for case in judged[1]:
        sources = case.answer.sources
        assert (sources.independent >= 1) is (case.answer.status is not Status.NOT_IN_ARTICLES)
        assert sources.independent <= sources.articles
