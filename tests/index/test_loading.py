"""Every kind of file becomes an article, and what cannot be read says where and why."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from fpdf import FPDF

from index.article import Article, DateSource
from index.errors import LoadingError
from index.loading import Loaded, load, load_bytes, load_record

BODY = "The harbour reopened on Tuesday after a week of storms. Ferries left for the islands before noon."
MORE = "Fishermen said that the catch was poor. They blamed the cold current that came in March."
LAST = "The island council meets on Friday to decide who pays. Its members expect a long evening, and no agreement."
TEXT = f"{BODY}\n\n{MORE}\n\n{LAST}"
TITLE = "Storm shuts harbour for a week"
DAY = date(2024, 12, 3)
URL = "https://www.example.org/2024/12/03/storm"

PAGE = f"""<!doctype html><html lang="en"><head><title>{TITLE}</title>
<meta property="og:title" content="{TITLE}"><meta name="author" content="Anna Brandt">
<meta property="og:site_name" content="The Morning Tide"><link rel="canonical" href="{URL}">
<meta property="article:published_time" content="2024-12-03T10:30:00Z"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav>
<div class="cookie-banner">We use cookies. <button>Accept all</button></div>
<article><h1>{TITLE}</h1><div class="share"><a href="#">Share on Facebook</a></div><p>{BODY}</p>
<aside><h3>See also</h3><ul><li><a href="/a">Lighthouse sold to a painter</a></li></ul></aside>
<p>{MORE}</p><p>{LAST}</p></article><script>track("visit")</script>
<footer>© 2024 The Morning Tide. <a href="/terms">Terms of use</a></footer></body></html>"""


def write(folder: Path, name: str, data: str | bytes) -> Path:
    """A file of that name with that content."""
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def only(found: list[Loaded]) -> Article:
    """The one article that was loaded."""
    (article,) = found
    assert isinstance(article, Article)
    return article


def problem(found: list[Loaded]) -> LoadingError:
    """The one thing that went wrong."""
    (error,) = (loaded for loaded in found if isinstance(loaded, LoadingError))
    return error


def pdf(text: str, title: str | None = None, password: str | None = None) -> bytes:
    """A PDF with that text."""
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=14)
    document.multi_cell(0, 7, text)
    if title:
        document.set_title(title)
        document.set_author("Anna Brandt")
    if password:
        document.set_encryption(owner_password=password, user_password=password)
    return bytes(document.output())


def test_plain_text(tmp_path: Path) -> None:
    """A .txt file gives title, by-line, date and address from its own lines, and the rest as text."""
    raw = f"{TITLE}\n\nBy Anna Brandt\nDecember 3, 2024\n\n{TEXT}\n\nOriginal url:\n\n<{URL}>"
    path = write(tmp_path, "a.txt", raw)
    article = only(list(load(path)))
    assert (article.title, article.author, article.published, article.url) == (TITLE, "Anna Brandt", DAY, URL)
    assert (article.text, article.source, article.published_from) == (TEXT, "example.org", DateSource.BYLINE)
    assert article.origin == str(path.resolve())


def test_the_dateline_of_a_wire_report(tmp_path: Path) -> None:
    """A wire report's date is read from its dateline, which stays in the text."""
    text = f"TALLINN, Estonia, Dec. 3, 2024 (AP) — {TEXT}"
    article = only(list(load(write(tmp_path, "a.txt", text))))
    assert (article.text, article.published, article.published_from) == (text, DAY, DateSource.TEXT)


@pytest.mark.parametrize("told", ["2999-01-01", "2024-02-31", "soon"])
def test_a_date_that_cannot_be_is_passed_over(tmp_path: Path, told: str) -> None:
    """A field that holds a day to come, or one that no calendar has, gives way to what the text says."""
    record = {"text": f"{TITLE}\n\nDecember 3, 2024\n\n{TEXT}", "date": told}
    article = only(list(load(write(tmp_path, "a.json", json.dumps(record)))))
    assert (article.published, article.published_from) == (DAY, DateSource.BYLINE)


