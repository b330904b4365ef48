"""The reader model at run time: texts of any length and script, exact places, and files that are damaged."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from eval.training.export import export
from index.article import Span
from index.embedding import default_tokenizer
from index.errors import ModelError
from rag.reader_model import PassageReading, ReaderModel, sha256_of
from rag.reading_input import ReadingInput
from tests.conftest import BRIDGE, OWLS
from tests.eval.training.small_reader import small_reader

QUESTION = "When was the harbour bridge in Velmora opened?"
LONG = " ".join([BRIDGE.text, OWLS.text] * 12)
TEXTS = (
    ("Harbour bridge opens", BRIDGE.text),
    ("", OWLS.text),
    ("Too long", LONG),
    ("Nothing", ""),
    ("Title " * 60, "Five eggs."),
)


@pytest.fixture(scope="module")
def exact_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model, exported in float32."""
    return exported(tmp_path_factory, quantised=False)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ReaderModel:
    """A small model, exported as the shipped one is."""
    file = exported(tmp_path_factory, quantised=True)
    return ReaderModel(file, sha256_of(file))


def exported(tmp_path_factory: pytest.TempPathFactory, *, quantised: bool) -> Path:
    """The file of a small model."""
    file = tmp_path_factory.mktemp("reader") / "reader.onnx"
    export(small_reader(), file, quantised=quantised)
    return file


def assert_alike(found: PassageReading, expected: PassageReading) -> None:
    """Both readings say the same."""
    assert found.places == expected.places
    assert found.answers == pytest.approx(expected.answers, abs=1e-4)
    np.testing.assert_allclose(found.starts, expected.starts, atol=1e-4)
    np.testing.assert_allclose(found.ends, expected.ends, atol=1e-4)


def test_a_reading_is_what_the_trained_model_says(exact_file: Path) -> None:
    """Its logits are those of the text's tokens, less that of "not here"."""
    [reading] = ReaderModel(exact_file, sha256_of(exact_file)).read(QUESTION, [("Harbour bridge opens", BRIDGE.text)])
    reading_input = ReadingInput(default_tokenizer())
    question, title, text = reading_input.tokens([QUESTION, "Harbour bridge opens", BRIDGE.text])
    joined = reading_input.joined(question, title, text)
    ids, types = torch.tensor([joined.ids]), torch.tensor([joined.types])
    with torch.inference_mode():
        said = small_reader()(ids, types, torch.ones_like(ids))
    own = slice(joined.context_start, joined.context_start + len(text.ids))
    np.testing.assert_allclose(reading.starts, (said.starts[0, own] - said.starts[0, 0]).numpy(), atol=1e-3)
    np.testing.assert_allclose(reading.ends, (said.ends[0, own] - said.ends[0, 0]).numpy(), atol=1e-3)
    assert reading.answers == pytest.approx(float(said.answers[0]), abs=1e-3)
    assert reading.places == text.places


def test_texts_keep_their_order_and_each_is_read_as_if_alone(model: ReaderModel) -> None:
    """What else is asked about at the same time changes nothing."""
    together = model.read(QUESTION, TEXTS)
    for reading, pair in zip(together, TEXTS, strict=True):
        assert_alike(reading, model.read(QUESTION, [pair])[0])
    for reading, backwards in zip(together, reversed(model.read(QUESTION, TEXTS[::-1])), strict=True):
        assert_alike(reading, backwards)


def test_no_texts_no_readings(model: ReaderModel) -> None:
    """Nothing to read is no error."""
    assert model.read(QUESTION, []) == []


def test_an_empty_text_has_no_answer(model: ReaderModel) -> None:
    """It has no tokens, and so no span."""
    [reading] = model.read(QUESTION, [("Nothing", "")])
    assert reading.places == ()
    assert reading.starts.shape == reading.ends.shape == (0,)
    assert np.isfinite(reading.answers)
    assert reading.best_span(0, 100) is None


def test_every_token_of_a_long_text_is_read(model: ReaderModel) -> None:
    """The windows cover it, and an answer can stand at its very end."""
    [reading] = model.read(QUESTION, [("Too long", LONG)])
    [tokens] = ReadingInput(default_tokenizer()).tokens([LONG])
    assert reading.places == tokens.places
    assert len(reading.places) > 700
    assert np.isfinite(reading.starts).all()
    assert np.isfinite(reading.ends).all()
    found = reading.best_span(len(LONG) - 5, len(LONG))
    assert found is not None
    assert found[1].of(LONG) in {"eggs.", "eggs", "."}


def test_a_token_in_one_window_alone_is_read_as_in_that_window(model: ReaderModel) -> None:
    """And one in two windows is at least as likely as in each."""
    reading_input = ReadingInput(default_tokenizer())
    question, title = reading_input.tokens([QUESTION, ""])
    room = reading_input.room_for(question, title)
    [whole] = model.read(QUESTION, [("", LONG)])
    [first] = model.read(QUESTION, [("", LONG[: whole.places[room - 1][1]])])
    assert first.places == whole.places[:room]
    np.testing.assert_allclose(whole.starts[: room - 64], first.starts[: room - 64], atol=1e-4)
    np.testing.assert_allclose(whole.ends[: room - 64], first.ends[: room - 64], atol=1e-4)
    assert (whole.starts[:room] >= first.starts - 1e-4).all()
    assert whole.answers >= first.answers - 1e-4


