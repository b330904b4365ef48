"""The catalogue's file: whose it is, whether it is the one it was, and the fetched pages that it remembers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from index.article import Article, Validators
from index.catalogue import Catalogue, PreparedArticle
from index.database import migrate
from index.duplicates import signature
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryUnusableError
from index.library import Library
from tests.index.near_duplicate_pairs import samples

STORY = Article("story", samples()[0].text)
REPRINT = Article("reprint", f"{STORY.text} Agencies")
PAGE = "https://www.example.org/story"
SENT = Validators('W/"51a"', "Tue, 14 May 2024 08:00:00 GMT")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """A catalogue that holds one article."""
    opened = Catalogue(tmp_path / "catalogue.sqlite3")
    put(opened, STORY)
    yield opened
    opened.close()


@pytest.fixture
def old_folder(tmp_path: Path, embedder: SentenceTransformerEmbedder) -> Path:
    """A library of schema 1, which has two near-duplicates and knows nothing of clusters and fetches."""
    folder = tmp_path / "old"
    library = Library(folder, embedder)
    library.add([STORY, REPRINT])
    library.close()
    change(folder, "DROP TABLE signatures; DROP TABLE bands; DROP TABLE fetches; DROP TABLE alembic_version")
    change(folder, "DELETE FROM meta WHERE key = 'unsigned'; UPDATE meta SET value = '1' WHERE key = 'schema'")
    return folder


def put(catalogue: Catalogue, article: Article) -> None:
    """Stores one article without chunks."""
    catalogue.put([PreparedArticle(article, [], signature(article.text))], "no model")


def change(folder: Path, statements: str) -> None:
    """Changes the catalogue's file behind its back."""
    with closing(sqlite3.connect(folder / "catalogue.sqlite3")) as database:
        database.executescript(statements)


@pytest.mark.parametrize("cure", ["add", "rebuild"])
def test_a_migrated_library_of_the_first_schema_gets_clusters_with_the_next_write(
    old_folder: Path, embedder: SentenceTransformerEmbedder, cure: str
) -> None:
    """Readers see each article by itself until then, and the doctor names the cure; its indexes stay in step."""
    migrate(old_folder / "catalogue.sqlite3")
    library = Library(old_folder, embedder)
    ids = [STORY.id, REPRINT.id]
    assert library.clusters(ids) == {key: key for key in ids}
    assert library.cluster(STORY.id) == (STORY,)
    assert [line for line in library.check() if "pullquote rebuild" in line] == library.check()
    if cure == "add":
        library.add([Article("other", samples()[5].text)])
    else:
        library.rebuild()
    assert len(set(library.clusters(ids).values())) == 1
    assert library.check() == []
    library.close()


def test_a_catalogue_of_a_later_schema_is_refused_untouched(old_folder: Path) -> None:
    """The message names both schemas, and no table is added."""
    change(old_folder, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(LibraryUnusableError, match="has schema '99', this version reads '2'"):
        Catalogue(old_folder / "catalogue.sqlite3")
    engine = sa.create_engine(f"sqlite:///{old_folder / 'catalogue.sqlite3'}")
    assert not sa.inspect(engine).has_table("fetches")
    engine.dispose()


@pytest.mark.parametrize("left", ["missing", "empty"])
def test_a_catalogue_that_went_is_not_made_anew_beside_its_indexes(
    tmp_path: Path, embedder: SentenceTransformerEmbedder, left: str
) -> None:
    """An empty library in place of a lost one would hide the loss; the message names the cure."""
    library = Library(tmp_path, embedder)
    library.add([STORY])
    library.close()
    file = tmp_path / "catalogue.sqlite3"
    file.unlink()
    if left == "empty":
        file.touch()
    before = file.exists()
    with pytest.raises(LibraryUnusableError, match=r"is lost, .*pullquote restore"):
        Library(tmp_path, embedder)
    assert file.exists() == before
    assert not before or file.stat().st_size == 0


def test_a_catalogue_that_is_cut_off_is_refused_with_the_cure(catalogue: Catalogue, tmp_path: Path) -> None:
    """Nothing is made up for what is lost."""
    catalogue.close()
    file = tmp_path / "catalogue.sqlite3"
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.write_bytes(half)
    with pytest.raises(LibraryUnusableError, match="pullquote restore"):
        Catalogue(file).articles([STORY.id])
    assert file.read_bytes() == half


def test_a_catalogue_that_another_takes_the_place_of_is_left_for_it(catalogue: Catalogue, tmp_path: Path) -> None:
    """The next transaction is of the new file; once there is none, none is made."""
    file = tmp_path / "catalogue.sqlite3"
    other = Catalogue(tmp_path / "other.sqlite3")
    put(other, REPRINT)
    other.close()
    assert catalogue.article_ids() == [STORY.id]
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"catalogue.sqlite3{suffix}").unlink()
    (tmp_path / "other.sqlite3").replace(file)
    assert catalogue.article_ids() == [REPRINT.id]
    file.unlink()
    with pytest.raises(LibraryUnusableError, match="unable to open"):
        catalogue.article_ids()
    assert not file.exists()


def test_a_fetched_page_is_remembered_until_it_is_fetched_again(catalogue: Catalogue) -> None:
    """The latest validators count, a page that gave no article is kept too, and the generation stays."""
    generation = catalogue.generation
    assert catalogue.validators(PAGE) is None
    catalogue.remember_fetched(PAGE, Validators(None, None), STORY.id)
    catalogue.remember_fetched(PAGE, SENT, STORY.id)
    catalogue.remember_fetched("https://www.example.org/feed", SENT, None)
    assert catalogue.validators(PAGE) == SENT
    assert catalogue.validators("https://www.example.org/feed") == SENT
    assert catalogue.generation == generation


@pytest.mark.parametrize("change_of_article", ["deleted", "replaced"])
def test_a_page_whose_article_is_gone_is_fetched_whole(catalogue: Catalogue, change_of_article: str) -> None:
    """Its validators go with the article, or with the text that came from there; those of other pages stay."""
    put(catalogue, Article("other", "Another article."))
    other = Article("other", "Another article.")
    catalogue.remember_fetched(PAGE, SENT, STORY.id)
    catalogue.remember_fetched("https://www.example.org/other", SENT, other.id)
    if change_of_article == "deleted":
        catalogue.delete([STORY.id])
    else:
        put(catalogue, Article(STORY.origin, "Words from elsewhere."))
    assert catalogue.validators(PAGE) is None
    assert catalogue.validators("https://www.example.org/other") == SENT


def test_a_page_whose_article_is_not_stored_is_not_remembered(catalogue: Catalogue) -> None:
    """Not even what was known of the page before is kept."""
    catalogue.remember_fetched(PAGE, SENT, STORY.id)
    catalogue.remember_fetched(PAGE, SENT, "0123456789ab")
    assert catalogue.validators(PAGE) is None
