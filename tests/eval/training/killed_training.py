"""A process that trains a toy model and is killed in the middle of a step: `killed_training.py FOLDER STEP`."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import torch

from eval.training import training
from eval.training.training import Schedule
from tests.eval.training.records_for_tests import tiny_model, toy_examples

KILLED = Schedule(steps=14, decay=6, rate=3e-3, warm_up=2, tokens=200, save_every=4, measure_every=8)
"""The schedule of the process; whoever goes on with it needs the same."""

if __name__ == "__main__":
    last = int(sys.argv[2])
    backward = torch.autograd.backward
    passed = 0

    def backward_or_die(loss: torch.Tensor) -> None:
        """Kills this process, as nothing can prevent, in the step that is its last."""
        global passed
        if passed == last:
            os.kill(os.getpid(), signal.SIGKILL)
        passed += 1
        backward(loss)

    setattr(torch.autograd, "backward", backward_or_die)  # noqa: B010  (mypy takes no function for another)
    training.train(tiny_model(), toy_examples(40, 1), toy_examples(8, 2), KILLED, Path(sys.argv[1]), compiled=False)
