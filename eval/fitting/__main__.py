"""Fits the reader's parameters and writes rag/reader.json: make fit SQUAD=squad2.json LINES="questions.jsonl.gz …".

The articles of a SQuAD file are indexed twice, each paragraph by itself in one library and whole in
small libraries; the lines of a .jsonl.gz file (title, question, context, answers) each with its own
context. Questions with an answer are asked as they are, with the passages that hold the answer taken
away, and with their article shut out; questions written to have no answer as they are. Only articles
that the reader model is not trained on are asked about. Everything is done twice, with the reader
model and without. The printed scores come from cross-validation over articles, and so does the
threshold; the coefficients written are fitted on all articles.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from eval.fitting.models import best_threshold, cross_validated, fit_sentences, fit_support, rescored, scores
from eval.fitting.observations import Observation, observe
from eval.fitting.worlds import Setting, World, line_worlds, open_world, whole_worlds
from index.embedding import SentenceTransformerEmbedder
from rag.reader_model import ReaderModel
from rag.reader_parameters import ReaderParameters, reader_parameters
from rag.retrieval import RetrievalParameters


def worlds(squad: Path | None, lines: Sequence[Path], every: int) -> Iterator[World]:
    """All the worlds that the files make; `every` thins out the questions of the SQuAD file."""
    if squad:
        yield open_world(squad, every)
        yield from whole_worlds(squad, 4 * every)
    for file in lines:
        yield from line_worlds(file)


def observed(made: Sequence[World], reader: ReaderParameters, model: ReaderModel | None) -> list[Observation]:
    """What every question of the worlds brings, with a progress bar on standard error."""
    embedder, found = SentenceTransformerEmbedder(), []
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("asking", total=sum(len(world.questions) for world in made))
        for world in made:
            found.extend(observe(world, RetrievalParameters(), reader, embedder, model, lambda: progress.advance(task)))
    return found


def main() -> None:
    """Command line: python -m eval.fitting [--squad FILE] [--lines FILE…] [--every N] [--write]."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=Path, help="a file in the format of SQuAD 2.0")
    parser.add_argument("--lines", type=Path, nargs="*", default=[], help=".jsonl.gz files with a question a line")
    parser.add_argument("--every", type=int, default=1, help="use every n-th question of the SQuAD file")
    parser.add_argument("--write", action="store_true", help="write rag/reader.json")
    arguments = parser.parse_args()
    made = list(worlds(arguments.squad, arguments.lines, arguments.every))
    fitted = {name: _fitted(name, made, model) for name, model in readers().items()}
    if arguments.write:
        files = [*([arguments.squad] if arguments.squad else []), *arguments.lines]
        head = {"made_from": [file.name for file in files], "made_on": datetime.now(UTC).date().isoformat()}
        Path("rag/reader.json").write_text(json.dumps({**head, **fitted}, indent=2) + "\n")


def readers() -> dict[str, ReaderModel | None]:
    """The two ways of reading, by their names in reader.json. Raises ModelError when there is no model to read with."""
    model = ReaderModel()
    model.load()
    return {"with model": model, "without model": None}


def _fitted(name: str, made: Sequence[World], model: ReaderModel | None) -> dict[str, object]:
    """Fits one way of reading and prints how well it does; what reader.json says of it."""
    parameters = reader_parameters(with_model=model is not None)
    observations = observed(made, parameters, model)
    found = cross_validated(observations, parameters)
    tried = {
        setting.value: scores(observations, found, setting)
        for setting in Setting
        if any(o.question.setting is setting for o in observations)
    }
    print(name)
    for setting, named in tried.items():
        print(f"  {setting}")
        for score, value in named.items():
            print(f"    {score:40} {value:.3f}")
    parameters = fit_sentences(observations, parameters)
    parameters = fit_support(rescored(observations, parameters), parameters)
    threshold = best_threshold(observations, found.confidence, found.shown_right)
    return _as_json(replace(parameters, threshold=threshold), tried)


def _as_json(parameters: ReaderParameters, tried: dict[str, dict[str, float]]) -> dict[str, object]:
    return {
        "cross_validated_over_articles": {
            setting: {name: round(value, 3) for name, value in named.items()} for setting, named in tried.items()
        },
        "sentence": {"weights": parameters.sentence_weights._asdict()},
        "support": {"bias": parameters.support_bias, "weights": parameters.support_weights._asdict()},
        "threshold": parameters.threshold,
        "also": parameters.also,
    }


if __name__ == "__main__":
    main()
