"""The public yardsticks measure what production says, and an interrupted measurement goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from math import log2
from pathlib import Path

import pytest
from rich.console import Console

from eval.cases import CaseError
from eval.yardsticks.asking import ask, count_verbatim
from eval.yardsticks.beir import beir_result
from eval.yardsticks.beir_format import load_beir
from eval.yardsticks.bench import NAMES, bench_as_json, measure, print_bench
from eval.yardsticks.journal import journalled
from eval.yardsticks.squad import squad_result
from eval.yardsticks.squad_format import load_squad
from eval.yardsticks.stored_library import cache_folder, library_key, stored_library
from index.errors import LibraryLockedError, LibraryUnusableError
from index.library import Library
from index.lock import WriterLock
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wire import CitationOut
from service.wiring import open_library, question_answerer
from tests.conftest import ROOT
from tests.eval.conftest import Command
from tests.eval.data_sets_for_tests import MILL, write_beir, write_squad

SETTINGS = Settings()


@pytest.fixture(scope="module")
def squad_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four paragraphs in two files."""
    return write_squad(tmp_path_factory.mktemp("squad"))


@pytest.fixture
def beir_folder(tmp_path: Path) -> Path:
    """Six documents, one of them without words; four queries, three of them judged."""
    return write_beir(tmp_path / "beir")


@pytest.fixture
def squad_answerer(squad_folder: Path, library: Library) -> QuestionAnswerer:
    """Answers from the four paragraphs."""
    library.add(load_squad(squad_folder).articles)
    return question_answerer(SETTINGS, library)


