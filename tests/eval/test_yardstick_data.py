"""Public data sets are checked as they are read, and SQuAD's official rules are kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eval.cases import CaseError
from eval.yardsticks.beir import documents
from eval.yardsticks.beir_format import load_beir
from eval.yardsticks.data_files import evenly
from eval.yardsticks.scores import auroc_score, calibration_score, mean_score
from eval.yardsticks.squad_format import load_squad
from eval.yardsticks.squad_rules import Attempt, best_over_thresholds, exact_match, normalised, word_f1
from index.article import Article
from tests.conftest import ROOT
from tests.eval.data_sets_for_tests import (
    CORPUS,
    FERRY,
    MILL,
    OWLS,
    VELMORA,
    asked,
    paragraph,
    squad,
    write_beir,
    write_squad,
)

PUBLIC_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="module")
def squad_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four paragraphs in two files."""
    return write_squad(tmp_path_factory.mktemp("squad"))


@pytest.fixture
def beir_folder(tmp_path: Path) -> Path:
    """Six documents, one of them without words; four queries, three of them judged."""
    return write_beir(tmp_path / "beir")


# The official rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Harbour Bridge!", "harbour bridge"),
        ("an owl, a mill and the theatre", "owl mill and theatre"),
        ("U.S.-made", "usmade"),
        ("“quoted”", "“quoted”"),
        ("the", ""),
    ],
)
def test_text_is_normalised_as_the_official_evaluation_does(text: str, expected: str) -> None:
    """Small letters, no ASCII punctuation, no articles, one space; typographic quotation marks stay."""
    assert normalised(text) == expected


@pytest.mark.parametrize(
    ("prediction", "answers", "exact", "f1"),
    [
        ("The harbour bridge.", ("harbour bridge",), 1, 1),
        ("a new harbour bridge", ("harbour bridge",), 0, 4 / 5),  # 2 of 3 words are right, 2 of 2 are found
        ("five eggs", ("six", "five", "five owl eggs"), 0, 4 / 5),  # the answer that suits best: 2 of 2, 2 of 3
        ("owl owl", ("owl",), 0, 2 / 3),  # a word counts as often as it occurs
        ("mill", ("owl",), 0, 0),
        ("", ("owl",), 0, 0),
        ("", (), 1, 1),
        ("owl", (), 0, 0),
        ("the", (), 1, 1),
        ("", ("the",), 1, 1),
    ],
)
def test_exact_match_and_f1_are_those_worked_out_by_hand(
    prediction: str, answers: tuple[str, ...], exact: float, f1: float
) -> None:
    """The best of all answers counts; without answers, silence is right."""
    assert exact_match(prediction, answers) == exact
    assert word_f1(prediction, answers) == pytest.approx(f1)


def test_the_best_threshold_is_found_in_hindsight() -> None:
    """Showing the first two gains 1.5, the unanswerable third costs 1, the fourth brings 0.25 and the last costs 1."""
    attempts = [
        Attempt(0.1, answerable=False, score=0.0, empty=False),
        Attempt(0.8, answerable=True, score=0.5, empty=False),
        Attempt(0.9, answerable=True, score=1.0, empty=False),
        Attempt(0.6, answerable=False, score=0.0, empty=False),
        Attempt(0.4, answerable=True, score=0.25, empty=False),
    ]
    best, threshold = best_over_thresholds(attempts)
    assert best == pytest.approx(3.5 / 5)
    assert threshold == 0.8
    assert best_over_thresholds([replace(attempts[3], confidence=0.99)]) == (1.0, 1.0)
    assert best_over_thresholds([replace(attempts[3], empty=True), attempts[4]]) == (1.25 / 2, 0.4)
    with pytest.raises(ValueError, match="no attempts"):
        best_over_thresholds([])


def test_a_sample_is_spread_evenly_and_always_the_same() -> None:
    """From the first item on, as far apart as can be; all of them when there are no more."""
    assert evenly(range(10), 4) == (0, 2, 5, 7)
    assert evenly(range(3), 3) == evenly(range(3), 9) == evenly(range(3), None) == (0, 1, 2)
    with pytest.raises(ValueError, match="at least 1"):
        evenly(range(3), 0)


def test_scores_have_an_interval_and_are_none_where_nothing_is_eligible() -> None:
    """A mean, the area under the curve (3 of 4 pairs in order) and the calibration error, each of a few questions."""
    share = mean_score("share", [True, False, True, True])
    assert (share.value, share.eligible) == (0.75, 4)
    assert share.low is not None
    assert share.high is not None
    assert 0 <= share.low <= 0.75 <= share.high <= 1
    area = auroc_score("area", [0.9, 0.4, 0.5, 0.1], [True, True, False, False])
    assert (area.value, area.low is not None) == (0.75, True)
    assert calibration_score("error", [0.95, 0.15], [True, False]).value == pytest.approx(0.1)
    assert mean_score("none", []).value is None
    assert auroc_score("none", [0.5], [True]).value is None


