"""A real local language model writes the answers: opt-in, by `make test-llm`, and in minutes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from eval.cases import load_cases
from eval.results import Run
from eval.runner import library_of, run
from service.settings import Settings
from tests.conftest import REAL_ARTICLES, ROOT, SAMPLES

SERVER: Final = os.environ.get("PULLQUOTE_TEST_LLM_SERVER", "")
CASES: Final = ROOT / "eval" / "cases"
START_SECONDS: Final = 900
LEAST_RIGHT: Final = 0.8

pytestmark = pytest.mark.skipif(not SERVER, reason="a real model takes minutes: make test-llm")


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    """What `llm` is set to for a real model, served for the time of these tests."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(Path.home() / ".cache" / "pullquote-llm")
    process = subprocess.Popen([sys.executable, SERVER, "serve", folder, str(port)], stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/v1"
    try:
        for _ in range(START_SECONDS):
            if process.poll() is not None:
                pytest.fail(f"the model's server ended with {process.returncode}")
            try:
                if httpx.get(f"{url}/models", timeout=1).is_success:
                    break
            except httpx.TransportError:
                time.sleep(1)
        yield f"openai-like:local@{url}"
    finally:
        process.terminate()
        process.wait()


def asked(cases: Path, every: int, articles: Path, llm: str) -> Run:
    """The results of every so many of the cases of a file, on the articles in a folder."""
    with library_of(articles, Settings(data_dir=Path("unused"), llm=llm)) as answerer:
        return run(load_cases(cases)[::every], answerer, articles)


def check(results: Run) -> None:
    """Every quote verbatim, and enough of the answers right, and of the silences."""
    assert all(quote.verbatim for result in results.results for quote in result.quotes)
    for unanswerable in (False, True):
        right = [result.right for result in results.results if result.unanswerable is unanswerable]
        wrong = [each.question for each in results.results if each.unanswerable is unanswerable and not each.right]
        assert sum(right) >= LEAST_RIGHT * len(right), wrong


def test_on_the_real_articles_it_is_right_verbatim_and_silent(model: str) -> None:
    """All quotes are copies; four in five answers are right, and four in five unanswerable questions unanswered."""
    if not REAL_ARTICLES.is_dir():
        pytest.skip("the real articles are not here")
    check(asked(CASES / "real-news.jsonl", 1, REAL_ARTICLES, model))


def test_on_the_sample_articles_its_quotes_are_verbatim(model: str) -> None:
    """Whatever the model writes, each quote is a copy of its place."""
    results = asked(CASES / "shipped.jsonl", 5, SAMPLES, model).results
    quotes = [quote for result in results for quote in result.quotes]
    assert quotes
    assert all(quote.verbatim for quote in quotes)
