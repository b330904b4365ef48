"""Keys at the door: which route asks for which scope, and who is let in where no keys are asked for."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route
from structlog.testing import capture_logs

from index.embedding import Embedder
from index.library import Library
from rag.pipeline import QuestionAnswerer
from service.http.access import NO_KEY, REQUIRED, is_loopback, keys_required, required_scope
from service.http.app import create_app
from service.keys import KeyStore, Scope
from service.settings import Settings
from tests.http_server import bearer, serving

UNLIMITED = Settings(require_keys=True, key_requests_per_minute=0, address_requests_per_minute=0)
WRONG = f"pq_00000000_{'0' * 64}"


@pytest.fixture(scope="module")
def shared_library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    """An empty library, for all tests of this file."""
    library = Library(tmp_path_factory.mktemp("shared") / "library", embedder)
    yield library
    library.close()


@pytest.fixture
def keys(shared_library: Library) -> KeyStore:
    """The keys of the library that `client` serves."""
    return KeyStore(shared_library.folder)


@pytest.fixture(scope="module")
def client(shared_library: Library) -> Iterator[httpx.Client]:
    """A server that asks for keys."""
    with serving(QuestionAnswerer(shared_library), UNLIMITED) as client:
        yield client


@pytest.fixture(scope="module")
def open_client(shared_library: Library) -> Iterator[httpx.Client]:
    """A server on loopback that asks for none."""
    with serving(QuestionAnswerer(shared_library), Settings()) as client:
        yield client


def test_every_route_has_a_scope_and_every_scope_a_route(library: Library) -> None:
    """A new route stands in the table before it is served to anybody but an admin."""
    app = create_app(QuestionAnswerer(library), Settings())
    routes = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    for route in app.routes:
        if isinstance(route, Route):
            routes |= {(method, route.path) for method in route.methods or ()}
    assert routes == set(REQUIRED)


def test_a_key_reaches_the_routes_of_its_scope_and_no_other(client: httpx.Client, keys: KeyStore) -> None:
    """Every route, with each kind of key, without one and with a wrong one."""
    tokens = {scope: keys.create(scope, scope).token for scope in Scope}
    for (method, template), required in REQUIRED.items():
        path = re.sub(r"{\w+}", "0123456789ab", template)
        anonymous = [client.request(method, path), client.request(method, path, headers=bearer(WRONG))]
        assert {response.status_code == 401 for response in anonymous} == {required is not NO_KEY}, path
        for scope, token in tokens.items():
            status = client.request(method, path, headers=bearer(token)).status_code
            let_in = required is NO_KEY or scope.includes(required)
            assert (status not in {401, 403}) if let_in else status == 403, (method, path, scope)


def test_a_refusal_says_what_it_lacks(client: httpx.Client, keys: KeyStore) -> None:
    """Problem documents, with the challenges of RFC 6750."""
    token = keys.create("Reader", Scope.READ).token
    missing = client.get("/v1/models")
    other_scheme = client.get("/v1/models", headers={"Authorization": "Basic cHE6cHE="})
    wrong = client.get("/v1/models", headers=bearer(WRONG))
    low = client.delete("/v1/articles/0123456789ab", headers=bearer(token))
    told = [
        (response.json()["type"].removeprefix("urn:pullquote:"), response.headers["www-authenticate"])
        for response in (missing, other_scheme, wrong, low)
    ]
    assert told == [
        ("missing-key", "Bearer"),
        ("missing-key", "Bearer"),
        ("invalid-key", 'Bearer error="invalid_token"'),
        ("insufficient-scope", 'Bearer error="insufficient_scope", scope="write"'),
    ]
    assert client.get("/v1/models", headers={"Authorization": f"bearer  {token}"}).status_code == 200


def test_what_no_table_names_is_for_admins(client: httpx.Client, keys: KeyStore) -> None:
    """A route that somebody forgot to list stays shut, and strangers do not learn which paths there are."""
    admin, reader = (keys.create("Key", scope).token for scope in (Scope.ADMIN, Scope.WRITE))
    for path in ("/v1/secrets", "/redoc", "/docs/oauth2-redirect", "/v1/articles/", "/healthz/", "//healthz"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(reader)).status_code == 403
    assert client.get("/v1/secrets", headers=bearer(admin)).status_code == 404
    assert client.put("/v1/articles", headers=bearer(reader)).status_code == 403


@given(method=st.sampled_from(["GET", "HEAD", "POST", "PUT"]), path=st.text().map(lambda text: f"/{text}"))
def test_no_path_is_open_but_those_listed(method: str, path: str) -> None:
    """Whatever is asked for."""
    listed = {listed for (_, listed), scope in REQUIRED.items() if scope is NO_KEY}
    assert (required_scope(method, path) is NO_KEY) <= (path in listed)


def test_a_key_opens_and_closes_while_the_server_runs(client: httpx.Client, keys: KeyStore) -> None:
    """Made and revoked by another hand, without a restart."""
    created = keys.create("Desk", Scope.READ)
    assert client.get("/v1/models", headers=bearer(created.token)).status_code == 200
    keys.revoke(created.key.id)
    assert client.get("/v1/models", headers=bearer(created.token)).status_code == 401


def test_damaged_keys_let_nobody_in_until_they_are_whole_again(
    client: httpx.Client, keys: KeyStore, shared_library: Library
) -> None:
    """A 503 that names no path; health is still told."""
    token = keys.create("Desk", Scope.ADMIN).token
    assert client.get("/v1/models", headers=bearer(token)).status_code == 200
    file = shared_library.folder / "keys.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:40])
    refused = client.get("/v1/models", headers=bearer(token))
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:pullquote:keys-unusable")
    assert str(file.parent) not in refused.text
    assert client.get("/v1/models").status_code == 401
    assert client.get("/healthz", headers=bearer(token)).status_code == 200
    file.write_bytes(whole)
    assert client.get("/v1/models", headers=bearer(token)).status_code == 200


def test_a_request_without_a_key_is_refused_before_its_body_comes(client: httpx.Client) -> None:
    """Strangers cannot make the server read megabytes."""
    address = (client.base_url.host, client.base_url.port or 80)
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(
            b"POST /v1/articles HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n"
            b"Content-Type: application/json\r\n\r\n{"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 401")


def test_a_server_that_asks_for_keys_and_has_none_says_so_at_its_start(library: Library) -> None:
    """With the cure; once there is a key it is silent."""
    with capture_logs() as logs:
        create_app(QuestionAnswerer(library), UNLIMITED)
    assert any("pullquote keys create" in line["event"] and line["log_level"] == "warning" for line in logs)
    KeyStore(library.folder).create("Desk", Scope.READ)
    with capture_logs() as logs:
        create_app(QuestionAnswerer(library), UNLIMITED)
        create_app(QuestionAnswerer(library), Settings())
    assert not logs


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.4", False),
        ("fe80::1", False),
        ("newsroom.local", False),
        ("localhost.example.com", False),
        ("127.0.0.1.example.com", False),
        ("0x7f000001", False),
        ("", False),
    ],
)
def test_keys_are_asked_for_wherever_others_may_reach(host: str, loopback: bool) -> None:
    """On any address but loopback; there too, where the settings say so."""
    assert is_loopback(host) is loopback
    assert keys_required(Settings(host=host or "x")) is not loopback
    assert keys_required(Settings(host=host or "x", require_keys=True))


def test_on_loopback_any_key_does(open_client: httpx.Client) -> None:
    """OpenAI's clients must send one, so none is looked at."""
    for headers in ({}, bearer("sk-any"), bearer(WRONG)):
        assert open_client.get("/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.", "[", ""])
