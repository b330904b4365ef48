"""Bad, odd and hostile input to the loaders: each becomes a LoadingError, or plain text."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.cleaning import clean_text
from index.embedding import SentenceTransformerEmbedder
from index.errors import LoadingError, ModelError
from index.loading import load, load_record
from index.metadata import date_in_url, outlet_of, parse_date, read_header
from index.segmenting import sentences

BODY = "The harbour reopened on Tuesday after a week of storms. Ferries left for the islands before noon."
MORE = "Fishermen said that the catch was poor. They blamed the cold current that came in March."


@pytest.mark.parametrize(
    "clutter",
    [
        "Photo: Anna Brandt",
        "Photos by Anna Brandt and Ole Strand",
        "Image courtesy of the Harbour Trust",
        "Credit: Anna Brandt",
        "search right-arrow share",
        "Share Tweet Email",
        "Facebook Twitter Email",
    ],
)
def test_credits_and_buttons_in_capitals_go(clutter: str) -> None:
    """A credit or a row of buttons is recognised whether it begins with a capital or not."""
    assert clean_text(f"{BODY}\n\n{clutter}\n\n{MORE}") == f"{BODY}\n\n{MORE}"


@pytest.mark.parametrize(
    "prose",
    [
        "Like us, they have lost their homes and their boats.",
        "Follow us to the shelter, the police told them.",
        "Support our troops, the banner said.",
        "Copyright law does not cover boats.",
        "Video by the coast guard shows the wave.",
        "No More",
    ],
)
def test_prose_about_us_stays(prose: str) -> None:
    """A sentence that opens like a call to readers, but goes on like prose, is kept."""
    assert clean_text(f"{BODY}\n\n{prose}\n\n{MORE}") == f"{BODY}\n\n{prose}\n\n{MORE}"


@pytest.mark.parametrize("line", ["on," * 45 + "x March 1, 2024", "March 1, 2024 " + "-12:30" * 24 + "x"])
def test_a_line_made_to_be_slow_is_read_at_once(line: str) -> None:
    """No line can make the search for a date take more than a moment."""
    assert read_header([BODY, line]).body == (BODY, line)


@pytest.mark.parametrize("words", ["12 aprıl 2024", "12 auguſt 2024"])
def test_letters_that_only_look_like_a_month_are_no_date(words: str) -> None:
    """A dotless i or a long s, which ignoring case lets pass, is no month and no crash."""
    assert parse_date(words) is None


@settings(deadline=None)
@given(
    st.text()
    | st.lists(st.sampled_from("12 3 2024 - / . : T +01:00 12:30 Dec Mon, ² ١٢ Z aprıl".split())).map(" ".join)
)
def test_any_words_are_a_date_or_none(words: str) -> None:
    """Whatever the words, the answer is a date or None."""
    found = parse_date(words)
    assert found is None or isinstance(found, date)


def test_a_malformed_address_has_no_date_and_no_outlet() -> None:
    """An address that cannot be parsed is answered with None."""
    assert date_in_url("https://[bad/2024/12/03/storm") is None
    assert outlet_of("https://[bad/storm") is None


@pytest.mark.parametrize("record", [{"text": BODY, "url": "http://[bad"}, {"text": f"{BODY}\n\nSource: http://[bad"}])
def test_an_article_with_a_malformed_address_loads(record: dict[str, str]) -> None:
    """A broken address costs the article nothing but its outlet and date."""
    article = load_record(record, "here", "x")
    assert (article.url, article.source, article.published) == ("http://[bad", None, None)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("blank.jsonl", b"\n \n", "empty"),
        ("none.json", b"[]", "no articles"),
        ("digits.json", b'{"text": "A b.", "n": ' + b"1" * 5000 + b"}", "not JSON"),
        ("deep.md", b"---\na: " + b"[" * 10_000 + b"\n---\nText.", "front matter is not YAML"),
        ("long.md", b"---\na: " + b"b" * 20_000 + b"\n---\nText.", "front matter of more than 20,000 characters"),
        ("hex.md", b"---\ndate: 0x" + b"f" * 5_000 + b"\n---\n", "no article text"),
        ("int.md", b"---\na: !!int ''\n---\nText.", "front matter is not YAML"),
        ("bool.md", b"---\na: !!bool x\n---\nText.", "front matter is not YAML"),
        ("time.md", b"---\na: !!timestamp x\n---\nText.", "front matter is not YAML"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_names_itself_and_the_cure(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    """What cannot be read becomes an error with its path and a reason."""
    (tmp_path / name).write_bytes(data)
    (error,) = load(tmp_path)
    assert isinstance(error, LoadingError)
    assert words in error.problem


def test_a_pdf_locked_with_aes_is_refused(tmp_path: Path) -> None:
    """An AES-encrypted PDF, which needs a package that is not installed, is an error with the usual cure."""
    document = FPDF()
    document.add_page()
    document.set_font("Helvetica", size=12)
    document.multi_cell(0, 8, BODY)
    document.set_encryption(owner_password="tide", user_password="tide")
    aes = b"/V 5 /CF <</StdCF <</CFM /AESV3 /Length 32>>>>"
    aes += b" /OE <" + b"00" * 32 + b"> /UE <" + b"00" * 32 + b"> /Perms <" + b"00" * 16 + b">"
    (tmp_path / "a.pdf").write_bytes(bytes(document.output()).replace(b"/V 2", aes).replace(b"/R 3", b"/R 6"))
    (error,) = load(tmp_path)
    assert isinstance(error, LoadingError)
    assert error.problem == "the PDF is encrypted: save it without its password"


def test_an_id_with_a_lone_surrogate_is_usable(tmp_path: Path) -> None:
    """An escaped half of a character in a record's id becomes U+FFFD in the origin."""
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": BODY, "id": "\ud800"}))
    (article,) = load(tmp_path)
    assert isinstance(article, Article)
    assert article.origin.endswith("#\ufffd")


