"""What browsers are told with every response, and whose pages may ask."""

from __future__ import annotations

import httpx
import pytest
from structlog.testing import capture_logs

from index.errors import SettingsError
from index.library import Library
from rag.pipeline import QuestionAnswerer
from service.http.security_headers import allowed_origins
from service.settings import Settings
from tests.http_server import serving

PAGE = "https://desk.example"
PREFLIGHT = {
    "Origin": PAGE,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, content-type",
}


def test_every_response_has_the_headers(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers, refusals, health, streams, and failures that nobody foresaw."""

    def explode(*_: object) -> None:
        raise ZeroDivisionError

    settings = Settings(max_body_bytes=2_000, address_requests_per_minute=7)
    with capture_logs(), serving(QuestionAnswerer(library), settings) as client:
        monkeypatch.setattr(Library, "occurrences", explode)
        question = {"question": "Who?"}
        responses = [
            client.post("/v1/ask", json=question),
            client.post("/v1/ask", json=question, headers={"Accept": "text/event-stream"}),
            client.get("/v1/articles/0123456789ab"),
            client.post("/v1/ask", content=b"x" * 3_000),
            client.get("/v1/models", headers={"Host": "evil.example"}),
            client.post("/v1/verify", json={"quote": "x"}),
            client.get("/healthz"),
            *(client.get("/v1/models") for _ in range(3)),
        ]
    assert [response.status_code for response in responses] == [200, 200, 404, 413, 421, 500, 200, 200, 200, 429]
    for response in responses:
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")
        assert "script-src" not in response.headers["content-security-policy"]
        assert "server" not in response.headers
        assert not [name for name in response.headers if name.startswith("access-control")]


def test_the_page_for_people_may_load_what_it_needs_and_is_framed_nowhere(library: Library) -> None:
    """Every script, style and picture of /docs is allowed by its policy."""
    with serving(QuestionAnswerer(library), Settings()) as client:
        page = client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    sources = [word for directive in policy.split("; ") for word in directive.split()[1:] if "//" in word]
    needed = [part.split('"')[0] for part in page.text.split('="https://')[1:]]
    assert needed
    for address in needed:
        assert any(f"https://{address}".startswith(source) for source in sources), address


def test_no_page_may_ask_by_default(library: Library) -> None:
    """A browser's question before the request gets no permission."""
    with serving(QuestionAnswerer(library), Settings()) as client:
        asked = client.options("/v1/ask", headers=PREFLIGHT)
        answered = client.get("/v1/models", headers={"Origin": PAGE})
    assert not [name for response in (asked, answered) for name in response.headers if name.startswith("access-")]


def test_pages_of_the_origins_set_may_ask_and_read_refusals(library: Library) -> None:
    """Without a key in the question before; and only these methods, headers and pages."""
    settings = Settings(require_keys=True, cors_origins=f"{PAGE}, http://localhost:3000")
    with serving(QuestionAnswerer(library), settings) as client:
        asked = client.options("/v1/ask", headers=PREFLIGHT)
        refused = client.get("/v1/models", headers={"Origin": PAGE})
        other_page = client.options("/v1/ask", headers={**PREFLIGHT, "Origin": "https://evil.example"})
        other_method = client.options("/v1/ask", headers={**PREFLIGHT, "Access-Control-Request-Method": "PUT"})
        other_header = client.options("/v1/ask", headers={**PREFLIGHT, "Access-Control-Request-Headers": "x-other"})
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, PAGE)
    assert "access-control-allow-credentials" not in asked.headers
    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == PAGE
    exposed = refused.headers["access-control-expose-headers"].split(", ")
    assert {"RateLimit", "Retry-After", "X-Request-ID"} <= set(exposed)
    assert "access-control-allow-origin" not in other_page.headers
    assert [response.status_code for response in (other_page, other_method, other_header)] == [400, 400, 400]


def test_origins_are_taken_as_browsers_write_them() -> None:
    """With commas between; capitals do not matter, and nothing is nobody."""
    assert allowed_origins("") == []
    assert allowed_origins("HTTPS://Desk.example, http://localhost:3000,") == [PAGE, "http://localhost:3000"]


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "null",
        "desk.example",
        "https://*.example",
        "https://desk.example/",
        "https://a@b.example",
        "ftp://a",
        "http://[",
        "https://a:x",
    ],
)
def test_what_is_no_origin_is_an_error_that_names_it(given: str) -> None:
    """At the start, and not as a page that nobody can use."""
    with pytest.raises(SettingsError, match="cors_origins"):
        allowed_origins(f"{PAGE},{given}")


def test_a_huge_header_is_refused_and_the_server_lives(library: Library) -> None:
    """Headers are bounded before any of our parts sees them."""
    with serving(QuestionAnswerer(library), Settings()) as client:
        try:
            status = client.get("/v1/models", headers={"X-Huge": "x" * 1_000_000}).status_code
        except httpx.HTTPError:
            status = 400
        assert status in {400, 431}
        assert client.get("/healthz").status_code == 200
