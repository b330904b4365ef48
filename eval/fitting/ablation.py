"""Writes docs/ablations.md: what each choice of retrieval and reader brings. Run as `make ablation`.

Needs the data that docs/yardsticks.md names: a SQuAD 2.0 file and a folder in BEIR's layout.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from eval.fitting.__main__ import observed, worlds
from eval.fitting.models import CrossValidated, cross_validated, scores
from eval.fitting.observations import Observation
from eval.fitting.retrieval_ablation import (
    Fusion,
    RankedQuestion,
    RankingScores,
    chunked_library,
    compare,
    convex,
    fusions,
)
from eval.fitting.worlds import Setting
from eval.yardsticks.beir_format import load_beir
from eval.yardsticks.squad_format import load_squad
from index.article import Article
from index.segmenting import CHUNK_TOKENS
from rag.opposition import Opposition
from rag.reader_model import ReaderModel
from rag.reader_parameters import ReaderParameters, reader_parameters
from rag.retrieval import RetrievalParameters

_CHUNK_SIZES: Final = (100, CHUNK_TOKENS)
_PRODUCTION: Final = "**as shipped**"
_NO_MODEL: Final = "reading by scores alone"

_FEATURES: Final[dict[str, Collection[str]]] = {
    _PRODUCTION: (),
    "without the reader model's answer in the sentence": ("answer_span",),
    "without its word on the passage": ("passage_answers",),
    "without either": ("answer_span", "passage_answers"),
    "without alignment of tokens": ("content_alignment", "question_alignment", "function_alignment"),
    "without its question words and function words": ("question_alignment", "function_alignment"),
    "without similarity of the passage": ("passage_similarity",),
    "without terms in sentence and passage": ("coverage", "around"),
    "without missing names": ("names_missing",),
    "without the kind of answer": ("kind", "counted"),
    "without shortness": ("shortness",),
}
_SUPPORT: Final[dict[str, Collection[str]]] = {
    _PRODUCTION: (),
    "without the reader model's answer in the sentence": ("answer_span",),
    "without its word on the passage": ("passage_answers",),
    "without either": ("answer_span", "passage_answers"),
    "without negation": ("negated_question", "negated_sentence"),
    "without antonyms": ("antonym", "antonym_around"),
    "without negation and antonyms": Opposition._fields,
    "without the least alignment": ("least_alignment",),
    "without similarity": ("similarity",),
    "without missing names": ("names_missing",),
    "without the kind of answer": ("kind",),
    "without the lead over the others": ("lead",),
    "without the next one's score": ("next_score",),
}


@dataclass(frozen=True, slots=True)
class DataSet:
    """A library's articles and questions to it."""

    name: str
    articles: tuple[Article, ...]
    questions: tuple[RankedQuestion, ...]


def data_sets(squad: Path, beir: Path, every: int) -> list[DataSet]:
    """Every n-th question of a SQuAD file on an article held out from training, if it has an answer; and the queries
    of a BEIR folder.
    """
    answered, judged = load_squad(squad).held_out(), load_beir(beir)
    return [
        DataSet(
            squad.stem,
            answered.articles,
            tuple(
                RankedQuestion(asked.text, {asked.paragraph.source or "": 1.0})
                for asked in answered.questions[::every]
                if asked.answers
            ),
        ),
        DataSet(
            beir.name, judged.articles, tuple(RankedQuestion(query.text, query.relevant) for query in judged.queries)
        ),
    ]


def retrieval_table(sets: Sequence[DataSet], chunk_tokens: int, compared: Mapping[str, Fusion]) -> list[str]:
    """A row for each fusion: hit@1, hit@5, MRR on the first data set, nDCG@10 on the second."""
    found = []
    for one in sets:
        with chunked_library(one.articles, chunk_tokens) as library:
            found.append(compare(library, one.questions, compared))
    return [_retrieval_row(name, *(scored[name] for scored in found)) for name in compared]


def reader_table(
    observations: Sequence[Observation], by_scores: Sequence[Observation], parameters: ReaderParameters
) -> list[str]:
    """A row for each group of features of the first model that is left out, cross-validated over articles."""
    tried = [(name, cross_validated(observations, parameters, left_out)) for name, left_out in _FEATURES.items()]
    rows = [_reader_row(name, scores(observations, found, Setting.OPEN)) for name, found in tried]
    return [*rows, _reader_row(_NO_MODEL, scores(by_scores, cross_validated(by_scores, parameters), Setting.OPEN))]