def test_paragraphs_of_one_line_each_stay_apart_in_text_with_a_mark_of_markdown(tmp_path: Path) -> None:
    """One bold word in a .txt file of one paragraph a line does not melt the paragraphs and menus into one."""
    lines = ["# Storm shuts harbour", BODY, f"**Yes.** {MORE}", "See Also:", "Ferry prices to rise", "Watch:"]
    (tmp_path / "a.txt").write_text("\n".join(lines))
    (article,) = load(tmp_path)
    assert isinstance(article, Article)
    assert article.text == f"{BODY}\n\nYes. {MORE}"


def test_a_text_in_parts_is_paragraphs() -> None:
    """A record whose text is a list has one paragraph an item."""
    assert load_record({"text": [BODY, MORE]}, "here", "x").text == f"{BODY}\n\n{MORE}"


def test_a_question_that_ends_in_an_abbreviation_ends() -> None:
    """A question mark behind an abbreviation's full stop ends the sentence."""
    text = "Is it 5 a.m.? Yes."
    assert [span.of(text) for span in sentences(text)] == ["Is it 5 a.m.?", "Yes."]


@settings(deadline=None)
@given(text=st.text(max_size=300) | st.text("각한국어a ", max_size=300), tokens=st.integers(1, 60))
def test_a_clipped_text_has_no_more_tokens_than_asked(
    embedder: SentenceTransformerEmbedder, text: str, tokens: int
) -> None:
    """Clipping keeps its word in scripts of which one character has several tokens, too."""
    assert embedder.count_tokens([embedder.clip(text, tokens)])[0] <= tokens
    assert embedder.count_tokens([embedder.clip("a" * 60 + " 한국어 뉴스 속보 대통령 " * 20, 50)])[0] <= 50


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json"])
def test_a_damaged_model_folder_is_refused(tmp_path: Path, model_folder: Path, file: str) -> None:
    """A model's folder with a broken file is an error with its path, not the vendor's."""
    folder = shutil.copytree(model_folder, tmp_path / "model")
    (folder / file).write_bytes(b"{}      broken")
    embedder = SentenceTransformerEmbedder(str(folder))
    with pytest.raises(ModelError, match=str(folder)):
        embedder.embed(["x"]) if file.startswith("model") else embedder.count_tokens(["x"])


@pytest.mark.parametrize("words", ["Après les tempêtes, le port a rouvert.", "Naïve café owners hoped for more."])
def test_short_western_text_is_read_as_such(tmp_path: Path, words: str) -> None:
    """Where many code pages fit, the common one is meant."""
    file = tmp_path / "western.txt"
    file.write_bytes(words.encode("cp1252"))
    (article,) = load(file)
    assert isinstance(article, Article)
    assert article.text == words
