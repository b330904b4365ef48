"""The eval: cases are checked, metrics mean what they say, and the gate fails when a case that passed breaks."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval import metrics
from eval.baseline import compare, load_baseline, save_baseline
from eval.cases import CaseError, load_cases
from eval.metrics import CaseResult
from eval.runner import run
from index.errors import InputError
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from rag.reading import ReaderParameters
from service import cli
from service.wire import AnswerOut
from tests.conftest import REAL_ARTICLES, ROOT, SAMPLES

SHIPPED = ROOT / "eval" / "cases" / "shipped.jsonl"
REAL_NEWS = ROOT / "eval" / "cases" / "real-news.jsonl"


def result(key: str, *, answered: bool = True, right: bool = True, unanswerable: bool = False) -> CaseResult:
    """A case's result of which only this matters."""
    return CaseResult(
        key, "?", (), unanswerable, answered, right, None if unanswerable else True, ("quote",), 1, 1, 0.5, 1.0
    )


def write(file: Path, *lines: object) -> Path:
    """A JSONL file; text is written as it is."""
    file.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return file


def assert_every_citation_holds(answerer: QuestionAnswerer, questions: Sequence[str]) -> int:
    """Fetches each cited article afresh and compares the characters; the number of citations compared."""
    compared = 0
    for words in questions:
        question = Question(words)
        for citation in AnswerOut.of(question, answerer.ask(question)).citations:
            article = answerer.library.catalogue.articles([citation.article_id])[citation.article_id]
            assert article.text[citation.start_char_index : citation.end_char_index] == citation.cited_text
            assert article.sha256 == citation.article_sha256
            compared += 1
    return compared


def test_every_citation_of_every_shipped_case_is_verbatim(answerer: QuestionAnswerer) -> None:
    """Checked against the stored article by the test itself, not by the code under test."""
    assert assert_every_citation_holds(answerer, [case.question for case in load_cases(SHIPPED)]) > 100


def test_the_shipped_cases_are_enough_and_all_satisfiable(answerer: QuestionAnswerer) -> None:
    """At least 40, 12 of them unanswerable, the first question of all among them; each value stands somewhere."""
    cases = load_cases(SHIPPED)
    assert len(cases) >= 40
    assert sum(case.unanswerable for case in cases) >= 12
    assert "When did Russia intervene?" in {case.question for case in cases}
    texts = " ".join(article.text for article in answerer.library.articles()).casefold()
    for case in cases:
        assert case.unanswerable or any(value.casefold() in texts for value in case.expect), case.id


