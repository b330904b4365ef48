"""Sources are compared by what they give for what was asked: dates, quantities and names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from index.article import Article
from index.embedding import Embedder
from index.library import Library
from rag.agreement.comparison import asks_for_several
from rag.agreement.values import DateValue, NameValue, QuantityValue, Relation, Value, WordsValue
from rag.answer import Answer, Question, Sources, Status
from rag.facts.quantities import Measure, Reading
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from rag.time_expressions.interval import DateInterval

CASES = Path(__file__).with_name("agreement_cases.jsonl")
HELD_OUT = Path(__file__).with_name("agreement_cases_held_out.jsonl")
LEAST_F1 = {CASES.name: 0.8, HELD_OUT.name: 0.55}


def days(first: str, last: str) -> DateValue:
    """A run of days."""
    return DateValue(DateInterval(date.fromisoformat(first), date.fromisoformat(last)))


def count(least: float, most: float | None = None, unit: str = "", measure: Measure = Measure.COUNT) -> QuantityValue:
    """A quantity, or one that its words leave open from `least` to `most`."""
    if most is not None:
        return QuantityValue(measure, unit, least, most)
    return QuantityValue.of(Reading(measure, Fraction(least), Fraction(least)), unit)


def length(number: float, metres: float) -> QuantityValue:
    """So many units of so many metres."""
    return QuantityValue.of(Reading(Measure.COUNT, Fraction(number), Fraction(number)), "length", metres)


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
        (length(17, 1000), length(17.4, 1000), Relation.DIFFERS),
        (length(30, 0.3048), length(9, 1), Relation.AGREES),
        (length(6853, 1000), length(6650, 1000), Relation.DIFFERS),
        (count(41), count(388_652), Relation.UNRELATED),
        (days("1871-01-01", "1871-12-31"), days("1884-01-01", "1884-12-31"), Relation.DIFFERS),
        (days("2015-09-30", "2015-09-30"), days("2020-03-05", "2020-03-05"), Relation.UNRELATED),
        (count(100_000, 125_000), count(104_217), Relation.AGREES),
        (count(340, unit="length"), count(340, unit="time"), Relation.UNRELATED),
        (count(38, measure=Measure.PERCENTAGE), count(46, measure=Measure.PERCENTAGE), Relation.DIFFERS),
        (count(38, measure=Measure.PERCENTAGE), count(38), Relation.UNRELATED),
        (NameValue(("Ingrid Solheim",)), NameValue(("Solheim",)), Relation.AGREES),
        (NameValue(("Lopez", "Grant")), NameValue(("Maria Grant",)), Relation.AGREES),
        (NameValue(("Henk Visser",)), NameValue(("Samira Haddou",)), Relation.DIFFERS),
        (NameValue(("Maria Lopez",)), NameValue(("Carlos Lopez",)), Relation.UNRELATED),
        (NameValue(("Clare Bannister",)), NameValue(("Claire Banister",)), Relation.AGREES),
        (NameValue(("Peter Hansen",)), NameValue(("Peter Jansen",)), Relation.UNRELATED),
        (NameValue(("Austria",)), NameValue(("Australia",)), Relation.DIFFERS),
        (WordsValue(frozenset({"silver", "chalice"})), WordsValue(frozenset({"chalice"})), Relation.AGREES),
        (WordsValue(frozenset({"chalice"})), WordsValue(frozenset({"clock"})), Relation.DIFFERS),
    ],
)
def test_two_values_agree_differ_or_cannot_be_compared(one: Value, other: Value, relation: Relation) -> None:
    """A value that is only more precise agrees, and which one comes first does not matter."""
    assert one.relation_to(other) is relation
    assert other.relation_to(one) is relation


MARCH = Article(
    "m", "The Alder tunnel opened in March 2015. Two ferries were sold.", "Tunnel", published=date(2020, 1, 1)
)
SEPTEMBER = Article(
    "s", "It was in September 2015 that the Alder tunnel opened.", "A year under water", published=date(2021, 1, 1)
)
SOMETIME = Article(
    "y", "The Alder tunnel opened in 2015 and has no toll.", "Roads of the north", published=date(2022, 1, 1)
)


@pytest.fixture
def tunnel(tmp_path: Path, embedder: Embedder, reader_model: ReaderModel) -> Iterator[QuestionAnswerer]:
    """Three articles on one opening: a year, and two months of it that exclude each other."""
    library = Library(tmp_path, embedder)
    library.add([MARCH, SEPTEMBER, SOMETIME])
    yield QuestionAnswerer(library, reader_model)
    library.close()


def test_two_dates_within_a_vaguer_one_still_disagree(tunnel: QuestionAnswerer) -> None:
    """March and September of one year do not agree because an article names the year alone."""
    answer = tunnel.ask(Question("When did the Alder tunnel open?"))
    assert answer.status is Status.CONFLICTING
    assert {"March 2015", "September 2015"} <= {value.text for value in (*answer.values, *answer.conflicts)}


def test_an_article_that_is_removed_while_it_is_answered_is_a_source_of_its_own(tunnel: QuestionAnswerer) -> None:
    """What was found is still told."""
    examined = tunnel.examine(Question("When did the Alder tunnel open?"))
    tunnel.library.remove(examined.ranked[0].article.id)
    assert tunnel.answer(examined).sources.independent >= 1


def test_copies_published_after_the_day_asked_about_are_not_counted(
    tmp_path: Path, embedder: Embedder, reader_model: ReaderModel
) -> None:
    """As of a day, only what had been published by then counts."""
    text = " ".join(
        [MARCH.text, *(f"Sentence {n} tells of pump {n} and of its keeper, number {n}." for n in range(12))]
    )
    library = Library(tmp_path, embedder)
    library.add(
        Article(f"copy {year}", text, f"Tunnel {year}", source=f"Outlet {year}", published=date(year, 1, 1))
        for year in (2016, 2018, 2021)
    )
    answerer = QuestionAnswerer(library, reader_model)
    question = "When did the Alder tunnel open?"
    assert answerer.ask(Question(question)).sources == Sources(3, 1)
    assert answerer.ask(Question(question, as_of=date(2019, 1, 1))).sources == Sources(2, 1)
    library.close()


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which cities were hit?", True),
        ("Who were the pilots?", True),
        ("Which languages are spoken there?", True),
        ("Name the ships.", True),
        ("Which city was chosen?", False),
        ("Which country has banned it?", False),
        ("Which river runs through Sarnt?", False),
        ("What does Maria Lopez own?", False),
        ("Who was the pilot?", False),
    ],
)
def test_a_question_that_asks_for_several_is_told_by_its_noun(question: str, several: bool) -> None:
    """Verbs that end like plurals do not make it one."""
    assert asks_for_several(question) is several


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
        for value in (*case.answer.values, *case.answer.conflicts):
            assert value.citations
            quoting.extend(sorted({case.answer.citations[position].article_id for position in value.citations}))
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
