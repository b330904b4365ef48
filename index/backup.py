"""A backup: one ZIP file that holds a library's catalogue, files that belong beside it, and a manifest of them.

The catalogue is copied while the library is in use. Vectors and lexical index are derived from it, so they are
not in a backup. Members are read by the names that are known, and no further than the manifest says; so no path
in an archive is ever followed, and none can fill a disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, BinaryIO, Final, Literal

from pydantic import AwareDatetime, Field, TypeAdapter, ValidationError

from index.database import SCHEMA
from index.database_copy import Contents, contents, damage, snapshot
from index.errors import BackupError, LibraryUnusableError

CATALOGUE: Final = "catalogue.sqlite3"
_MANIFEST: Final = "manifest.json"
_MANIFEST_BYTES: Final = 65_536
_BLOCK: Final = 1 << 20
_FORMAT: Final = 1
_SHARED: Final = 0o666
_PRIVATE: Final = 0o600
"""Who may read a file: whom the process's umask lets, or its owner alone."""

_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, KeyError)
"""What zipfile raises for a damaged, encrypted or oddly compressed archive, or a member that is not there."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of a backup: its size, and the SHA-256 of its bytes."""

    bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, which version made it of what, and when (UTC)."""

    format: Literal[1]
    pullquote: str
    schema: Annotated[str, Field(pattern="^[0-9]{1,4}$")]
    generation: Annotated[int, Field(ge=0, lt=2**62)]
    articles: Annotated[int, Field(ge=0)]
    model: str
    created: AwareDatetime
    members: Mapping[str, Member]

    @property
    def contents(self) -> Contents:
        """What the catalogue holds."""
        return Contents(self.schema, self.generation, self.articles, self.model)


_MANIFEST_TYPE: Final = TypeAdapter(Manifest)


def backup(folder: Path, target: Path, beside: Sequence[str] = (), *, overwrite: bool = False) -> Manifest:
    """Writes a backup of the library in `folder`, which others may go on using; returns what is in it.

    `beside`: names of files of the folder that belong to it where they exist. `target` comes whole or not at all,
    readable by its owner alone. Raises BackupError when it is there already and not to be overwritten, or cannot be
    written; LibraryUnusableError when there is no catalogue or it is damaged.
    """
    if not (folder / CATALOGUE).is_file():
        raise LibraryUnusableError(f"no library is in {str(folder)!r}: name its folder with --data-dir")
    if target.exists() and not overwrite:
        raise BackupError(f"{str(target)!r} is there already: choose another name, or add --force")
    try:
        with TemporaryDirectory(dir=target.absolute().parent, prefix=".pullquote-backup-") as temporary:
            manifest = _gather(folder, Path(temporary), beside)
            archive = Path(temporary) / "archive.zip"
            _write_archive(archive, Path(temporary), manifest)
            archive.replace(target)
            sync(target.absolute().parent)
    except OSError as error:
        raise BackupError(
            f"cannot write the backup {str(target)!r} ({error.strerror or error}): choose a folder that exists,"
            " is writable and has free space"
        ) from error
    return manifest


@contextmanager
def opened_backup(archive: Path) -> Iterator[OpenedBackup]:
    """A backup whose manifest has been read. Raises BackupError when it is none, or of a later version."""
    try:
        opened = zipfile.ZipFile(archive)
    except _UNREADABLE as error:
        raise _unreadable(archive, error) from error
    with opened:
        yield OpenedBackup(archive, opened)


class OpenedBackup:
    """A backup that is being read. Every method raises BackupError for what is not as the manifest says."""

    def __init__(self, archive: Path, opened: zipfile.ZipFile) -> None:
        self.archive = archive
        self._opened = opened
        text = b"".join(self._blocks(_MANIFEST, _MANIFEST_BYTES))
        try:
            self.manifest = _MANIFEST_TYPE.validate_json(text)
        except ValidationError as error:
            reason = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
            raise _unreadable(archive, f"its manifest does not fit, {reason}") from error
        if int(self.manifest.schema) > int(SCHEMA):
            raise BackupError(
                f"the backup {str(archive)!r} has schema {self.manifest.schema!r}, this version reads up to"
                f" {SCHEMA!r}: use Pullquote {self.manifest.pullquote} or later"
            )

    def unpack(self, names: Sequence[str], folder: Path) -> list[str]:
        """Writes those of these members that there are into `folder`, checked against the manifest; returns them.

        The catalogue must be there.
        """
        members = {name: self.manifest.members[name] for name in names if name in self.manifest.members}
        if CATALOGUE not in members:
            raise _unreadable(self.archive, "it has no catalogue")
        room, needed = shutil.disk_usage(folder).free, sum(member.bytes for member in members.values())
        if needed > room:
            raise BackupError(
                f"the backup {str(self.archive)!r} unpacks to {needed:,} bytes, {str(folder)!r} has room for"
                f" {room:,}: free some space"
            )
        for name, member in members.items():
            self._unpack(name, member, folder / name)
        return list(members)

    def _unpack(self, name: str, member: Member, target: Path) -> None:
        digest = hashlib.sha256()
        with _new_file(target, _SHARED if name == CATALOGUE else _PRIVATE) as file:
            for block in self._blocks(name, member.bytes):
                digest.update(block)
                file.write(block)
        if digest.hexdigest() != member.sha256 or target.stat().st_size != member.bytes:
            raise _unreadable(self.archive, f"{name} is not what the manifest says")

    def _blocks(self, name: str, limit: int) -> Iterator[bytes]:
        """The bytes of a member, block by block, refused beyond `limit`."""
        try:
            with self._opened.open(name) as file:
                while block := file.read(min(_BLOCK, limit + 1)):
                    limit -= len(block)
                    if limit < 0:
                        raise _unreadable(self.archive, f"{name} is larger than it may be")
                    yield block
        except _UNREADABLE as error:
            raise _unreadable(self.archive, error) from error


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _gather(folder: Path, temporary: Path, beside: Sequence[str]) -> Manifest:
    """Copies what goes into a backup, and checks it."""
    copy = temporary / CATALOGUE
    snapshot(folder / CATALOGUE, copy)
    if problems := damage(copy):
        raise LibraryUnusableError(
            f"the catalogue in {str(folder)!r} is damaged ({problems[0]}), so it is not backed up:"
            " put an earlier backup in its place with pullquote restore"
        )
    names = [CATALOGUE]
    for name in beside:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, temporary / name)
            names.append(name)
    held = asdict(contents(copy))
    created = datetime.now(UTC).replace(microsecond=0)
    members = {name: _member(temporary / name) for name in names}
    return Manifest(format=_FORMAT, pullquote=version("pullquote"), created=created, members=members, **held)


def _member(file: Path) -> Member:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256")
    return Member(file.stat().st_size, digest.hexdigest())


def _write_archive(archive: Path, folder: Path, manifest: Manifest) -> None:
    with _new_file(archive, _PRIVATE) as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(_MANIFEST, _MANIFEST_TYPE.dump_json(manifest, indent=2))
            for name in manifest.members:
                packed.write(folder / name, name)
        file.flush()
        os.fsync(file.fileno())


def _new_file(path: Path, mode: int) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode), "w+b")


def _unreadable(archive: Path, reason: object) -> BackupError:
    return BackupError(f"{str(archive)!r} cannot be restored ({reason}): give a whole file that pullquote backup wrote")
