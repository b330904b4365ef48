"""Fitting the reader: on a small file in SQuAD's form, through the real library."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from eval.fitting import __main__ as fitting
from eval.fitting import ablation
from eval.fitting.models import confidences, cross_validated, fit_sentences, fit_support, rescored, scores, support_rows
from eval.fitting.observations import Observation, observe
from eval.fitting.retrieval_ablation import RankedQuestion, compare, fusions
from eval.fitting.worlds import Asked, Setting, World, line_worlds, open_world, whole_worlds
from eval.training.records import Record
from eval.yardsticks.squad_format import is_held_out_paragraph, load_squad
from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from rag.reader_model import ReaderModel
from rag.reader_parameters import SentenceFeatures, SupportFeatures, reader_parameters
from rag.retrieval import RetrievalParameters

HARBOURS = ("Elmouth", "Port Ellis", "Haverly", "Tarn", "Lund", "Marrow")
"""None of them is trained on, as the digests of "Harbour of …" have it."""


@pytest.fixture(scope="module")
def squad_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six articles on harbours, each with a question that has an answer and one that has none."""
    data = [
        {
            "title": f"Harbour_of_{name}",
            "paragraphs": [
                {
                    "context": f"The harbour of {name} was built in {1800 + number}. It has {number + 2} cranes.",
                    "qas": [
                        {
                            "id": f"built-{number}",
                            "question": f"When was the harbour of {name} built?",
                            "answers": [{"text": str(1800 + number), "answer_start": 0}],
                        },
                        {
                            "id": f"designed-{number}",
                            "question": f"Who designed the harbour of {name}?",
                            "answers": [],
                            "is_impossible": True,
                        },
                    ],
                },
                {"context": f"Ships from {name} sail to the islands in summer.", "qas": []},
            ],
        }
        for number, name in enumerate(HARBOURS)
    ]
    file = tmp_path_factory.mktemp("squad") / "harbours.json"
    file.write_text(json.dumps({"data": data}))
    return file


