"""What an address may look like, and what it is without fragment and tracking parameters."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address
from typing import Final

import httpx

from index.errors import AddressRefusedError, LoadingError

_LONGEST: Final = 4_000
_LONGEST_SHOWN: Final = 300
_CREDENTIALS: Final = re.compile(r"(?<=//)[^/?#]*@")
_ENDS_IN_NUMBER: Final = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE)
_TRACKING: Final = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|mc_[ce]id|fbclid|gclid|gbraid|wbraid|dclid|msclkid|yclid|twclid|igshid|xtor"
    r"|at_(?:medium|campaign|link\w*|format|ptr_name|bbc_team))(?:=|$)",
    re.IGNORECASE,
)


def checked_address(address: str) -> httpx.URL:
    """The address, normalised, without its fragment. Raises LoadingError where nothing can be fetched from it.

    Credentials in it are refused, and not repeated. So is a host that spells an IP address in another
    way than as four decimal numbers: programs disagree on where it leads.
    """
    place = shown_address(address)
    if len(address) > _LONGEST:
        raise LoadingError(place, f"the address has more than {_LONGEST:,} characters")
    try:
        url = httpx.URL(address.strip()).copy_with(fragment=None)
    except httpx.InvalidURL as error:
        raise LoadingError(place, "not a valid address: copy it from the browser once more") from error
    if url.scheme not in ("http", "https"):
        raise LoadingError(place, "not an address that begins with http:// or https://")
    if url.userinfo or _CREDENTIALS.search(address):
        raise AddressRefusedError(place, "the address holds a user name or a password: give it without")
    if not url.host or "%" in url.host:
        raise LoadingError(place, "the address names no host: copy it from the browser once more")
    if ":" not in url.host and _ENDS_IN_NUMBER.search(url.host) and not _is_dotted_quad(url.host):
        raise AddressRefusedError(place, f"the host {url.host!r} is an IP address in disguise: write it as 192.0.2.1")
    return url


def shown_address(address: str) -> str:
    """The address as it may be shown: without credentials and control characters, and not too long."""
    plain = "".join(char if char.isprintable() else "\ufffd" for char in _CREDENTIALS.sub("", address.strip()))
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}…"


def without_tracking(url: str) -> str:
    """The address without its fragment and without parameters that only say who sent the reader (`utm_source`)."""
    address, _, query = url.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if part and not _TRACKING.match(part)]
    return f"{address}?{'&'.join(kept)}" if kept else address


def own_address(claimed: object, url: str) -> str:
    """The address that a page claims for itself, where it is one of the same site as `url`; else `url`.

    A site is a host and the hosts below it, "www." aside: a page cannot pass for one of another outlet.
    A claim to be the front page is a slip of the site's templates.
    """
    if isinstance(claimed, str) and claimed.strip():
        try:
            candidate = checked_address(str(httpx.URL(url).join(claimed.strip())))
        except (LoadingError, httpx.InvalidURL):
            return without_tracking(url)
        if is_same_site(candidate.host, httpx.URL(url).host) and candidate.path != "/":
            return without_tracking(str(candidate))
    return without_tracking(url)


def is_same_site(one: str, other: str) -> bool:
    """Whether two hosts are one site: the same, or one below the other; "www." counts for nothing."""
    one, other = one.removeprefix("www."), other.removeprefix("www.")
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _is_dotted_quad(host: str) -> bool:
    try:
        IPv4Address(host)
    except AddressValueError:
        return False
    return True
