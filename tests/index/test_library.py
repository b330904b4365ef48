"""The library: what is added is found once, what is removed is gone, and the three stores agree."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.article import Article, ArticleFilter
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryLockedError, LoadingError, ModelMismatchError, OutOfStepError, UnknownArticleError
from index.library import Library
from index.lock import WriterLock
from index.results import AddReport
from tests.conftest import BRIDGE, OWLS


def found_articles(library: Library, words: str) -> set[str]:
    """Ids of the articles that a search brings by meaning, and those by words, together."""
    result = library.search(words, 10)
    return {hit.article.id for hit in (*result.dense, *result.lexical)}


def test_an_added_article_is_found_by_meaning_and_by_words(library: Library) -> None:
    """Both indexes know an article as soon as `add` returns."""
    library.add([BRIDGE, OWLS])
    result = library.search("birds on a roof", 1)
    assert [hit.article for hit in result.dense] == [OWLS]
    assert [hit.article for hit in result.lexical] == [OWLS]


def test_adding_the_same_article_twice_changes_nothing(library: Library) -> None:
    """The second time it counts as unchanged, and the generation stays."""
    library.add([BRIDGE])
    generation = library.catalogue.generation
    report = library.add([BRIDGE])
    assert report == AddReport(unchanged=[BRIDGE.id])
    assert library.catalogue.generation == generation
    assert library.check() == []


def test_the_same_article_from_another_place_is_not_stored_twice(library: Library) -> None:
    """A file that was moved or copied is known by its content."""
    library.add([BRIDGE])
    assert library.add([replace(BRIDGE, origin="elsewhere")]).unchanged
    assert library.catalogue.count()[0] == 1


def test_an_article_given_twice_in_one_batch_is_stored_once(library: Library) -> None:
    """Of two versions in one batch the later one counts."""
    later = replace(BRIDGE, text="The bridge was closed again after a storm.")
    library.add([BRIDGE, later])
    assert [article.text for article in library.articles()] == [later.text]
    assert library.check() == []


def test_a_changed_article_replaces_its_chunks(library: Library) -> None:
    """The old words are found no more, anywhere."""
    library.add([BRIDGE])
    changed = replace(BRIDGE, text="The ferry to Port Ellis sails again after nine weeks in dock.")
    assert library.add([changed]).replaced == [BRIDGE.id]
    hits = library.search("harbour bridge ribbon euros", 10)
    assert {hit.chunk.span.of(hit.article.text) for hit in (*hits.dense, *hits.lexical)} == {changed.text}
    assert library.check() == []


def test_a_changed_title_changes_what_is_embedded(library: Library) -> None:
    """The title is part of what the model reads, so new chunks take the place of the old."""
    library.add([OWLS])
    before = library.catalogue.chunk_ids()
    library.add([replace(OWLS, title="Rare birds nest in town")])
    assert not set(before) & set(library.catalogue.chunk_ids())
    assert library.check() == []


def test_a_removed_article_is_gone_from_all_three(library: Library) -> None:
    """Catalogue, vectors and lexical index lose it, and its neighbour stays."""
    library.add([BRIDGE, OWLS])
    assert library.remove(BRIDGE.id[:6]) == BRIDGE
    assert found_articles(library, "harbour bridge") == {OWLS.id}
    assert library.catalogue.count()[0] == 1
    assert library.check() == []
    with pytest.raises(UnknownArticleError, match="no article has the id"):
        library.article(BRIDGE.id)


def test_an_emptied_library_takes_articles_again(library: Library) -> None:
    """Removing the last article leaves a working library."""
    library.add([BRIDGE])
    library.remove(BRIDGE.id)
    assert library.check() == []
    assert library.search("bridge", 5).dense == ()
    assert library.add([BRIDGE]).added == [BRIDGE.id]
    assert found_articles(library, "bridge") == {BRIDGE.id}


def test_failures_among_the_loaded_are_reported_and_stop_nothing(library: Library) -> None:
    """Good articles land whatever stands between them."""
    bad = LoadingError("page.html", "no article text found")
    report = library.add([BRIDGE, bad, OWLS])
    assert (report.added, report.failed) == ([BRIDGE.id, OWLS.id], [bad])


def test_filters_hold_for_both_indexes(library: Library) -> None:
    """Source and date are resolved in the catalogue; an unknown date passes no date filter."""
    dated = replace(BRIDGE, published=date(2024, 5, 14))
    library.add([dated, OWLS])

    def found(only: ArticleFilter) -> set[str]:
        result = library.search("the bridge and the owls", 10, only)
        assert {hit.article.id for hit in result.dense} == {hit.article.id for hit in result.lexical}
        return {hit.article.id for hit in result.dense}

    assert found(ArticleFilter(sources=("northfield courier",))) == {OWLS.id}
    assert found(ArticleFilter(after=date(2024, 5, 14))) == {BRIDGE.id}
    assert found(ArticleFilter(before=date(2024, 5, 14))) == {BRIDGE.id}
    assert found(ArticleFilter(after=date(2024, 5, 15))) == set()


def test_a_narrow_filter_finds_its_article_among_many(library: Library) -> None:
    """An allowed chunk is found even when it is not among the nearest of the whole library."""
    many = [
        replace(BRIDGE, origin=f"bridge {n}", text=f"{BRIDGE.text} Car number {n} was the first across.")
        for n in range(600)
    ]
    library.add([*many, OWLS])
    result = library.search("harbour bridge opens", 5, ArticleFilter(sources=("Northfield Courier",)))
    assert [hit.article.id for hit in result.dense] == [OWLS.id]


def test_rebuild_makes_the_derived_indexes_again(copy_of_samples: Callable[[], Library]) -> None:
    """After both derived folders are emptied, rebuild brings the same search results back."""
    library = copy_of_samples()
    before = [hit.chunk.id for hit in library.search("air strikes", 10).lexical]
    library._derived.vectors.drop(sorted(library._derived.vectors.ids()))
    library._derived.lexical.clear()
    assert len(library.check()) >= 3
    library.rebuild()
    assert library.check() == []
    assert [hit.chunk.id for hit in library.search("air strikes", 10).lexical] == before


@pytest.mark.parametrize("name", ["vectors", "lexical"])
def test_an_index_replaced_by_an_old_one_is_noticed_and_rebuilt(
    copy_of_samples: Callable[[], Library], name: str
) -> None:
    """A derived index that is missing or of another generation is refused with the cure, which works."""
    import shutil

    shutil.rmtree(copy_of_samples().folder / name)
    reopened = copy_of_samples()
    with pytest.raises(OutOfStepError, match="run pullquote rebuild"):
        reopened.search("air strikes", 5)
    reopened.rebuild()
    assert reopened.check() == []


@pytest.mark.parametrize("name", ["vectors", "lexical"])
def test_an_overwritten_index_is_rebuilt_from_the_catalogue(copy_of_samples: Callable[[], Library], name: str) -> None:
    """Files full of rubbish are thrown away and made again."""
    for file in (copy_of_samples().folder / name).rglob("*"):
        if file.is_file():
            file.write_bytes(b"rubbish" * 100)
    reopened = copy_of_samples()
    reopened.rebuild()
    assert reopened.check() == []
    assert reopened.search("air strikes", 5).dense


def test_check_names_a_chunk_that_is_missing_and_one_that_belongs_to_nothing(
    copy_of_samples: Callable[[], Library],
) -> None:
    """The doctor counts both kinds of disagreement in each index."""
    library = copy_of_samples()
    vectors = library._derived.vectors
    gone = min(vectors.ids())
    vectors.put(["stranger"], library.embedder.embed(["a stranger"]))
    vectors.drop([gone])
    problems = library.check()
    assert any("are missing" in problem and gone in problem for problem in problems)
    assert any("belong to no article" in problem and "stranger" in problem for problem in problems)


def test_check_notices_a_text_that_was_changed_behind_its_back(copy_of_samples: Callable[[], Library]) -> None:
    """A stored text that no longer gives its chunks is a disagreement."""
    import sqlite3

    library = copy_of_samples()
    with sqlite3.connect(library.folder / "catalogue.sqlite3") as connection:
        connection.execute("UPDATE articles SET text = 'x' || text WHERE rowid = 1")
    connection.close()
    assert any("does not fit the text" in problem for problem in library.check())


def test_a_reader_sees_what_another_process_has_written(
    copy_of_samples: Callable[[], Library],
) -> None:
    """An open library picks up the next generation by itself; here the other writer is a real process."""
    import subprocess
    import sys

    reader = copy_of_samples()
    assert BRIDGE.id not in found_articles(reader, "harbour bridge Velmora")
    code = (
        "import sys; from pathlib import Path; from index.embedding import SentenceTransformerEmbedder;"
        "from index.library import Library; from tests.conftest import BRIDGE;"
        "Library(Path(sys.argv[1]), SentenceTransformerEmbedder()).add([BRIDGE])"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code, str(reader.folder)], cwd=root, check=True, timeout=120)
    assert BRIDGE.id in found_articles(reader, "harbour bridge Velmora")
    assert reader.check() == []


def test_a_second_writer_is_told_who_holds_the_lock(library: Library) -> None:
    """The error names the process and what it runs."""
    import os

    library.add([BRIDGE])
    other = WriterLock(library.folder)
    other.take()
    try:
        with pytest.raises(LibraryLockedError, match=f"process {os.getpid()} "):
            library.add([OWLS])
        assert found_articles(library, "bridge") == {BRIDGE.id}, "reading goes on"
    finally:
        other.release()
    assert library.add([OWLS]).added


def test_a_library_of_another_model_is_refused_with_the_cure(library: Library, tmp_path: Path) -> None:
    """Search and add refuse; rebuild with the new model makes it usable."""

    class Renamed(SentenceTransformerEmbedder):
        fingerprint = "other-model@0123"

    library.add([BRIDGE])
    library.close()
    other = Library(library.folder, Renamed())
    with pytest.raises(ModelMismatchError, match="run pullquote rebuild"):
        other.search("bridge", 1)
    with pytest.raises(ModelMismatchError, match="other-model@0123"):
        other.add([OWLS])
    other.rebuild()
    assert found_articles(other, "bridge") == {BRIDGE.id}
    other.close()


def test_ids_may_be_shortened_while_they_are_unambiguous(sample_library: Library) -> None:
    """Four digits or more; fewer could mean anything."""
    article = next(sample_library.articles())
    assert sample_library.article(article.id[:8]) == article
    for key in (article.id[:3], "", "zzzz", "%%%%"):
        with pytest.raises(UnknownArticleError):
            sample_library.article(key)


def test_occurrences_are_exact_and_complete(library: Library) -> None:
    """Every place is found, and only where the characters are the same."""
    library.add([replace(BRIDGE, text="It rained. It rained, it rained. 100% wet_."), OWLS])
    places = library.occurrences("rained")
    assert [place.span.of(place.article.text) for place in places] == ["rained"] * 3
    assert len({place.span for place in places}) == 3
    assert library.occurrences("RAINED") == []
    assert [place.span.start for place in library.occurrences("100% wet_")] == [33]
    assert library.occurrences("100_ wet%") == []
    assert library.occurrences("") == []


def test_threads_may_search_while_another_adds(library: Library) -> None:
    """No search fails or sees half an article, and all of them are there in the end."""
    library.add([OWLS])
    failures: list[BaseException] = []
    stop = threading.Event()

    def search() -> None:
        while not stop.is_set():
            try:
                assert OWLS.id in found_articles(library, "owls on the library roof")
            except BaseException as error:  # noqa: BLE001 - the test reports whatever a thread met
                failures.append(error)
                return

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(5):
            library.add([replace(BRIDGE, origin=f"{number}", text=f"{BRIDGE.text} Day {number}.")])
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []
    assert library.catalogue.count()[0] == 6
    assert library.check() == []


def test_articles_are_listed_newest_first_and_undated_last(library: Library) -> None:
    """The order is that of publication."""
    old = replace(BRIDGE, origin="old", text="Old.", published=date(2001, 1, 1))
    new = replace(BRIDGE, origin="new", text="New.", published=date(2020, 1, 1))
    library.add([OWLS, old, new])
    assert [article.text for article in library.articles()] == ["New.", "Old.", OWLS.text]


def test_article_types_reject_impossible_spans() -> None:
    """A span is never empty or reversed."""
    from index.article import Span

    for start, end in ((1, 1), (2, 1), (-1, 3)):
        with pytest.raises(ValueError, match="a span needs"):
            Span(start, end)


def test_stored_articles_come_back_as_they_were(library: Library) -> None:
    """Every field survives the catalogue."""
    article = Article(
        "origin ü",
        "Text “with” quotes, emoji 🙂 and\n\n日本語。",
        "Title",
        "A. Author",
        "Outlet",
        date(1999, 12, 31),
        None,
        "https://example.org/a",
    )
    library.add([article])
    assert library.article(article.id) == article
