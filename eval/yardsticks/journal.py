"""Results of a measurement that may be interrupted: a second run asks only what the first did not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import TypeAdapter, ValidationError

from index.errors import LibraryUnusableError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def journalled(
    file: Path,
    kind: type[_Result],
    items: Mapping[str, _Item],
    measure: Callable[[_Item], _Result],
    on_progress: Callable[[int, int], None],
) -> list[_Result]:
    """The result of each item, in order; those that an interrupted run has left in `file` are not measured again.

    Each result goes into the file, one JSON line of the item's key and the result, as soon as it is
    there. A line that a killed process left unfinished is written again. The file is deleted once
    all items are measured. Its name must change with whatever the results depend on. Raises
    LibraryUnusableError when it cannot be read or written.
    """
    line = TypeAdapter(tuple[str, kind])  # type: ignore[valid-type]
    try:
        with file.open("a+b") as stream:
            done = _read(stream, line)
            on_progress(sum(key in done for key in items), len(items))
            for key, item in items.items():
                if key not in done:
                    done[key] = measure(item)
                    stream.write(line.dump_json((key, done[key])) + b"\n")
                    stream.flush()
                    on_progress(len(done), len(items))
        file.unlink()
    except OSError as error:
        raise LibraryUnusableError(
            f"the journal {str(file)!r} cannot be used ({error.strerror or error}): free some space or make it writable"
        ) from error
    return [done[key] for key in items]


def _read(stream: BinaryIO, line: TypeAdapter[tuple[str, _Result]]) -> dict[str, _Result]:
    """The whole lines of a journal; what follows the last good one is cut off."""
    done: dict[str, _Result] = {}
    good = 0
    stream.seek(0)
    for content in stream:
        try:
            key, result = line.validate_json(content)
        except ValidationError:
            break
        if not content.endswith(b"\n"):
            break
        done[key] = result
        good += len(content)
    stream.truncate(good)
    return done
