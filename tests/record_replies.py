"""Records what a real model replies about the sample articles: the questions below, and hostile articles besides.

python tests/record_replies.py --url http://127.0.0.1:8091/v1

What is recorded already is not asked again, so a run goes on where an earlier one stopped; recordings that no
question leads to any more are dropped at the end. Exit status 1 when the server failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))  # a script is looked up from its own folder only

from eval.cases import load_cases
from index.article import Article
from index.library import Library
from index.loading import load
from rag.answer import Answer, Question, Turn
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wiring import open_library, question_answerer
from tests.conftest import ROOT, SAMPLES
from tests.language_model_server import LanguageModelServer, Recorder
from tests.rag.hostile_articles import HOSTILE_ARTICLES, HostileArticle

RECORDINGS: Final = Path(__file__).parent / "recordings" / "sample-articles.jsonl"
CASES: Final = (
    "russia-intervened",
    "senators-vote",
    "gasoline-on-fire",
    "first-strikes-civilians",
    "su24-when",
    "assad-destination",
    "damascus-fell",
    "aleppo-evacuees",
    "world-cup-2022",
    "campaign-cost",
    "brazil-troops",
)
"""Ids of questions in eval/cases/shipped.jsonl; the articles do not answer the last three."""

HOSTILE_QUESTIONS: Final = ("When did Russia intervene in Syria?", "In which year did the Russian air strikes begin?")
"""Asked once for each hostile article, while it is in the library."""

FOLLOW_UP: Final = Question(
    "and who commanded it?",
    history=(Turn("When did Russia's intervention in Syria begin?", "Russia's intervention began in September 2015."),),
)

_SECONDS: Final = 3_600.0


def main() -> int:
    """Asks all questions through a server that records; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--url", required=True, help="of a server of chat completions, such as http://127.0.0.1:8091/v1"
    )
    parser.add_argument("--output", default=RECORDINGS, type=Path, help="file of JSON lines, made or gone on with")
    given = parser.parse_args()
    given.output.parent.mkdir(parents=True, exist_ok=True)
    listed = httpx.get(f"{given.url.rstrip('/')}/models", timeout=60).raise_for_status().json()["data"]
    model = Path(listed[0]["id"]).stem
    recorder = Recorder(given.url, given.output)
    with LanguageModelServer(recorder) as server, tempfile.TemporaryDirectory() as folder:
        llm = f"openai-like:{model}@{server.url}/v1"
        settings = Settings(data_dir=Path(folder) / "library", llm=llm, llm_timeout_s=_SECONDS)
        library = open_library(settings)
        library.add(load(SAMPLES))
        complete = _record(question_answerer(settings, library), recorder, Path(folder))
        library.close()
    if not complete:
        print("not complete: run it again when the server is well", file=sys.stderr)
        return 1
    print(f"{recorder.drop_unasked()} recordings that are not asked for any more are dropped")
    return 0


def _record(answerer: QuestionAnswerer, recorder: Recorder, folder: Path) -> bool:
    """Whether the server replied each time."""
    for question in (*map(Question, recorded_questions()), FOLLOW_UP):
        _ask(question, answerer, recorder, "sample articles")
    for hostile in HOSTILE_ARTICLES:
        added = list(_added(hostile, answerer.library, folder))
        for words in HOSTILE_QUESTIONS if added else ():
            _ask(Question(words), answerer, recorder, hostile.name)
        for article_id in added:
            answerer.library.remove(article_id)
    return not recorder.failed


def recorded_questions() -> list[str]:
    """The questions of the recorded cases, in their order."""
    cases = {case.id: case.question for case in load_cases(ROOT / "eval" / "cases" / "shipped.jsonl")}
    return [cases[each] for each in CASES]


def _ask(question: Question, answerer: QuestionAnswerer, recorder: Recorder, place: str) -> None:
    recorder.question = question.text
    answer = answerer.ask(question)
    print(f"{place}: {question.text} {_outcome(answer)}", flush=True)


def _outcome(answer: Answer) -> str:
    said = answer.text or answer.status.value
    return f"{said} (without the model: {answer.writing.degraded})" if answer.writing.degraded else said


def _added(hostile: HostileArticle, library: Library, folder: Path) -> Sequence[str]:
    articles: Iterator[Article] = (each for each in load(hostile.write_to(folder)) if isinstance(each, Article))
    return library.add(articles).added


if __name__ == "__main__":
    sys.exit(main())
