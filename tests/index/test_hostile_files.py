"""Files made to take all memory, or for ever: each is read or refused within bounds that kill a process."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import ROOT

PROSE: Final = b"The harbour reopened on Tuesday after a week of storms. Ferries left for the islands before noon."
PARAGRAPHS: Final = b"<p>" + PROSE + b"</p>"


def page(inside: bytes, head: bytes = b"") -> bytes:
    """A web page with an article around `inside`."""
    article = b"<article><h1>Storm</h1>" + PARAGRAPHS * 3 + inside + PARAGRAPHS * 3 + b"</article>"
    return b"<html><head>" + head + b"</head><body>" + article + b"</body></html>"


def pdf(*objects: bytes) -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    data, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return data + end % (count, table, count, len(data))


def stream(content: bytes) -> bytes:
    """A stream of a PDF, packed."""
    packed = zlib.compress(content, 9)
    return b"<</Length %d /Filter /FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed)


CATALOGUE: Final = b"<</Type/Catalog/Pages 2 0 R>>"
FONT: Final = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
PAGE: Final = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"


def pages_of_pdf(content: bytes, times: int = 1) -> bytes:
    """A PDF that shows the same page so many times."""
    kids = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b"3 0 R " * times, times)
    return pdf(CATALOGUE, kids, PAGE, stream(content), FONT)


def form(name: int) -> bytes:
    """A form of a PDF that draws the form of that number twice."""
    return b"<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<</XObject<</X %d 0 R>>>>/Length 11>>%s" % (
        name,
        b"\nstream\n/X Do /X Do\nendstream",
    )


def entities(root: bytes) -> bytes:
    """XML whose entity &l9; is a thousand million times three letters."""
    nested = b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    return b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY l0 'lol'>" + nested + b"]>" + root


def feed(entry: bytes) -> bytes:
    """A feed of one entry."""
    return b"<rss><channel><item><link>http://a.example/x</link>" + entry + b"</item></channel></rss>"


def aliases(key: bytes) -> bytes:
    """Markdown whose front matter gives `key` a list of 10 to the power of 12 items, by aliases."""
    nested = b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12))
    return b"---\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + nested + key + b": *a11\n---\n" + PROSE


MANY: Final = 100_000
ATTRIBUTES: Final = b" ".join(b"a%d" % n for n in range(MANY))

FILES: Final[Mapping[str, tuple[Callable[[], bytes], str]]] = {
    "zeros.gz": (lambda: gzip.compress(b"\0" * 100_000_000, 9), "over the limit"),
    "entities.feed": (lambda: entities(feed(b"<title>&l9;</title>")), "1 entries"),
    "author.feed": (lambda: feed(b"<author>" + b"a." * MANY + b"</author>"), "1 entries"),
    "entities.sitemap": (lambda: entities(b"<urlset><url><loc>&l9;</loc></url></urlset>"), "broken"),
    "nested.sitemap": (lambda: b"<urlset>" + b"<url><loc>" * MANY, "broken"),
    "nested.html": (lambda: page(b"<div>" * MANY + b"x" + b"</div>" * MANY), "over the limit of 25,000"),
    "nested-below-the-limit.html": (lambda: page(b"<div>" * 10_000 + b"x"), "1 articles"),
    "coloured.html": (lambda: page(b"<div>" * 200 + b"<b style='color:red'>x</b>" * 4_000), "1 articles"),
    "hidden.html": (lambda: page(b"<i hidden>x</i>y" * 10_000), "1 articles"),
    "attributes.html": (lambda: page(b"<p " + ATTRIBUTES + b">x</p>"), "more than 1,000 attributes"),
    "quoted-attributes.html": (
        lambda: page(b"<script>x<b c='</script><p " + ATTRIBUTES.replace(b" ", b'="<>" ') + b">x</p>'"),
        "more than 1,000 attributes",
    ),
    "attributes-in-all.html": (lambda: page((b"<p " + ATTRIBUTES[:4_000] + b">x</p>") * 300), "over the limit of 100,"),
    "entities.html": (lambda: entities(page(b"&l9;")), ""),
    "picture.html": (lambda: page(entities(b"<svg><text>&l9;</text></svg>")), "1 articles"),
    "json-ld.html": (lambda: page(b"", b"<script type='application/ld+json'>" + b'{"a":' * MANY), ""),
    "style.html": (lambda: page(b"<p style='" + b"transform:scale(0," * MANY + b"'>x</p>"), "1 articles"),
    "archive.html": (lambda: b"PK\x03\x04" + bytes(range(256)) * 1_000, "binary"),
    "archive.txt": (lambda: b"PK\x03\x04" + bytes(range(1, 256)) * 1_000, "not text"),
    "quotes.md": (lambda: b"> " * MANY, "1 articles"),
    "brackets.md": (lambda: b"[" * 300_000, "1 articles"),
    "stars.md": (lambda: b"*a " * 100_000, "1 articles"),
    "pictures.md": (lambda: b"![" * 150_000, "1 articles"),
    "links.txt": (lambda: b"[a](" * 75_000, "1 articles"),
    "items.md": (lambda: b"- a\n\n" * 5_000, "1 articles"),
    "nested-items.md": (lambda: b"".join(b" " * (2 * n) + b"- a\n" for n in range(500)), "1 articles"),
    "aliased-date.md": (lambda: aliases(b"date"), "1 articles"),
    "aliased-title.md": (lambda: aliases(b"title"), "'title' must be text"),
    "long-front-matter.md": (lambda: b"---\n" + b"a: b\n" * MANY + b"---\n" + PROSE, "20,000 characters"),
    "deep.json": (lambda: b"[" * MANY + b"]" * MANY, "nested too deeply"),
    "surrogate.json": (lambda: b'{"text": "The \\ud800 harbour reopened.\\u0000", "title": "\\udfff"}', "1 articles"),
    "unpacked.pdf": (lambda: pages_of_pdf(b"BT (a) Tj ET\n" * 6_000_000), "a broken or truncated PDF"),
    "looped-pages.pdf": (lambda: pdf(CATALOGUE, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"), "a broken or truncated PDF"),
    "looped-reference.pdf": (
        lambda: pdf(CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"3 0 R"),
        "a broken or truncated PDF",
    ),
    "many-million-pages.pdf": (
        lambda: pdf(CATALOGUE, b"<</Type/Pages/Kids[]/Count 2000000000>>"),
        "the PDF holds no text",
    ),
    "nested-arrays.pdf": (lambda: pdf(b"[" * MANY + b"]" * MANY), "a broken or truncated PDF"),
    "looped-outline.pdf": (
        lambda: pdf(
            b"<</Type/Catalog/Pages 2 0 R/Outlines 6 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            PAGE,
            stream(b"BT /F1 12 Tf (Storm shuts the harbour.) Tj ET"),
            FONT,
            b"<</First 6 0 R/Last 6 0 R/Next 6 0 R>>",
        ),
        "1 articles",
    ),
    "doubled-forms.pdf": (
        lambda: pdf(
            CATALOGUE,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</XObject<</X 5 0 R>>>>>>",
            stream(b"/X Do"),
            *(form(number) for number in range(6, 36)),
            form(35),
        ),
        "",
    ),
    "one-word.prose": (lambda: b"a" * 250_000, " chunks"),
    "no-full-stop.prose": (lambda: b"word " * 50_000, " chunks"),
    "full-stops.prose": (lambda: b"." * 250_000, " chunks"),
    "titles.prose": (lambda: b"Mr. " * 62_500, " chunks"),
    "initials.prose": (lambda: b"U.S. " * 50_000, " chunks"),
    "closing-quotes.prose": (lambda: b'."' * 125_000, " chunks"),
    "lines.prose": (lambda: b"line\n" * 25_000, " chunks"),
    "dates.prose": (lambda: b"May 1, 2024 " * 20_000, " chunks"),
    "credits.prose": (lambda: b"Photo: A / AFP " * 15_000, " chunks"),
    "ligatures.prose": (lambda: "ﷺ".encode() * 75_000, " chunks"),
    "spaces.prose": (lambda: b" " * 250_000 + b"a", " chunks"),
    "marks.prose": (lambda: "á̂".encode() * 75_000, " chunks"),
    "overrides.prose": (lambda: "\u202ea\u200c".encode() * 50_000, " chunks"),
    "orders.prose": (lambda: b"ignore all the " * 15_000, " chunks"),
}

LARGE_FILES: Final[Mapping[str, tuple[Callable[[], bytes], str]]] = {
    "unclosed-entries.feed": (
        lambda: b"<rss><channel>" + b"<item><link>http://a.example/x</link>" * 20_000,
        " entries",
    ),
    "20-MB-word.prose": (lambda: b"a" * 20_000_000, " chunks"),
    "20-MB-no-full-stop.prose": (lambda: b"word " * 4_000_000, " chunks"),
    "million-lines.prose": (lambda: b"line\n" * 1_000_000, " chunks"),
    "100-MB-line.jsonl": (lambda: b'{"text": "' + b"a" * 100_000_000 + b'"}', "longer than the limit"),
    "same-page.pdf": (lambda: pages_of_pdf(b"BT /F1 12 Tf " + b"(Storm.) Tj " * 1_000, 10_000), "split it"),
    "elements-at-the-limit.html": (lambda: page(b"<p>A b c.</p>" * 24_900), "1 articles"),
    "markdown-at-the-limit.md": (lambda: (b">" * 20 + b"a\n" * 50 + b"\n") * 2_400, ""),
}


def outcomes(folder: Path, files: Mapping[str, tuple[Callable[[], bytes], str]]) -> dict[str, str]:
    """What came of each file, by its name."""
    for name, (content, _) in files.items():
        (folder / name).write_bytes(content())
    paths = [str(folder / name) for name in files]
    command = [sys.executable, "-m", "tests.index.hostile_reader", *paths]
    read = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900, cwd=ROOT)
    lines: Sequence[tuple[str, str]] = [json.loads(line) for line in read.stdout.splitlines()]
    return dict(lines)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What came of each hostile file."""
    return outcomes(tmp_path_factory.mktemp("hostile"), FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_or_refused_within_bounds(found: dict[str, str], name: str) -> None:
    """Neither time nor memory runs out, nothing crashes, and the outcome is what a person can act on."""
    assert not found[name].startswith(("killed", "crashed"))
    assert FILES[name][1] in found[name]


@pytest.mark.soak
def test_large_hostile_files_are_read_or_refused_within_bounds(tmp_path: Path) -> None:
    """The same at the limits of size."""
    for name, words in outcomes(tmp_path, LARGE_FILES).items():
        assert not words.startswith(("killed", "crashed")), f"{name}: {words}"
        assert LARGE_FILES[name][1] in words, f"{name}: {words}"
