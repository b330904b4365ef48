"""Draws the log of a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

_SCORES: Final = {"span": "exact span", "auroc_answer": "AUROC, answer logit", "auroc_span": "AUROC, span"}

_Line = dict[str, float]


def draw(log: Path, file: Path) -> None:
    """Loss and held-out scores over the steps, as an SVG file; the same log always gives the same file."""
    import matplotlib as mpl  # slow to import

    mpl.use("svg")
    from matplotlib import pyplot

    lines = lines_that_count(log)
    measured = [line for line in lines if "span" in line]
    trained = [line for line in lines if line["loss"]]
    with mpl.rc_context({"svg.hashsalt": "pullquote"}):
        figure, (losses, scores) = pyplot.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
        losses.plot(_values("step", trained), _values("loss", trained), label="training")
        losses.plot(_values("step", measured), _values("held_out_loss", measured), label="held out")
        losses.set(xlabel="step", title="loss", ylim=(0, None))
        for name, label in _SCORES.items():
            scores.plot(_values("step", measured), _values(name, measured), label=label)
        scores.set(xlabel="step", title="held-out articles", ylim=(0, 1))
        for axes in (losses, scores):
            axes.legend(frameon=False)
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(file, metadata={"Date": None})
        pyplot.close(figure)


def lines_that_count(log: Path) -> list[_Line]:
    """The lines of a log, without those that led to weights which a resumed training did not go on from."""
    kept: list[_Line] = []
    for text in log.read_text().splitlines():
        line: _Line = json.loads(text)
        first = line["step"] if line["loss"] else line["step"] + 1  # a line of scores alone adds to that of its step
        while kept and kept[-1]["step"] >= first:
            kept.pop()
        kept.append(line)
    return kept


def _values(name: str, lines: list[_Line]) -> list[float]:
    return [line[name] for line in lines]
