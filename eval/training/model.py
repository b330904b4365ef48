"""The reader model: a small BERT that reads question and text together and points at the answer."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel


class Outputs(NamedTuple):
    """`starts`, `ends`: logits of shape (inputs, tokens), a question's or a title's token far below all others,
    token 0 standing for "not here"; `answers`: logits of shape (inputs,) that the text answers the question.
    """

    starts: Tensor
    ends: Tensor
    answers: Tensor


class ReaderModel(nn.Module):
    """BERT with two heads: the answer's first and last token (Devlin et al. 2019), and whether it is there."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        width = encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.answerable = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1))

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> Outputs:
        """Each argument has shape (inputs, tokens), of integers; `mask` is 1 where there is a token."""
        states = self.encoder(input_ids=ids, token_type_ids=types, attention_mask=mask).last_hidden_state
        may_answer = (types * mask).index_fill(1, torch.zeros(1, dtype=torch.long, device=ids.device), 1)
        logits = self.span(states).float() + (may_answer - 1).unsqueeze(-1) * 1e4
        return Outputs(logits[..., 0], logits[..., 1], self.answerable(states[:, 0]).float().squeeze(-1))


def started_from(folder: Path) -> ReaderModel:
    """A model whose encoder has the weights of the embedding model in `folder`; its heads are random.

    Token vectors are frozen: news has words that the training texts lack. Attention is the plain kind,
    whose backward pass on a CPU is twice as fast as that of the fused one.
    """
    encoder = BertModel.from_pretrained(
        str(folder),
        add_pooling_layer=False,
        attn_implementation="eager",
        local_files_only=True,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    encoder.embeddings.requires_grad_(requires_grad=False)
    return ReaderModel(encoder)


def loss_of(outputs: Outputs, starts: Tensor, ends: Tensor) -> Tensor:
    """Mean cross-entropy of start and end, plus that of whether there is an answer."""
    span = nn.functional.cross_entropy(outputs.starts, starts) + nn.functional.cross_entropy(outputs.ends, ends)
    answers = nn.functional.binary_cross_entropy_with_logits(outputs.answers, (starts > 0).float())
    return span / 2 + answers


def restored(state: dict[str, Tensor], config: BertConfig) -> ReaderModel:
    """A model with the weights that `state_dict` gave."""
    model = ReaderModel(BertModel(config, add_pooling_layer=False))
    model.load_state_dict(state)
    return model
