"""Pullquote against the usual starter, LlamaIndex over Chroma: same articles, same model, one run.

Needs `pip install 'pullquote[bench]'`. Nothing is asserted about time; a table says what was reached.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from eval.cases import load_cases
from index.article import Article
from index.embedding import SentenceTransformerEmbedder
from index.errors import LoadingError
from index.library import Library
from index.loading import load
from rag.answer import Question
from rag.pipeline import QuestionAnswerer
from service.settings import Settings
from service.wiring import question_answerer

_HERE: Final = Path(__file__).parent
_ROUNDS: Final = 5
_PASSES: Final = 3
_STARTS: Final = 7
_WIDTH: Final = 140
_STARTER_CHUNK_TOKENS: Final = 256
_PASSAGES: Final = 8
_FEW_ARTICLES: Final = 5
_UNITS: Final = {"chunks": ">= 1.5", "articles": "", "characters": ""}


@dataclass(frozen=True, slots=True)
class Corpus:
    """Plain text files of articles, no two alike, and their size in characters."""

    folder: Path
    articles: int
    characters: int


@dataclass(frozen=True, slots=True)
class Series:
    """One measurement repeated: units per second, milliseconds, seconds, or ratios of these."""

    values: tuple[float, ...]

    def summary(self, *, tail: bool) -> str:
        """The median, with the 95th percentile (`tail`) or with the range from least to greatest."""
        shown = [median(self.values), min(self.values), max(self.values)]
        middle, low, high = (f"{value:,.{0 if shown[0] >= 1000 else 2}f}" for value in shown)
        return f"{middle} (p95 {quantiles(self.values, n=20)[-1]:.2f})" if tail else f"{middle} ({low}-{high})"


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the report; `target` bounds the median of its ratio or, with no starter, of its own values."""

    name: str
    pullquote: Series
    starter: Series | None = None
    target: str = ""
    tail: bool = False

    @property
    def ratio(self) -> Series | None:
        """Pullquote's value over the starter's, pair by pair."""
        if self.starter is None:
            return None
        return Series(tuple(one / two for one, two in zip(self.pullquote.values, self.starter.values, strict=True)))

    @property
    def reached(self) -> bool | None:
        """Whether the median is within the target; None where there is no target."""
        sign, _, bound = self.target.partition(" ")
        value = median((self.ratio or self.pullquote).values)
        return {"": None, ">=": value >= float(bound or 0), "<=": value <= float(bound or 0)}[sign]


class _ForgettingEmbedder(SentenceTransformerEmbedder):
    """The embedder of production, which can be made to forget texts it has seen."""

    @property
    def folder(self) -> Path:
        return self._folder

    def forget(self, text: str | None = None) -> None:
        """Forgets one text, or all."""
        for known in [text] if text is not None else list(self._remembered):
            self._remembered.pop(known, None)


class _Pullquote:
    """Pullquote, with its model loaded once for all rounds."""

    def __init__(self) -> None:
        self.embedder = _ForgettingEmbedder()
        self.embedder.load()
        self._answerer: QuestionAnswerer | None = None

    def add(self, texts: Path, folder: Path) -> int:
        library = Library(folder, self.embedder)
        report = library.add(load(texts))
        if report.failed or report.unchanged:
            raise RuntimeError(f"{len(report.failed)} articles failed and {len(report.unchanged)} are the same")
        self._answerer = question_answerer(Settings(data_dir=folder, passages=_PASSAGES), library)
        return library.catalogue.count()[1]

    def find(self, question: str, *, cold: bool = False) -> None:
        """Answers as if the question were new; `cold`: as if every sentence of every article were, too."""
        if self._answerer is None:
            raise RuntimeError("nothing has been added")
        self.embedder.forget(None if cold else question)  # else it would be answered from memory, unlike the starter
        self._answerer.ask(Question(question))


