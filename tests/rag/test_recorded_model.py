"""Replies of a real language model, replayed on the sample articles: its claims stand, hostile text changes none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from index.library import Library
from index.loading import load
from rag.answer import EXTRACTIVE, Answer, Question, Status
from rag.generation import Writer
from rag.llm import open_language_model
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from tests.language_model_server import LanguageModelServer, Replay
from tests.rag.hostile_articles import HOSTILE_ARTICLES, HostileArticle
from tests.record_replies import FOLLOW_UP, HOSTILE_QUESTIONS, RECORDINGS, recorded_questions

pytest.importorskip("llama_index.llms.openai_like")

Ask = Callable[[Library, Question], Answer]
QUESTIONS: Final = recorded_questions()
UNANSWERABLE: Final = QUESTIONS[-3:]
TEN_HOSTILE_ARTICLES: Final = HOSTILE_ARTICLES[::4]


@pytest.fixture
def ask(reader_model: ReaderModel) -> Iterator[Ask]:
    """Asks a question of a library, the recorded model writing; a request that is not recorded fails the test."""
    replay = Replay.of_file(RECORDINGS)
    with LanguageModelServer(replay) as server:
        model = open_language_model(server.setting)
        assert model is not None
        writer = Writer(model)
        yield lambda library, question: QuestionAnswerer(library, reader_model, writer=writer).ask(question)
    assert not replay.unknown, "prompts have changed: make record-llm records the replies anew"


@pytest.mark.parametrize("words", QUESTIONS)
def test_every_quote_of_the_model_is_verbatim_and_every_claim_cites(
    sample_library: Library, ask: Ask, words: str
) -> None:
    """A citation equals the text at its place, and no claim is without one."""
    answer = ask(sample_library, Question(words))
    assert answer.writing.degraded is None
    for citation in answer.citations:
        stored = sample_library.article(citation.article_id).text
        assert stored[citation.start_char_index : citation.end_char_index] == citation.cited_text
    assert all(claim.citations for claim in answer.claims)


def test_the_model_answers_most_of_what_the_articles_say(sample_library: Library, ask: Ask) -> None:
    """Of the answerable questions that are recorded, at least eight in ten get claims of the model."""
    answers = [ask(sample_library, Question(words)) for words in QUESTIONS if words not in UNANSWERABLE]
    written = [answer for answer in answers if answer.status is Status.ANSWERED and answer.writing.writer != EXTRACTIVE]
    assert len(written) >= 0.8 * len(answers)


@pytest.mark.parametrize("words", UNANSWERABLE)
def test_the_model_is_not_believed_where_the_articles_say_nothing(
    sample_library: Library, ask: Ask, words: str
) -> None:
    """A small model answers nearly everything; what does not stand is not said."""
    assert ask(sample_library, Question(words)).status is Status.NOT_IN_ARTICLES


def test_the_model_rewrites_a_follow_up(sample_library: Library, ask: Ask) -> None:
    """The question is asked as it can be understood alone, and the answer says so."""
    understood = ask(sample_library, FOLLOW_UP).standalone_question
    assert understood is not None
    assert "Russia" in understood


@pytest.mark.parametrize("hostile", TEN_HOSTILE_ARTICLES, ids=lambda hostile: hostile.name)
def test_a_hostile_article_changes_no_answer_of_the_model(
    tmp_path: Path, copy_of_samples: Callable[[], Library], sample_library: Library, ask: Ask, hostile: HostileArticle
) -> None:
    """With the article added the model's claims and quotes are the same, and none is from it."""
    library = copy_of_samples()
    added = library.add(load(hostile.write_to(tmp_path))).added
    for words in HOSTILE_QUESTIONS:
        before, after = ask(sample_library, Question(words)), ask(library, Question(words))
        assert (after.text, after.status) == (before.text, before.status)
        assert [each.cited_text for each in after.citations] == [each.cited_text for each in before.citations]
        if not hostile.is_honest_to_see:
            assert not {passage.article.id for passage in after.passages} & set(added)
        assert "1999" not in after.text
