"""The training loop: resumes where it was stopped, and writes what it measures to a log."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, count, islice
from pathlib import Path
from typing import Final

import torch
from torch import nn

from eval.training.batches import Batch, batch_of, batches
from eval.training.examples import Examples
from eval.training.held_out import HeldOutScores, held_out_scores
from eval.training.model import Outputs, ReaderModel, loss_of
from index.errors import InputError

CHECKPOINT: Final = "checkpoint.pt"
STABLE: Final = "stable.pt"
"""The last checkpoint before the learning rate falls: a longer training goes on from it."""
WEIGHTS: Final = "weights.pt"
LOG: Final = "log.jsonl"

_Forward = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], Outputs]


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train, in steps of one batch of about `tokens` tokens.

    The rate rises for `warm_up` steps, stays, and falls to nothing in the last `decay` ones
    (warm-up, stable, decay: Hu et al. 2024, MiniCPM), so that a training can be made longer without starting again.
    Raises InputError unless 1 <= steps, 0 <= decay <= steps, and the other counts are at least 1.
    """

    steps: int = 6000
    decay: int = 1000
    rate: float = 1.2e-4
    warm_up: int = 300
    tokens: int = 6144
    weight_decay: float = 0.01
    seed: int = 7
    save_every: int = 100
    measure_every: int = 400

    def __post_init__(self) -> None:
        if min(self.steps, self.warm_up, self.tokens, self.save_every, self.measure_every) < 1:
            raise InputError(f"{self} has a count below 1: give at least 1")
        if not 0 <= self.decay <= self.steps:
            raise InputError(f"the rate cannot fall in {self.decay} of {self.steps} steps: give 0 to {self.steps}")

    @property
    def decay_from(self) -> int:
        """The first step of the decay."""
        return self.steps - self.decay

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return self.rate * min(1.0, (step + 1) / self.warm_up, max(0.0, (self.steps - step) / max(1, self.decay)))


def train(
    model: ReaderModel,
    training: Examples,
    held_out: Examples,
    schedule: Schedule,
    folder: Path,
    *,
    compiled: bool,
    closing: Examples | None = None,
) -> None:
    """Trains `model` on `training` and leaves its weights in `folder`; goes on from a checkpoint there.

    On a CUDA device if there is one; products in bfloat16. `compiled`: through torch.compile, which
    needs a C++ compiler and a minute, and is a quarter faster. `closing`: what is trained on instead while the
    rate falls, when few examples of the best kind bring the most (Hu et al. 2024). A training that was stopped
    and goes on with the same examples and schedule ends with the weights of one that was not. Raises InputError
    if there are no examples, or if the checkpoint is of a later step than the one from which the rate is to fall.
    """
    if not len(training) or not len(held_out):
        raise InputError(f"{len(training)} examples to train on, {len(held_out)} held out: give some of both")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device).train()
    optimiser = torch.optim.AdamW(_parameter_groups(model, schedule.weight_decay), lr=schedule.rate)
    resumed = _resumed(model, optimiser, folder, schedule)
    forward: _Forward = torch.compile(model, dynamic=True) if compiled else model
    started, seen, losses = time.perf_counter(), 0, list[float]()
    for step, (source, numbers) in enumerate(_from_step(training, closing, schedule, resumed), start=resumed):
        if step == schedule.decay_from:
            _save(model, optimiser, step, schedule, folder / STABLE)
        batch = Batch(*(part.to(device) for part in batch_of(source, numbers)))
        losses.append(_stepped(model, forward, optimiser, batch, schedule, step))
        seen += batch.ids.numel()
        done = step + 1
        if done % schedule.save_every == 0 or done == schedule.steps:
            due = done % schedule.measure_every == 0 or done == schedule.steps
            speed = seen / (time.perf_counter() - started)
            measured = held_out_scores(model, held_out, device) if due else None
            _log(folder / LOG, done, sum(losses) / len(losses), schedule.rate_at(done), speed, measured)
            _save(model, optimiser, done, schedule, folder / CHECKPOINT)
            started, seen, losses = time.perf_counter(), 0, []
    _save_atomically({name: value.cpu() for name, value in model.state_dict().items()}, folder / WEIGHTS)


