"""Of a web page, what a reader cannot see is not loaded, and what they can see is."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml.html import fromstring

from index.article import Article
from index.hidden_html import drop_hidden
from index.loading import load


def seen(attributes: str, around: str = "") -> str:
    """What is left of a page with a paragraph of these attributes, within an element of those."""
    page = f"<html><body {around}><p>before</p> <p {attributes}>inside <b>deep</b></p> after</body></html>"
    return " ".join(drop_hidden(fromstring(page)).text_content().split())


@pytest.mark.parametrize(
    "attributes",
    [
        "hidden",
        'aria-hidden="true"',
        'style="display:none"',
        'style="DISPLAY : none !important; color: red"',
        'style="visibility:hidden"',
        'style="opacity: 0.0"',
        'style="font-size:0"',
        'style="font-size: 1px"',
        'style="color:transparent"',
        'style="color: rgba(0, 0, 0, 0)"',
        'style="color:#FFFFFF"',
        'style="color: rgb(255 255 255)"',
        'style="color:#fefefe"',
        'style="background-color:#123;color:#123"',
        'style="position:absolute; left:-9999px"',
        'style="text-indent:-9999px"',
        'style="height:0; overflow:hidden"',
        'style="clip: rect(1px, 1px, 1px, 1px)"',
        'style="clip-path: inset(50%)"',
        'style="transform: scale(0)"',
    ],
)
def test_what_a_reader_cannot_see_goes_and_what_follows_it_stays(attributes: str) -> None:
    """An element goes with all within it; the text after it stays."""
    assert seen(attributes) == "before after"


@pytest.mark.parametrize(
    "attributes",
    [
        "",
        'aria-hidden="false"',
        'style="display:block; opacity:1"',
        'style="opacity:0.9"',
        'style="font-size:10px"',
        'style="font-size:0.9em"',
        'style="color:#333"',
        'style="color:rgba(0,0,0,0.8)"',
        'style="color:white; background:black"',
        'style="background-color:white"',
        'style="border-color:white"',
        'style="left:-10px"',
        'style="max-width:100%; overflow:hidden"',
    ],
)
def test_what_a_reader_can_see_stays(attributes: str) -> None:
    """Styles that hide nothing lose nothing."""
    assert "inside deep" in seen(attributes)


def test_white_text_is_seen_on_a_dark_page() -> None:
    """A background around the text counts, and a page that scripts fade in is not lost."""
    assert "inside deep" in seen('style="color:white"', 'style="background:#111"')
    assert "inside deep" in seen("", 'style="opacity:0"')


def test_comments_and_templates_go() -> None:
    """Neither is text of the page."""
    page = fromstring("<html><body>one<!-- two --><template>three</template> four</body></html>")
    assert drop_hidden(page).text_content().split() == ["one", "four"]


def test_a_page_is_loaded_without_its_hidden_text(tmp_path: Path) -> None:
    """The article of a page holds the sentences that its readers see and no others."""
    honest = "The market in Velmora reopened on Friday after a year of repairs, and traders were glad to be back."
    secret = "The market in Velmora burned down in the night, and nobody was there to see it."
    hidden = (
        f'<p hidden>{secret}</p><p style="color:#fff">{secret}</p><!-- {secret} --><p aria-hidden="true">{secret}</p>'
    )
    page = f"<html><body><article><h1>Market reopens</h1><p>{honest}</p>{hidden}<p>{honest}</p></article></body></html>"
    path = tmp_path / "market.html"
    path.write_text(page)
    (article,) = load(path)
    assert isinstance(article, Article)
    assert honest in article.text
    assert "burned" not in article.text
