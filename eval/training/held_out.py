"""How well the model does on examples that it is not trained on."""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from scipy.stats import rankdata
from torch import Tensor

from eval.training.batches import batch_of, batches
from eval.training.examples import Examples
from eval.training.model import Outputs, ReaderModel, loss_of

_TOKENS: Final = 8192
_LONGEST: Final = 30


class HeldOutScores(NamedTuple):
    """Scores over examples; all but the loss are from 0 to 1.

    `held_out_loss`: mean loss of an example; `span`: share of answerable examples whose best span is exactly
    the answer's, 0 without any; `auroc_answer`, `auroc_span`: how well the answer logit, or the best span
    against "not here", tells answerable examples from the others.
    """

    held_out_loss: float
    span: float
    auroc_answer: float
    auroc_span: float


@torch.no_grad()
def held_out_scores(model: ReaderModel, examples: Examples, device: torch.device) -> HeldOutScores:
    """Scores of `model` on at least one example; the model is left in training mode."""
    model.eval()
    losses, answers, spans, right, labels = [], [], [], [], []
    for numbers in batches(examples, _TOKENS, seed=0):
        batch = batch_of(examples, numbers)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            outputs = model(batch.ids.to(device), batch.types.to(device), batch.mask.to(device))
        outputs = Outputs(*(part.cpu() for part in outputs))
        losses.append(float(loss_of(outputs, batch.starts, batch.ends)) * len(numbers))
        starts, ends, scores = best_spans(outputs)
        answers.append(outputs.answers)
        spans.append(scores - outputs.starts[:, 0] - outputs.ends[:, 0])
        right.append((starts == batch.starts) & (ends == batch.ends))
        labels.append(batch.starts > 0)
    model.train()
    has_answer = torch.cat(labels)
    return HeldOutScores(
        sum(losses) / len(examples),
        float(torch.cat(right)[has_answer].sum()) / max(1, int(has_answer.sum())),
        _auroc(torch.cat(answers), has_answer),
        _auroc(torch.cat(spans), has_answer),
    )


def best_spans(outputs: Outputs) -> tuple[Tensor, Tensor, Tensor]:
    """First token, last token and summed logits of each input's best span, each of shape (inputs,).

    A span has 1 to 30 tokens; token 0, "not here", is in none.
    """
    sums = outputs.starts[:, 1:, None] + outputs.ends[:, None, 1:]
    allowed = torch.ones(sums.shape[1:], dtype=torch.bool).triu().tril(_LONGEST - 1)
    flat = sums.masked_fill(~allowed, -torch.inf).flatten(1)
    scores, places = flat.max(dim=1)
    return places // sums.shape[2] + 1, places % sums.shape[2] + 1, scores


def _auroc(scores: Tensor, positive: Tensor) -> float:
    """Chance that a positive example scores above a negative one; 0.5 if one kind is missing.

    By ranks (Mann and Whitney 1947); equal scores count half.
    """
    count = int(positive.sum())
    if count in (0, len(positive)):
        return 0.5
    ranks = rankdata(scores.numpy())
    above = ranks[positive.numpy()].sum() - count * (count + 1) / 2
    return float(above / (count * (len(positive) - count)))
