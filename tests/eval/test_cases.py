"""Cases: what a file may hold, and what is said of one that cannot be used or met."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from eval.case_checks import unsatisfiable
from eval.cases import Case, CaseError, case_line, load_cases
from eval.expectations import normalised
from eval.runner import run
from index.article import Article
from index.errors import InputError
from rag.pipeline import QuestionAnswerer
from tests.conftest import BRIDGE, ROOT, SAMPLES
from tests.eval.results_for_tests import write_lines

SHIPPED = ROOT / "eval" / "cases" / "shipped.jsonl"
WHO = {"id": "a", "question": "Who?"}


def case(**fields: object) -> Case:
    """A case of which only this matters."""
    return Case.model_validate({**WHO, **fields})


def test_the_shipped_cases_are_enough_and_all_satisfiable(answerer: QuestionAnswerer) -> None:
    """At least 40, 12 of them unanswerable, the first question of all among them; each value stands somewhere."""
    cases = load_cases(SHIPPED)
    assert len(cases) >= 40
    assert sum(case.unanswerable for case in cases) >= 12
    assert "When did Russia intervene?" in {case.question for case in cases}
    texts = [normalised(article.text) for article in answerer.library.articles()]
    for each in cases:
        assert each.unanswerable or any(normalised(value) in text for value in each.expect for text in texts), each.id


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{not json"], "line 1: not JSON"),
        (["[" * 100_000], "line 1: not JSON"),
        (["", "[]"], "line 2: case: .*object"),
        ([WHO], "give either `expect`"),
        ([{**WHO, "expect": ["x"], "unanswerable": True}], "give either"),
        ([{**WHO, "conflicting": True, "unanswerable": True}], "give either"),
        ([{**WHO, "unanswerable": True, "cite": ["x"]}], "cannot name articles"),
        ([{**WHO, "unanswerable": True, "must_cite": ["x"]}], "cannot name articles"),
        ([{**WHO, "expect": ["x"], "expcet": 1}], "expcet"),
        ([{**WHO, "expect": [" "]}], r"expect\.0"),
        ([{**WHO, "expect": ["x"], "question": "?" * 2001}], "question: .*2000 characters"),
        ([{**WHO, "expect_regex": "(x"}], "expect_regex: .*not a regular expression"),
        ([{**WHO, "expect_date": {"from": "2015-10-01", "to": "2015-09-01"}}], "expect_date: `from` 2015-10-01 is"),
        ([{**WHO, "expect_date": {"from": "2015-02-30", "to": "2015-09-01"}}], r"expect_date\.from"),
        ([{**WHO, "expect_number": {"value": 4, "tolerance": -1}}], r"expect_number\.tolerance"),
        (['{"id": "a", "question": "Who?", "expect_number": {"value": NaN}}'], r"expect_number\.value"),
        ([{**WHO, "expect": ["x"], "as_of": "yesterday"}], "as_of"),
        ([{**WHO, "unanswerable": True}] * 2, "line 2: the id 'a' is taken"),
        ([], "holds no cases"),
    ],
)
def test_a_malformed_case_file_is_refused_with_file_and_line(tmp_path: Path, lines: list[object], words: str) -> None:
    """The message says where, and what is wrong."""
    file = write_lines(tmp_path / "cases.jsonl", *lines)
    with pytest.raises(CaseError, match=words) as caught:
        load_cases(file)
    assert str(file) in str(caught.value)
    assert isinstance(caught.value, InputError)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """One that is not there, and one that is no text."""
    (tmp_path / "bytes.jsonl").write_bytes(b"\xff\xfe\x00")
    for name in ("none.jsonl", "bytes.jsonl"):
        with pytest.raises(CaseError, match=name):
            load_cases(tmp_path / name)


def test_a_case_is_the_same_after_it_was_written_as_a_line(tmp_path: Path) -> None:
    """Every field survives, and what has its default takes no room."""
    full = case(
        expect=["“Ein\u2028Wort”"],
        expect_all=["a", "b"],
        expect_regex=r"\d+ m",
        expect_date={"from": "2015-09-01", "to": "2015-09-30"},
        expect_number={"value": 1.5, "tolerance": 0.1},
        cite=["a.txt"],
        must_cite=["b.txt"],
        evidence=[{"article": "c.txt", "text": "It is so."}],
        must_not_say=["never"],
        conflicting=True,
        as_of="2020-01-01",
        history=["What?"],
        tags=["who"],
    )
    short = case(id="b", unanswerable=True)
    assert case_line(short) == '{"id": "b", "question": "Who?", "unanswerable": true}'
    assert load_cases(write_lines(tmp_path / "c.jsonl", case_line(full), "", case_line(short))) == [full, short]
    assert full.right_articles == ("a.txt", "b.txt", "c.txt")


def test_a_case_that_names_an_unknown_article_is_refused(answerer: QuestionAnswerer) -> None:
    """A case that could never pass is a mistake in the case, wherever it names the article."""
    evidence = [{"article": "no-such-file.txt", "text": "x"}]
    for naming in ({"cite": ["no-such-file.txt"]}, {"must_cite": ["no-such-file.txt"]}, {"evidence": evidence}):
        with pytest.raises(CaseError, match=r"case 'a' .*no-such-file\.txt"):
            run([case(expect=["x"], **naming)], answerer, SAMPLES)


def test_an_expected_value_that_no_article_can_satisfy_is_named() -> None:
    """By its case, for each kind of expectation; those that an article has are not."""
    articles = {"bridge": BRIDGE, "undated": Article("undated", "It cost 41 million euros.")}
    cases = [
        case(id="good", expect=["the NEW harbour"], expect_regex="six  ?years", expect_number={"value": 4e7}),
        case(
            id="proven",
            expect=["ribbon"],
            evidence=[{"article": "bridge", "text": "Mayor Ines Calloway\ncut the ribbon."}],
        ),
        case(id="dated", expect_date={"from": "2024-05-01", "to": "2024-05-31"}, cite=["bridge"]),
        case(id="one-of", expect=["Calloway", "Callaway"]),
        case(id="all", expect_all=["six years", "seven years"]),
        case(id="pattern", expect_regex=r"\d+ eggs"),
        case(id="day", expect_date={"from": "2023-01-01", "to": "2023-12-31"}),
        case(id="number", expect_number={"value": 39e6, "tolerance": 5e5}),
        case(id="proof", expect=["ribbon"], evidence=[{"article": "bridge", "text": "Nobody cut the ribbon."}]),
        case(id="early", expect=["41 million"], cite=["undated"], as_of=date(2024, 6, 1)),
        case(id="silence", unanswerable=True, must_not_say=["whatever"]),
    ]
    assert unsatisfiable(cases, articles) == (
        "case 'one-of': no article says \"Callaway\"",
        "case 'all': no article says \"seven years\"",
        r"case 'pattern': no article says /\d+ eggs/",
        "case 'day': no article says a date from 2023-01-01 to 2023-12-31",
        "case 'number': no article says the number 39,000,000 ± 500,000",
        "case 'proof': 'bridge' does not say the evidence 'Nobody cut the ribbon.'",
        "case 'early': no article published by 2024-06-01 says \"41 million\"",
        "case 'early': 'undated' is not known to be published by 2024-06-01",
    )