def test_the_cases_on_real_articles_pass_as_in_their_baseline(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Run only where the five articles are at hand."""
    if not REAL_ARTICLES.is_dir():
        pytest.skip("the five real articles are not here")
    assert len(load_cases(REAL_NEWS)) >= 20
    arguments = ["pullquote", "eval", "--cases", str(REAL_NEWS), "--articles", str(REAL_ARTICLES)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as leaving:
        cli.main()
    assert leaving.value.code == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{not json"], "line 1: not JSON"),
        ([{"id": "a", "question": "Who?"}], "give either `expect` or `unanswerable: true`"),
        ([{"id": "a", "question": "Who?", "expect": ["x"], "unanswerable": True}], "give either"),
        ([{"id": "a", "question": "Who?", "unanswerable": True, "cite": ["x"]}], "cannot name articles"),
        ([{"id": "a", "question": "Who?", "expect": ["x"], "expcet": 1}], "expcet"),
        ([{"id": "a", "question": "Who?", "unanswerable": True}] * 2, "line 2: the id 'a' is taken"),
        ([], "holds no cases"),
    ],
)
def test_a_malformed_case_file_is_refused_with_file_and_line(tmp_path: Path, lines: list[object], words: str) -> None:
    """The message says where, and what is wrong."""
    with pytest.raises(CaseError, match=words):
        load_cases(write(tmp_path / "cases.jsonl", *lines))


def test_a_case_that_names_an_unknown_article_is_refused(tmp_path: Path, answerer: QuestionAnswerer) -> None:
    """A case that could never pass is a mistake in the case."""
    case = {"id": "a", "question": "Who?", "expect": ["x"], "cite": ["no-such-file.txt"]}
    cases = load_cases(write(tmp_path / "cases.jsonl", case))
    with pytest.raises(CaseError, match=r"no-such-file\.txt"):
        run(cases, answerer, SAMPLES)


def test_the_scores_are_shares_of_the_cases_they_are_about() -> None:
    """Two answerable (one right), one answered wrongly though unanswerable, one rightly met with silence."""
    results = [
        result("right"),
        result("wrong", right=False),
        result("guessed", right=False, unanswerable=True),
        result("silent", answered=False, unanswerable=True),
    ]
    assert metrics.answer_accuracy(results) == 1 / 2
    assert metrics.answer_precision(results) == 1 / 3
    assert metrics.silence_recall(results) == 1 / 2
    assert metrics.silence_precision(results) == 1
    assert metrics.citation_validity(results) == 1
    assert metrics.hit_rate(results, 1) == 1
    deeper = [replace(results[0], rank=2), replace(results[1], rank=None)]
    assert metrics.hit_rate(deeper, 1) == 0
    assert metrics.mean_reciprocal_rank(deeper) == 1 / 4


def test_a_score_without_eligible_cases_is_none_rather_than_zero() -> None:
    """Nothing asked is not the same as nothing right."""
    assert set(metrics.summary([]).values()) == {None}


def test_a_case_passes_only_with_right_words_from_a_right_article_verbatim() -> None:
    """Each of the three alone fails it."""
    good = result("a")
    assert good.passed
    assert not replace(good, right=False).passed
    assert not replace(good, cited=False).passed
    assert not replace(good, verbatim=0).passed


def test_a_baseline_tells_fixed_broken_new_and_gone(tmp_path: Path) -> None:
    """Only a case that passed before can break."""
    file = tmp_path / "deep" / "baseline.json"
    save_baseline(file, [result("a"), result("b", right=False), result("c"), result("d", right=False)])
    now = [result("a", right=False), result("b"), result("d", right=False), result("e")]
    found = compare(now, load_baseline(file))
    assert (found.broken, found.fixed, found.new, found.gone) == (("a",), ("b",), ("e",), ("c",))


@pytest.mark.parametrize("content", ["", "[]", '{"scores": {}}', '{"passed": 3}'])
def test_a_file_that_is_no_baseline_is_refused(tmp_path: Path, content: str) -> None:
    """With the option that makes one."""
    (tmp_path / "b.json").write_text(content)
    with pytest.raises(CaseError, match="--update-baseline"):
        load_baseline(tmp_path / "b.json")
    assert issubclass(CaseError, InputError)


@pytest.fixture
def small_eval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A folder with one article, a case that passes and one that fails, and the command that asks them."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "ferry.txt").write_text("The ferry to Port Ellis sails again on Monday. It carries 90 passengers.")
    cases = write(
        tmp_path / "cases.jsonl",
        {
            "id": "ferry",
            "question": "How many passengers does the ferry carry?",
            "expect": ["90"],
            "cite": ["ferry.txt"],
        },
        {"id": "moon", "question": "Who first walked on the moon?", "unanswerable": True},
        {"id": "hard", "question": "How many passengers does the ferry carry?", "expect": ["91"], "tags": ["wrong"]},
    )
    monkeypatch.chdir(tmp_path)
    return ["pullquote", "eval", "--cases", str(cases), "--articles", str(articles), "--baseline", "base.json"]


def test_the_command_writes_a_baseline_and_holds_the_next_run_to_it(
    small_eval: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 0 while nothing that passed fails, 1 as soon as something does."""

    def status(*more: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", [*small_eval, *more])
        with pytest.raises(SystemExit) as leaving:
            cli.main()
        assert isinstance(leaving.value.code, int)
        return leaving.value.code, capsys.readouterr().out

    code, printed = status("--update-baseline")
    assert (code, "2 of 3 cases pass" in printed) == (0, True)
    code, printed = status("--json")
    report = json.loads(printed)
    assert code == 0
    assert report["scores"]["citation validity"] == 1.0
    assert [case["passed"] for case in report["cases"]] == [True, True, False]
    baseline = Path("base.json")
    baseline.write_text(baseline.read_text().replace('"hard": false', '"hard": true'))
    code, printed = status()
    assert (code, "broken: hard" in printed) == (1, True)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_reader_that_never_or_always_is_silent_fails_the_gate(answerer: QuestionAnswerer, threshold: float) -> None:
    """Cases that pass today break when abstention does, either way."""
    cases = load_cases(SHIPPED)
    broken = replace(answerer, reader=replace(answerer.reader, threshold=threshold))
    assert isinstance(broken.reader, ReaderParameters)
    baseline = {item.id: item.passed for item in run(cases, answerer, SAMPLES)}
    assert compare(run(cases, broken, SAMPLES), baseline).broken
