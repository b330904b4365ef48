"""Whether the parts of a library agree at this moment, by generations and numbers: cheap at any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.catalogue import Catalogue

if TYPE_CHECKING:
    from index.derived import DerivedIndexes


def disagreement(catalogue: Catalogue, derived: DerivedIndexes) -> str | None:
    """How the indexes differ from the catalogue, without a path; None when they do not.

    What is being added now is no disagreement, since the rest can be searched; indexes that are being made from
    nothing are one. Raises LibraryUnusableError where a part cannot be read.
    """
    generation = catalogue.generation
    difference = derived.disagreement(generation, catalogue.count()[1]) if generation else None
    if difference is None or catalogue.generation != generation:
        return None
    if not catalogue.count_pending():
        return difference
    return "the indexes are being made" if catalogue.wipe_wanted or derived.are_of(0) else None