@pytest.fixture(scope="module")
def lines_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four questions a line, their text cut up as a tokenizer leaves it."""
    record = {"title": "Harbour", "question": "who built it"}
    file = tmp_path_factory.mktemp("lines") / "lines.jsonl.gz"
    with gzip.open(file, "wt") as lines:
        for number in range(4):
            context = f"It was built ( in stone ) by A. Mason , people say . Number {number} ."
            answers = [{"text": "A. Mason", "start": context.index("A. Mason")}]
            lines.write(json.dumps({**record, "context": context, "answers": answers}) + "\n")
    return file


@pytest.fixture(scope="module")
def observations(squad_file: Path, lines_file: Path, embedder: SentenceTransformerEmbedder) -> list[Observation]:
    """What all questions of both files bring."""
    (whole,) = whole_worlds(squad_file, 1, [6], any_article)
    made = [open_world(squad_file, 1, any_article), whole, *line_worlds(lines_file, [4], any_record)]
    return [
        o
        for world in made
        for o in observe(world, RetrievalParameters(), reader_parameters(with_model=False), embedder)
    ]


def any_record(_record: Record) -> bool:
    """No record is kept out."""
    return True


def any_article(_article: Article) -> bool:
    """No article is kept out."""
    return True


def golds(world: World) -> list[str]:
    """The words at each gold place, read from the article that it is a place of."""
    by_source = {article.source: article.text for article in world.articles}
    return [gold.of(by_source[question.source]) for question in world.questions for gold in question.gold]


def test_every_paragraph_is_an_article_of_the_open_world(squad_file: Path) -> None:
    """Questions are asked once, as they were written, and their gold places hold the answer."""
    world = open_world(squad_file, 1, any_article)
    assert len(world.articles) == 12
    assert [question.asked for question in world.questions] == [Asked.ANSWERABLE, Asked.IMPOSSIBLE] * 6
    assert golds(world) == [str(1800 + number) for number in range(6)]
    assert len(open_world(squad_file, 4, any_article).questions) == 3


def test_only_articles_that_no_model_is_trained_on_are_asked_about(squad_file: Path, tmp_path: Path) -> None:
    """Of the others the open world has the paragraphs, and the worlds of whole articles nothing."""
    file = tmp_path / "harbours.json"
    file.write_text(squad_file.read_text().replace("Tarn", "Velmora").replace("Lund", "Carrow"))
    held_out = {article.source for article in load_squad(file).articles if is_held_out_paragraph(article)}
    world, (whole,) = open_world(file, 1), whole_worlds(file, 1, [6])
    assert len(world.articles) == 12
    assert {question.source for question in world.questions} < held_out
    assert len(held_out) == 8
    assert (len(world.questions), len(whole.articles), len(whole.questions)) == (8, 4, 16)


def test_whole_articles_are_asked_with_and_without_their_answer(squad_file: Path) -> None:
    """An answerable question is asked three ways, an impossible one as it is; gold places fit the joined text."""
    (world,) = whole_worlds(squad_file, 1, [6], any_article)
    asked = [question.asked for question in world.questions]
    assert {way: asked.count(way) for way in Asked} == dict.fromkeys(Asked, 6)
    assert golds(world) == [str(1800 + number) for number in range(6) for _ in range(3)]


def test_lines_of_questions_become_worlds_of_the_sizes_asked_for(lines_file: Path) -> None:
    """Tokenised text is put back into its usual form."""
    worlds = list(line_worlds(lines_file, [1, 2], any_record))
    assert [len(world.articles) for world in worlds] == [1, 2]
    assert worlds[0].articles[0].text.startswith("It was built (in stone) by A. Mason, people say.")
    assert golds(worlds[1]) == ["A. Mason"] * 6


def test_the_fit_ranks_answers_first_and_tells_when_there_is_none(observations: list[Observation]) -> None:
    """Even on so little the right sentence comes first, and confidence is higher with the answer there."""
    fitted = fit_sentences(observations, reader_parameters(with_model=False))
    ranked = rescored(observations, fitted)
    fitted = fit_support(ranked, fitted)
    harbours = [o for o in ranked if o.question.setting is not Setting.LINES]
    assert all(o.right[0] for o in harbours if o.question.asked is Asked.ANSWERABLE)
    confidence = confidences(support_rows(ranked), fitted)
    right = np.array([o.right[0] for o in ranked])
    assert confidence[right].mean() > confidence[~right].mean()
    assert 0 < fitted.threshold < 1


def test_features_left_out_get_no_weight(observations: list[Observation]) -> None:
    """Of either model, by name; the others still have theirs."""
    fitted = fit_sentences(observations, reader_parameters(with_model=False), ("coverage", "kind"))
    fitted = fit_support(rescored(observations, fitted), fitted, ("lead", "antonym"))
    assert {name for name in SentenceFeatures._fields if not getattr(fitted.sentence_weights, name)} >= {
        "coverage",
        "kind",
    }
    assert (fitted.support_weights.lead, fitted.support_weights.antonym) == (0.0, 0.0)
    assert fitted.sentence_weights.around
    assert fitted.support_weights.similarity


def test_each_question_is_tried_on_a_reader_that_did_not_see_its_article(observations: list[Observation]) -> None:
    """Scores come for every setting, and are shares."""
    found = cross_validated(observations, reader_parameters(with_model=False))
    named = scores(observations, found, Setting.OPEN)
    assert named["questions with an answer"] == 6
    assert named["answer in first three"] == pytest.approx(1.0)
    assert 0 <= named["AUROC, written to have none"] <= 1
    assert "AUROC, article shut out" in scores(observations, found, Setting.LINES)


def test_every_fusion_finds_what_shares_the_words(library: Library, reader_model: ReaderModel) -> None:
    """On two articles that have nothing in common all fusions agree."""
    articles = [
        Article("owls", "Snowy owls nest on the roof.", source="owls"),
        Article("tram", "The tram stops at the harbour.", source="tram"),
    ]
    questions = [RankedQuestion("Where do owls nest?", {"owls": 1.0}), RankedQuestion("tram stops", {"tram": 1.0})]
    library.add(articles)
    found = compare(library, questions, fusions(reader_model))
    assert set(found) == set(fusions(reader_model))
    assert all(one.hit_at_1 == one.ndcg_at_10 == one.reciprocal_rank == 1.0 for one in found.values())


def test_the_command_prints_scores_and_writes_parameters_that_load(
    squad_file: Path,
    lines_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Into rag/reader.json of the folder it is run in, with all that the reader reads from it."""
    (tmp_path / "rag").mkdir()
    monkeypatch.chdir(tmp_path)
    arguments = ["fitting", "--squad", str(squad_file), "--lines", str(lines_file), "--write"]
    monkeypatch.setattr(sys, "argv", arguments)
    fitting.main()
    assert "answer in first sentence" in capsys.readouterr().out
    stored = json.loads((tmp_path / "rag" / "reader.json").read_text())
    assert stored["made_from"] == [squad_file.name, lines_file.name]
    for way in ("with model", "without model"):
        assert set(stored[way]["sentence"]["weights"]) == set(SentenceFeatures._fields)
        assert set(stored[way]["support"]["weights"]) == set(SupportFeatures._fields)
    assert stored["with model"]["sentence"]["weights"]["answer_span"]
    assert not stored["without model"]["sentence"]["weights"]["answer_span"]


def test_the_ablation_fills_its_tables_and_leaves_the_prose(
    squad_file: Path, lines_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each table has a row for what is shipped and one for each thing that is taken away."""
    beir = tmp_path / "beir"
    (beir / "qrels").mkdir(parents=True)
    (beir / "corpus.jsonl").write_text(json.dumps({"_id": "a", "title": "Owls", "text": "Owls nest on the roof."}))
    (beir / "queries.jsonl").write_text(json.dumps({"_id": "q", "text": "where owls nest"}))
    (beir / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    document = tmp_path / "ablations.md"
    names = ("Fusion", "Chunk size", "Which sentence", "Whether to answer")
    document.write_text("\n".join(f"Before {name}.\n<!-- table: {name} -->\nold\n<!-- end -->" for name in names))
    arguments = ["--squad", squad_file, "--beir", beir, "--lines", lines_file, "--every", 1, "--output", document]
    monkeypatch.setattr(sys, "argv", ["ablation", *map(str, arguments)])
    ablation.main()
    text = document.read_text()
    assert "old" not in text
    assert [name for name in names if f"Before {name}." in text] == list(names)
    assert text.count("**as shipped**") == 2
    assert text.count("at most ") == 2
    assert text.count("| reading by scores alone |") == 2
    assert "| reciprocal rank fusion |" in text
