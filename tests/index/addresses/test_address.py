"""Which addresses are taken, and what they are called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.addresses.address import checked_address, own_address, shown_address, without_tracking
from index.errors import AddressRefusedError, LoadingError


@pytest.mark.parametrize(
    ("given_address", "url"),
    [
        (" HTTPS://News.Example:443/a b?q=ü#part ", "https://news.example/a%20b?q=%C3%BC"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("http://[2606:4700::1111]:8080/x", "http://[2606:4700::1111]:8080/x"),
        ("http://93.184.215.14/", "http://93.184.215.14/"),
    ],
)
def test_an_address_is_normalised(given_address: str, url: str) -> None:
    """Small letters, default ports and escapes are as the standard wants them, and the fragment goes."""
    assert str(checked_address(given_address)) == url


@pytest.mark.parametrize(
    "address",
    [
        "ftp://news.test/a",
        "file:///etc/passwd",
        "http:///a",
        "http://",
        "http://a b/",
        "http://n\x00s.test/",
        "x" * 5000,
    ],
)
def test_what_is_no_web_address_is_told_so(address: str) -> None:
    """Other schemes, no host, blanks and control characters are errors that do not print control characters."""
    with pytest.raises(LoadingError) as raised:
        checked_address(address)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.0x1", "10.1.1.", "１２７.１"]
)
def test_an_ip_address_in_disguise_is_refused(host: str) -> None:
    """Decimal, hexadecimal, octal and short spellings are refused before anything is resolved."""
    with pytest.raises(LoadingError, match=r"disguise|valid"):
        checked_address(f"http://{host}/")


@pytest.mark.parametrize(
    "address",
    ["http://ann:s3cret@news.test/", "https://s3cret@news.test/a", "http://s3cret:@news.test", "http://a\\s3cret@b/"],
)
def test_credentials_are_refused_and_not_repeated(address: str) -> None:
    """No part of a user name or password stands in the message."""
    with pytest.raises(LoadingError) as raised:
        checked_address(address)
    assert "s3cret" not in str(raised.value)


def test_tracking_parameters_go_and_others_stay() -> None:
    """Two links to one page from different newsletters are one origin; a parameter that picks the page stays."""
    url = "https://n.test/a?id=7&utm_source=mail&b=&fbclid=x&UTM_Medium=y&source=wire&gclid=1#top"
    assert without_tracking(url) == "https://n.test/a?id=7&b=&source=wire"
    assert without_tracking("https://n.test/a?utm_source=mail") == "https://n.test/a"
    assert without_tracking("https://n.test/a") == "https://n.test/a"


@given(st.text(alphabet="ab=&?#%_utm", max_size=40))
def test_taking_tracking_away_twice_changes_nothing_more(query: str) -> None:
    """The name of a page without tracking is its own name."""
    once = without_tracking(f"https://n.test/a?{query}")
    assert without_tracking(once) == once


@given(st.text(max_size=400))
def test_an_address_is_shown_on_one_short_line(address: str) -> None:
    """Whatever a feed gives as a link, its place in a message is printable and short."""
    shown = shown_address(address)
    assert shown.isprintable()
    assert len(shown) <= 301


@pytest.mark.parametrize(
    ("claimed", "address"),
    [
        ("https://www.n.test/story", "https://www.n.test/story"),
        ("/story?utm_source=x", "https://m.n.test/story"),
        ("https://n.test/story", "https://n.test/story"),
        ("https://evil.test/story", "https://m.n.test/a"),
        ("https://n.test.evil.test/story", "https://m.n.test/a"),
        ("https://www.n.test/", "https://m.n.test/a"),
        ("https://ann:pw@n.test/story", "https://m.n.test/a"),
        ("javascript:alert(1)", "https://m.n.test/a"),
        ("http://[", "https://m.n.test/a"),
        (None, "https://m.n.test/a"),
    ],
)
def test_a_page_may_name_its_own_address_on_its_own_site_only(claimed: str | None, address: str) -> None:
    """A canonical address counts on the same site; elsewhere, on the front page or broken it does not."""
    assert own_address(claimed, "https://m.n.test/a?utm_medium=x") == address


def test_an_address_that_may_not_be_asked_is_of_its_own_kind() -> None:
    """A refusal can be told from a failure, and is a LoadingError all the same."""
    with pytest.raises(AddressRefusedError):
        checked_address("http://ann:pw@news.test/")
