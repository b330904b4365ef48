"""What an address gives is told by its content, and its bytes become UTF-8."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.addresses.charset import as_utf8
from index.addresses.recognition import Kind, is_readable, recognised
from index.errors import LoadingError

PLACE = "http://n.test/a"


@pytest.mark.parametrize(
    ("data", "media_type", "url", "kind"),
    [
        (b"<rss version='2.0'/>", "text/html", PLACE, Kind.FEED),
        (b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- hi --><feed xmlns='x'/>", "", PLACE, Kind.FEED),
        (b"<!DOCTYPE rss PUBLIC '-//N//DTD 0.91//EN' 'http://n/rss.dtd'><rss/>", "text/xml", PLACE, Kind.FEED),
        (b"<rdf:RDF xmlns:rdf='x'/>", "application/rdf+xml", PLACE, Kind.FEED),
        (b"<urlset/>", "text/plain", PLACE, Kind.SITEMAP),
        (b"<?xml version='1.0'?><sm:sitemapindex xmlns:sm='x'/>", "application/xml", PLACE, Kind.SITEMAP_INDEX),
        (b"<!DOCTYPE html><html><body>a</body></html>", "text/html", PLACE, Kind.HTML),
        (b"<?xml version='1.0'?><!DOCTYPE html><html/>", "application/xhtml+xml", PLACE, Kind.HTML),
        (b"<p>No root.", "text/html", PLACE, Kind.HTML),
        (b"<!doctype HTML><p>a", "text/plain", PLACE, Kind.HTML),
        (b"<!doctype HTML><p>a", "", f"{PLACE}.txt", Kind.HTML),
        (b"%PDF-1.7", "application/octet-stream", PLACE, Kind.PDF),
        (b"%PDF-1.7", "text/html", PLACE, Kind.PDF),
        (b"# Head", "text/markdown", PLACE, Kind.MARKDOWN),
        (b"# Head", "text/plain", f"{PLACE}.md?raw=1", Kind.MARKDOWN),
        (b"Words.", "text/plain", PLACE, Kind.TEXT),
        (b"{}", "application/json", PLACE, Kind.JSON),
        (b"{}", "application/octet-stream", f"{PLACE}.json", Kind.JSON),
    ],
)  # fmt: skip
def test_content_goes_before_label(data: bytes, media_type: str, url: str, kind: Kind) -> None:
    """The root of XML and the marks of PDF and HTML decide, then the media type, then the suffix of the path."""
    assert recognised(data, media_type, url, PLACE) is kind


@pytest.mark.parametrize(
    ("data", "media_type", "url", "problem"),
    [
        (b"<html><body>Log in</body></html>", "application/rss+xml", PLACE, "but a web page"),
        (b"<html><body>Not found</body></html>", "text/html", f"{PLACE}/feed.xml", "but a web page"),
        (b"hello", "text/xml", PLACE, "but not XML"),
        (b"<kml xmlns='x'/>", "application/xml", PLACE, "XML with the root 'kml'"),
        (b"hello", "", "http://n.test/sitemap.xml.gz", "but not XML"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss/>", "text/xml", PLACE, "declares entities"),
        (b"<!DOCTYPE x [ <!entity % a SYSTEM 'http://e.test/'> %a; ]><urlset/>", "", PLACE, "declares entities"),
        (b"<!DOCTYPE x [ <!ENTITY a ']'> ]><urlset/>", "text/xml", PLACE, "but not XML"),
    ],
)
def test_a_list_that_is_none_is_told_so(data: bytes, media_type: str, url: str, problem: str) -> None:
    """HTML in place of XML, other XML, and XML with entities of its own say what they are."""
    with pytest.raises(LoadingError, match=problem):
        recognised(data, media_type, url, PLACE)


@given(st.lists(st.sampled_from([b"<!--", b"-->", b"<?", b"?>", b"<!DOCTYPE ", b"[", b"]", b">", b" ", b"<", b"a"])))
def test_no_beginning_is_too_odd_to_be_recognised(parts: list[bytes]) -> None:
    """Any run of marks is something, or an error; and long runs take no longer than short ones."""
    try:
        kind = recognised(b"".join(parts) * 400, "text/html", PLACE, PLACE)
    except LoadingError:
        return
    assert isinstance(kind, Kind)


@pytest.mark.parametrize("media_type", ["text/html", "application/atom+xml", "text/xml", "application/pdf", ""])
def test_types_of_articles_and_lists_are_read(media_type: str) -> None:
    """What may hold an article or a list of them is fetched."""
    assert is_readable(media_type)


@pytest.mark.parametrize("media_type", ["image/png", "video/mp4", "application/zip", "text/css", "text/javascript"])
def test_other_types_are_not_read(media_type: str) -> None:
    """Pictures, films and programs are not fetched."""
    assert not is_readable(media_type)


WORDS = {
    "windows-1251": "Мост в гавани открылся в понедельник.",
    "koi8-r": "Мост в гавани открылся в понедельник.",
    "shift_jis": "橋は月曜日に開通した。①",
    "gb2312": "港口大桥星期一通车。镕",
    "euc-kr": "다리가 월요일에 개통되었다. 똠",
    "iso-8859-1": "“Große” Brücke – 40 €",
    "iso-8859-9": "Köprü pazartesi günü açıldı. ığ",
    "iso-2022-jp": "橋は月曜日に開通した。",
    "utf-16-le": "Große Brücke",
}
REALLY = {"shift_jis": "cp932", "gb2312": "gb18030", "euc-kr": "cp949", "iso-8859-1": "cp1252", "iso-8859-9": "cp1254"}


@pytest.mark.parametrize("name", WORDS)
def test_a_page_is_decoded_as_its_header_says(name: str) -> None:
    """Names of encodings mean what browsers take them for."""
    data = WORDS[name].encode(REALLY.get(name, name))
    assert as_utf8(data, name.upper()).decode() == WORDS[name]


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"utf-16-le"}))
def test_a_page_is_decoded_as_its_first_lines_say(name: str) -> None:
    """Both forms of HTML's meta element and the XML declaration count where there is no header."""
    for head in (
        f'<meta charset="{name}">',
        f"<meta content='text/html; charset={name}'>",
        f'<?xml encoding="{name}"?>',
    ):
        data = f"{head}{WORDS[name]}".encode(REALLY.get(name, name))
        assert as_utf8(data, None).decode() == f"{head}{WORDS[name]}"


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        ("Große Brücke".encode(), "iso-8859-1"),
        ("\ufeffGroße Brücke".encode(), "iso-8859-1"),
        (b"plain", "utf-16"),
        (b'<meta charset="utf-16">plain', None),
        (b"plain +AGE-", "utf-7"),
        (b"plain \\u0041", "unicode_escape"),
        (b"706c61696e", "hex"),
        (b"plain", "no-such-encoding"),
        (b"\xff\xff", "ascii\0"),
    ],
)
def test_a_label_that_cannot_be_true_is_passed_over(data: bytes, declared: str | None) -> None:
    """UTF-8 stays UTF-8 whatever it is called, and no label makes something else of plain letters."""
    assert as_utf8(data, declared) == data


@given(st.binary(max_size=200), st.sampled_from(["utf-8", "cp1252", "iso-2022-jp", "utf-16", "idna", "punycode", "x"]))
def test_decoding_never_fails(data: bytes, declared: str) -> None:
    """Any bytes under any label come back as bytes."""
    assert isinstance(as_utf8(data, declared), bytes)