def support_table(
    observations: Sequence[Observation], by_scores: Sequence[Observation], parameters: ReaderParameters
) -> list[str]:
    """A row for each group of features of the second model that is left out, cross-validated over articles."""
    rows = [
        _support_row(name, observations, cross_validated(observations, parameters, (), left_out))
        for name, left_out in _SUPPORT.items()
    ]
    return [*rows, _support_row(_NO_MODEL, by_scores, cross_validated(by_scores, parameters))]


def _reader_row(name: str, named: Mapping[str, float]) -> str:
    shown = (named[f"answer in {where}"] for where in ("first sentence", "first two", "first three"))
    return _row(name, *(f"{value:.3f}" for value in shown), f"{named['AUROC, written to have none']:.3f}")


def _support_row(name: str, observations: Sequence[Observation], found: CrossValidated) -> str:
    named, whole = (scores(observations, found, setting) for setting in (Setting.OPEN, Setting.WHOLE))
    shown = (
        named.get("AUROC, written to have none"),
        named.get("calibration error"),
        whole.get("AUROC, answer's passage taken away"),
        whole.get("AUROC, article shut out"),
    )
    return _row(name, *("none" if value is None else f"{value:.3f}" for value in shown))


def _retrieval_row(name: str, answered: RankingScores, judged: RankingScores) -> str:
    figures = (answered.hit_at_1, answered.hit_at_5, answered.reciprocal_rank, judged.ndcg_at_10)
    return _row(name, *(f"{value:.3f}" for value in figures))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _table(head: Sequence[str], rows: Sequence[str]) -> str:
    return "\n".join([_row(*head), f"|{'---|' * len(head)}", *rows])


def main() -> None:
    """Command line: python -m eval.fitting.ablation --squad FILE --beir FOLDER [--lines FILE…] [--every N]."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=Path, required=True, help="a file in the format of SQuAD 2.0")
    parser.add_argument("--beir", type=Path, required=True, help="a folder in the layout of BEIR")
    parser.add_argument("--lines", type=Path, nargs="*", default=[], help=".jsonl.gz files with a question a line")
    parser.add_argument("--every", type=int, default=3, help="use every n-th question of the SQuAD file")
    parser.add_argument("--output", type=Path, default=Path("docs/ablations.md"))
    arguments = parser.parse_args()
    errors = Console(stderr=True)
    sets = data_sets(arguments.squad, arguments.beir, arguments.every)
    errors.print("comparing fusions")
    model = ReaderModel()
    model.load()
    fusion_rows = retrieval_table(sets, CHUNK_TOKENS, fusions(model))
    errors.print("comparing chunk sizes")
    production = RetrievalParameters()
    shipped = convex(production.lexical_weight, production.sentence_weight)
    size_rows = [
        row for size in _CHUNK_SIZES for row in retrieval_table(sets, size, {f"at most {size} tokens": shipped})
    ]
    errors.print("comparing features")
    made = list(worlds(arguments.squad, arguments.lines, arguments.every))
    parameters = reader_parameters(with_model=True)
    observations = observed(made, parameters, model)
    by_scores = observed(made, reader_parameters(with_model=False), None)
    retrieval_head = ("", f"{sets[0].name} hit@1", "hit@5", "MRR", f"{sets[1].name} nDCG@10")
    tables = {
        "Fusion": _table(("fusion", *retrieval_head[1:]), fusion_rows),
        "Chunk size": _table(("chunks", *retrieval_head[1:]), size_rows),
        "Which sentence": _table(
            ("features", "answer in first sentence", "first two", "first three", "AUROC"),
            reader_table(observations, by_scores, parameters),
        ),
        "Whether to answer": _table(
            (
                "features",
                "AUROC, written to have none",
                "calibration error",
                "AUROC, passage away",
                "AUROC, article out",
            ),
            support_table(observations, by_scores, parameters),
        ),
    }
    _write(arguments.output, tables)


def _write(file: Path, tables: Mapping[str, str]) -> None:
    """Puts each table between its marks in the document, whose prose stays as it is."""
    text = file.read_text(encoding="utf-8")
    for name, table in tables.items():
        before, _, rest = text.partition(f"<!-- table: {name} -->\n")
        _, _, after = rest.partition("<!-- end -->")
        text = f"{before}<!-- table: {name} -->\n{table}\n<!-- end -->{after}"
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
