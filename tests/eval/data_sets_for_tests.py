"""Tiny data sets in the formats of SQuAD and BEIR, about towns that do not exist."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

VELMORA = (
    "The new harbour bridge in Velmora opened on May 14, 2024. Mayor Ines Calloway cut the ribbon. "
    "Building it took six years and cost 40 million euros."
)
FERRY = (
    "Before the bridge, a ferry carried 90 passengers at a time across the harbour. "
    "Its last captain, Oren Tasker, retired in 2023 and now keeps bees."
)
OWLS = "Two snowy owls have nested on the roof of the Northfield library. Dr. Pell, who rings birds, counted five eggs."
MILL = "The paper mill at Northfield closed in 1998. Its chimney, 62 metres high, was kept as a monument."

Asked = dict[str, object]


def asked(key: str, question: str, *answers: str) -> Asked:
    """A question in SQuAD's format; one without answers is marked impossible."""
    found = [{"text": text, "answer_start": 0} for text in answers]
    return {"id": key, "question": question, "answers": found, "is_impossible": not answers}


def paragraph(context: str, *questions: Asked) -> dict[str, object]:
    """A paragraph in SQuAD's format."""
    return {"context": context, "qas": list(questions)}


def squad(*entries: tuple[str, list[dict[str, object]]]) -> str:
    """A file in SQuAD's format."""
    return json.dumps({"data": [{"title": title, "paragraphs": paragraphs} for title, paragraphs in entries]})


HARBOUR = squad(
    (
        "Velmora_harbour",
        [
            paragraph(
                VELMORA,
                asked("opened", "When did the harbour bridge in Velmora open?", "May 14, 2024", "14 May"),
                asked("cost", "How much did building the Velmora bridge cost?", "40 million euros"),
                asked("architect", "Which architect drew the tunnel under Velmora?"),
            ),
            paragraph(
                FERRY,
                asked("captain", "Who was the last captain of the harbour ferry?", "Oren Tasker"),
                asked("bees", "Which prize did the captain's honey win?"),
            ),
        ],
    )
)
NORTHFIELD = squad(
    (
        "Northfield",
        [
            paragraph(OWLS, asked("eggs", "How many eggs did Dr. Pell count?", "five", "five eggs")),
            paragraph(
                MILL,
                asked("mill", "When did the paper mill at Northfield close?", "1998"),
                asked("across", "What happened to mill and chimney?", "closed in 1998. Its chimney"),
            ),
        ],
    )
)

CORPUS = (
    {"_id": "bridge", "title": "Harbour bridge opens", "text": VELMORA},
    {"_id": "ferry", "title": "The last ferry", "text": FERRY},
    {"_id": "owls", "title": "Owls move into library", "text": OWLS},
    {"_id": "mill", "title": "", "text": MILL},
    {"_id": "note", "title": "A note without text", "text": None},
    {"_id": "void", "title": "", "text": " "},
)
QUERIES = (
    {"_id": "q1", "text": "ferry passengers and the harbour bridge"},
    {"_id": "q2", "text": "snowy owls nest on a library", "metadata": {}},
    {"_id": "q3", "text": "nobody judged anything relevant to this"},
    {"_id": "q4", "text": "and nobody judged this at all"},
)
QRELS = (
    "query-id\tcorpus-id\tscore",
    "q1\tferry\t2",
    "q1\tbridge\t1",
    "q1\tmill\t0",
    "q2\towls\t1",
    "q2\tgone\t1",
    "q3\tmill\t0",
)


def write_squad(folder: Path) -> Path:
    """Two files in SQuAD's format: four paragraphs, eight questions, two of them impossible."""
    (folder / "a.json").write_text(HARBOUR)
    (folder / "b.json").write_text(NORTHFIELD)
    (folder / "README.md").write_text("not data")
    return folder


def write_beir(
    folder: Path,
    corpus: Sequence[object] = CORPUS,
    queries: Sequence[object] = QUERIES,
    qrels: Sequence[str] = QRELS,
) -> Path:
    """A folder in BEIR's layout; text is written as it is."""
    (folder / "qrels").mkdir(parents=True)
    for name, lines in (("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels/test.tsv", qrels)):
        written = (line if isinstance(line, str) else json.dumps(line) for line in lines)
        (folder / name).write_text("\n".join(written) + "\n")
    return folder
