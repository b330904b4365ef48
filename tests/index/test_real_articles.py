"""Articles as newspapers publish them lose their clutter, keep their prose, and are cut exactly.

They are not part of the repository: where the folder is absent, these tests are skipped.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from index.article import Article, DateSource
from index.chunking import Chunker
from index.cleaning import clean_text
from index.embedding import SentenceTransformerEmbedder
from index.loading import load
from index.segmenting import sentences

FOLDER = Path(__file__).parents[3] / "shared" / "articles"
NUMBERS = ("000", "001", "002", "003", "004")

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the news articles are not at {FOLDER}")

GONE = {
    "000": "Related article|Exclusive: Russia, Reeling|Kremlin Says|KADOUR|AFP|Original url|themoscowtimes|Olga Lautman"
    "|December 12, 2024|](|**|#)",
    "001": "See Also|How will Russia’s war|shadow fleet|Kursk|Bloody Nose|Oil Terminal|Watch",
    "002": "clock menu|more-arrow|Filed under|Hamburg Summit|MacMatzen|Getty|Sign up|Explained|daily explainer",
    "004": "Get the Latest|Sign up|regular emails|Read More|Learn More|CEPA Forum|flagship event|War Without End"
    "|Shadow Warfare",
}
"""Markers of what nobody reads an article for. The article 003 has none."""

KEPT = {
    "000": "A bullet-riddled portrait|monumental achievement for Syrians|another pro-Kremlin leader"
    "|#Assad and his family|not only protected the regime|making this a fundamentally flawed"
    "|opinion pieces do not necessarily",
    "001": "once seemed impossible|another pro-Kremlin leader|General Sergey Kisel|downfall of Assad’s regime",
    "002": "fans of victory laps|In November, Syrian leader|a “significant” withdrawal|still in control of Syria"
    "|45-mile|As the New York Times|to claim victory",
    "003": "dramatic turn of events|Significance of Russian Support|Russia’s Role in Syria|the city’s “liberation.”"
    "|General Sergei Kisel|a long-term decline",
    "004": "On May 17, 2018|114 military positions|pattern of diminished Russian response|plummeting to 17%"
    "|S-300 anti-aircraft|Ben Dubow|strict intellectual independence policy",
}
"""Markers of prose, headings and captions, each near a place where clutter was cut."""


def article(number: str) -> Article:
    """The article whose file's name begins so."""
    (path,) = FOLDER.glob(f"{number}_*.txt")
    (loaded,) = load(path)
    assert isinstance(loaded, Article)
    return loaded


def test_all_of_them_load() -> None:
    """The folder gives one article a file and not one error."""
    found = list(load(FOLDER))
    assert len(found) == len(NUMBERS)
    assert all(isinstance(loaded, Article) for loaded in found)


@pytest.mark.parametrize("number", GONE)
def test_what_readers_skip_is_gone(number: str) -> None:
    """Not one marker of menus, teasers, credits and sign-ups is left in the text."""
    raw = next(FOLDER.glob(f"{number}_*.txt")).read_text(encoding="utf-8")
    markers = GONE[number].split("|")
    assert all(marker in raw for marker in markers)
    text = article(number).text
    assert [marker for marker in markers if marker in text] == []


@pytest.mark.parametrize("number", KEPT)
def test_prose_stays(number: str) -> None:
    """Paragraphs next to clutter, headings, captions and paragraphs torn by page breaks are all there."""
    text = article(number).text
    assert [marker for marker in KEPT[number].split("|") if marker not in text] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_paragraphs_are_whole(number: str) -> None:
    """No paragraph begins in mid-sentence, and cleaning once more changes nothing."""
    text = article(number).text
    assert [line for line in text.split("\n\n") if line[0].islower()] == []
    assert clean_text(text) == text


def test_the_one_that_says_who_when_and_where() -> None:
    """Title, by-line, date and the address at the end describe the article and leave its text."""
    found = article("000")
    assert found.title is not None
    assert found.title.startswith("From Assad's Backer")
    assert found.title.endswith("Has Been Humiliated")
    assert (found.author, found.published) == ("Olga Lautman", date(2024, 12, 12))
    assert (found.published_from, found.source) == (DateSource.BYLINE, "themoscowtimes.com")
    assert found.url is not None
    assert found.url.startswith("https://www.themoscowtimes.com/2024/12/12/")
    assert found.url.endswith("-a87299")
    assert found.title not in found.text


@pytest.mark.parametrize(("number", "start"), [("001", "From Assad’s Backer"), ("002", "Putin just visited Syria")])
def test_a_headline_without_a_by_line_is_the_title(number: str, start: str) -> None:
    """Of an article that names no author and no date, those are unknown and the headline is its title."""
    found = article(number)
    assert found.title is not None
    assert found.title.startswith(start)
    assert found.title not in found.text
    assert (found.author, found.published, found.url, found.source) == (None, None, None, None)


@pytest.mark.parametrize("number", ["003", "004"])
def test_articles_that_begin_with_prose_have_no_title(number: str) -> None:
    """A first paragraph is not mistaken for a headline, nor a date within it for the date of publication."""
    found = article(number)
    assert (found.title, found.author, found.published, found.url) == (None, None, None, None)


@pytest.mark.parametrize("number", NUMBERS)
def test_sentence_spans_are_exact(number: str) -> None:
    """Sentences are in order and apart, and joined with the white space between them they are the text."""
    text = article(number).text
    spans = sentences(text)
    ends = [0, *(span.end for span in spans)]
    gaps = [text[end : span.start] for end, span in zip(ends, spans, strict=False)]
    assert "".join(gap + span.of(text) for gap, span in zip(gaps, spans, strict=True)) == text
    assert not "".join(gaps).strip()
    assert all(span.of(text)[0].isupper() or span.of(text)[0] in '“"‘' for span in spans)


@pytest.mark.parametrize(
    ("number", "start", "end"),
    [
        ("000", "Rumors of the dismissal", "strategic failures in Syria."),
        ("000", "This is the difference", "the #US.”"),
        ("002", '"If terrorists will raise', "his remarks on Monday."),
        ("002", "Both countries agreed", "could’ve escalated tensions."),
        ("004", "A Gallup poll", "increased to 29%."),
    ],
)
def test_known_sentences_are_cut_where_they_end(number: str, start: str, end: str) -> None:
    """Quotations, numbers and abbreviations within a sentence do not cut it."""
    text = article(number).text
    (sentence,) = (span.of(text) for span in sentences(text) if span.of(text).startswith(start))
    assert sentence.endswith(end)


@pytest.mark.parametrize("number", NUMBERS)
def test_chunks_hold_every_sentence_once(number: str, embedder: SentenceTransformerEmbedder) -> None:
    """The chunks of an article are its sentences in order."""
    found = article(number)
    parts = [span for chunk in Chunker(embedder).chunks_of(found) for span in chunk.sentences]
    assert parts == sentences(found.text)
