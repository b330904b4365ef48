"""The lexical index: BM25 over chunks in tantivy, derived from the catalogue. Only file that imports tantivy."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import tantivy

from index.errors import DamagedIndexError, LibraryError, LibraryUnusableError
from index.native_code import is_panic
from index.sealing import SealedFiles
from index.vectors import Scored

_ANALYSER: Final = "english_folded"
_HEAP_BYTES: Final = 30_000_000
_SEGMENT_FILES: Final = "[0-9a-f]*.*"
"""Their names are random and they are written once, so a noted one is right or damaged."""
_TITLE_WEIGHT: Final = 0.5
_WORDS_REMEMBERED: Final = 100_000
_STOP_WORDS: Final = (
    "a about above after again against all also am an and any are as at be because been before being "
    "below between both but by can could did do does doing down during each either else ever few for from "
    "further had has have having he her here hers herself him himself his how i if in into is it its "
    "itself just may me might more most must my myself no nor not of off on once only or other our ours "
    "ourselves out over own same shall she should so some such t than that the their theirs them "
    "themselves then there these they this those through to too under until up us very was we were what "
    "when where which while who whom whose why will with would you your yours yourself s d ll m re ve don "
    "didn doesn isn wasn"
).split()
"""Words that tell nothing about a passage, question words among them; "U.S." stays findable by its other words."""


@dataclass(frozen=True, slots=True)
class LexicalDocument:
    """What the lexical index reads of one chunk."""

    chunk_id: str
    article_id: str
    title: str
    text: str


class LexicalIndex:
    """BM25 over the words of chunks and, at half weight, of their articles' titles. English stems, accents folded.

    Every method raises LibraryUnusableError when tantivy fails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = SealedFiles(folder, lambda place: place.glob(_SEGMENT_FILES))
        self._analyser = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.remove_long(60))
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.ascii_fold())
            .filter(tantivy.Filter.custom_stopword(_STOP_WORDS))
            .filter(tantivy.Filter.stemmer("english"))
            .build()
        )
        self.word_terms: Callable[[str], tuple[str, ...]] = lru_cache(_WORDS_REMEMBERED)(
            lambda word: tuple(self.terms(word))
        )
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("chunk_id", stored=True, tokenizer_name="raw", index_option="basic")
        schema.add_text_field("article_id", tokenizer_name="raw", index_option="basic")
        for name in ("title", "text"):
            schema.add_text_field(name, tokenizer_name=_ANALYSER, index_option="freq")
        self._schema = schema.build()
        self._open()

    def _open(self) -> None:
        with _translated(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            if changed := self._files.changed():
                raise DamagedIndexError(
                    f"the lexical index in {str(self._folder)!r} cannot be used"
                    f" ({changed[0]!r} is not as it was written): run pullquote rebuild"
                )
            if (self._folder / "generation").exists() and not (self._folder / "meta.json").exists():
                raise ValueError("'meta.json' is missing")  # tantivy would begin an empty index
            self._index = tantivy.Index(self._schema, path=str(self._folder))
            self._index.register_tokenizer(_ANALYSER, self._analyser)

    def reopen(self) -> None:
        """Makes what another process has written visible here."""
        with _translated(self._folder):
            self._index.reload()

    @property
    def generation(self) -> int:
        """The catalogue's generation that the index reflects."""
        try:
            return int((self._folder / "generation").read_text())
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            raise LibraryUnusableError(
                f"{str(self._folder / 'generation')!r} cannot be read: run pullquote rebuild"
            ) from error

    @generation.setter
    def generation(self, value: int) -> None:
        with _translated(self._folder):
            temporary = self._folder / "generation.new"
            temporary.write_text(str(value))
            temporary.replace(self._folder / "generation")

    def count(self) -> int:
        """How many chunks are indexed where the next process will look for them."""
        with _translated(self._folder):
            (self._folder / "meta.json").stat()  # taken away, it can still be read by who has it open
            return int(self._index.searcher().num_docs)

    def change(self, drop: Sequence[str], put: Sequence[LexicalDocument]) -> None:
        """Drops chunks and puts others in, each in place of any of its id, in one commit."""
        with _translated(self._folder):
            writer = self._index.writer(_HEAP_BYTES, 1)
            # a killed writer leaves files of a commit that never was, and tantivy would fail to write them again
            writer.garbage_collect_files()
            for key in (*drop, *(document.chunk_id for document in put)):
                writer.delete_documents_by_term("chunk_id", key)
            for document in put:
                writer.add_document(
                    tantivy.Document(
                        chunk_id=document.chunk_id,
                        article_id=document.article_id,
                        title=document.title,
                        text=document.text,
                    )
                )
            writer.commit()
            writer.wait_merging_threads()
            self._index.reload()
            self._files.seal()

    def clear(self) -> None:
        """Takes everything out, even what cannot be read."""
        with _translated(self._folder):
            shutil.rmtree(self._folder, ignore_errors=True)
        self._open()

    def ids(self) -> set[str]:
        """Ids of all indexed chunks."""
        with _translated(self._folder):
            searcher = self._index.searcher()
            hits = searcher.search(tantivy.Query.all_query(), max(1, searcher.num_docs), count=False).hits
            return {searcher.doc(address)["chunk_id"][0] for _, address in hits}

    def terms(self, text: str) -> list[str]:
        """The words of `text` as the index sees them: lower case, folded, stemmed, stop words left out."""
        return self._analyser.analyze(text)

    def rarity(self, terms: Collection[str]) -> dict[str, float]:
        """Inverse document frequency of each term: 0 in every chunk, near 1 in none (BM25's, scaled)."""
        with _translated(self._folder):
            searcher = self._index.searcher()
            total = max(1, searcher.num_docs)
            top = math.log(1 + (total + 0.5) / 0.5)
            counts = {term: min(total, searcher.doc_freq("text", term)) for term in terms}
        return {term: math.log(1 + (total - count + 0.5) / (count + 0.5)) / top for term, count in counts.items()}

    def search(self, text: str, limit: int, allowed_articles: Collection[str] | None = None) -> list[Scored]:
        """The `limit` chunks with the highest BM25 for the words of `text`, in the allowed articles if given."""
        words = [
            (tantivy.Occur.Should, query)
            for term in dict.fromkeys(self.terms(text))
            for query in (
                tantivy.Query.term_query(self._schema, "text", term, "freq"),
                tantivy.Query.boost_query(tantivy.Query.term_query(self._schema, "title", term, "freq"), _TITLE_WEIGHT),
            )
        ]
        if not words:
            return []
        query = tantivy.Query.boolean_query(words)
        if allowed_articles is not None:
            among = tantivy.Query.term_set_query(self._schema, "article_id", sorted(allowed_articles))
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(among, 0.0))]
            )
        with _translated(self._folder):
            searcher = self._index.searcher()
            hits = searcher.search(query, limit, count=False).hits
            return [Scored(searcher.doc(address)["chunk_id"][0], score) for score, address in hits]


@contextmanager
def _translated(folder: Path) -> Iterator[None]:
    try:
        yield
    except LibraryError:
        raise
    except BaseException as error:
        if not (isinstance(error, OSError | ValueError | RuntimeError) or is_panic(error)):
            raise
        raise LibraryUnusableError(
            f"the lexical index in {str(folder)!r} cannot be used ({error}):"
            " check free space and that it is writable, then run pullquote rebuild"
        ) from error
