"""Articles -> chunks that fit the embedding model, and the words that it reads of each."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from index.article import Article, Chunk, Span
from index.embedding import Embedder
from index.segmenting import CHUNK_TOKENS, chunks

_HEADING_TOKENS: Final = 50


@dataclass(frozen=True, slots=True)
class Chunker:
    """Cuts articles for one embedding model, into chunks of at most `tokens` tokens."""

    embedder: Embedder
    tokens: int = CHUNK_TOKENS

    def chunks_of(self, article: Article) -> list[Chunk]:
        """The article's chunks in order; together they hold every sentence once."""
        target = min(self.tokens, self.embedder.max_tokens - _HEADING_TOKENS)
        places = chunks(article.text, self.embedder.count_tokens, target)
        return [
            Chunk(self.chunk_id(article, number, place.span), article.id, number, place.span, place.sentences)
            for number, place in enumerate(places)
        ]

    def embedded_text(self, article: Article, span: Span) -> str:
        """What the model reads of a chunk: title and date, cut to 50 tokens, then the words."""
        heading = self.embedder.clip(article.heading, _HEADING_TOKENS)
        return f"{heading}\n{span.of(article.text)}".lstrip("\n")

    def chunk_id(self, article: Article, number: int, span: Span) -> str:
        """An id that changes with the words that are embedded, so that equal ids mean equal vectors."""
        digest = hashlib.sha256(self.embedded_text(article, span).encode()).hexdigest()[:12]
        return f"{article.id}-{digest}-{number}"
