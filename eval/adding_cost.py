"""What adding one article costs in a small library and in a large one: `python -m eval.adding_cost`.

The library is a real one, of synthetic articles; only the embedding model is left out, since it takes the same
time whatever the library holds.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Final
from unittest.mock import patch

import numpy as np

from index.article import Article
from index.clusters import Clusters
from index.duplicates import Signature, signature
from index.embedding import EmbeddedText, Vectors
from index.library import Library

_DIMENSIONS: Final = 384
_WORDS: Final = 150
_VOCABULARY: Final = 20_000
_SEED: Final = 7


class RandomEmbedder:
    """An Embedder that gives each text a random unit vector: nothing of a model is measured."""

    fingerprint = "random"
    max_tokens = 256
    loaded = True

    def __init__(self) -> None:
        self._random = np.random.default_rng(_SEED)

    def load(self) -> None:
        """There is nothing to load."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def clip(self, text: str, tokens: int) -> str:
        return " ".join(text.split()[:tokens])

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._random.standard_normal((len(texts), _DIMENSIONS), dtype=np.float32)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def embed_tokens(self, texts: Sequence[str]) -> list[EmbeddedText]:
        return [EmbeddedText(vector, np.zeros((0, _DIMENSIONS), np.float16), ()) for vector in self.embed(texts)]


@dataclass
class _Clock:
    """Seconds spent in the work that is timed."""

    seconds: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.seconds += perf_counter() - started


def articles(count: int, start: int = 0) -> Iterator[Article]:
    """Articles of 150 words, drawn by Zipf's law; every tenth one is a reprint of the one before it."""
    weights = [1 / (rank + 10) for rank in range(_VOCABULARY)]
    total = np.cumsum(weights).tolist()
    text = ""
    for number in range(start, start + count):
        drawn = random.Random(_SEED * 1_000_003 + number)  # noqa: S311  (no secret)
        words = [f"word{rank}" for rank in drawn.choices(range(_VOCABULARY), cum_weights=total, k=_WORDS)]
        if number % 10 or not text:
            text = ". ".join(" ".join(words[first : first + 15]) for first in range(0, _WORDS, 15))
        yield Article(f"synthetic {number}", f"{text}. Printed as number {number}.", f"Number {number}")


@contextmanager
def _clustering_timed(clock: _Clock) -> Iterator[None]:
    """Counts the seconds in which signatures are made and articles placed."""
    place = Clusters.add

    def timed_signature(text: str) -> Signature:
        with clock.timed():
            return signature(text)

    def timed_place(*arguments: object) -> None:
        with clock.timed():
            place(*arguments)  # type: ignore[arg-type]

    with patch("index.library.signature", timed_signature), patch.object(Clusters, "add", timed_place):
        yield


def measure(size: int, adds: int, folder: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of each add to a library of `size` articles, and those of them that clustering took."""
    library = Library(folder, RandomEmbedder())
    library.add(articles(size))
    whole: list[float] = []
    share: list[float] = []
    for article in articles(adds, start=size):
        clock = _Clock()
        with _clustering_timed(clock):
            started = perf_counter()
            library.add([article])
            whole.append(1000 * (perf_counter() - started))
        share.append(1000 * clock.seconds)
    library.close()
    return whole, share


def _line(values: Sequence[float]) -> str:
    first, _, third = quantiles(values, n=4)
    return f"{median(values):.1f} ms (quartiles {first:.1f}-{third:.1f}, {min(values):.1f}-{max(values):.1f})"


def main() -> None:
    """Prints the median and the spread for each size, and how many times the first the last is."""
    parser = argparse.ArgumentParser(prog="python -m eval.adding_cost", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 50_000], help="articles that the library holds")
    parser.add_argument("--adds", type=int, default=40, help="single adds that are timed (default 40)")
    wanted = parser.parse_args()
    medians: list[float] = []
    for size in wanted.sizes:
        with tempfile.TemporaryDirectory(prefix="pullquote-adding-") as folder:
            whole, share = measure(size, wanted.adds, Path(folder))
        medians.append(median(whole))
        print(f"{size:>7} articles: one add {_line(whole)}, of it clustering {_line(share)}", flush=True)
    print(f"the last is {medians[-1] / medians[0]:.2f} times the first")


if __name__ == "__main__":
    main()
