"""A reader model with random weights, small enough to be made for each test."""

from __future__ import annotations

import torch
from transformers import BertConfig, BertModel

from eval.training.model import ReaderModel


def small_reader(seed: int = 0, activation: str = "gelu") -> ReaderModel:
    """Two layers of width 48 over the real vocabulary; its logits differ by several units from token to token."""
    torch.manual_seed(seed)
    config = BertConfig(
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        hidden_act=activation,
        initializer_range=0.2,
    )
    model = ReaderModel(BertModel(config, add_pooling_layer=False))
    torch.nn.init.normal_(model.span.weight, std=0.5)
    return model.eval()