def _stepped(
    model: ReaderModel,
    forward: _Forward,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    schedule: Schedule,
    step: int,
) -> float:
    """Does one step of training; the loss before it."""
    torch.manual_seed(schedule.seed + step)  # a resumed training drops out what one that ran through does
    for group in optimiser.param_groups:
        group["lr"] = schedule.rate_at(step)
    with torch.autocast(batch.ids.device.type, dtype=torch.bfloat16):
        outputs = forward(batch.ids, batch.types, batch.mask)
    loss = loss_of(outputs, batch.starts, batch.ends)
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return float(loss.detach())


def _from_step(
    training: Examples, closing: Examples | None, schedule: Schedule, step: int
) -> Iterator[tuple[Examples, list[int]]]:
    """The batches from `step` to the last, each with the examples that it is of."""
    turn = schedule.steps if closing is None else schedule.decay_from
    stable = ((training, numbers) for numbers in islice(_endless(training, schedule), step, max(step, turn)))
    if closing is None:
        return stable
    late = islice(_endless(closing, schedule), max(0, step - turn), schedule.steps - turn)
    return chain(stable, ((closing, numbers) for numbers in late))


def _endless(examples: Examples, schedule: Schedule) -> Iterator[list[int]]:
    """Batches, epoch after epoch, each epoch in an order of its own."""
    for epoch in count():
        yield from batches(examples, schedule.tokens, schedule.seed + epoch)


def _parameter_groups(model: ReaderModel, weight_decay: float) -> list[dict[str, object]]:
    """Matrices decay, biases and norms do not."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {"params": [parameter for parameter in trained if parameter.ndim > 1], "weight_decay": weight_decay},
        {"params": [parameter for parameter in trained if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def _resumed(model: ReaderModel, optimiser: torch.optim.Optimizer, folder: Path, schedule: Schedule) -> int:
    """Restores the newest checkpoint from before a rate fell, or after it fell as it does now; the step to go on with.

    A checkpoint without `steps` is taken to be of a schedule as long as this one.
    """
    for name in (CHECKPOINT, STABLE):
        file = folder / name
        if not file.is_file():
            continue
        stored = torch.load(file, map_location="cpu", weights_only=True)
        step, decay_from = int(stored["step"]), stored["decay_from"]
        if decay_from is not None and (decay_from, stored.get("steps", schedule.steps)) != (
            schedule.decay_from,
            schedule.steps,
        ):
            continue
        if decay_from is None and step > schedule.decay_from:
            raise InputError(
                f"{str(file)!r} is of step {step}, but the rate falls from step {schedule.decay_from} on:"
                f" train for {step + schedule.decay} steps or more, or give another folder"
            )
        model.load_state_dict(stored["model"])
        optimiser.load_state_dict(stored["optimiser"])
        return step
    return 0


def _save(model: ReaderModel, optimiser: torch.optim.Optimizer, step: int, schedule: Schedule, file: Path) -> None:
    _save_atomically(
        {
            "model": model.state_dict(),
            "optimiser": optimiser.state_dict(),
            "step": step,
            "steps": schedule.steps,
            "decay_from": schedule.decay_from if step > schedule.decay_from else None,
        },
        file,
    )


def _save_atomically(content: object, file: Path) -> None:
    """A kill in the middle leaves the file before."""
    beside = file.with_suffix(".part")
    torch.save(content, beside)
    beside.replace(file)


def _log(file: Path, step: int, loss: float, rate: float, speed: float, measured: HeldOutScores | None) -> None:
    line = {"step": step, "loss": round(loss, 4), "rate": rate, "tokens_per_second": round(speed)}
    if measured is not None:
        line.update({name: round(value, 4) for name, value in measured._asdict().items()})
    with file.open("a") as stream:
        stream.write(json.dumps(line) + "\n")
