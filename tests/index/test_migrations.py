"""Every schema that was ever released is brought to the latest one, whole or not at all."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from index.catalogue import Catalogue
from index.database import SCHEMA, Database, migrate
from index.embedding import SentenceTransformerEmbedder
from index.errors import LibraryUnusableError, SchemaMismatchError
from index.library import Library
from index.tables import TABLES

RELEASED: Final = sorted((Path(__file__).parent / "catalogues").glob("schema_*.sql"))
ORIGINS: Final = {"marrowgate-tram.txt", "hill-tram.txt", "lantern-day.txt"}


def made_from(dump: Path, file: Path) -> Path:
    """A catalogue as an earlier version left it."""
    with closing(sqlite3.connect(file)) as database:
        database.executescript(dump.read_text())
    return file


def schema_of(file: Path) -> dict[str, str]:
    """Each table and index by its name, in the words that made it, but for spaces."""
    with closing(sqlite3.connect(file)) as database:
        rows = database.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: re.sub(r"\s+", " ", sql) for name, sql in rows}


def lines_of(file: Path) -> list[str]:
    """All that a catalogue holds."""
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    """A catalogue that this version made."""
    file = tmp_path / "new.sqlite3"
    Catalogue(file).close()
    return file


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """A catalogue of the first schema."""
    return made_from(RELEASED[0], tmp_path / "catalogue.sqlite3")


def test_there_is_a_catalogue_of_every_schema() -> None:
    """So a new schema cannot go without one."""
    assert [dump.stem for dump in RELEASED] == [f"schema_{number}" for number in range(1, int(SCHEMA) + 1)]


@pytest.mark.parametrize("dump", RELEASED, ids=lambda dump: dump.stem)
def test_a_library_of_every_released_schema_is_migrated_and_loses_nothing(
    tmp_path: Path, new_file: Path, embedder: SentenceTransformerEmbedder, dump: Path
) -> None:
    """It has the schema of a new one, its articles and its generation; once rebuilt, it is sound."""
    file = made_from(dump, tmp_path / "catalogue.sqlite3")
    migrate(file)
    assert schema_of(file) == schema_of(new_file)
    library = Library(tmp_path, embedder)
    assert library.catalogue.generation == 1
    assert {article.origin for article in library.articles()} == ORIGINS
    library.rebuild()
    assert library.check() == []
    clusters = library.clusters(library.catalogue.article_ids())
    assert sorted(map(list(clusters.values()).count, set(clusters.values()))) == [1, 2]
    library.close()


def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path, new_file: Path) -> None:
    """Alembic finds no difference, and SQLite was given the same words, Alembic's own table apart."""
    declared = tmp_path / "declared.sqlite3"
    engine = sa.create_engine(f"sqlite:///{declared}")
    TABLES.create_all(engine)
    engine.dispose()
    migrated = schema_of(new_file)
    assert "version_num" in migrated.pop("alembic_version")
    assert migrated == schema_of(declared)
    engine = sa.create_engine(f"sqlite:///{new_file}")
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), TABLES) == []
    engine.dispose()


def test_a_catalogue_of_an_earlier_schema_is_not_opened_but_names_the_cure(old_file: Path) -> None:
    """Nothing of it is changed."""
    before = lines_of(old_file)
    with pytest.raises(SchemaMismatchError, match=r"has schema '1', this version reads '2': run pullquote migrate"):
        Catalogue(old_file)
    assert lines_of(old_file) == before


def test_a_catalogue_is_kept_as_it_was_before_it_is_migrated(tmp_path: Path, old_file: Path) -> None:
    """The copy is a catalogue of the earlier schema that needs no file beside it; a copy of an earlier try goes."""
    before = lines_of(old_file)
    (tmp_path / "catalogue.schema-1.sqlite3").write_text("of an earlier try")
    migration = migrate(old_file, tmp_path)
    assert migration.before == "1"
    assert migration.kept == tmp_path / "catalogue.schema-1.sqlite3"
    assert lines_of(migration.kept) == before
    assert {path.name for path in tmp_path.iterdir()} == {"catalogue.sqlite3", "catalogue.schema-1.sqlite3"}


def test_a_catalogue_of_the_latest_schema_stays_as_it_is(tmp_path: Path, new_file: Path) -> None:
    """No copy is kept, since nothing is done."""
    before = lines_of(new_file)
    assert migrate(new_file, tmp_path).kept is None
    assert lines_of(new_file) == before
    assert list(tmp_path.iterdir()) == [new_file]


def test_a_migration_is_whole_or_not_at_all(old_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stops it after the last step leaves a file of the first schema without a new table."""
    before = lines_of(old_file)
    whole: Callable[..., None] = command.upgrade

    def stopped(*arguments: object) -> None:
        whole(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("index.migrations.command.upgrade", stopped)
        with pytest.raises(KeyboardInterrupt):
            migrate(old_file)
    assert lines_of(old_file) == before
    migrate(old_file)
    Catalogue(old_file).close()


def test_a_damaged_catalogue_is_not_migrated(old_file: Path) -> None:
    """Chunks whose article is gone show that it is not whole; it stays as it is."""
    with closing(sqlite3.connect(old_file)) as database:
        database.executescript("DELETE FROM articles WHERE origin = 'lantern-day.txt'")
    before = lines_of(old_file)
    with pytest.raises(LibraryUnusableError, match=r"is damaged .*pullquote restore"):
        migrate(old_file)
    assert lines_of(old_file) == before


@pytest.mark.parametrize("schema", ["99", "two"])
def test_a_catalogue_of_a_schema_that_is_not_known_is_not_migrated(old_file: Path, schema: str) -> None:
    """The message names both schemas."""
    with closing(sqlite3.connect(old_file)) as database:
        database.executescript(f"UPDATE meta SET value = '{schema}' WHERE key = 'schema'")
    before = lines_of(old_file)
    with pytest.raises(SchemaMismatchError, match=f"has schema '{schema}', this version reads '2': use the Pullquote"):
        migrate(old_file)
    assert lines_of(old_file) == before


def test_where_there_is_no_catalogue_none_is_made(tmp_path: Path) -> None:
    """A folder that was named by mistake stays empty."""
    with pytest.raises(LibraryUnusableError, match="there is no catalogue"):
        migrate(tmp_path / "catalogue.sqlite3", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_several_that_make_one_new_catalogue_at_once_make_it_once(tmp_path: Path, new_file: Path) -> None:
    """Each of them can use it."""
    file = tmp_path / "catalogue.sqlite3"
    with ThreadPoolExecutor(8) as threads:
        for database in threads.map(Database, [file] * 8):
            database.close()
    assert sorted(lines_of(file)) == sorted(lines_of(new_file))
