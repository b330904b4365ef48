"""Scores on examples that the model is not trained on."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.examples import Examples
from eval.training.held_out import best_spans, held_out_scores
from eval.training.model import Outputs, ReaderModel
from tests.eval.training.records_for_tests import MARK, examples_of, tiny_model, toy_examples

CPU = torch.device("cpu")


class Knowing(ReaderModel):
    """Reads the toy task's answer off its input, or says the contrary."""

    def __init__(self, sign: float) -> None:
        super().__init__(tiny_model().encoder)
        self.sign = sign

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> Outputs:
        """Logits of 9 where the mark stands."""
        logits = (ids == MARK) * 9.0 * self.sign
        return Outputs(logits, logits, self.sign * logits.abs().amax(dim=1))


def test_a_model_that_knows_the_answers_scores_one() -> None:
    """And one that always says the contrary finds none, and is as sure of its best span with and without one."""
    knowing, wrong = (held_out_scores(Knowing(sign), toy_examples(20, 1), CPU) for sign in (1, -1))
    assert knowing[1:] == (1.0, 1.0, 1.0)
    assert wrong[1:] == (0.0, 0.0, 0.5)
    assert knowing.held_out_loss < wrong.held_out_loss


def test_a_model_that_knows_nothing_cannot_tell_answerable_from_not() -> None:
    """Equal logits count half; so do examples of one kind alone, and a share of none is 0."""
    nothing = held_out_scores(Knowing(0), toy_examples(20, 1), CPU)
    assert (nothing.auroc_answer, nothing.auroc_span) == (0.5, 0.5)
    unanswerable = held_out_scores(tiny_model(), examples_of([[6], [7, 9]]), CPU)
    assert unanswerable[1:] == (0.0, 0.5, 0.5)
    assert np.isfinite(unanswerable.held_out_loss)


def test_measuring_leaves_the_model_as_it_was() -> None:
    """In training mode, without gradients, and the scores are the same again."""
    model = tiny_model().train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    first, second = (held_out_scores(model, toy_examples(10, 1), CPU) for _ in range(2))
    assert first == second
    assert model.training
    assert all(parameter.grad is None for parameter in model.parameters())
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_the_loss_is_a_mean_over_examples() -> None:
    """However they fall into batches."""
    made = toy_examples(10, 1)
    alone = [held_out_scores(tiny_model(), _single(made, number), CPU).held_out_loss for number in range(len(made))]
    assert held_out_scores(tiny_model(), made, CPU).held_out_loss == pytest.approx(np.mean(alone), abs=0.02)


def _single(made: Examples, number: int) -> Examples:
    rows = slice(made.bounds[number], made.bounds[number + 1])
    one = slice(number, number + 1)
    bounds = np.array([0, rows.stop - rows.start])
    return Examples(made.ids[rows], made.types[rows], bounds, made.starts[one], made.ends[one], made.groups[one])


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 60), st.integers(0, 10**6))
def test_the_best_span_is_the_best_of_all(tokens: int, seed: int) -> None:
    """Of 1 to 30 tokens, in order, without the mark at the beginning."""
    drawing = torch.Generator().manual_seed(seed)
    starts, ends = torch.randn(2, 3, tokens, generator=drawing)
    first, last, scores = best_spans(Outputs(starts, ends, torch.zeros(3)))
    for row in range(3):
        every = {
            (begin, end): float(starts[row, begin] + ends[row, end])
            for begin in range(1, tokens)
            for end in range(begin, min(tokens, begin + 30))
        }
        assert every[int(first[row]), int(last[row])] == float(scores[row]) == max(every.values())