class _Starter:
    """LlamaIndex as its guides show it: directory reader, sentence splitter, vector index, Chroma on disk."""

    def __init__(self, model: Path, overlap: int | None) -> None:
        try:
            from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
            from llama_index.core.node_parser import SentenceSplitter
            from llama_index.embeddings.huggingface import HuggingFaceEmbedding
            from llama_index.vector_stores.chroma import ChromaVectorStore
        except ImportError as error:
            raise SystemExit(f"{error}: pip install 'pullquote[bench]'") from error
        self._reader, self._storage = SimpleDirectoryReader, StorageContext
        self._index, self._vectors = VectorStoreIndex, ChromaVectorStore
        plain = SentenceSplitter(chunk_size=_STARTER_CHUNK_TOKENS)
        self.overlap: int = plain.chunk_overlap if overlap is None else overlap
        self._splitter = SentenceSplitter(chunk_size=_STARTER_CHUNK_TOKENS, chunk_overlap=self.overlap)
        self._model = HuggingFaceEmbedding(model_name=str(model), device="cpu")
        self._retriever: Any = None

    def add(self, texts: Path, folder: Path) -> int:
        store = self._vectors.from_params("articles", persist_dir=str(folder))
        index = self._index.from_documents(
            self._reader(str(texts)).load_data(),
            storage_context=self._storage.from_defaults(vector_store=store),
            embed_model=self._model,
            transformations=[self._splitter],
        )
        self._retriever = index.as_retriever(similarity_top_k=_PASSAGES)
        return int(store.client.count())

    def find(self, question: str) -> None:
        self._retriever.retrieve(question)


def write_corpus(articles: Path, copies: int, folder: Path) -> Corpus:
    """Each article `copies` times as plain text, its title first, paragraphs rotated and one sentence added."""
    folder.mkdir()
    originals = list(load(articles))
    characters = 0
    for number, article in enumerate(originals):
        if isinstance(article, LoadingError):
            raise article
        for copy in range(copies):
            text = _variant(article, copy)
            (folder / f"{number:04}-{copy:03}.txt").write_text(text, encoding="utf-8")
            characters += len(text)
    return Corpus(folder, len(originals) * copies, characters)


def _variant(article: Article, copy: int) -> str:
    paragraphs = article.text.split("\n")
    turn = copy % len(paragraphs)
    added = f"Printing {copy + 1} of the report “{article.name}” is kept in this collection."
    return "\n\n".join([f"{article.name}, printing {copy + 1}", added, *paragraphs[turn:], *paragraphs[:turn]])


