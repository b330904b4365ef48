"""The exported file says what the torch model says, and is small."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from eval.training.export import export
from eval.training.model import ReaderModel, started_from
from index.embedding import default_model_folder, default_tokenizer
from rag.reader_model import sha256_of
from rag.reading_input import ReadingInput
from tests.conftest import BRIDGE, OWLS
from tests.eval.training.small_reader import small_reader

QUESTION = "When was the harbour bridge in Velmora opened?"


class Input(NamedTuple):
    """What the model is given, each of shape (inputs, tokens)."""

    ids: NDArray[np.int64]
    types: NDArray[np.int64]
    mask: NDArray[np.int64]


class Said(NamedTuple):
    """What a model says: probabilities of start and end among an input's tokens, and that there is an answer."""

    starts: NDArray[np.float32]
    ends: NDArray[np.float32]
    answers: NDArray[np.float32]


def batch_of(*texts: str) -> Input:
    """The question beside each text; shorter inputs are padded."""
    reading_input = ReadingInput(default_tokenizer())
    question, title, *read = reading_input.tokens([QUESTION, "News", *texts])
    joined = [reading_input.joined(question, title, text) for text in read]
    found = Input(*(np.zeros((len(joined), max(len(item.ids) for item in joined)), dtype=np.int64) for _ in range(3)))
    for row, item in enumerate(joined):
        found.ids[row, : len(item.ids)] = item.ids
        found.types[row, : len(item.ids)] = item.types
        found.mask[row, : len(item.ids)] = 1
    return found


NEWS = batch_of(BRIDGE.text, OWLS.text, "", "Sept. 30 – “Привет”, 東京 🌉")


def torch_says(model: ReaderModel, given: Input) -> tuple[NDArray[np.float32], ...]:
    """The logits of the torch model."""
    with torch.inference_mode():
        return tuple(part.numpy() for part in model(*(torch.from_numpy(part) for part in given)))


def file_says(file: Path, given: Input) -> tuple[NDArray[np.float32], ...]:
    """The logits of the exported file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return tuple(session.run(["starts", "ends", "answers"], given._asdict()))


def probabilities(logits: tuple[NDArray[np.float32], ...]) -> Said:
    """Logits as probabilities."""
    starts, ends, answers = (torch.from_numpy(part) for part in logits)
    return Said(starts.softmax(-1).numpy(), ends.softmax(-1).numpy(), answers.sigmoid().numpy())


def furthest(found: Said, expected: Said) -> float:
    """The greatest difference between two probabilities."""
    return max(float(np.abs(mine - other).max()) for mine, other in zip(found, expected, strict=True))


def test_the_graph_in_float32_is_the_torch_model(tmp_path: Path) -> None:
    """Logits agree to rounding, padded inputs and marks included."""
    model = small_reader()
    export(model, tmp_path / "reader.onnx", quantised=False)
    for found, expected in zip(file_says(tmp_path / "reader.onnx", NEWS), torch_says(model, NEWS), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-4, rtol=1e-5)


def test_the_quantised_file_says_nearly_the_same_in_a_quarter_of_the_size(tmp_path: Path) -> None:
    """At the real size: below 30 MB, and no probability further off than 0.05, with heads that are sharp."""
    torch.manual_seed(0)
    model = started_from(default_model_folder()).eval()
    with torch.no_grad():
        model.span.weight *= 5  # as started, all tokens are about equally likely
    export(model, tmp_path / "reader.onnx")
    assert (tmp_path / "reader.onnx").stat().st_size < 30_000_000
    expected = probabilities(torch_says(model, NEWS))
    assert expected.starts.max() > 0.3  # so that 0.05 says something
    assert furthest(probabilities(file_says(tmp_path / "reader.onnx", NEWS)), expected) < 0.05


def test_padding_and_neighbours_change_nothing(tmp_path: Path) -> None:
    """Each token has its own range, so a text's logits do not depend on the rest of its batch."""
    export(small_reader(), tmp_path / "reader.onnx")
    alone, together = batch_of(OWLS.text), file_says(tmp_path / "reader.onnx", NEWS)
    tokens = alone.ids.shape[1]
    starts, ends, answers = file_says(tmp_path / "reader.onnx", alone)
    np.testing.assert_allclose(starts[0], together[0][1, :tokens], atol=1e-4)
    np.testing.assert_allclose(ends[0], together[1][1, :tokens], atol=1e-4)
    np.testing.assert_allclose(answers[0], together[2][1], atol=1e-4)


def test_values_that_are_all_equal_do_not_divide_by_nothing(tmp_path: Path) -> None:
    """A token without a range still has logits, those of torch."""
    model = small_reader()
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            nn.init.zeros_(module.weight)
            nn.init.constant_(module.bias, 0.25)
    export(model, tmp_path / "reader.onnx")
    for found, expected in zip(file_says(tmp_path / "reader.onnx", NEWS), torch_says(model, NEWS), strict=True):
        np.testing.assert_allclose(found, expected, atol=0.05)


def test_equal_weights_give_equal_bytes(tmp_path: Path) -> None:
    """The SHA-256 that the reader expects can be had again from the same weights, and from no others."""
    for name, seed in (("first", 1), ("second", 1), ("other", 2)):
        export(small_reader(seed), tmp_path / name)
    assert sha256_of(tmp_path / "first") == sha256_of(tmp_path / "second") != sha256_of(tmp_path / "other")


def test_an_export_that_fails_leaves_the_file_before(tmp_path: Path) -> None:
    """An activation that the graph does not have is refused by name."""
    file = tmp_path / "reader.onnx"
    file.write_bytes(b"before")
    with pytest.raises(ValueError, match="'relu'"):
        export(small_reader(activation="relu"), file)
    assert file.read_bytes() == b"before"
    export(small_reader(), file)
    assert list(tmp_path.iterdir()) == [file]
