"""Reading-comprehension files become records, or the place where they are wrong is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.cases import CaseError
from eval.training.records import Record, is_held_out, load_records, record_of
from eval.yardsticks.squad_format import SquadQuestion
from index.article import Article, Span
from tests.eval.training.records_for_tests import line, town, write_lines

BRIDGE = {"question": "Who?", "title": "Old_bridge", "context": "Mina Orr.", "answers": [{"text": "Orr", "start": 5}]}
OTHER = {**BRIDGE, "title": "Quay"}


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    """In the order of the files and their lines, underscores of titles as spaces; blank lines are nothing."""
    one, other = town("Carrow", 4), town("Sandwick", 9)
    first = write_lines(tmp_path / "a.jsonl.gz", [line(one), "", line(other)])
    second = write_lines(tmp_path / "b.jsonl.gz", [BRIDGE, OTHER])
    found = load_records([first, second])
    assert found[:2] == [one, other]
    assert found[2] == Record("Who?", "Old bridge", "Mina Orr.", Span(5, 8))
    assert found[2].answer_text == "Orr"


def test_questions_without_an_answer_are_kept(tmp_path: Path) -> None:
    """Whether no answer is given, or one that is marked impossible."""
    file = write_lines(tmp_path / "a.jsonl.gz", [{**BRIDGE, "answers": []}, {**OTHER, "impossible": True}])
    assert [(one.answer, one.answer_text) for one in load_records([file])] == [(None, "")] * 2


def test_the_only_title_of_a_file_is_left_out(tmp_path: Path) -> None:
    """It names the data set and not the article; a file with two titles keeps them."""
    alone = write_lines(tmp_path / "a.jsonl.gz", [BRIDGE, BRIDGE])
    both = write_lines(tmp_path / "b.jsonl.gz", [BRIDGE, OTHER])
    assert [one.title for one in load_records([alone, both])] == ["", "", "Old bridge", "Quay"]


def test_a_line_whose_answer_has_no_known_place_is_passed_over(tmp_path: Path) -> None:
    """-1 stands for that."""
    unknown = {**BRIDGE, "answers": [{"text": "Orr", "start": -1}]}
    assert len(load_records([write_lines(tmp_path / "a.jsonl.gz", [unknown, BRIDGE, OTHER])])) == 2


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("{", "line 2: not JSON"),
        ({"question": "Who?", "answers": []}, "line 2: context: Field required"),
        ({**BRIDGE, "answers": [{"text": "Orr", "start": 4}]}, "line 2: the answer 'Orr' does not stand at 4"),
        ({**BRIDGE, "answers": [{"text": "Orr", "start": 90}]}, "line 2: the answer 'Orr' does not stand at 90"),
        ({**BRIDGE, "answers": [{"text": "", "start": 4}]}, "line 2: an answer has no text"),
        ('{"question": "\\ud800", "context": "", "answers": []}', "line 2: question: Value error, half a character"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, bad: object, message: str) -> None:
    """With its file, its number and what is wrong."""
    file = write_lines(tmp_path / "a.jsonl.gz", [BRIDGE, bad])
    with pytest.raises(CaseError, match=message):
        load_records([file])


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    """Cut off, damaged, not compressed, not UTF-8 or not there."""
    whole = write_lines(tmp_path / "whole.jsonl.gz", [line(town(f"Carrow{n}", n)) for n in range(50)]).read_bytes()
    contents = {
        "cut": whole[: len(whole) // 2],
        "damaged": whole[:40] + bytes(byte ^ 0xFF for byte in whole[40:80]) + whole[80:],
        "plain": b'{"question": "Who?"}\n',
        "latin": gzip.compress(b'{"question": "\xe9"}\n'),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    for name in (*contents, "missing"):
        with pytest.raises(CaseError, match=f"{name}' cannot be read: .*; give a .jsonl.gz file"):
            load_records([tmp_path / name])


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1), st.text(), st.text(), st.floats(0, 1), st.floats(0, 1))
def test_whether_an_article_is_held_out_is_decided_by_its_title(
    title: str, context: str, other: str, share: float, more: float
) -> None:
    """All its records are on one side; a larger share holds out the same articles and others."""
    one, two = Record("a?", title, context, None), Record("b?", title, other, Span(0, 1))
    assert is_held_out(one, share) == is_held_out(two, share)
    low, high = sorted((share, more))
    assert is_held_out(one, high) or not is_held_out(one, low)


def test_the_share_held_out_is_the_one_asked_for() -> None:
    """Within the noise of 2,000 articles; texts without a title count each by itself."""
    titled = [Record("?", f"article {number}", "", None) for number in range(2000)]
    untitled = [Record("?", "", f"text {number}", None) for number in range(2000)]
    for records in (titled, untitled):
        assert 50 < sum(map(is_held_out, records)) < 110
        assert sum(is_held_out(one, 0.5) for one in records) == pytest.approx(1000, abs=100)


def test_a_squad_question_becomes_a_record() -> None:
    """Its answer is the first that stands in the paragraph; one without answers is unanswerable."""
    paragraph = Article("squad:1", "A lamp stood in the mist.", "Lamps", source="1")
    assert record_of(SquadQuestion("a", "Where?", paragraph, ("fog", "the mist"))) == Record(
        "Where?", "Lamps", paragraph.text, Span(16, 24)
    )
    assert record_of(SquadQuestion("b", "Who?", paragraph, ())).answer is None
    with pytest.raises(CaseError, match=r"'c': none of its answers \['fog'\] stands in its paragraph"):
        record_of(SquadQuestion("c", "Where?", paragraph, ("fog",)))