# Data in SQuAD's format


def test_every_paragraph_becomes_an_article_that_a_filter_can_single_out(squad_folder: Path) -> None:
    """Titles lose their underscores, text stays as it is, and each article has a source of its own."""
    data = load_squad(squad_folder)
    assert [article.text for article in data.articles] == [VELMORA, FERRY, OWLS, MILL]
    assert [article.title for article in data.articles] == ["Velmora harbour", "Velmora harbour", *["Northfield"] * 2]
    assert len({article.source for article in data.articles}) == len({article.id for article in data.articles}) == 4
    assert [question.paragraph.text for question in data.questions[:4]] == [VELMORA, VELMORA, VELMORA, FERRY]
    assert data.questions[0].answers == ("May 14, 2024", "14 May")
    assert [question.id for question in data.questions if not question.answers] == ["architect", "bees"]


def test_a_file_without_the_mark_for_impossible_questions_is_understood(tmp_path: Path) -> None:
    """SQuAD 1.1 has no unanswerable questions; ids may be numbers, and fields that nobody needs are passed over."""
    question = {"id": 7, "question": "Who rings birds?", "answers": [{"text": "Dr. Pell"}], "extra": [1]}
    file = tmp_path / "one.json"
    file.write_text("\ufeff" + json.dumps({"version": "1.1", "data": [{"paragraphs": [paragraph(OWLS, question)]}]}))
    data = load_squad(file)
    assert (data.questions[0].id, data.questions[0].answers, data.articles[0].title) == ("7", ("Dr. Pell",), None)


GOOD = asked("a", "Who?", "Pell")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('{"data":\n[}', r"squad\.json, line 2: not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", r"squad\.json'?: record: "),
        ('{"dta": []}', r"squad\.json: data: Field required"),
        (squad(("T", [{"context": OWLS}])), r"data\.0\.paragraphs\.0\.qas: Field required"),
        (squad(("T", [paragraph(OWLS, {**GOOD, "question": None})])), r"qas\.0\.question: Input should be"),
        (squad(("T", [paragraph("\ud800", GOOD)])), r"paragraphs\.0\.context: .*half a character \(\\ud800\)"),
        (squad(("T", [paragraph(" \n", GOOD)])), r"data\.0\.paragraphs\.0: the paragraph is empty"),
        (squad(("T", [paragraph(OWLS, asked("a", " ", "Pell"))])), r"qas\.0: the question is empty"),
        (squad(("T", [paragraph(OWLS, asked("a", "w" * 2001, "Pell"))])), "over the limit of 2,000"),
        (squad(("T", [paragraph(OWLS, GOOD, GOOD)])), r"qas\.1: the id 'a' is taken"),
        (squad(("T", [paragraph(OWLS, {**GOOD, "answers": []})])), "'a' has no answer and is not marked impossible"),
        (squad(("T", [paragraph(OWLS, {**GOOD, "is_impossible": True})])), "has answers and is marked impossible"),
        (squad(("T", [paragraph(OWLS)])), "holds no questions: give one .json file"),
    ],
)
def test_a_malformed_squad_file_is_refused_with_its_place(tmp_path: Path, content: str, words: str) -> None:
    """The message names the file, the place in it, and what is wrong."""
    file = tmp_path / "squad.json"
    file.write_text(content)
    with pytest.raises(CaseError, match=words):
        load_squad(file)


def test_a_folder_without_squad_files_is_refused(tmp_path: Path) -> None:
    """With the folder's name, and what it should hold."""
    with pytest.raises(CaseError, match=r"has no \.json file: give one \.json file in the format of SQuAD 2\.0"):
        load_squad(tmp_path)
    with pytest.raises(CaseError, match=r"missing' is not there"):
        load_squad(tmp_path / "missing")
    (tmp_path / "latin.json").write_bytes(b'{"data": "\xe9"}')
    with pytest.raises(CaseError, match="not UTF-8 at byte 10"):
        load_squad(tmp_path)


# Data in BEIR's layout


