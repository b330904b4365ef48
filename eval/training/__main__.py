"""Trains the reader model: make train-reader LINES="questions.jsonl.gz …".

Everything is written to a folder outside the repository: the prepared examples, checkpoints, a log
and its plot. Stopped at any time, the same command goes on from the last checkpoint. With --export
the weights go to rag/reader.onnx, and their SHA-256 is printed, which rag/reader_model.py checks.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch

from eval.cases import CaseError
from eval.training.examples import Examples, encoded, with_negatives
from eval.training.export import export
from eval.training.model import started_from
from eval.training.plot import draw
from eval.training.records import Record, is_held_out, load_records, record_of
from eval.training.training import LOG, WEIGHTS, Schedule, train
from eval.yardsticks.squad_format import is_held_out_paragraph, load_squad
from index.embedding import SentenceTransformerEmbedder, default_model_folder, default_tokenizer
from rag.reader_model import sha256_of
from rag.reading_input import ReadingInput

_READER: Final = Path("rag/reader.onnx")
_PASSES: Final = 4
"""How often the questions that people wrote are trained on."""
_MEASURED: Final = 1200
"""Held-out examples that are measured while training; more would slow it down."""


def prepared(records: Sequence[Record], folder: Path, seed: int) -> tuple[Examples, Examples]:
    """Examples to train on and held-out ones, made from the records unless the folder has them from before.

    The held-out ones are of articles that no example to train on is from. Raises CaseError where either would be empty.
    """
    files = folder / "training.npz", folder / "held_out.npz"
    if not all(file.is_file() for file in files):
        embedder, reading_input = SentenceTransformerEmbedder(), ReadingInput(default_tokenizer())
        for file, held_out in zip(files, (False, True), strict=True):
            chosen = [record for record in records if is_held_out(record) is held_out]
            found = encoded(list(with_negatives(chosen, embedder, seed)), reading_input, seed)
            if not len(found):
                part = "is held out" if held_out else "is left to train on"
                raise CaseError(f"no question of {len(records)} {part}: give files with more articles")
            found.save(file)
    training, held_out_examples = (Examples.load(file) for file in files)
    return training, held_out_examples


def written_by_people(squad: Path, seed: int) -> tuple[Examples, Examples]:
    """The questions of a SQuAD 2.0 file, answerable or not: those to train on, several times, and those held out.

    Raises CaseError for a file that cannot be used, or that has articles for one of the two only.
    """
    reading_input = ReadingInput(default_tokenizer())
    parts: tuple[list[tuple[int, Record]], list[tuple[int, Record]]] = ([], [])
    for number, asked in enumerate(load_squad(squad).questions):
        parts[is_held_out_paragraph(asked.paragraph)].append((number, record_of(asked)))
    if not all(parts):
        raise CaseError(f"{str(squad)!r} has articles on one side only: give a file with more articles")
    seen, held_out = parts
    repeated = [encoded(seen, reading_input, seed + time) for time in range(_PASSES)]
    return Examples.together(repeated), encoded(held_out, reading_input, seed)


def closing_examples(people: Examples, training: Examples, schedule: Schedule) -> Examples:
    """`people` among as many of `training` as the steps of the decay have room for."""
    room = schedule.decay * schedule.tokens - int(people.bounds[-1])
    fitting = int(room / (int(training.bounds[-1]) / len(training)))
    return people if fitting < 1 else Examples.together([people, training.sample(fitting)])


def main() -> None:
    """Command line: python -m eval.training --lines FILE… [--squad FILE] --folder FOLDER [--steps N] [--export]."""
    usual = Schedule()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=Path, nargs="+", required=True, help=".jsonl.gz files with a question a line")
    parser.add_argument("--squad", type=Path, help="a SQuAD 2.0 file; half of its articles are trained on at the end")
    parser.add_argument("--folder", type=Path, required=True, help="where examples, checkpoints and the log go")
    parser.add_argument("--steps", type=int, default=usual.steps, help="batches to train on")
    parser.add_argument("--decay", type=int, default=usual.decay, help="the last of them, in which the rate falls")
    parser.add_argument("--eager", action="store_true", help="do without torch.compile")
    parser.add_argument("--export", action="store_true", help=f"write {_READER} when the training is done")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    schedule = Schedule(arguments.steps, arguments.decay)
    training, held_out = prepared(load_records(arguments.lines), arguments.folder, schedule.seed)
    print(f"{len(training):,} examples to train on, {len(held_out):,} held out")
    closing = None
    if arguments.squad:
        people, held_out = written_by_people(arguments.squad, schedule.seed)
        closing = closing_examples(people, training, schedule)
        print(f"{len(closing):,} for the decay, {len(people):,} of them written by people, {len(held_out):,} held out")
    torch.manual_seed(schedule.seed)
    model = started_from(default_model_folder())
    measured = held_out.sample(_MEASURED)
    train(model, training, measured, schedule, arguments.folder, compiled=not arguments.eager, closing=closing)
    draw(arguments.folder / LOG, arguments.folder / "log.svg")
    if arguments.export:
        model.load_state_dict(torch.load(arguments.folder / WEIGHTS, weights_only=True))
        export(model, _READER)
        print(f"{_READER}: SHA-256 {sha256_of(_READER)}")


if __name__ == "__main__":
    main()
