"""Whatever the bytes, a loader gives articles that can be stored, or a LoadingError; and the segmenter exact spans."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.addresses.charset import as_utf8
from index.addresses.content_coding import body_of, unpacked_file
from index.addresses.entries import Entry
from index.addresses.feeds import read_feed
from index.addresses.pages import articles_in
from index.addresses.recognition import Kind, recognised
from index.addresses.sitemaps import read_sitemap
from index.article import Article
from index.errors import LoadingError
from index.loading import Loaded, load, load_bytes, load_record
from index.segmenting import chunks, sentences

PLACE = "http://a.example/page"
MARKUP = (
    "# |## |- |> |* |1. |**|_|`|```\n|[|](|)|![|<!--|-->|<p>|</p>|<div hidden>|</div>|<script>|</script>|<style>"
    "|</style>|<p style='color:#fff'>|<b class=\"a\">|<article>|<html>|<body>|<head>|<title>|</title>"
    "|<meta charset=utf-16>|&lt;|&#0;|&#xD800;|&bogus;|<![CDATA[|]]>|<?xml version='1.0'?>|<!DOCTYPE html>|---\n"
    "|title: |date: |: |\n|\n\n| |.|\t|\0"
    "|The harbour reopened on Tuesday.|By Ana Brandt|May 14, 2024|https://a.example/2024/05/14/x"
    "|Source: |\u202e|\ufeff|é|中"
).split("|")
LISTS = (
    "<rss>|<channel>|<item>|</item>|<link>http://a.example/x</link>|<title>|</title>"
    "|<feed xmlns='http://www.w3.org/2005/Atom'>"
    "|<entry>|</entry>|<link href='/y'/>|<pubDate>Tue, 14 May 2024 10:00:00 GMT</pubDate>|<updated>2024-05-14</updated>"
    "|<urlset>|</urlset>|<url>|</url>|<loc>|</loc>|http://[bad|<lastmod>9999-99-99</lastmod>|<sitemapindex>|<sitemap>"
    "|<!DOCTYPE x [<!ENTITY a 'b'>]>|&a;|&amp;|<![CDATA[|]]>|<!--|-->|\n|é|<author>a@b.c (A)</author>|</rss>|</channel>"
).split("|")
texts = st.text(max_size=200) | st.lists(st.sampled_from(MARKUP), max_size=40).map("".join)
contents = st.binary(max_size=300) | texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
lists = st.binary(max_size=300) | st.lists(st.sampled_from(LISTS), max_size=40).map("".join).map(str.encode)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = "id text body title headline author authors date published source outlet url link".split()
records = st.dictionaries(st.sampled_from(FIELDS), values, max_size=6)
bounded = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def assert_can_be_stored(loaded: Loaded) -> None:
    """An error says what is wrong; an article can be written as UTF-8, has words, and moves no cursor."""
    if isinstance(loaded, LoadingError):
        assert loaded.problem
        return
    assert loaded.text.strip()
    for field in (loaded.text, loaded.title, loaded.author, loaded.source, loaded.url, loaded.origin):
        assert field is None or field.encode()
        assert field is None or not set(field) & {"\0", "\x1b", "\x07", "\x9b", "\u202e", "\u2066"}


@pytest.mark.parametrize("suffix", ["txt", "md", "html", "pdf", "json", "jsonl"])
@bounded
@given(data=contents)
@example(data=b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer <</Root 1 0 R>>")
@example(data=b'{"text": "A word.", "date": 1e999, "id": {"a": [null]}}')
@example(data=b"---\ndate: 99999999\ntitle: !!binary gIGC\n---\nA word.")
def test_any_file_becomes_articles_or_an_error(tmp_path: Path, suffix: str, data: bytes) -> None:
    """No bytes in a file of any kind raise anything, or give an article that cannot be stored."""
    file = tmp_path / f"file.{suffix}"
    file.write_bytes(data)
    for loaded in load(file):
        assert_can_be_stored(loaded)


@bounded
@given(data=contents)
def test_any_standard_input_becomes_an_article_or_an_error(data: bytes) -> None:
    """So do any bytes without a name."""
    assert_can_be_stored(load_bytes(data, "standard input", "stdin"))


@bounded
@given(record=records)
def test_any_record_becomes_an_article_or_an_error(record: dict[str, object]) -> None:
    """Fields of any type and depth are read or refused."""
    with suppress(LoadingError):
        assert_can_be_stored(load_record(record, "here", "origin"))


@bounded
@given(record=records)
def test_a_record_is_the_same_in_json_and_in_a_line_of_jsonl(tmp_path: Path, record: dict[str, object]) -> None:
    """The two formats give the same article but for its origin, or refuse it alike."""
    (tmp_path / "a.json").write_text(json.dumps([record]))
    (tmp_path / "a.jsonl").write_text(json.dumps(record))
    (one,), (other,) = load(tmp_path / "a.json"), load(tmp_path / "a.jsonl")
    assert type(one) is type(other)
    if isinstance(one, Article) and isinstance(other, Article):
        assert (one.text, one.title, one.published) == (other.text, other.title, other.published)


@pytest.mark.parametrize("kind", [Kind.HTML, Kind.PDF, Kind.MARKDOWN, Kind.TEXT, Kind.JSON])
@bounded
@given(data=contents, title=st.none() | texts)
def test_any_page_becomes_articles_or_an_error(kind: Kind, data: bytes, title: str | None) -> None:
    """Whatever an address sends, and whatever a feed calls it."""
    for loaded in articles_in(data, kind, PLACE, PLACE, Entry(PLACE, " ".join((title or "").split()) or None)):
        if isinstance(loaded, LoadingError):
            assert loaded.problem
        else:
            assert loaded.text.strip()


@pytest.mark.parametrize("read", [read_feed, read_sitemap], ids=["feed", "sitemap"])
@bounded
@given(data=lists)
def test_any_list_of_pages_has_entries_or_is_refused(
    read: Callable[[bytes, str, str], list[Entry]], data: bytes
) -> None:
    """A feed or sitemap, however broken, gives addresses of pages, or says what is wrong."""
    with suppress(LoadingError):
        assert all(isinstance(entry, Entry) and entry.url for entry in read(data, PLACE, PLACE))


@bounded
@given(data=lists | contents, media_type=st.sampled_from(["", "text/html", "application/xml", "x/y"]))
def test_any_response_is_recognised_or_refused(data: bytes, media_type: str) -> None:
    """What a server sends is one of the kinds, whatever it is called."""
    with suppress(LoadingError):
        assert isinstance(recognised(as_utf8(data, None), media_type, PLACE, PLACE), Kind)


@bounded
@given(data=contents, declared=st.none() | st.text(max_size=10) | st.sampled_from(["utf-16", "zip", "idna", "rot13"]))
def test_any_declared_encoding_gives_bytes(data: bytes, declared: str | None) -> None:
    """No name of an encoding, known or not, of text or not, raises."""
    assert isinstance(as_utf8(data, declared), bytes)


@bounded
@given(data=st.binary(max_size=2_000), limit=st.integers(0, 2_000), parts=st.integers(1, 7), cut=st.integers(0, 30))
def test_a_packed_body_is_whole_or_refused(data: bytes, limit: int, parts: int, cut: int) -> None:
    """Gzip in any parts gives the very bytes; over the limit or broken off, it is refused."""
    packed = gzip.compress(data)
    sent = packed[: len(packed) - cut]
    pieces = [sent[start : start + parts] for start in range(0, len(sent), parts)]
    try:
        body = body_of(pieces, "gzip", limit, PLACE)
    except LoadingError:
        assert cut or len(data) > limit
    else:
        assert body == data
        assert len(body) <= limit


@bounded
@given(data=st.binary(max_size=300), mark=st.sampled_from([b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00"]))
def test_any_bytes_are_unpacked_or_refused(data: bytes, mark: bytes) -> None:
    """Bytes that only begin like gzip are refused, and others stay as they are."""
    with suppress(LoadingError):
        assert len(unpacked_file(mark + data, 1_000, PLACE)) <= 1_000


@bounded
@given(
    text=st.text(max_size=400)
    | st.lists(st.sampled_from([*'aB1.!?… \n"”)。」-—[’', "Mr. ", "U.S. ", "no. 5", "e.g. ", "\u3000"])).map("".join),
    target=st.integers(1, 40),
)
def test_sentences_and_chunks_hold_every_word_once_and_in_order(text: str, target: int) -> None:
    """Spans leave out nothing but white space, do not overlap, and make chunks of no more than the tokens asked for."""

    def count(parts: Sequence[str]) -> list[int]:
        return [len(part) for part in parts]

    whole = sentences(text)
    assert "".join("".join(span.of(text) for span in whole).split()) == "".join(text.split())
    cut = chunks(text, count, target)
    pieces = [span for chunk in cut for span in chunk.sentences]
    assert "".join("".join(span.of(text) for span in pieces).split()) == "".join(text.split())
    assert all(first.end <= second.start for first, second in pairwise(pieces))
