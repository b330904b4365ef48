"""Data sets in the layout of BEIR -> one article a document, and queries with the documents judged relevant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import Field

from eval.cases import CaseError
from eval.yardsticks.data_files import Published, Words, json_lines, text_of
from index.article import Article

LAYOUT: Final = (
    "a folder in BEIR's layout has corpus.jsonl (_id, title, text), queries.jsonl (_id, text)"
    " and qrels/SPLIT.tsv (query-id, corpus-id, score)"
)

Judgements = dict[str, dict[str, int]]
"""For each query's id, the score of each document that was judged for it."""


class _Document(Published):
    id: Words = Field(alias="_id")
    title: Words | None = None
    text: Words | None = None


class _Query(Published):
    id: Words = Field(alias="_id")
    text: Words


_Record = TypeVar("_Record", _Document, _Query)


@dataclass(frozen=True, slots=True)
class BeirQuery:
    """A query, and by document id how relevant each relevant document is (more is better; 0 and less is left out)."""

    id: str
    text: str
    relevant: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class BeirData:
    """Documents as articles, whose `source` is the document's id, and the queries that have a relevant document.

    `wordless`: documents left out since they have neither title nor text; `irrelevant`: queries
    left out since no document was judged relevant; `unknown`: relevant documents that the
    corpus does not hold, which count as never found.
    """

    articles: tuple[Article, ...]
    queries: tuple[BeirQuery, ...]
    wordless: int
    irrelevant: int
    unknown: int


def load_beir(folder: Path, split: str = "test") -> BeirData:
    """The data set in a folder, with the judgements of one split.

    Raises CaseError naming the folder and what is missing, or the file and line of what is malformed.
    """
    _check_complete(folder, split)
    documents = _by_id(folder / "corpus.jsonl", _Document)
    texts = {key: query.text for key, query in _by_id(folder / "queries.jsonl", _Query).items()}
    articles = [article for document in documents.values() if (article := _article(document))]
    if not articles:
        raise CaseError(f"{str(folder / 'corpus.jsonl')!r} holds no documents: {LAYOUT}")
    file = folder / "qrels" / f"{split}.tsv"
    judged = _judgements(file, texts)
    queries = []
    for key, scores in judged.items():
        relevant = {document: float(score) for document, score in scores.items() if score > 0}
        if relevant:
            queries.append(BeirQuery(key, texts[key], relevant))
    unknown = sum(document not in documents for query in queries for document in query.relevant)
    if unknown == sum(len(query.relevant) for query in queries):
        raise CaseError(f"{str(file)!r} judges no document of the corpus relevant: are the files of one data set?")
    return BeirData(
        tuple(articles), tuple(queries), len(documents) - len(articles), len(judged) - len(queries), unknown
    )


def _check_complete(folder: Path, split: str) -> None:
    if not folder.is_dir():
        problem = "is not a folder" if folder.exists() else "is not there"
        raise CaseError(f"{str(folder)!r} {problem}: {LAYOUT}")
    needed = ("corpus.jsonl", "queries.jsonl", f"qrels/{split}.tsv")
    missing = [name for name in needed if not (folder / name).is_file()]
    if missing:
        splits = ", ".join(sorted(file.stem for file in folder.glob("qrels/*.tsv")))
        there = f" (splits that are there: {splits})" if splits else ""
        raise CaseError(f"the folder {str(folder)!r} lacks {' and '.join(missing)}{there}: {LAYOUT}")


def _by_id(file: Path, model: type[_Record]) -> dict[str, _Record]:
    found: dict[str, _Record] = {}
    for place, record in json_lines(file, model):
        if record.id in found:
            raise CaseError(f"{place}: the id {record.id!r} is taken by an earlier line")
        found[record.id] = record
    return found


def _article(document: _Document) -> Article | None:
    """A document as an article; one that has a title alone is taken to say its title."""
    title, text = (document.title or "").strip(), document.text or ""
    if text.strip():
        return Article(f"beir:{document.id}", text, title or None, source=document.id)
    return Article(f"beir:{document.id}", title, source=document.id) if title else None


def _judgements(file: Path, queries: Mapping[str, str]) -> Judgements:
    judged: Judgements = defaultdict(dict)
    for place, query, document, score in _rows(file):
        if query not in queries:
            raise CaseError(f"{place}: no line of queries.jsonl has the id {query!r}")
        if not queries[query].strip():
            raise CaseError(f"{place}: the query {query!r} is empty")
        if judged[query].setdefault(document, score) != score:
            raise CaseError(f"{place}: document {document!r} has two scores for query {query!r}")
    if not judged:
        raise CaseError(f"{str(file)!r} holds no judgements: {LAYOUT}")
    return judged


def _rows(file: Path) -> Iterator[tuple[str, str, str, int]]:
    """Place, query, document and score of each line; a head without a number is passed over."""
    for number, line in enumerate(text_of(file).split("\n"), start=1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split("\t")]
        if len(fields) != 3:
            raise CaseError(f"{file}, line {number}: {len(fields)} columns parted by tabs, not 3: {LAYOUT}")
        try:
            yield f"{file}, line {number}", fields[0], fields[1], int(fields[2])
        except ValueError as error:
            if number > 1:
                raise CaseError(f"{file}, line {number}: the score {fields[2]!r} is not a whole number") from error
