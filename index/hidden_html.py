"""A web page -> the same without what its reader cannot see: hidden, transparent, off the page, too small to read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ZERO: Final = r"[-+]?(?:0+(?:\.0*)?|\.0+)(?:[a-z%]+)?"
_WHITE: Final = (
    r"(?:white|snow|ivory|(?:ghost|floral)white|whitesmoke|#f{3,4}|#(?:f[0-9a-f]){3,4}"
    r"|rgba?\((?:2[45]\d[, ]+){2}2[45]\d\b[^)]*\)|hsla?\([^)]*\b(?:9[5-9]|100)%[^)%]*\))"
)
_UNSEEN: Final = re.compile(
    r"(?:^|[;{])(?:display:none|visibility:(?:hidden|collapse)|content-visibility:hidden"
    rf"|(?:-webkit-)?opacity:(?:0*\.0\d*|{_ZERO})|font-size:(?:{_ZERO}|[01](?:\.\d+)?(?:px|pt))"
    rf"|transform:scale[xy]?\({_ZERO}(?:,{_ZERO})?\)"
    r"|(?:left|top|right|bottom|text-indent):-\d{3,}(?:\.\d+)?[a-z%]+|margin-(?:left|top):-\d{4,}[a-z%]+"
    r"|clip:rect\([01, px]*\)"
    r"|clip-path:inset\((?:50|[6-9]\d|100)%[^)]*\)|color:transparent|color:(?:rgba|hsla)\([^)]*[,/]0*(?:\.0*)?\)"
    r"|color:#[0-9a-f]{3}0"
    r"|color:#[0-9a-f]{6}00)(?:!important)?(?=[;}]|$)"
)
_NO_SIZE: Final = re.compile(rf"(?:^|;)(?:max-)?(?:height|width):(?:{_ZERO}|1px)(?=;|!|$)")
_CLIPPED: Final = re.compile(r"(?:^|;)overflow(?:-[xy])?:(?:hidden|clip)")
_COLOUR: Final = re.compile(r"(?:^|;)color:([^;!]+)")
_BACKGROUND: Final = re.compile(r"(?:^|;)background(?:-color|-image)?:([^;!]+)")
_COMMENT: Final = re.compile(r"/\*.*?\*/")
_AROUND_MARKS: Final = re.compile(r"\s*([:;,()/!])\s*")
_NEVER_SHOWN: Final = ("template", "dialog")
_WHOLE_PAGE: Final = ("html", "body")
"""Scripts show these once the page is there."""


def drop_hidden(page: HtmlElement) -> HtmlElement:
    """`page`, changed in place: without comments, and without elements that are hidden by attribute or inline style.

    White text counts as hidden where neither it nor what is around it is given a background.
    """
    elements = list(page.iter())
    behind: dict[HtmlElement, str] = {}
    hidden: set[HtmlElement] = set()
    for element in elements:
        parent = element.getparent()
        if parent is not None and (parent in hidden or not isinstance(element.tag, str)):
            hidden.add(element)
            continue
        style = _style(element) if isinstance(element.tag, str) else ""
        behind[element] = _own_background(element, style) or (behind.get(parent, "") if parent is not None else "")
        if parent is not None and _is_hidden(element, style, behind[element]):
            hidden.add(element)
    for parent in {parent for element in hidden if (parent := element.getparent()) not in hidden}:
        _drop_children(parent, hidden)
    return page


def _drop_children(parent: HtmlElement, hidden: Collection[HtmlElement]) -> None:
    """Takes the `hidden` children out of `parent`; the text behind each stays, joined once for a whole run of them."""
    kept: HtmlElement | None = None
    words = [parent.text or ""]
    for child in list(parent):
        tail = child.tail or ""
        if child in hidden:
            parent.remove(child)
        else:
            _set_text_behind(parent, kept, words)
            kept, words = child, []
        words.append(tail)
    _set_text_behind(parent, kept, words)


def _set_text_behind(parent: HtmlElement, child: HtmlElement | None, words: Iterable[str]) -> None:
    text = "".join(words) or None
    if child is None:
        parent.text = text
    else:
        child.tail = text


def _is_hidden(element: HtmlElement, style: str, behind: str) -> bool:
    if element.tag in _WHOLE_PAGE:
        return False
    if element.tag in _NEVER_SHOWN and element.get("open") is None:
        return True
    if element.get("hidden") is not None or element.get("aria-hidden", "").strip().lower() == "true":
        return True
    if _UNSEEN.search(style) or (_NO_SIZE.search(style) and _CLIPPED.search(style)):
        return True
    colour = _COLOUR.search(style)
    shade = colour[1] if colour else str(element.get("color", "")).strip().lower() if element.tag == "font" else ""
    return bool(shade) and _is_lost(shade, behind)


def _own_background(element: HtmlElement, style: str) -> str:
    """The colour that `element` puts behind its text; empty where what is around it shines through."""
    background = _BACKGROUND.search(style)
    colour = background[1] if background else str(element.get("bgcolor", "")).strip().lower()
    return "" if colour in ("none", "transparent", "inherit") else colour


def _is_lost(shade: str, behind: str) -> bool:
    """Whether text of this colour cannot be told from what is behind it."""
    return (behind == shade or (_is_white(behind) and _is_white(shade))) if behind else _is_white(shade)


def _is_white(colour: str) -> bool:
    return re.fullmatch(_WHITE, colour) is not None


def _style(element: HtmlElement) -> str:
    return _AROUND_MARKS.sub(r"\1", _COMMENT.sub("", str(element.get("style", "")).lower().strip()))