def test_every_document_becomes_an_article_and_what_cannot_be_used_is_counted(beir_folder: Path) -> None:
    """One document has no words, one query nothing relevant, one relevant document is not in the corpus."""
    data = load_beir(beir_folder)
    assert [(article.source, article.title) for article in data.articles] == [
        ("bridge", "Harbour bridge opens"),
        ("ferry", "The last ferry"),
        ("owls", "Owls move into library"),
        ("mill", None),
        ("note", None),
    ]
    assert data.articles[4].text == "A note without text"
    assert [(query.id, dict(query.relevant)) for query in data.queries] == [
        ("q1", {"ferry": 2.0, "bridge": 1.0}),
        ("q2", {"owls": 1.0, "gone": 1.0}),
    ]
    assert (data.wordless, data.irrelevant, data.unknown) == (1, 1, 1)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"corpus": [CORPUS[0], "{not json"]}, r"corpus\.jsonl, line 2: not JSON"),
        ({"corpus": [{"title": "no id"}]}, r"corpus\.jsonl, line 1: _id: Field required"),
        ({"corpus": [CORPUS[0], "", CORPUS[0]]}, r"corpus\.jsonl, line 3: the id 'bridge' is taken"),
        ({"corpus": [CORPUS[5]]}, r"corpus\.jsonl' holds no documents"),
        ({"queries": [{"_id": "q1"}]}, r"queries\.jsonl, line 1: text: Field required"),
        ({"queries": [{"_id": "q1", "text": " "}]}, r"test\.tsv, line 2: the query 'q1' is empty"),
        ({"qrels": ["query-id\tcorpus-id\tscore", "q9\tmill\t1"]}, r"test\.tsv, line 2: no line of queries.* 'q9'"),
        ({"qrels": ["q1\tmill\t1", "q1\tmill\t2"]}, r"line 2: document 'mill' has two scores for query 'q1'"),
        ({"qrels": ["q1\tmill\t1", "q1\tferry\tyes"]}, r"line 2: the score 'yes' is not a whole number"),
        ({"qrels": ["q1 0 mill 1"]}, r"line 1: 1 columns parted by tabs, not 3"),
        ({"qrels": ["query-id\tcorpus-id\tscore"]}, "holds no judgements"),
        ({"qrels": ["q1\tgone\t1"]}, "judges no document of the corpus relevant"),
    ],
)
def test_a_malformed_beir_folder_is_refused_with_file_and_line(
    tmp_path: Path, parts: dict[str, list[object]], words: str
) -> None:
    """The message says where, and what is wrong."""
    folder = write_beir(tmp_path / "beir", **parts)  # type: ignore[arg-type]
    with pytest.raises(CaseError, match=words):
        load_beir(folder)


def test_a_beir_folder_with_missing_files_is_refused(tmp_path: Path, beir_folder: Path) -> None:
    """The message names the folder, each missing file, the splits that are there, and the layout."""
    with pytest.raises(CaseError, match=r"lacks qrels/dev\.tsv \(splits that are there: test\): a folder in BEIR's"):
        load_beir(beir_folder, "dev")
    (beir_folder / "corpus.jsonl").unlink()
    (beir_folder / "queries.jsonl").unlink()
    with pytest.raises(CaseError, match=r"beir' lacks corpus\.jsonl and queries\.jsonl"):
        load_beir(beir_folder)
    with pytest.raises(CaseError, match="is not there"):
        load_beir(tmp_path / "nowhere")
    with pytest.raises(CaseError, match="is not a folder"):
        load_beir(beir_folder / "qrels" / "test.tsv")


def test_a_document_stands_where_its_best_chunk_stands() -> None:
    """Later chunks of it count nothing, nor does the document that the query is; 100 documents at most."""
    ranked = [Article(f"{number}", "Words.", source=key) for number, key in enumerate("bacbqd")]
    assert documents("q", ranked) == ["b", "a", "c", "d"]
    assert len(documents("q", [Article(f"{n}", "Words.", source=f"d{n}") for n in range(150)])) == 100


# The public data themselves


def test_the_public_data_are_read_whole() -> None:
    """Run only where they are at hand: their numbers are those published, or of the part that is there."""
    if not PUBLIC_DATA.is_dir():
        pytest.skip("the public data sets are not here")
    squad_data = load_squad(PUBLIC_DATA / "squad2-dev-a.json")
    assert (len(squad_data.articles), len(squad_data.questions)) == (636, 6307)
    assert sum(not question.answers for question in squad_data.questions) == 3288
    beir_data = load_beir(PUBLIC_DATA / "scifact")
    assert (len(beir_data.articles), len(beir_data.queries)) == (5183, 300)
    assert sum(len(query.relevant) for query in beir_data.queries) == 339
    assert (beir_data.wordless, beir_data.irrelevant, beir_data.unknown) == (0, 0, 0)
