"""GET /metrics: what Prometheus reads, under labels that nobody outside can multiply."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus_text

from index.library import Library
from rag.pipeline import QuestionAnswerer
from service.keys import KeyStore, Scope
from service.settings import Settings
from tests.conftest import BRIDGE, OWLS
from tests.http_server import bearer, serving

DOCUMENT: Final = Path(__file__).parents[3] / "docs" / "observability.md"
SETTINGS: Final = Settings(address_requests_per_minute=0)
QUESTION: Final = "When did the Velmora bridge open?"

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def client(library: Library) -> Iterator[httpx.Client]:
    """A server over one article."""
    library.add([BRIDGE])
    with serving(QuestionAnswerer(library), SETTINGS) as client:
        yield client


def scraped(client: httpx.Client) -> Samples:
    """Every sample of a scrape, by name and labels."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=")
    families = prometheus_text(response.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float:
    """One sample; 0 where there is none yet."""
    return samples.get((name, frozenset(labels.items())), 0.0)


def test_answers_are_counted_by_status_door_and_reason(client: httpx.Client) -> None:
    """Questions by both doors, their citations, their silences, and how long each stage took."""
    cited = len(client.post("/v1/ask", json={"question": QUESTION}).json()["citations"])
    assert cited
    chat = {"model": "pullquote", "messages": [{"role": "user", "content": QUESTION}]}
    client.post("/v1/chat/completions", json=chat)
    client.post(
        "/v1/ask", json={"question": QUESTION, "sources": ["No Such Paper"]}, headers={"Accept": "text/event-stream"}
    )
    samples = scraped(client)
    assert value(samples, "pullquote_questions_total", status="answered", door="ask") == 1
    assert value(samples, "pullquote_questions_total", status="answered", door="chat") == 1
    assert value(samples, "pullquote_questions_total", status="not_in_articles", door="ask") == 1
    assert value(samples, "pullquote_abstentions_total", reason="no_article_passes_filter") == 1
    assert value(samples, "pullquote_citations_total") == 2 * cited
    for stage in ("wait", "retrieve", "read"):
        assert value(samples, "pullquote_stage_seconds_count", stage=stage) == 3
    assert value(samples, "pullquote_stage_seconds_sum", stage="read") > 0
    answered = {"route": "/v1/ask", "method": "POST", "status": "200"}
    assert value(samples, "pullquote_request_seconds_count", **answered) == 2


def test_what_the_library_holds_is_read_at_each_scrape(client: httpx.Client) -> None:
    """Articles, chunks, generation and what is pending follow the catalogue."""
    before = scraped(client)
    article = {"title": OWLS.title, "text": OWLS.text}
    client.post("/v1/articles", json={"articles": [article]})
    after = scraped(client)
    for name in ("pullquote_index_articles", "pullquote_index_chunks", "pullquote_index_generation"):
        assert value(after, name) == value(before, name) + 1
    assert value(after, "pullquote_derived_changes_pending") == 0
    assert value(after, "pullquote_ready") == 1


def test_nothing_that_is_sent_becomes_a_label(client: httpx.Client) -> None:
    """Thousands of invented paths and methods make one series, not thousands."""
    client.get("/nowhere/0")
    client.request("BREW", "/nowhere/0")
    client.get("/v1/articles/0000")
    names = set(scraped(client))
    for letter in string.ascii_lowercase:
        client.get(f"/nowhere/{letter}")
        client.request(f"BREW{letter}", f"/{letter}")
        client.get(f"/v1/articles/{letter * 4}")
    samples = scraped(client)
    mine = {name for name, _ in names if name.startswith("pullquote")}
    assert {key for key in samples if key[0] in mine} <= {*names, *probes(samples)}
    assert "nowhere" not in str(samples)


def probes(samples: Samples) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """The series that the first scrape itself began."""
    return {key for key in samples if ("route", "/metrics") in key[1]}


def test_openmetrics_is_spoken_where_it_is_accepted(client: httpx.Client) -> None:
    """Prometheus asks for it by its Accept header."""
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    families = open_metrics(response.text)  # type: ignore[no-untyped-call]
    assert "pullquote_build" in {family.name for family in families}


def test_two_services_in_one_process_count_apart(client: httpx.Client, library: Library) -> None:
    """Each has a registry of its own."""
    with serving(QuestionAnswerer(library), SETTINGS) as other:
        client.post("/v1/ask", json={"question": QUESTION})
        assert value(scraped(client), "pullquote_questions_total", status="answered", door="ask") == 1
        assert value(scraped(other), "pullquote_questions_total", status="answered", door="ask") == 0


def test_requests_beyond_a_limit_are_counted(library: Library) -> None:
    """Two of the four that come under a key that may make two a minute; another key asks for the metrics."""
    keys = KeyStore(library.folder)
    busy, watching = (bearer(keys.create(name, Scope.ADMIN).token) for name in ("busy", "watching"))
    settings = Settings(require_keys=True, key_requests_per_minute=2)
    with serving(QuestionAnswerer(library), settings) as client:
        statuses = [client.get("/v1/models", headers=busy).status_code for _ in range(4)]
        assert statuses == [200, 200, 429, 429]
        assert "pullquote_rate_limited_total 2.0" in client.get("/metrics", headers=watching).text


def test_every_metric_stands_in_the_document_with_its_type_and_labels(client: httpx.Client) -> None:
    """docs/observability.md lists what a scrape brings, and nothing else."""
    client.post("/v1/ask", json={"question": QUESTION})
    client.post("/v1/ask", json={"question": QUESTION, "sources": ["No Such Paper"]})
    families = {family.name: family for family in prometheus_text(client.get("/metrics").text)}
    table = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\| [^|]+ \|$", DOCUMENT.read_text(), re.MULTILINE)
    kinds = {name.removesuffix("_total"): kind for name, kind, _ in table}
    assert {name.removesuffix("_total"): family.type for name, family in families.items()} == kinds
    labels_of = {name.removesuffix("_total"): set(re.findall(r"`(\w+)`", labels)) for name, _, labels in table}
    for name, family in families.items():
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert labels == labels_of[name.removesuffix("_total")], name
