"""The plot of a log."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from eval.training.plot import draw, lines_that_count

SCORES = {"held_out_loss": 2.0, "span": 0.5, "auroc_answer": 0.7, "auroc_span": 0.6}


def write_log(file: Path, *lines: dict[str, float]) -> Path:
    """A log with these lines."""
    file.write_text("".join(json.dumps({"rate": 0.1, "tokens_per_second": 9, **line}) + "\n" for line in lines))
    return file


def test_a_log_becomes_a_drawing(tmp_path: Path) -> None:
    """The same one each time, also where nothing is measured yet."""
    log = write_log(tmp_path / "log.jsonl", {"step": 100, "loss": 3.0}, {"step": 200, "loss": 2.0, **SCORES})
    for name in ("one.svg", "two.svg"):
        draw(log, tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert ET.parse(tmp_path / "one.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    draw(write_log(log, {"step": 100, "loss": 3.0}), tmp_path / "short.svg")
    assert (tmp_path / "short.svg").stat().st_size > 1000


def test_steps_that_were_not_gone_on_from_do_not_count(tmp_path: Path) -> None:
    """A training that resumes from step 100 writes step 200 again; a line of scores alone adds to its step."""
    log = write_log(
        tmp_path / "log.jsonl",
        {"step": 100, "loss": 3.0},
        {"step": 200, "loss": 2.5},
        {"step": 300, "loss": 1.0},
        {"step": 200, "loss": 2.0},
        {"step": 200, "loss": 0.0, **SCORES},
    )
    assert [(line["step"], line["loss"]) for line in lines_that_count(log)] == [(100, 3.0), (200, 2.0), (200, 0.0)]
