"""What is embedded of a chunk fits the model, and a chunk's id says which words those were."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from index.article import Article
from index.chunking import Chunker
from index.embedding import SentenceTransformerEmbedder
from index.segmenting import sentences

READ_TOKENS = 256
"""Tokens that all-MiniLM-L6-v2 reads, [CLS] and [SEP] among them."""

BODY = "The harbour reopened on Tuesday after a week of storms. Ferries left for the islands before noon. "
DAY = date(2024, 12, 3)


@pytest.fixture(scope="module")
def chunker(embedder: SentenceTransformerEmbedder) -> Chunker:
    """A chunker for the default model."""
    return Chunker(embedder)


@pytest.fixture(scope="module")
def tokenizer(model_folder: Path) -> Tokenizer:
    """The model's own tokenizer, which adds the special tokens that a text is embedded with."""
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def embedded(chunker: Chunker, article: Article) -> list[str]:
    """What the model reads of each chunk of an article."""
    return [chunker.embedded_text(article, chunk.span) for chunk in chunker.chunks_of(article)]


def ids(chunker: Chunker, article: Article) -> list[str]:
    """The ids of an article's chunks."""
    return [chunk.id for chunk in chunker.chunks_of(article)]


TITLES = {
    "none": None,
    "short": "Storm shuts harbour",
    "long": "Storm shuts harbour and ferries stay in port " * 30,
    "one word": "x" * 3000,
    "Korean": "태풍으로 항구 폐쇄, 여객선 운항 중단 " * 20,
    "Korean in one word": "각" * 500,
    "half Korean": "a" * 60 + " 한국어 뉴스 속보 대통령 " * 20,
    "Japanese": "嵐で港が閉鎖された" * 40,
    "emoji": "🚢⚓👩\u200d🚀" * 100,
    "accents": "Ünïçödé e\u0301 " * 100,
}
TEXTS = {
    "English": BODY * 40,
    "Korean": "태풍이 지나간 뒤 항구가 화요일에 다시 열렸다. 여객선은 정오 전에 섬으로 떠났다. " * 40,
    "Korean without spaces": "각" * 3000,
    "Japanese": "嵐が去った火曜日に港は再開した。漁師たちは不漁を嘆いた。" * 40,
    "emoji": "🚢⚓👩\u200d🚀 " * 300,
    "one word": "x" * 5000,
    "dots": "a." * 2000,
}


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_model_reads_every_chunk_to_its_end(
    chunker: Chunker, tokenizer: Tokenizer, title: str | None, text: str
) -> None:
    """Heading, words and special tokens together stay within what the model reads, in any script."""
    texts = embedded(chunker, Article("a", text, title=title, published=DAY))
    assert texts
    assert max(len(encoding) for encoding in tokenizer.encode_batch(texts)) <= READ_TOKENS


@settings(deadline=None, max_examples=60)
@given(title=st.text(max_size=300), text=st.text(max_size=1500))
def test_any_title_and_text_fit_the_model(chunker: Chunker, tokenizer: Tokenizer, title: str, text: str) -> None:
    """No title and no text make a chunk that is longer than what the model reads."""
    texts = embedded(chunker, Article("a", text, title=title, published=DAY))
    assert all(len(encoding) <= READ_TOKENS for encoding in tokenizer.encode_batch(texts))


def test_the_heading_comes_before_the_words(chunker: Chunker) -> None:
    """Title and date stand on a line above the chunk's own words."""
    texts = embedded(chunker, Article("a", "Ferries left.", title="Storm shuts harbour", published=DAY))
    assert texts == ["Storm shuts harbour (December 3, 2024)\nFerries left."]


def test_without_title_and_date_the_words_stand_alone(chunker: Chunker) -> None:
    """An article of which nothing is known is embedded as its text."""
    assert embedded(chunker, Article("a", "Ferries left.")) == ["Ferries left."]


def test_an_article_without_text_has_no_chunks(chunker: Chunker) -> None:
    """White space alone gives nothing to embed."""
    assert chunker.chunks_of(Article("a", " \n ")) == []


def test_chunks_are_numbered_and_hold_every_sentence_once(chunker: Chunker) -> None:
    """Chunks come in order, name their article, and together are its sentences."""
    article = Article("a", BODY * 40)
    chunks = chunker.chunks_of(article)
    assert len(chunks) > 1
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert {chunk.article_id for chunk in chunks} == {article.id}
    assert [span for chunk in chunks for span in chunk.sentences] == sentences(article.text)


def test_ids_of_repeated_words_differ(chunker: Chunker) -> None:
    """Two chunks of an article are told apart even when they say the same."""
    found = ids(chunker, Article("a", BODY * 40))
    assert len(set(found)) == len(found) > 1


def test_ids_are_the_same_again(chunker: Chunker, embedder: SentenceTransformerEmbedder) -> None:
    """The same article has the same ids whenever and by whichever chunker it is cut."""
    article = Article("a", BODY * 40, title="Storm", published=DAY)
    assert ids(chunker, article) == ids(Chunker(embedder), Article("a", BODY * 40, title="Storm", published=DAY))


@pytest.mark.parametrize(
    "other",
    [
        Article("a", "Ferries left late.", title="Storm", published=DAY),
        Article("a", "Ferries left.", title="Calm", published=DAY),
        Article("a", "Ferries left.", title="Storm", published=date(2024, 12, 4)),
        Article("a", "Ferries left.", title="Storm"),
        Article("a", "Ferries left.", published=DAY),
        Article("b", "Ferries left.", title="Storm", published=DAY),
    ],
    ids=["words", "title", "date", "no date", "no title", "origin"],
)
def test_an_id_changes_with_what_is_embedded_and_with_its_article(chunker: Chunker, other: Article) -> None:
    """Other words, another title or date, or another article give another id."""
    assert ids(chunker, other) != ids(chunker, Article("a", "Ferries left.", title="Storm", published=DAY))


def test_an_id_does_not_change_with_what_is_not_embedded(chunker: Chunker) -> None:
    """Author, source and address can be corrected without computing a vector again."""
    known = Article("a", "Ferries left.", title="Storm", author="Anna", source="Tide", url="https://example.org")
    assert ids(chunker, known) == ids(chunker, Article("a", "Ferries left.", title="Storm"))


def test_only_the_chunk_that_changed_gets_a_new_id(chunker: Chunker) -> None:
    """A correction in the last sentence leaves the ids of the chunks before it as they were."""
    before = ids(chunker, Article("a", BODY * 40 + "The mayor paid."))
    after = ids(chunker, Article("a", BODY * 40 + "The mayor left."))
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]
