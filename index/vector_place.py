"""Where a library keeps its vectors: in a folder of its own, or in a collection of a Chroma server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from index.errors import SettingsError


@dataclass(frozen=True, slots=True)
class VectorFolder:
    """A folder that Chroma writes to within this process."""

    path: Path

    def __str__(self) -> str:
        return repr(str(self.path))

    @property
    def cure(self) -> str:
        """What helps when Chroma fails there."""
        return "check free space and that it is writable, then run pullquote rebuild"


@dataclass(frozen=True, slots=True)
class ChromaServer:
    """A collection of a Chroma server; each library needs one of its own.

    `url` is such as http://127.0.0.1:8001. Raises SettingsError when it is not an http or https address,
    or holds a password, which messages would repeat.
    """

    url: str
    collection: str

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            shown = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
            raise SettingsError(
                f"chroma_url = {shown!r} is not the address of a Chroma server:"
                " give one such as 'http://127.0.0.1:8001', without name and password"
            )

    def __str__(self) -> str:
        return f"collection {self.collection!r} of the Chroma server {self.url!r}"

    @property
    def cure(self) -> str:
        """What helps when the server fails."""
        return "see that the server runs and is the one meant by PULLQUOTE_CHROMA_URL; nothing is lost meanwhile"


VectorPlace = VectorFolder | ChromaServer