@pytest.mark.parametrize(
    "text",
    [
        "Москва, 30 сентября",
        "東京は日本の首都です。",
        "🌉🦉 opened 👨‍👩‍👧 today",
        "ﬁve ½ cafés — naïve",
        "\x00\u200b",
        "한국어 뉴스",
    ],
)
def test_places_are_exact_in_every_script(model: ReaderModel, text: str) -> None:
    """They are characters of the text as it was given, in order, and a span is within them."""
    [reading] = model.read(text, [(text, text)])
    assert len(reading.places) == len(reading.starts) == len(reading.ends)
    assert all(0 <= start <= end <= len(text) for start, end in reading.places)
    assert list(reading.places) == sorted(reading.places)
    found = reading.best_span(0, len(text))
    if reading.places:
        assert found is not None
        assert found[1].within(Span(0, len(text)))


@some.composite
def readings(draw: some.DrawFn) -> PassageReading:
    """Tokens of 0 to 4 characters, some apart, with logits that are often equal."""
    places: list[tuple[int, int]] = []
    end = 0
    for apart, size in draw(some.lists(some.tuples(some.integers(0, 2), some.integers(0, 4)), max_size=45)):
        places.append((end + apart, end + apart + size))
        end += apart + size
    logits = some.lists(some.integers(-6, 6), min_size=len(places), max_size=len(places))
    starts, ends = (np.array(draw(logits), dtype=np.float32) for _ in range(2))
    return PassageReading(0.0, tuple(places), starts, ends)


def by_trying_all(reading: PassageReading, start: int, end: int) -> float | None:
    """The best sum of a start and an end at most 30 tokens apart, one pair after another."""
    within = [n for n, (a, b) in enumerate(reading.places) if start <= a < b <= end]
    sums = [
        reading.starts[first] + reading.ends[last]
        for number, first in enumerate(within)
        for last in within[number : number + 30]
    ]
    return float(max(sums)) if sums else None


@given(reading=readings(), start=some.integers(0, 60), length=some.integers(0, 200))
def test_the_best_span_is_the_best_of_all_and_lies_within(reading: PassageReading, start: int, length: int) -> None:
    """It begins and ends with tokens that have the logits it claims."""
    end = start + length
    found = reading.best_span(start, end)
    expected = by_trying_all(reading, start, end)
    if found is None:
        assert expected is None
        return
    score, span = found
    assert score == expected
    assert span.within(Span(start, end))
    begins = [n for n, place in enumerate(reading.places) if place[0] == span.start and place[0] < place[1]]
    stops = [n for n, place in enumerate(reading.places) if place[1] == span.end and place[0] < place[1]]
    assert len(begins) == len(stops) == 1
    assert score == reading.starts[begins[0]] + reading.ends[stops[0]]


def test_an_answer_has_at_most_30_tokens() -> None:
    """Of a start and an end that are too far apart, one is given up."""
    starts, ends = np.zeros((2, 40), dtype=np.float32)
    starts[0] = ends[30] = 5.0
    reading = PassageReading(0.0, tuple((n, n + 1) for n in range(40)), starts, ends)
    assert reading.best_span(0, 40) == (5.0, Span(0, 1))
    ends[29] = 4.0
    assert reading.best_span(0, 40) == (9.0, Span(0, 30))


def test_a_model_is_shared_between_threads(exact_file: Path) -> None:
    """All of them load it together and read the same."""
    shared = ReaderModel(exact_file, sha256_of(exact_file))
    loaded_before = shared.loaded
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shared.read(QUESTION, TEXTS[:2]), range(24)))
    assert (loaded_before, shared.loaded) == (False, True)
    for reading, expected in ((pair[n], found[0][n]) for pair in found for n in range(2)):
        assert_alike(reading, expected)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Making the model is cheap; loading it says what is missing."""
    file = tmp_path / "missing.onnx"
    with pytest.raises(ModelError, match=r"cannot read the reader model '.*missing\.onnx': No such file"):
        ReaderModel(file).load()


@pytest.mark.parametrize("damage", ["truncated", "changed", "emptied"])
def test_a_damaged_file_is_refused(exact_file: Path, tmp_path: Path, damage: str) -> None:
    """Its SHA-256 is not the expected one."""
    good = exact_file.read_bytes()
    file = tmp_path / "reader.onnx"
    file.write_bytes({"truncated": good[:-1000], "changed": good[:-1] + bytes([good[-1] ^ 1]), "emptied": b""}[damage])
    refused = ReaderModel(file, sha256_of(exact_file))
    with pytest.raises(ModelError, match="it is damaged or changed; install"):
        refused.read(QUESTION, TEXTS)
    assert not refused.loaded


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x09"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    """Even if it is the file that was expected."""
    file = tmp_path / "reader.onnx"
    file.write_bytes(content)
    with pytest.raises(ModelError, match="cannot load the reader model"):
        ReaderModel(file, hashlib.sha256(content).hexdigest()).load()


def test_the_fingerprint_names_the_weights(exact_file: Path) -> None:
    """It is the beginning of their SHA-256, known before they are loaded."""
    unloaded = ReaderModel(exact_file, sha256_of(exact_file))
    assert unloaded.fingerprint == sha256_of(exact_file)[:12]
    assert not unloaded.loaded
