"""A web page -> the same without what its reader cannot see: hidden, transparent, off the page, too small to read."""

from __future__ import annotations

import re
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
    for element in list(page.iter()):
        if element.getparent() is not None and (not isinstance(element.tag, str) or _is_hidden(element)):
            element.drop_tree()
    return page


def _is_hidden(element: HtmlElement) -> bool:
    if element.tag in _WHOLE_PAGE:
        return False
    if element.tag in _NEVER_SHOWN and element.get("open") is None:
        return True
    if element.get("hidden") is not None or element.get("aria-hidden", "").strip().lower() == "true":
        return True
    style = _style(element)
    if _UNSEEN.search(style) or (_NO_SIZE.search(style) and _CLIPPED.search(style)):
        return True
    colour = _COLOUR.search(style)
    shade = colour[1] if colour else str(element.get("color", "")).strip().lower() if element.tag == "font" else ""
    return bool(shade) and _is_lost(shade, element)


def _is_lost(shade: str, element: HtmlElement) -> bool:
    """Whether text of this colour cannot be told from what is behind it."""
    for around in (element, *element.iterancestors()):
        background = _BACKGROUND.search(_style(around))
        behind = background[1] if background else str(around.get("bgcolor", "")).strip().lower()
        if behind and behind not in ("none", "transparent", "inherit"):
            return behind == shade or (_is_white(behind) and _is_white(shade))
    return _is_white(shade)


def _is_white(colour: str) -> bool:
    return re.fullmatch(_WHITE, colour) is not None


def _style(element: HtmlElement) -> str:
    return _AROUND_MARKS.sub(r"\1", _COMMENT.sub("", str(element.get("style", "")).lower().strip()))
