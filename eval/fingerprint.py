"""What a run depends on, as short digests: articles, cases, models, settings, code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from eval.cases import Case, case_line
from eval.results import Fingerprint
from index.article import Article
from rag.generation import Writer
from rag.pipeline import QuestionAnswerer

ANSWERING: Final = ("index", "rag", "service")
"""The packages that make answers."""

_DIGITS: Final = 16


def fingerprint_of(cases: Sequence[Case], articles: Mapping[str, Article], answerer: QuestionAnswerer) -> Fingerprint:
    """The fingerprint of asking `cases` of `answerer`, whose library holds `articles`, each by its name.

    Neither the order of cases and articles nor the folder that they are in changes it. Settings are those that
    the answerer was made with; those that only say where data and service are bear on no answer.
    """
    return Fingerprint(
        corpus=digest(f"{name}\t{article.content}" for name, article in sorted(articles.items())),
        cases=digest(sorted(case_line(case) for case in cases)),
        models=models_of(answerer),
        settings=settings_of(answerer),
        code=f"{version('pullquote')}-{source_digest(ANSWERING)}",
    )


def models_of(answerer: QuestionAnswerer) -> str:
    """The models that answers come from: embedding and reader model with their weights, the language model by name."""
    models = [answerer.library.embedder, answerer.model]
    named = [model.fingerprint for model in models if model is not None]
    return " ".join([*named, answerer.writer.model.name] if answerer.writer else named)


def settings_of(answerer: QuestionAnswerer) -> str:
    """A digest of the parameters that an answerer was made with."""
    named = [(item.name, getattr(answerer, item.name)) for item in fields(answerer)]
    written = [(item.name, getattr(answerer.writer, item.name)) for item in fields(Writer)] if answerer.writer else []
    return digest(
        f"{name}={value!r}" for name, value in (*named, *written) if name not in {"library", "model", "writer"}
    )


def source_digest(packages: Iterable[str]) -> str:
    """A digest of the sources of packages, and of the JSON files that they read: paths and contents."""
    return digest(line for package in packages for line in _sources(files(package), package))


def digest(lines: Iterable[str]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of `lines`; where a line ends is part of it."""
    return hashlib.sha256(json.dumps(list(lines)).encode()).hexdigest()[:_DIGITS]


def _sources(folder: Traversable, path: str) -> Iterable[str]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        inner = f"{path}/{item.name}"
        if item.is_dir():
            yield from _sources(item, inner)
        elif item.name.endswith((".py", ".json")):
            yield f"{inner} {hashlib.sha256(item.read_bytes()).hexdigest()}"
