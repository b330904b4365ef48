"""The results of a run that is under way, kept on disk, so that an interrupted run can be gone on from.

One JSONL file a fingerprint, one result a line, removed when the run is complete. A run with another
fingerprint, or judged by other code, has another file.
"""

from __future__ import annotations

import time
from dataclasses import astuple
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path
from pydantic import TypeAdapter, ValidationError

from eval.fingerprint import digest, source_digest
from eval.results import CaseResult, Fingerprint

_RESULT: Final = TypeAdapter(CaseResult)
_KEPT_SECONDS: Final = 7 * 24 * 3600


def journal_folder() -> Path:
    """Where journals are kept when nothing else is said."""
    return user_cache_path("pullquote", appauthor=False) / "eval"


class Journal:
    """The journal of the run with this fingerprint; `results` are those known so far, by case id.

    At first these are the results of an earlier try, unless it is to be `fresh`. Where `folder` is None
    nothing is kept; where it cannot be written, `problem` says why: a run does not fail for want of a journal.
    """

    def __init__(self, folder: Path | None, fingerprint: Fingerprint, *, fresh: bool = False) -> None:
        self.problem: str | None = None
        self.results: dict[str, CaseResult] = {}
        self._file: Path | None = None
        if folder is None:
            return
        # what judges is in no fingerprint, but results judged by other code are of no use
        self._file = folder / f"{digest([*astuple(fingerprint), source_digest(['eval'])])}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _remove_old(folder)
            if fresh:
                self._file.unlink(missing_ok=True)
            self.results = _read(self._file)
        except OSError as error:
            self._give_up(error)

    def add(self, result: CaseResult) -> None:
        """Keeps one more result: it outlives this process, however that ends."""
        self.results[result.id] = result
        if self._file is None:
            return
        try:
            with self._file.open("ab") as file:
                # the first line end ends a line that a killed process left torn
                file.write(b"\n" + _RESULT.dump_json(result) + b"\n")
        except OSError as error:
            self._give_up(error)

    def complete(self) -> None:
        """Removes the file: the run is done."""
        if self._file:
            self._file.unlink(missing_ok=True)

    def _give_up(self, error: OSError) -> None:
        self.problem = f"if this run is interrupted it cannot be gone on from: {error}"
        self._file = None


def _read(file: Path) -> dict[str, CaseResult]:
    """The results that can be read; a torn line is left out, so its case is asked again."""
    found: dict[str, CaseResult] = {}
    for line in file.read_bytes().split(b"\n") if file.is_file() else ():
        try:
            result = _RESULT.validate_json(line)
        except ValidationError:
            continue
        found[result.id] = result
    return found


def _remove_old(folder: Path) -> None:
    """Journals of runs that nobody went on with hold words of articles, and are not kept for ever."""
    for file in folder.glob("*.jsonl"):
        if file.stat().st_mtime < time.time() - _KEPT_SECONDS:
            file.unlink(missing_ok=True)
