"""The training loop, on a tiny model: it learns, and nothing is lost when it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.examples import Examples
from eval.training.model import ReaderModel
from eval.training.training import CHECKPOINT, LOG, STABLE, WEIGHTS, Schedule, train
from index.errors import InputError
from tests.conftest import ROOT
from tests.eval.training.killed_training import KILLED
from tests.eval.training.records_for_tests import examples_of, tiny_model, toy_examples

TRAINING, HELD_OUT = toy_examples(40, 1), toy_examples(8, 2)


def trained(folder: Path, schedule: Schedule = KILLED, closing: Examples | None = None) -> ReaderModel:
    """A tiny model after this schedule."""
    folder.mkdir(exist_ok=True)
    model = tiny_model()
    train(model, TRAINING, HELD_OUT, schedule, folder, compiled=False, closing=closing)
    return model


def log_of(folder: Path) -> list[dict[str, float]]:
    """The lines of the log."""
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def same(one: Path, other: Path) -> bool:
    """Whether two files have the same weights, bit by bit."""
    first, second = (torch.load(file, weights_only=True) for file in (one, other))
    return first.keys() == second.keys() and all(torch.equal(value, second[name]) for name, value in first.items())


def same_stable(one: Path, other: Path) -> bool:
    """Whether two trainings were alike when their rates began to fall."""
    first, second = (torch.load(folder / STABLE, weights_only=True)["model"] for folder in (one, other))
    return all(torch.equal(value, second[name]) for name, value in first.items())


def test_the_model_learns_a_toy_task(tmp_path: Path) -> None:
    """Loss falls, and examples that it was not trained on are answered; the log has an object a line."""
    schedule = Schedule(
        steps=240, decay=60, rate=5e-3, warm_up=10, tokens=400, save_every=40, measure_every=120, weight_decay=0.0
    )
    trained(tmp_path, schedule)
    lines = log_of(tmp_path)
    assert [line["step"] for line in lines] == [40, 80, 120, 160, 200, 240]
    assert [line["step"] for line in lines if "span" in line] == [120, 240]
    assert lines[-1]["loss"] < 0.5 * lines[0]["loss"]
    assert lines[-1]["span"] > 0.7
    assert lines[-1]["auroc_answer"] > 0.9


def test_a_killed_training_ends_as_one_that_ran_through(tmp_path: Path) -> None:
    """Killed in a step of the decay, between two checkpoints: the weights are the same bit by bit, dropout and all."""
    through, killed = tmp_path / "through", tmp_path / "killed"
    killed.mkdir()
    program = [sys.executable, str(Path(__file__).with_name("killed_training.py")), str(killed), "10"]
    ended = subprocess.run(program, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert torch.load(killed / CHECKPOINT, weights_only=True)["step"] == 8
    assert not (killed / WEIGHTS).exists()
    trained(through)
    trained(killed)
    assert same(through / WEIGHTS, killed / WEIGHTS)
    assert [line["loss"] for line in log_of(killed)] == [line["loss"] for line in log_of(through)]


def test_a_finished_training_does_nothing_again(tmp_path: Path) -> None:
    """Its weights are written once more and its log stays."""
    trained(tmp_path)
    log, weights = (tmp_path / LOG).read_text(), torch.load(tmp_path / WEIGHTS, weights_only=True)
    model = trained(tmp_path)
    assert (tmp_path / LOG).read_text() == log
    assert all(torch.equal(weights[name], value) for name, value in model.state_dict().items())


@pytest.mark.parametrize("longer", [Schedule(20, 6), Schedule(20, 12)])
def test_a_longer_training_goes_on_from_before_the_rate_fell(tmp_path: Path, longer: Schedule) -> None:
    """Even if its own decay begins at the same step: it ends as if it had been meant to be longer at the start."""
    through, extended = tmp_path / "through", tmp_path / "extended"
    rest = {name: getattr(KILLED, name) for name in ("rate", "warm_up", "tokens", "save_every", "measure_every")}
    schedule = Schedule(longer.steps, longer.decay, **rest)
    trained(extended)
    assert torch.load(extended / STABLE, weights_only=True)["step"] == 8
    before = len(log_of(extended))
    trained(extended, schedule)
    assert [line["step"] for line in log_of(extended)[before:]] == [12, 16, 20]
    trained(through, schedule)
    assert same(through / WEIGHTS, extended / WEIGHTS)


def test_a_shorter_decay_cannot_begin_before_the_checkpoint(tmp_path: Path) -> None:
    """The rate would jump; the message says how long to train instead. Such a training then works."""
    rest = {name: getattr(KILLED, name) for name in ("rate", "warm_up", "tokens", "save_every", "measure_every")}
    trained(tmp_path, Schedule(8, 0, **rest))
    with pytest.raises(InputError, match="is of step 8, but the rate falls from step 6 on: train for 11 steps"):
        trained(tmp_path, Schedule(9, 3, **rest))
    trained(tmp_path, Schedule(11, 3, **rest))
    assert log_of(tmp_path)[-1]["step"] == 11


def test_a_checkpoint_without_its_schedules_length_is_gone_on_from(tmp_path: Path) -> None:
    """In the middle of its decay too, as long as that began at the same step."""
    through, older = tmp_path / "through", tmp_path / "older"
    trained(through)
    trained(older)
    stored = torch.load(older / CHECKPOINT, weights_only=True)
    del stored["steps"]
    torch.save(stored, older / CHECKPOINT)
    (older / WEIGHTS).unlink()
    (older / STABLE).unlink()
    trained(older)
    assert same(through / WEIGHTS, older / WEIGHTS)


def test_other_examples_may_close_a_training(tmp_path: Path) -> None:
    """They take the place of the others when the rate begins to fall, and a training that goes on meets the same."""
    plain, closed, resumed = (tmp_path / name for name in ("plain", "closed", "resumed"))
    other = toy_examples(30, 5)
    trained(plain)
    trained(closed, closing=other)
    assert same_stable(plain, closed)
    assert not same(plain / WEIGHTS, closed / WEIGHTS)
    rest = {name: getattr(KILLED, name) for name in ("rate", "warm_up", "tokens", "save_every", "measure_every")}
    trained(resumed, Schedule(8, 0, **rest))
    trained(resumed, closing=other)
    assert same(closed / WEIGHTS, resumed / WEIGHTS)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    """The folder has the checkpoints, the weights and the log."""
    trained(tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {CHECKPOINT, STABLE, WEIGHTS, LOG}


def test_there_is_no_training_without_examples(tmp_path: Path) -> None:
    """It would never end, or have nothing to measure."""
    for some, others in ((examples_of([]), HELD_OUT), (TRAINING, examples_of([]))):
        with pytest.raises(InputError, match="give some of both"):
            train(tiny_model(), some, others, KILLED, tmp_path, compiled=False)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.data())
def test_the_rate_rises_stays_and_falls(steps: int, data: st.DataObject) -> None:
    """From nearly nothing to the full rate and back, and never above it."""
    schedule = Schedule(steps, data.draw(st.integers(0, steps)), rate=2.0, warm_up=data.draw(st.integers(1, 50)))
    rates = [schedule.rate_at(step) for step in range(steps)]
    assert all(0 < rate <= 2 for rate in rates)
    assert rates[: schedule.decay_from] == sorted(rates[: schedule.decay_from])
    assert all(rate == 2 for rate in rates[schedule.warm_up - 1 : schedule.decay_from])
    assert schedule.rate_at(steps) == 0
    late = rates[max(schedule.decay_from, schedule.warm_up - 1) :]
    assert late == sorted(late, reverse=True)


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"warm_up": 0}, {"save_every": 0}, {"decay": -1}, {"decay": 6001}])
def test_a_schedule_that_cannot_be_kept_is_refused(wrong: dict[str, int]) -> None:
    """With what to give instead."""
    with pytest.raises(InputError, match="give"):
        Schedule(**wrong)
