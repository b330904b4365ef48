"""The command, from lines to weights, through the real embedding model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from eval.cases import CaseError
from eval.training import __main__ as command
from eval.training.examples import Examples
from eval.training.records import is_held_out
from eval.training.training import Schedule
from eval.yardsticks.squad_format import is_held_out_paragraph, load_squad
from index.embedding import default_tokenizer
from tests.eval.training.records_for_tests import examples_of, line, town, towns, write_lines


def texts_of(file: Path) -> Iterator[str]:
    """The examples of a file as words again, without spaces."""
    made, tokenizer = Examples.load(file), default_tokenizer()
    for start, end in zip(made.bounds[:-1], made.bounds[1:], strict=True):
        yield tokenizer.decode(made.ids[start:end].tolist()).replace(" ", "")


def test_the_command_prepares_trains_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked again for more steps it prepares nothing again; no example to train on is of an article held out."""
    found = towns(4, 2)
    lines = write_lines(tmp_path / "towns.jsonl.gz", map(line, found))
    folder = tmp_path / "made"
    for steps in (2, 3):
        arguments = ["--lines", str(lines), "--folder", str(folder), "--steps", str(steps), "--decay", "1", "--eager"]
        monkeypatch.setattr(sys, "argv", ["training", *arguments])
        command.main()
        if steps == 2:
            prepared = (folder / "training.npz").stat().st_mtime_ns
    assert (folder / "training.npz").stat().st_mtime_ns == prepared
    assert "examples to train on" in capsys.readouterr().out
    assert [json.loads(one)["step"] for one in (folder / "log.jsonl").read_text().splitlines()] == [2, 3]
    assert (folder / "log.svg").read_text().startswith("<?xml")
    weights = torch.load(folder / "weights.pt", weights_only=True)
    assert all(value.isfinite().all() for value in weights.values())
    shut_out = [one.title.lower() for one in found if is_held_out(one)]
    assert len(shut_out) == 2
    assert not any(title in text for text in texts_of(folder / "training.npz") for title in shut_out)
    assert all(any(title in text for title in shut_out) for text in list(texts_of(folder / "held_out.npz"))[:1])


@pytest.mark.parametrize(("training", "held_out", "message"), [(3, 0, "is held out"), (0, 2, "is left to train on")])
def test_both_parts_need_an_article(tmp_path: Path, training: int, held_out: int, message: str) -> None:
    """What is missing is said, and no file is left that would pass for a whole one."""
    with pytest.raises(CaseError, match=message):
        command.prepared(towns(training, held_out), tmp_path, seed=1)
    assert not ((tmp_path / "training.npz").exists() and (tmp_path / "held_out.npz").exists())


def squad_file(folder: Path, towns: int) -> Path:
    """A file in the format of SQuAD 2.0 with two questions on each town, one of them not answered."""
    data = [
        {
            "title": one.title,
            "paragraphs": [
                {
                    "context": one.context,
                    "qas": [
                        {"id": f"a{number}", "question": one.question, "answers": [{"text": one.answer_text}]},
                        {"id": f"b{number}", "question": "Who sank the ferry?", "is_impossible": True},
                    ],
                }
            ],
        }
        for number, one in enumerate(town(f"Carro{number}w", number) for number in range(towns))
    ]
    file = folder / "towns.json"
    file.write_text(json.dumps({"data": data}))
    return file


def test_questions_by_people_close_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those on the other half of their articles are what is measured."""
    lines = write_lines(tmp_path / "towns.jsonl.gz", map(line, towns(4, 2)))
    squad = squad_file(tmp_path, 8)
    folder = tmp_path / "made"
    arguments = ["--lines", str(lines), "--squad", str(squad), "--folder", str(folder), "--steps", "2", "--eager"]
    monkeypatch.setattr(sys, "argv", ["training", *arguments, "--decay", "1"])
    command.main()
    held_out = sum(is_held_out_paragraph(asked.paragraph) for asked in load_squad(squad).questions)
    assert 0 < held_out < 16
    assert f"{4 * (16 - held_out)} of them written by people, {held_out} held out" in capsys.readouterr().out
    assert [json.loads(one)["step"] for one in (folder / "log.jsonl").read_text().splitlines()] == [2]
    with pytest.raises(CaseError, match="has articles on one side only"):
        command.written_by_people(squad_file(tmp_path, 1), seed=1)


def test_the_decay_has_room_for_others_beside_those_by_people() -> None:
    """About as many tokens as its steps take, each of the people's once; never fewer than theirs."""
    people, training = examples_of([[10, 10]] * 20), examples_of([[10, 10]] * 500)
    made = command.closing_examples(people, training, Schedule(steps=10, decay=10, tokens=100))
    assert len(made) == pytest.approx(100, abs=12)
    assert np.array_equal(made.ids[: people.bounds[-1]], people.ids)
    assert command.closing_examples(people, training, Schedule(steps=10, decay=1, tokens=100)) is people
