"""Data sets in the format of RAMDocs -> documents that disagree, as articles, and the question about each group.

Wang et al., Retrieval-Augmented Generation with Conflicting Evidence, COLM 2025.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from eval.yardsticks.data_files import Published, Words, json_lines
from index.article import Article

LAYOUT: Final = "give one .jsonl file, or .jsonl.gz, in the format of RAMDocs"


class _Document(Published):
    text: Words
    type: Words


class _Record(Published):
    question: Words
    documents: tuple[_Document, ...]
    gold_answers: tuple[Words, ...]
    wrong_answers: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class ConflictQuestion:
    """A question, the outlet whose articles are its documents, every right answer, and what misinformation says."""

    id: str
    text: str
    source: str
    gold: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConflictData:
    """Documents as articles, and the questions in the order of the file; `wordless`: documents without words."""

    articles: tuple[Article, ...]
    questions: tuple[ConflictQuestion, ...]
    wordless: int


def load_conflicts(file: Path) -> ConflictData:
    """The questions of a file and their documents. Raises CaseError."""
    articles: list[Article] = []
    questions: list[ConflictQuestion] = []
    wordless = 0
    for number, (_, record) in enumerate(json_lines(file, _Record), start=1):
        source = f"question {number}"
        for place, document in enumerate(record.documents, start=1):
            if document.text.strip():
                # the author keeps two documents of the same words apart, and no search reads it
                articles.append(
                    Article(f"{source}, document {place}", document.text, None, f"document {place}", source)
                )
            else:
                wordless += 1
        questions.append(
            ConflictQuestion(str(number), record.question, source, record.gold_answers, record.wrong_answers)
        )
    return ConflictData(tuple(articles), tuple(questions), wordless)
