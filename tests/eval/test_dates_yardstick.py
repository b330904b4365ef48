"""The yardstick of time expressions: what is read, and how found and tagged ones are compared."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from eval.cases import CaseError
from eval.yardsticks.bench import measure
from eval.yardsticks.dates import ALL, EVEN, ODD, dates_result
from eval.yardsticks.dates_format import load_dated_documents
from eval.yardsticks.dates_scores import DatesResult, dates_scores
from service.settings import Settings
from tests.eval.conftest import Command

FERRY = "The ferry sank on Friday night. It was built in 1990 for three years."
BRIDGE = "The bridge opens in May 2016."


def tag(text: str, words: str, type_: str, value: str) -> dict[str, object]:
    """A tag as a file has it."""
    start = text.index(words)
    return {"start": start, "end": start + len(words), "text": words, "type": type_, "value": value, "mod": None}


def lines() -> list[dict[str, object]]:
    """Two documents: five expressions tagged, of which one is none by the rules and one has another span and value."""
    ferry = [
        tag(FERRY, "1990", "DATE", "1990"),
        tag(FERRY, "Friday", "DATE", "2015-11-06"),
        tag(FERRY, "ferry", "DATE", "XXXX"),
        tag(FERRY, "three years", "SET", "P3Y"),
    ]
    return [
        {"dct": "2015-11-12T10:00", "text": FERRY, "timex": ferry},
        {"dct": "2015-11-12", "text": BRIDGE, "timex": [tag(BRIDGE, "May 2016", "DATE", "2016-05")]},
    ]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The two documents, packed."""
    file = tmp_path / "dated.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines())).encode()))
    return file


def unheard(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody listens to."""


def test_an_expression_found_is_paired_with_one_tagged_that_it_overlaps(data: Path) -> None:
    """Span, type and value are compared within a pair only."""
    ferry, bridge = map(dates_result, load_dated_documents(data))
    assert ferry == DatesResult(number=0, found=3, tagged=4, matched=3, exact=2, valued=2, typed=1)
    assert bridge == DatesResult(number=1, found=1, tagged=1, matched=1, exact=1, valued=1, typed=1)


def test_scores_are_those_of_tempeval() -> None:
    """F1 of spans that overlap, of equal ones, and overlap times the share of right values and types."""
    results = [DatesResult(0, 8, 10, 6, 5, 3, 4), DatesResult(1, 2, 0, 0, 0, 0, 0)]
    scores = {score.name: score for score in dates_scores(results)}
    assert scores["relaxed precision"].value == pytest.approx(6 / 10)
    assert scores["relaxed recall"].value == pytest.approx(6 / 10)
    assert scores["relaxed F1"].value == pytest.approx(0.6)
    assert scores["strict F1"].value == pytest.approx(5 / 10)
    assert scores["value F1"].value == pytest.approx(0.6 * 3 / 6)
    assert scores["type F1"].value == pytest.approx(0.6 * 4 / 6)
    interval = scores["relaxed F1"]
    assert interval.low is not None
    assert interval.high is not None
    assert interval.low <= 0.6 <= interval.high


def test_without_a_tag_there_is_no_score() -> None:
    """An ineligible half has no value rather than zero."""
    assert {score.value for score in dates_scores([])} == {None}
    assert {score.value for score in dates_scores([DatesResult(0, 3, 0, 0, 0, 0, 0)])} == {None}


def test_a_file_is_measured_as_a_whole_and_by_halves(data: Path) -> None:
    """Counts, three sections, and a sample that says so."""
    report = measure("dates", data, Settings(), None, unheard)
    assert [section.title for section in report.sections] == [ALL, EVEN, ODD]
    assert {count.name: count.number for count in report.counts} == {
        "documents": 2,
        "expressions tagged by annotators": 5,
        "expressions found": 4,
    }
    assert report.score(ALL, "relaxed recall").value == pytest.approx(4 / 5)
    assert report.score(EVEN, "relaxed recall").value == pytest.approx(3 / 4)
    assert report.score(ODD, "value F1").value == 1
    sample = measure("dates", data, Settings(), 1, unheard)
    assert (sample.sampled, sample.score(ODD, "value F1").value) == (True, None)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"dct": "yesterday"}, "dct is no date: 'yesterday'"),
        (
            {"timex": [{"start": 0, "end": 3, "text": "May", "type": "DATE", "value": "2016-05"}]},
            "'May' does not stand at",
        ),
        ({"timex": [{"start": 4, "end": 4, "text": "", "type": "DATE", "value": ""}]}, "does not stand at"),
        ({"text": None}, "text"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, change: dict[str, object], problem: str
) -> None:
    """The second line is the faulty one."""
    file = tmp_path / "dated.jsonl"
    first, second = lines()
    file.write_text(f"{json.dumps(first)}\n{json.dumps(second | change)}\n")
    with pytest.raises(CaseError, match=f"line 2: .*{problem}"):
        load_dated_documents(file)
    file.write_text("\n")
    with pytest.raises(CaseError, match="holds no documents"):
        load_dated_documents(file)
    with pytest.raises(CaseError, match="is no file: give one"):
        load_dated_documents(tmp_path)


def test_the_command_measures_dates(command: Command, data: Path) -> None:
    """Tables or JSON."""
    printed = command("bench", "dates", "--data", data, "--json")
    assert printed.status == 0, printed.err
    assert json.loads(printed.out)["name"] == "dates"
    assert "value F1" in command("bench", "dates", "--data", data).out
