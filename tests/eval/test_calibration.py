"""Fitting the reader: on a small file in SQuAD's form, through the real library."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from eval.calibration import (
    Asked,
    cross_validated,
    fit_sentences,
    fit_support,
    line_worlds,
    observe,
    rescored,
    squad_worlds,
    support_rows,
)
from index.embedding import SentenceTransformerEmbedder
from rag.reading import reader_parameters

HARBOURS = ("Velmora", "Port Ellis", "Northfield", "Sandwick", "Carrow", "Duncastle")


def squad_file(folder: Path) -> Path:
    """Six articles on harbours, each with a question that has an answer and one that has none."""
    data = [
        {
            "title": f"Harbour_of_{name}",
            "paragraphs": [
                {
                    "context": f"The harbour of {name} was built in {1800 + number}. It has {number + 2} cranes.",
                    "qas": [
                        {
                            "question": f"When was the harbour of {name} built?",
                            "answers": [{"text": str(1800 + number), "answer_start": 0}],
                        },
                        {"question": f"Who designed the harbour of {name}?", "answers": []},
                    ],
                }
            ],
        }
        for number, name in enumerate(HARBOURS)
    ]
    file = folder / "harbours.json"
    file.write_text(json.dumps({"data": data}))
    return file


def test_questions_are_asked_with_and_without_their_answer(tmp_path: Path) -> None:
    """An answerable question is asked three ways, an impossible one as it is; gold spans hold the answer."""
    (world,) = squad_worlds(squad_file(tmp_path), [6], every=1)
    asked = [question.asked for question in world.questions]
    assert {way: asked.count(way) for way in Asked} == dict.fromkeys(Asked, 6)
    for question in world.questions:
        article = next(article for article in world.articles if article.title == question.article)
        assert all(gold.of(article.text).startswith("18") for gold in question.gold)


def test_lines_of_questions_become_worlds_of_the_sizes_asked_for(tmp_path: Path) -> None:
    """Tokenised text is put back into its usual form."""
    record = {
        "title": "Harbour",
        "question": "who built it",
        "context": "It was built ( in stone ) by A. Mason , people say .",
        "answers": [{"text": "A. Mason"}],
    }
    file = tmp_path / "lines.jsonl.gz"
    with gzip.open(file, "wt") as lines:
        for number in range(4):
            lines.write(json.dumps({**record, "context": f"{record['context']} Number {number} ."}) + "\n")
    worlds = list(line_worlds(file, [1, 2]))
    assert [len(world.articles) for world in worlds] == [1, 2]
    assert worlds[0].articles[0].text.startswith("It was built (in stone) by A. Mason, people say.")


def test_the_fit_ranks_answers_first_and_tells_when_there_is_none(
    tmp_path: Path, embedder: SentenceTransformerEmbedder
) -> None:
    """Even on six articles the right sentence comes first, and confidence is higher with the answer there."""
    (world,) = squad_worlds(squad_file(tmp_path), [6], every=1)
    observations = observe(world, reader_parameters(), embedder)
    fitted = fit_sentences(observations, reader_parameters())
    ranked = rescored(observations, fitted)
    fitted = fit_support(ranked, fitted)
    answerable = [o for o in ranked if o.question.asked is Asked.ANSWERABLE]
    assert all(o.right[0] for o in answerable)
    rows, labels, _ = support_rows(ranked, fitted.also)
    logits = rows @ np.array(fitted.support_weights) + fitted.support_bias
    assert logits[labels == 1].mean() > logits[labels == 0].mean()
    assert 0 < fitted.threshold < 1
    scores = cross_validated(observations, fitted)
    assert scores["questions with an answer"] == 6
    assert scores["answer in first three"] == pytest.approx(1.0)