def test_a_page_under_a_rebound_name_gets_nothing_from_an_open_server(open_client: httpx.Client, host: str) -> None:
    """Only loopback names are answered where no keys are asked for."""
    refused = open_client.get("/v1/articles", headers={"Host": host})
    assert refused.status_code == 421
    assert refused.json()["type"] == "urn:pullquote:misdirected-request"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000"])
def test_loopback_names_are_answered(open_client: httpx.Client, host: str) -> None:
    """With any port: a tunnel may end on another."""
    assert open_client.get("/v1/articles", headers={"Host": host}).status_code == 200


def test_an_open_server_does_not_answer_others_through_a_proxy(open_client: httpx.Client) -> None:
    """A proxy on this machine that says for whom it asks."""
    refused = open_client.get("/v1/articles", headers={"X-Forwarded-For": "203.0.113.9"})
    assert refused.status_code == 403
    assert "require_keys" in refused.json()["detail"]


def test_a_server_with_keys_answers_under_any_name(client: httpx.Client, keys: KeyStore) -> None:
    """A page under a rebound name has no key; a newsroom has a name."""
    headers = bearer(keys.create("Desk", Scope.READ).token)
    assert client.get("/v1/articles", headers={**headers, "Host": "news.example"}).status_code == 200


def test_a_page_of_another_site_cannot_add_articles(open_client: httpx.Client) -> None:
    """A browser sends forms and plain text without asking first; neither is read as JSON."""
    body = b'{"articles": [{"text": "The ferry sails again on Monday."}]}'
    for kind in ({"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {}):
        sent = open_client.post("/v1/articles", content=body, headers={**kind, "Origin": "https://evil.example"})
        assert sent.status_code == 422
    assert open_client.get("/v1/articles").json()["total"] == 0


def test_the_description_asks_for_a_key_where_the_server_does(client: httpx.Client, open_client: httpx.Client) -> None:
    """In OpenAPI, on every route under /v1, and on none where there are no keys."""
    described = client.get("/openapi.json").json()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    for path, methods in described["paths"].items():
        assert all(("security" in operation) == path.startswith("/v1/") for operation in methods.values()), path
    assert "securitySchemes" not in open_client.get("/openapi.json").json()["components"]