def _seconds(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def measure_add(sides: Sequence[_Pullquote | _Starter], corpus: Corpus, folder: Path) -> list[Figure]:
    """Chunks, articles and characters per second from files to a persisted index; the last round stays open."""
    rates: list[list[list[float]]] = [[[] for _ in sides] for _ in _UNITS]
    for round_number in range(_ROUNDS + 1):
        for number, side in enumerate(sides):
            gc.collect()  # so that neither side pays for the other's garbage
            started = perf_counter()
            chunks = side.add(corpus.folder, folder / f"{number}-{round_number}")
            seconds = perf_counter() - started
            if round_number > 0:  # the first round warms up
                for rate, amount in zip(rates, (chunks, corpus.articles, corpus.characters), strict=True):
                    rate[number].append(amount / seconds)
    return [
        Figure(f"add, {unit}/s", Series(tuple(rate[0])), Series(tuple(rate[1])), target)
        for (unit, target), rate in zip(_UNITS.items(), rates, strict=True)
    ]


def measure_ask(name: str, target: str, sides: Sequence[Callable[[str], None]], texts: Sequence[str]) -> Figure:
    """Milliseconds of an answer against the starter's bare retrieval, question by question."""
    times: list[list[float]] = []
    for pass_number in range(_PASSES + 1):
        for text in texts:
            pair = [_seconds(partial(find, text)) * 1000 for find in sides]
            if pass_number > 0:  # the first pass warms up
                times.append(pair)
    ours, theirs = (Series(values) for values in zip(*times, strict=True))
    return Figure(name, ours, theirs, target, tail=True)


def measure_start(name: str, target: str, arguments: Sequence[str]) -> Figure:
    """Seconds from the start of `pullquote` to its end."""
    command = [str(Path(sys.executable).with_name("pullquote")), *arguments]
    times = (_seconds(partial(subprocess.run, command, check=True, capture_output=True)) for _ in range(_STARTS))
    return Figure(name, Series(tuple(times)), target=target)


def machine() -> dict[str, str]:
    """What the figures depend on: processor, cores, other load, and seconds of a fixed product of matrices."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    matrix = np.random.default_rng(0).standard_normal((2048, 2048), dtype=np.float32)
    times = [_seconds(partial(np.matmul, matrix, matrix)) for _ in range(7)]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": f"{os.cpu_count()}, load average at the start {os.getloadavg()[0]:.1f}",
        "calibration": f"{median(times):.3f} s for a 2048 x 2048 float32 product ({min(times):.3f}-{max(times):.3f})",
    }


def measure(articles: Path, copies: int, overlap: int | None, folder: Path) -> tuple[dict[str, str], list[Figure]]:
    """The facts of this run and its figures; `folder` must be empty."""
    facts = machine()
    corpus = write_corpus(articles, copies, folder / "texts")
    ours = _Pullquote()
    theirs = _Starter(ours.embedder.folder, overlap)
    figures = measure_add((ours, theirs), corpus, folder)
    texts = [case.question for case in load_cases(_HERE / "cases" / "shipped.jsonl")]
    seen = measure_ask("ask, sentences seen, ms", "", (ours.find, theirs.find), texts)
    figures.extend([seen, Figure("the same by itself, ms", seen.pullquote, target="<= 250", tail=True)])
    figures.append(measure_ask("ask, no sentence seen, ms", "", (partial(ours.find, cold=True), theirs.find), texts))
    few = Library(folder / "few", ours.embedder)
    few.add(item for file in sorted(corpus.folder.iterdir())[:_FEW_ARTICLES] for item in load(file))
    few.close()
    figures.append(measure_start("pullquote --help, s", "<= 0.5", ["--help"]))
    figures.append(measure_start("pullquote list, s", "<= 1.5", ["--data-dir", str(few.folder), "list"]))
    facts["corpus"] = f"{corpus.articles} articles, {corpus.characters:,} characters; {len(texts)} questions"
    facts["starter"] = f"chunks of {_STARTER_CHUNK_TOKENS} tokens, {theirs.overlap} of them shared with the one before"
    return facts, figures


def print_table(console: Console, facts: dict[str, str], figures: Sequence[Figure]) -> None:
    """The facts, then one row a figure: median (least-greatest), or median (95th percentile)."""
    for name, fact in facts.items():
        console.print(f"{name}: {fact}", markup=False, highlight=False)
    table = Table("figure", "Pullquote", "starter", "ratio", "target", "reached", box=None, header_style="bold")
    for figure in figures:
        series = (figure.pullquote, figure.starter, figure.ratio)
        cells = [one.summary(tail=figure.tail) if one else "" for one in series]
        table.add_row(figure.name, *cells, figure.target, {True: "yes", False: "no", None: ""}[figure.reached])
    console.print(table)


def main() -> None:
    """Runs the benchmark that the command line asks for and prints its report."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmark", description=__doc__)
    parser.add_argument("--articles", type=Path, default=_HERE / "articles", help="folder of articles")
    parser.add_argument("--copies", type=int, default=8, help="distinct articles made of each (default 8)")
    parser.add_argument("--overlap", type=int, help="overlap of the starter's chunks in tokens (default LlamaIndex's)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    wanted = parser.parse_args()
    busy = Console(stderr=True).status("measuring; this takes minutes")
    with tempfile.TemporaryDirectory(prefix="pullquote-benchmark-") as folder, busy:
        facts, figures = measure(wanted.articles, wanted.copies, wanted.overlap, Path(folder))
    if wanted.json:
        rows = [asdict(one) | {"ratio": one.ratio and asdict(one.ratio), "reached": one.reached} for one in figures]
        print(json.dumps({"facts": facts, "figures": rows}, indent=2))
    else:
        print_table(Console() if sys.stdout.isatty() else Console(width=_WIDTH), facts, figures)


if __name__ == "__main__":
    main()