def test_an_article_of_the_future_has_no_date(tmp_path: Path) -> None:
    """Where every date found is a day to come, the date is unknown."""
    article = only(list(load(write(tmp_path, "a.json", json.dumps({"text": TEXT, "date": "2999-01-01"})))))
    assert (article.published, article.published_from) == (None, None)


def test_markdown_with_front_matter(tmp_path: Path) -> None:
    """A .md file is described by its YAML front matter, and its marks are not part of the text."""
    front = f"title: {TITLE}\nauthor: [Anna Brandt, Ole Strand]\ndate: 2024-12-03\nsource: The Morning Tide\nurl: {URL}"
    marked = TEXT.replace("harbour", "[harbour](https://example.org)").replace("poor", "**poor**")
    raw = f"---\n{front}\n---\n\n# {TITLE}\n\n{marked}\n\n![pier](p.jpg)\n"
    article = only(list(load(write(tmp_path, "a.md", raw))))
    assert (article.title, article.author, article.text) == (TITLE, "Anna Brandt, Ole Strand", TEXT)
    assert (article.published, article.published_from) == (DAY, DateSource.METADATA)
    assert (article.source, article.url) == ("The Morning Tide", URL)


def test_web_page(tmp_path: Path) -> None:
    """An .html file gives the article without menus, cookies, buttons and footer, described by its metadata."""
    article = only(list(load(write(tmp_path, "a.html", PAGE))))
    assert (article.title, article.author, article.source) == (TITLE, "Anna Brandt", "The Morning Tide")
    assert (article.published, article.url) == (DAY, URL)
    assert article.text == TEXT


def test_pdf(tmp_path: Path) -> None:
    """A .pdf file gives its paragraphs unwrapped, with the title and author it was saved with."""
    text = f"{BODY} {MORE} {LAST}\n\n{LAST} {MORE} {BODY}"
    article = only(list(load(write(tmp_path, "a.pdf", pdf(f"{TITLE}\n\n{text}", TITLE)))))
    assert (article.title, article.author, article.text) == (TITLE, "Anna Brandt", text)


def test_json_with_one_article(tmp_path: Path) -> None:
    """A .json object is one article, under the names that news feeds use."""
    record = {"headline": TITLE, "body": TEXT, "authors": ["Anna Brandt"], "datePublished": "2024-12-03T10:30:00Z"}
    article = only(list(load(write(tmp_path, "a.json", json.dumps(record)))))
    assert (article.title, article.text, article.author, article.published) == (TITLE, TEXT, "Anna Brandt", DAY)


def test_json_with_many_articles(tmp_path: Path) -> None:
    """A .json list is one article a record, each with an origin of its own."""
    path = write(tmp_path, "a.json", json.dumps([{"text": BODY, "id": "first"}, {"text": MORE}]))
    first, second = load(path)
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.text, first.origin) == (BODY, f"{path.resolve()}#first")
    assert (second.text, second.origin) == (MORE, f"{path.resolve()}#line-2")