def unheard(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody listens to."""


# Measuring


def test_each_question_brings_what_the_answerer_says_of_it(
    squad_folder: Path, squad_answerer: QuestionAnswerer
) -> None:
    """Status, confidence, places and quotes are those of the production answer, silent or not."""
    without_threshold = replace(squad_answerer, parameters=replace(squad_answerer.reader, threshold=0.0))
    statuses = set()
    for item in load_squad(squad_folder).questions:
        question = Question(item.text)
        answer, brought = squad_answerer.ask(question), squad_result(squad_answerer, item)
        sources = [passage.article.source for passage in answer.passages]
        shown = list(without_threshold.ask(question).citations)
        assert brought.open.answered == bool(answer.citations)
        assert brought.open.confidence == answer.confidence
        assert brought.open.passage_place == sources.index(item.paragraph.source) + 1
        asked = ask(squad_answerer, question)
        assert list(asked.quotes) == shown
        ranked = asked.ranked
        places = [(citation.article_id, citation.span) for citation in ranked]
        assert {(citation.article_id, citation.span) for citation in shown} <= set(places)
        statuses.add(bool(answer.citations))
    assert statuses == {True, False}


def test_a_gold_sentence_is_of_the_paragraph_and_holds_an_answer(
    squad_folder: Path, squad_answerer: QuestionAnswerer
) -> None:
    """The same words in another paragraph are the answer's text, and no gold sentence."""
    question = next(item for item in load_squad(squad_folder).questions if item.id == "captain")
    found = squad_result(squad_answerer, question).open
    assert (found.attainable, found.gold_place, found.text_place, found.right) == (True, 1, 1, True)
    elsewhere = next(article for article in load_squad(squad_folder).articles if article.text == MILL)
    moved = squad_result(squad_answerer, replace(question, paragraph=elsewhere))
    assert (moved.open.attainable, moved.open.gold_place, moved.open.text_place) == (False, None, 1)
    assert (moved.open.right, moved.given.exact) == (False, 0.0)


def test_a_citation_that_is_off_by_one_or_of_another_text_is_counted_out(squad_answerer: QuestionAnswerer) -> None:
    """The stored text decides, fetched afresh."""
    answer = squad_answerer.ask(Question("How many eggs did Dr. Pell count?"))
    good = CitationOut.of(answer.citations[0])
    assert count_verbatim(squad_answerer.library, [good]) == 1
    shifted = good.model_copy(update={"start_char_index": good.start_char_index + 1})
    others = [shifted, good.model_copy(update={"article_sha256": "0"}), good.model_copy(update={"article_id": "0"})]
    assert count_verbatim(squad_answerer.library, others) == 0


def test_squad_is_measured_both_ways(squad_folder: Path) -> None:
    """On four paragraphs all is found; the sentence that an answer is split over cannot be."""
    stages: list[tuple[str, int, int]] = []
    report = measure("squad2", squad_folder, SETTINGS, None, lambda *step: stages.append(step))
    assert stages[0] == ("indexing", 4, 4)
    assert stages[1:] == [("asking", done, 8) for done in range(9)]
    assert {one.title: len(one.scores) for one in report.sections} == {
        "open corpus": 16,
        "given paragraph": 11,
        "both ways": 1,
    }
    values = {(one.title, score.name): score.value or 0.0 for one in report.sections for score in one.scores}
    assert values["open corpus", "gold paragraph hit@5"] == 1
    assert values["open corpus", "gold sentence exists"] == pytest.approx(5 / 6)
    assert values["open corpus", "gold sentence, first three"] == pytest.approx(5 / 6)
    assert values["both ways", "citation validity"] == 1
    assert values["given paragraph", "HasAns exact"] >= 0.5
    assert values["given paragraph", "best F1"] >= values["given paragraph", "F1"]
    counts = {count.name: count.number for count in report.counts}
    assert (counts["paragraphs"], counts["questions asked"], counts["of them without"]) == (4, 8, 2)
    assert counts["citations compared"] == counts["of them verbatim"] >= 16
    assert sum(one.count for one in report.sections[0].reliability) == 8
    assert not report.sampled


def test_a_second_run_embeds_nothing_and_keeps_nothing_else(own_cache: Path, squad_folder: Path) -> None:
    """The library of all paragraphs is there already, for a sample of the questions too."""
    measure("squad", squad_folder, SETTINGS, None, unheard)
    stages: list[str] = []
    sample = measure("squad", squad_folder, SETTINGS, 3, lambda stage, *_: stages.append(stage))
    assert set(stages) == {"asking"}
    assert (sample.sampled, sample.counts[0].number, sample.counts[2].number) == (True, 4, 3)
    kept = cache_folder() / library_key(load_squad(squad_folder).articles, SETTINGS)
    assert own_cache in kept.parents
    assert not list(kept.glob("*.jsonl"))
    assert not (kept / "partial").exists()


def test_beir_ranks_documents_by_their_best_chunks(beir_folder: Path) -> None:
    """For q1 the ferry (worth 2) goes before the bridge (1); of q2's two documents one is not in the corpus."""
    report = measure("scifact", beir_folder, SETTINGS, None, unheard)
    assert [section.title for section in report.sections] == ["re-ranked", "fused", "dense alone", "BM25 alone"]
    one_of_two = 1 / (1 + 1 / log2(3))
    for section in report.sections:
        values = {score.name: score.value for score in section.scores}
        assert values["recall@100"] == pytest.approx((1 + 1 / 2) / 2)
        assert values["MRR@10"] == 1
    assert report.score("BM25 alone", "nDCG@10").value == pytest.approx((1 + one_of_two) / 2)
    with pytest.raises(KeyError):
        report.score("BM25 alone", "nDCG")


def test_the_gain_of_a_document_is_its_score(beir_folder: Path, library: Library) -> None:
    """Linear, as trec_eval has it: with the two documents the wrong way round (1 + 2/log2 3) of (2 + 1/log2 3)."""
    data = load_beir(beir_folder)
    library.add(data.articles)
    query = replace(data.queries[0], relevant={"ferry": 1.0, "bridge": 2.0})
    brought = beir_result(question_answerer(SETTINGS, library), query)
    assert brought.bm25.ndcg_at_10 == pytest.approx((1 + 2 / log2(3)) / (2 + 1 / log2(3)))


def test_a_report_is_printed_and_is_json(squad_folder: Path, beir_folder: Path) -> None:
    """Every score of every section stands in both; a sample says that it is one."""
    for report in (
        measure("squad", squad_folder, SETTINGS, 4, unheard),
        measure("beir", beir_folder, SETTINGS, None, unheard),
    ):
        stream = io.StringIO()
        print_bench(Console(file=stream, width=120), report)
        stored = json.loads(bench_as_json(report))
        names = [score.name for section in report.sections for score in section.scores]
        assert [score["name"] for section in stored["sections"] for score in section["scores"]] == names
        assert all(name in stream.getvalue() for name in names)
        assert stored["fingerprint"]["models"] in stream.getvalue()
        assert ("a sample of the questions" in stream.getvalue()) == stored["sampled"]


def test_only_what_the_model_was_not_trained_on_may_be_asked(squad_folder: Path, tmp_path: Path) -> None:
    """All paragraphs are there to be found; where nothing is left to ask, and for BEIR, that is refused."""
    for file in squad_folder.iterdir():
        (tmp_path / file.name).write_text(file.read_text().replace("Northfield", "Carrow"))
    data = load_squad(tmp_path)
    kept = data.held_out()
    assert kept.articles == data.articles
    assert {asked.paragraph.title for asked in data.questions} == {"Velmora harbour", "Carrow"}
    assert {asked.paragraph.title for asked in kept.questions} == {"Carrow"}
    report = measure("squad", tmp_path, SETTINGS, None, unheard, held_out=True)
    assert next(count.number for count in report.counts if count.name == "questions asked") == len(kept.questions) == 3
    with pytest.raises(CaseError, match="no question is on an article that is held out"):
        measure("squad", squad_folder, SETTINGS, None, unheard, held_out=True)
    with pytest.raises(CaseError, match="leave --held-out away"):
        measure("beir", squad_folder, SETTINGS, None, unheard, held_out=True)


def test_an_unknown_yardstick_or_an_empty_sample_is_refused(squad_folder: Path) -> None:
    """With the names that there are."""
    with pytest.raises(CaseError, match=f"no yardstick 'glue': choose {', '.join(NAMES)}"):
        measure("glue", squad_folder, SETTINGS, None, unheard)
    with pytest.raises(CaseError, match="a limit of 1 or more"):
        measure("squad", squad_folder, SETTINGS, 0, unheard)


def test_the_command_measures_and_refuses(
    command: Command, own_cache: Path, squad_folder: Path, tmp_path: Path
) -> None:
    """Tables or JSON; exit status 2, with what is missing, for a folder that is no data set."""
    printed = command("bench", "squad2", "--data", squad_folder, "--limit", 2, "--json")
    assert printed.status == 0
    assert json.loads(printed.out)["counts"][2] == {"name": "questions asked", "number": 2}
    assert "gold sentence, first" in command("bench", "squad", "--data", squad_folder, "--limit", 2).out
    refused = command("bench", "scifact", "--data", tmp_path)
    assert refused.status == 2
    assert "lacks corpus.jsonl and queries.jsonl and qrels/test.tsv" in " ".join(refused.err.split())


# Interrupted


def test_a_library_that_is_half_built_is_finished_and_not_measured(own_cache: Path, squad_folder: Path) -> None:
    """What a killed process had indexed is kept; the library is in its place only when it is complete."""
    articles = load_squad(squad_folder).articles
    kept = cache_folder() / library_key(articles, SETTINGS)
    begun = open_library(SETTINGS.model_copy(update={"data_dir": kept / "partial"}))
    begun.add(articles[:3])
    begun.close()
    with stored_library(articles, SETTINGS, unheard) as (library, folder):
        assert folder == kept
        assert {article.id for article in library.articles()} == {article.id for article in articles}
        assert library.check() == []
    assert not (kept / "partial").exists()


def test_a_killed_measurement_goes_on_where_it_was(own_cache: Path, squad_folder: Path) -> None:
    """Killed while asking, in a process of its own: nothing is asked twice, and the figures are the same."""
    program = f"""
import os, signal
from pathlib import Path
from eval.yardsticks.bench import measure
from service.settings import Settings

def progress(stage, done, total):
    if (stage, done) == ("asking", 3):
        os.kill(os.getpid(), signal.SIGKILL)

measure("squad", Path({str(squad_folder)!r}), Settings(), None, progress)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=dict(os.environ), check=False)
    assert ended.returncode == -signal.SIGKILL
    stages: list[tuple[str, int, int]] = []
    gone_on = measure("squad", squad_folder, SETTINGS, None, lambda *step: stages.append(step))
    assert stages == [("asking", done, 8) for done in range(3, 9)]
    at_one_go = measure("squad", squad_folder, SETTINGS, None, unheard)
    assert gone_on.counts == at_one_go.counts
    for before, after in zip(gone_on.sections, at_one_go.sections, strict=True):
        assert [score.name for score in before.scores] == [score.name for score in after.scores]
        # the order of a set, and so of a sum, differs between processes
        assert [score.value for score in before.scores] == pytest.approx([score.value for score in after.scores])


def test_a_line_that_a_killed_process_left_unfinished_is_measured_again(tmp_path: Path) -> None:
    """What was whole is taken as it is, what follows a torn line too is not."""
    file = tmp_path / "journal.jsonl"
    file.write_text('["a",1]\n["b",2')
    measured: list[int] = []

    def ten_times(number: int) -> int:
        measured.append(number)
        if number == 3:
            raise KeyboardInterrupt
        return number * 10

    items = {"a": 1, "b": 2, "c": 3}
    with pytest.raises(KeyboardInterrupt):
        journalled(file, int, items, ten_times, lambda _done, _total: None)
    assert file.read_text() == '["a",1]\n["b",20]\n'
    assert journalled(file, int, items, lambda number: number * 10, lambda _done, _total: None) == [1, 20, 30]
    assert measured == [2, 3]
    assert not file.exists()


def test_a_damaged_library_is_to_be_deleted(own_cache: Path, squad_folder: Path) -> None:
    """The message names the folder in the cache, since rebuilding the user's own library would not help."""
    kept = cache_folder() / library_key(load_squad(squad_folder).articles, SETTINGS)
    (kept / "library").mkdir(parents=True)
    (kept / "library" / "catalogue.sqlite3").write_text("no database at all, " * 100)
    with pytest.raises(LibraryUnusableError, match=rf"kept in '{kept}' cannot be used: delete that folder"):
        measure("squad", squad_folder, SETTINGS, None, unheard)


def test_one_process_at_a_time_measures_on_a_data_set(squad_folder: Path) -> None:
    """The other one is told who is at it."""
    articles = load_squad(squad_folder).articles
    folder = cache_folder() / library_key(articles, SETTINGS)
    folder.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(folder)
    lock.take()
    try:
        with (
            pytest.raises(LibraryLockedError, match="is being written by process"),
            stored_library(articles, SETTINGS, unheard),
        ):
            pass
    finally:
        lock.release()
