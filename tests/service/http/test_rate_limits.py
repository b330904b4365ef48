"""How many requests a key or an address may make, over real HTTP and by the clock of a minute."""

from __future__ import annotations

import httpx
import pytest
from limits import storage

from index.library import Library
from rag.pipeline import QuestionAnswerer
from service.http.rate_limits import RateLimiter, network_of
from service.keys import KeyStore, Scope
from service.settings import Settings
from tests.http_server import bearer, serving


class Clock:
    """A clock that a test sets, in place of the module `time`."""

    now = 1_000_000.0

    def time(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """What the limits take for the time."""
    clock = Clock()
    monkeypatch.setattr(storage.memory, "time", clock)
    monkeypatch.setattr("service.http.rate_limits.time", clock)
    return clock


def statuses(client: httpx.Client, count: int, headers: dict[str, str] | None = None) -> list[int]:
    """What so many requests are answered with."""
    return [client.get("/v1/models", headers=headers).status_code for _ in range(count)]


def test_an_address_over_its_limit_is_told_when_to_come_back(library: Library) -> None:
    """429 with Retry-After; what is left is told before; health is answered still."""
    with serving(QuestionAnswerer(library), Settings(address_requests_per_minute=3)) as client:
        granted = [client.get("/v1/models") for _ in range(3)]
        assert [response.headers["ratelimit"].split(";t=")[0] for response in granted] == [
            '"address";r=2',
            '"address";r=1',
            '"address";r=0',
        ]
        assert granted[0].headers["ratelimit-policy"] == '"address";q=3;w=60'
        refused = client.get("/v1/models")
        assert (refused.status_code, refused.json()["type"]) == (429, "urn:pullquote:too-many-requests")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert client.get("/no-such-path").status_code == 429
        health = client.get("/healthz")
        assert health.status_code == 200
        assert "ratelimit" not in health.headers


def test_a_wait_as_long_as_it_is_told_is_long_enough(clock: Clock) -> None:
    """Retry-After is neither too short nor a whole minute too long."""
    limiter = RateLimiter(per_key=0, per_address=2)
    for _ in range(2):
        assert (allowance := limiter.take(None, "192.0.2.1")) is not None
        assert allowance.granted
        clock.now += 20
    refused = limiter.take(None, "192.0.2.1")
    assert refused is not None
    assert (refused.granted, refused.reset_s, limiter.refused) == (False, 20, 1)
    clock.now += refused.reset_s + 0.001
    again = limiter.take(None, "192.0.2.1")
    assert again is not None
    assert again.granted


def test_a_key_counts_for_itself_and_a_wrong_one_for_its_address(library: Library) -> None:
    """Colleagues behind one address do not use up each other's share; who guesses uses up the address's."""
    settings = Settings(require_keys=True, key_requests_per_minute=4, address_requests_per_minute=2)
    keys = KeyStore(library.folder)
    desk, wire = (bearer(keys.create(name, Scope.READ).token) for name in ("Desk", "Wire"))
    with serving(QuestionAnswerer(library), settings) as client:
        assert statuses(client, 3, bearer("pq_00000000_guess")) == [401, 401, 429]
        assert statuses(client, 1) == [429]
        assert statuses(client, 5, desk) == [200, 200, 200, 200, 429]
        assert statuses(client, 1, wire) == [200]


def test_zero_sets_no_limit(library: Library) -> None:
    """And no headers tell of one."""
    with serving(QuestionAnswerer(library), Settings(address_requests_per_minute=0)) as client:
        assert set(statuses(client, 20)) == {200}
        assert "ratelimit" not in client.get("/v1/models").headers


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "192.0.2.1", False),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, other: str, same: bool) -> None:
    """One customer has 2 to the power of 64 of them; the same IPv4 address has two forms."""
    assert (network_of(one) == network_of(other)) is same


def test_however_many_addresses_ask_no_more_is_remembered() -> None:
    """The buckets are as many as there are, and an attacker's do not stop others."""
    limiter = RateLimiter(per_key=0, per_address=10_000)
    kept = limiter._limiter.storage
    assert isinstance(kept, storage.MemoryStorage)
    for number in range(6_000):
        limiter.take(None, f"2001:db8:{number >> 8:x}:{number & 255:x}::1")
    assert 2_500 < len(kept.events) <= 4_096