def test_json_lines(tmp_path: Path) -> None:
    """A .jsonl file is one article a line; blank lines are passed over."""
    lines = [json.dumps({"text": BODY, "url": URL}), "", json.dumps({"text": MORE})]
    articles = [loaded for loaded in load(write(tmp_path, "a.jsonl", "\n".join(lines))) if isinstance(loaded, Article)]
    assert [article.text for article in articles] == [BODY, MORE]
    assert (articles[0].published, articles[0].published_from) == (DAY, DateSource.URL)


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Every readable file below a folder is loaded; hidden files and other kinds are passed over."""
    for name in ("b.txt", "a.txt", "sub/c.md", ".hidden.txt", ".git/d.txt", "notes.docx"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path, name, f"{BODY} Number {name[0]}.")
    found = list(load(tmp_path))
    assert [loaded.origin for loaded in found if isinstance(loaded, Article)] == [
        str((tmp_path / name).resolve()) for name in ("a.txt", "b.txt", "sub/c.md")
    ]
    assert len(found) == 3


def test_standard_input() -> None:
    """Bytes without a file become an article of the origin that the caller gives."""
    article = load_bytes(f"{TITLE}\n\n{TEXT}".encode(), "standard input", "stdin")
    assert isinstance(article, Article)
    assert (article.title, article.text, article.origin) == (TITLE, TEXT, "stdin")


GERMAN = "Die Fähren fuhren früh über die Förde nach Süden. Die Gäste saßen draußen und hörten die Möwen."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1"])
def test_text_of_any_common_encoding(tmp_path: Path, encoding: str) -> None:
    """Umlauts come through whether the file is Unicode, with a mark or without, or from an older machine."""
    assert only(list(load(write(tmp_path, "a.txt", GERMAN.encode(encoding))))).text == GERMAN


def test_curly_quotes_of_windows(tmp_path: Path) -> None:
    """The quotation marks of cp1252 are decoded as such."""
    text = "Le café “Rivage” a rouvert ses portes à l’été. Les élèves étaient heureux, où qu’ils fussent."
    assert only(list(load(write(tmp_path, "a.txt", text.encode("cp1252"))))).text == text


def test_lone_surrogates_in_json_do_not_reach_the_text(tmp_path: Path) -> None:
    """An escaped half of a character becomes U+FFFD, and a pair of halves the character they make."""
    path = write(tmp_path, "a.json", json.dumps({"title": "\ud800 x", "text": f"A \udc00 b \ud83d\ude00 c. {BODY}"}))
    article = only(list(load(path)))
    assert article.text.encode("utf-8").decode("utf-8") == f"A \ufffd b \U0001f600 c. {BODY}"
    assert article.title == "\ufffd x"


GOOD_PDF = pdf(TEXT)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \r\n\t\n", "empty"),
        ("blank.html", b"\n\n", "empty"),
        ("empty.jsonl", b"", "empty"),
        ("marks.txt", "\u00a0\u200b\n".encode(), "no article text is left"),
        ("menu.txt", b"Home\n\nSign up\n", "no article text is left"),
        ("binary.txt", b"PK\x03\x04\x00\x00\x08", "binary"),
        ("utf16.txt", b"\xff\xfeT\x00h", "save the file as UTF-8"),
        (
            "mixed.txt",
            "Zoë naïve élève été. ".encode() + b"\xff end.",
            "invalid UTF-8 at byte 27: save the file as UTF-8",
        ),
        ("locked.pdf", pdf(TEXT, password="tide"), "encrypted: save it without its password"),
        ("half.pdf", GOOD_PDF[: len(GOOD_PDF) // 2], "truncated PDF"),
        ("words.pdf", BODY.encode(), "save or download it again"),
        ("picture.pdf", pdf(""), "run OCR"),
        ("none.html", b"<html><body></body></html>", "no article text found"),
        ("yaml.md", b"---\ntitle: [a\n---\nText.", "front matter is not YAML"),
        ("list.md", b"---\n- title\n---\nText.", "`key: value` lines, not list"),
        ("day.md", b"---\ndate: 2024-99-99\n---\nText.", "front matter is not YAML"),
        ("broken.json", b'{"text": "a', "not JSON: Unterminated string starting at at line 1, column 10"),
        ("number.json", b"7", "one article object or a list of them"),
        ("deep.json", b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        ("latin.json", b'{"text": "caf\xe9"}', "invalid UTF-8 at byte 13: JSON must be UTF-8"),
        ("textless.json", b'{"title": "A"}', "give it as one of 'text', 'body'"),
        ("number-text.json", b'{"text": 7}', "'text' must be text, not int"),
        ("number-title.json", b'{"text": "A b.", "title": 7}', "'title' must be text, not int"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and " " not in value else "",
)
def test_a_bad_file_names_itself_and_the_cure(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    """What cannot be read becomes an error with its path and a reason, while its neighbours load."""
    bad = write(tmp_path, name, data)
    write(tmp_path, "a-good.txt", BODY)
    write(tmp_path, "z-good.txt", MORE)
    found = list(load(tmp_path))
    error = problem(found)
    assert error.place == str(bad)
    assert words in error.problem
    assert [loaded.text for loaded in found if isinstance(loaded, Article)] == [BODY, MORE]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json}", "not JSON: Expecting property name"),
        ('{"title": "A"}', "no text"),
        ('{"text": {"a": 1}}', "'text' must be text, not dict"),
        ('{"text": "A b.", "author": [1]}', "'author' must be text, not list"),
        ('["A b."]', "must be an object with a text, not list"),
        ("null", "must be an object with a text, not NoneType"),
        ("[" * 100_000, "nested too deeply"),
    ],
    ids=["syntax", "no text", "text", "author", "list", "null", "deep"],
)
def test_a_bad_line_names_its_number_and_the_others_load(tmp_path: Path, line: str, words: str) -> None:
    """One malformed record of a .jsonl file costs only itself, and is found by its line."""
    path = write(tmp_path, "a.jsonl", "\n".join([json.dumps({"text": BODY}), line, json.dumps({"text": MORE})]))
    found = list(load(path))
    error = problem(found)
    assert error.place == f"{path}, line 2"
    assert words in error.problem
    assert [loaded.text for loaded in found if isinstance(loaded, Article)] == [BODY, MORE]


def test_a_bad_record_of_a_list_names_its_number(tmp_path: Path) -> None:
    """Records of a .json list are counted from 1, and a bad one does not stop the rest."""
    path = write(tmp_path, "a.json", json.dumps([{"text": BODY}, 7, {"text": MORE}]))
    found = list(load(path))
    assert problem(found).place == f"{path}, record 2"
    assert len(found) == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none.txt", "No such file"),
        ("word.docx", "cannot read '.docx': use one of .txt"),
        ("README", "without a suffix"),
    ],
)
def test_a_path_that_is_no_readable_file(tmp_path: Path, name: str, words: str) -> None:
    """A missing file and a kind that is not read are errors when they are named directly."""
    if name != "none.txt":
        (tmp_path / name).write_text(BODY)
    error = problem(list(load(tmp_path / name)))
    assert error.place == str(tmp_path / name)
    assert words in error.problem


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """50 MB is over the usual limit, and the error says how large the file and the limit are."""
    path = tmp_path / "huge.txt"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert "50,000,000 bytes is over the limit of 20,000,000" in problem(list(load(path))).problem


@pytest.mark.parametrize("name", ["a.txt", "a.json", "a.jsonl"])
def test_the_limit_is_the_callers(tmp_path: Path, name: str) -> None:
    """With `max_bytes` a file, or a line of JSONL, of that size still loads and one byte more does not."""
    data = json.dumps({"text": BODY}) if "json" in name else BODY
    path = write(tmp_path, name, data)
    assert only(list(load(path, max_bytes=len(data)))).text == BODY
    assert "limit of" in problem(list(load(path, max_bytes=len(data) - 1))).problem


@pytest.mark.parametrize(
    ("data", "words"), [(b" \n", "nothing in it"), (b"a\0b", "binary"), (b"x" * 11, "limit of 10")]
)
def test_bad_standard_input_names_its_place(data: bytes, words: str) -> None:
    """Bytes that hold no article come back as an error with the place that the caller gave."""
    error = load_bytes(data, "standard input", "stdin", max_bytes=10)
    assert isinstance(error, LoadingError)
    assert error.place == "standard input"
    assert words in error.problem


def test_a_bad_record_raises() -> None:
    """A record given directly raises, and the message begins with its place."""
    with pytest.raises(LoadingError, match=r"^article 3: 'url' must be text, not int"):
        load_record({"text": BODY, "url": 5}, "article 3", "x")
