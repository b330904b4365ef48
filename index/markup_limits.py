"""How much markup a page may have: parsers take time quadratic in the elements of a page, and in the attributes of one.

The bounds are those of work, not of length: a page of any length may be read, a page made to be slow may not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from index.errors import LoadingError

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_ELEMENTS: Final = 25_000
MAX_ATTRIBUTES: Final = 1_000
"""Attributes of one element."""

MAX_ATTRIBUTES_IN_ALL: Final = 100_000

_ELEMENT: Final = re.compile(r"<[a-zA-Z]")
_ATTRIBUTE: Final = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+))?+"""
_TOO_MANY_ATTRIBUTES: Final = re.compile(rf"<[a-zA-Z][^\s/>]*+(?:{_ATTRIBUTE}){{{MAX_ATTRIBUTES + 1}}}+")
"""By the grammar of tags in the HTML standard, 13.1.2, tried at every place where a tag may begin."""


def check_markup(page: str, place: str) -> None:
    """Raises LoadingError, naming `place`, when the HTML has too many elements, or one of them too many attributes."""
    elements = sum(1 for _ in _ELEMENT.finditer(page))
    if elements > MAX_ELEMENTS:
        raise LoadingError(
            place, f"{elements:,} elements are over the limit of {MAX_ELEMENTS:,}: save it as plain text"
        )
    if _TOO_MANY_ATTRIBUTES.search(page):
        raise LoadingError(place, f"an element has more than {MAX_ATTRIBUTES:,} attributes: save it as text")


def check_tree(page: HtmlElement, place: str) -> None:
    """Raises LoadingError, naming `place`, when the elements of a parsed page have too many attributes together."""
    attributes = sum(len(element.attrib) for element in page.iter() if isinstance(element.tag, str))
    if attributes > MAX_ATTRIBUTES_IN_ALL:
        raise LoadingError(
            place, f"{attributes:,} attributes are over the limit of {MAX_ATTRIBUTES_IN_ALL:,}: save it as text"
        )
