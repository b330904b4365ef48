"""robots.txt: which pages a site lets programs fetch, and how often (RFC 9309)."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import Final

import httpx
from protego import Protego

from index.addresses.address import shown_address
from index.addresses.fetching import OK, PRODUCT, Fetcher
from index.errors import AddressRefusedError, LoadingError

_LONGEST_DELAY_S: Final = 10.0
"""A longer Crawl-delay than this is not honoured: a person waits."""

_PARSED_BYTES: Final = 500 * 1024
"""What RFC 9309 (2.5) asks of a crawler to read, at least; the rest is left out."""


class RobotsRules:
    """What the robots.txt of each site says, fetched once in the life of this object."""

    def __init__(self, fetcher: Fetcher, wait: Callable[[float], None] = sleep) -> None:
        self._fetcher = fetcher
        self._wait = wait
        self._rules: dict[str, Protego | str] = {}
        self._last_request: dict[str, float] = {}

    def permit(self, url: str) -> None:
        """Waits as long as the site asks for between two requests. Raises AddressRefusedError where it wants none.

        A site without a robots.txt (4xx) permits all; one whose robots.txt cannot be had (5xx, unreachable)
        permits nothing.
        """
        site = str(httpx.URL(url).copy_with(raw_path=b"/", fragment=None))
        if site not in self._rules:
            self._rules[site] = self._fetched_rules(site)
        rules = self._rules[site]
        if isinstance(rules, str):
            raise AddressRefusedError(shown_address(url), rules)
        if not rules.can_fetch(url, PRODUCT):
            raise AddressRefusedError(
                shown_address(url), "the site's robots.txt forbids programs to fetch it: save the page and add the file"
            )
        self._keep_distance(site, rules.crawl_delay(PRODUCT) or 0.0)

    def _fetched_rules(self, site: str) -> Protego | str:
        """The rules of a site, or why it permits nothing."""
        address = f"{site}robots.txt"
        try:
            answer = self._fetcher.fetch(address)
        except AddressRefusedError as error:
            return error.problem
        except LoadingError as error:
            return f"{address} cannot be had, which forbids every page of the site: {error.problem}"
        if 400 <= answer.status < 500:
            return Protego.parse("")
        if answer.status != OK:
            return f"{address} answers with status {answer.status}, which forbids every page of the site: try later"
        return Protego.parse(answer.data[:_PARSED_BYTES].decode("utf-8-sig", "replace"))

    def _keep_distance(self, site: str, delay: float) -> None:
        due = self._last_request.get(site, float("-inf")) + min(delay, _LONGEST_DELAY_S)
        if (pause := due - monotonic()) > 0:
            self._wait(pause)
        self._last_request[site] = monotonic()
