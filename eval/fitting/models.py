"""Fits the reader's two models to observations, and scores fits on articles that they have not seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from eval.fitting.observations import Observation
from eval.fitting.worlds import Asked, Setting
from eval.metrics import auroc, expected_calibration_error
from rag.reader_parameters import ReaderParameters, SentenceFeatures, SupportFeatures
from rag.reading import by_agreement, shown_sentences, support_features

_FOLDS: Final = 6
_EXTRA_SENTENCE_COST: Final = 0.15
"""What showing one more sentence costs, when showing the answer is worth 1."""

_WAYS: Final = {Asked.ANSWERABLE: 1.0, Asked.IMPOSSIBLE: 1.0, Asked.ANSWER_REMOVED: 0.3, Asked.ARTICLE_REMOVED: 0.3}
_SETTINGS: Final = {Setting.OPEN: 3.0, Setting.WHOLE: 1.0, Setting.LINES: 1.0}
"""What a setting counts for in fitting confidence: the first has the questions that are hardest to tell apart."""

_WRONG_THOUGH_ANSWERABLE: Final = 0.2
"""What a wrong sentence counts for in fitting confidence when a right one was at hand: that is a fault of ranking,
and confidence is to tell whether the articles answer at all."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """What a reader brought on questions about articles that it was not fitted on, in the order of the observations.

    `first_right`: place of the first sentence that holds the answer, from 1, or 0; `shown_right`: whether a sentence
    that would be shown does; `answered`: whether the confidence reaches the threshold.
    """

    first_right: NDArray[np.int64]
    shown_right: NDArray[np.bool_]
    confidence: Matrix
    answered: NDArray[np.bool_]


def fit_sentences(
    observations: Sequence[Observation], parameters: ReaderParameters, left_out: Collection[str] = ()
) -> ReaderParameters:
    """The parameters with the ranking of sentences fitted, pair by pair of a right and a wrong one of one question.

    Every setting counts the same, and in it every question. `left_out`: names of features that get no weight.
    """
    kept = np.array([name not in left_out for name in SentenceFeatures._fields])
    rows: list[Matrix] = []
    weights: list[Matrix] = []
    for setting in Setting:
        pairs = [_pairs(o) for o in observations if o.question.setting is setting]
        pairs = [pair for pair in pairs if len(pair)]
        rows.extend(pairs)
        weights.extend(np.full(len(pair), 1 / len(pair) / len(pairs)) for pair in pairs)
    differences, pair_weights = np.concatenate(rows) * kept, np.concatenate(weights)
    signs = np.where(np.arange(len(differences)) % 2, 1.0, -1.0)
    scale = np.sqrt((differences**2).mean(axis=0)) + 1e-9
    model = LogisticRegression(C=10.0, max_iter=2000, fit_intercept=False)
    model.fit(differences / scale * signs[:, None], signs, sample_weight=pair_weights / pair_weights.mean())
    coefficients = model.coef_[0] / scale * kept
    return replace(parameters, sentence_weights=SentenceFeatures(*(round(float(weight), 4) for weight in coefficients)))


def _pairs(observation: Observation) -> Matrix:
    """Differences of features, shape (pairs, features), between each right sentence and each wrong one."""
    features = np.array([sentence.features for sentence in observation.ranked])
    right = np.array(observation.right, dtype=bool)
    differences = features[right][:, None, :] - features[~right][None, :, :]
    return np.asarray(differences.reshape(-1, features.shape[1]), dtype=np.float64)


def rescored(observations: Sequence[Observation], parameters: ReaderParameters) -> list[Observation]:
    """The observations with their sentences scored and ranked by `parameters`."""
    found = []
    for o in observations:
        right = {(sentence.article.id, sentence.span): label for sentence, label in zip(o.ranked, o.right, strict=True)}
        scored = [
            replace(sentence, score=float(np.dot(sentence.features, parameters.sentence_weights)))
            for sentence in o.ranked
        ]
        ranked = by_agreement(sorted(scored, key=lambda sentence: -sentence.score), parameters)
        labels = tuple(right[sentence.article.id, sentence.span] for sentence in ranked)
        found.append(replace(o, ranked=tuple(ranked), right=labels))
    return found


def support_rows(observations: Sequence[Observation]) -> Matrix:
    """Features of the support model, shape (observations, features)."""
    return np.array([support_features(o.ranked) for o in observations])


def fit_support(
    observations: Sequence[Observation], parameters: ReaderParameters, left_out: Collection[str] = ()
) -> ReaderParameters:
    """The parameters with the support model fitted, and threshold and `also` chosen on its scores.

    A first logistic regression finds the direction that tells supported from unsupported; a second,
    over that one number, turns it into the probability that what is shown is right (Platt scaling).
    `left_out`: names of features that get no weight.
    """
    parameters = replace(parameters, also=_best_also(observations, parameters))
    rows = support_rows(observations)
    rows *= np.array([name not in left_out for name in SupportFeatures._fields])
    labels = np.array([any(_shown(o, parameters)) for o in observations])
    weights = _mixture(observations)
    excused = np.array([o.question.asked is Asked.ANSWERABLE for o in observations]) & ~labels
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    direction = LogisticRegression(C=1.0, max_iter=5000).fit(
        (rows - centre) / scale, labels, sample_weight=weights * np.where(excused, _WRONG_THOUGH_ANSWERABLE, 1.0)
    )
    decision = direction.decision_function((rows - centre) / scale)
    platt = LogisticRegression(C=100.0).fit(decision[:, None], labels, sample_weight=weights)
    slope, offset = float(platt.coef_[0, 0]), float(platt.intercept_[0])
    coefficients = direction.coef_[0] / scale
    bias = slope * float(direction.intercept_[0] - coefficients @ centre) + offset
    fitted = replace(
        parameters,
        support_weights=SupportFeatures(*(round(slope * float(weight), 4) for weight in coefficients)),
        support_bias=round(bias, 4),
    )
    return replace(fitted, threshold=best_threshold(observations, confidences(rows, fitted), labels))


def best_threshold(observations: Sequence[Observation], confidence: Matrix, right: NDArray[np.bool_]) -> float:
    """The threshold that best tells right from wrong: most of the right shown less most of the wrong (Youden's J).

    It does not depend on how many of the questions have an answer, which no data set knows of a newsroom. Only the
    questions that were asked without sight of the text count, as a newsroom's are, if there are any.
    """
    unseen = np.array([o.question.setting is Setting.LINES for o in observations])
    weights = _mixture(observations) * (unseen if unseen.any() else 1.0)
    grid = np.linspace(0.05, 0.95, 91)
    shown, silent = weights * right, weights * ~right
    all_right, all_wrong = max(shown.sum(), 1e-9), max(silent.sum(), 1e-9)
    gains = [
        float(shown[confidence >= threshold].sum() / all_right - silent[confidence >= threshold].sum() / all_wrong)
        for threshold in grid
    ]
    return round(float(grid[int(np.argmax(gains))]), 2)


def confidences(rows: Matrix, parameters: ReaderParameters) -> Matrix:
    """The reader's confidence for each row of support features."""
    decision = rows @ np.array(parameters.support_weights) + parameters.support_bias
    return np.asarray(1 / (1 + np.exp(-decision)), dtype=np.float64)


def _mixture(observations: Sequence[Observation]) -> Matrix:
    """How much each observation counts: a setting as in _SETTINGS, and in it a way of asking as in _WAYS."""
    weights = np.array([_WAYS[o.question.asked] for o in observations])
    settings = np.array([o.question.setting for o in observations])
    for setting in Setting:
        of_it = settings == setting
        weights[of_it] *= _SETTINGS[setting] / max(weights[of_it].sum(), 1e-9)
    return np.asarray(weights / weights.mean(), dtype=np.float64)


def cross_validated(
    observations: Sequence[Observation],
    parameters: ReaderParameters,
    sentence_features_left_out: Collection[str] = (),
    support_features_left_out: Collection[str] = (),
) -> CrossValidated:
    """What readers bring that were each fitted without the groups of articles they are tried on."""
    groups = [o.question.group for o in observations]
    count = len(observations)
    found = CrossValidated(np.zeros(count, int), np.zeros(count, bool), np.zeros(count), np.zeros(count, bool))
    for train, test in GroupKFold(_FOLDS).split(groups, groups=groups):
        seen = [observations[n] for n in train]
        fitted = fit_sentences(seen, parameters, sentence_features_left_out)
        fitted = fit_support(rescored(seen, fitted), fitted, support_features_left_out)
        held_out = rescored([observations[n] for n in test], fitted)
        found.confidence[test] = confidences(support_rows(held_out), fitted)
        found.answered[test] = found.confidence[test] >= fitted.threshold
        found.first_right[test] = [o.right.index(True) + 1 if any(o.right) else 0 for o in held_out]
        found.shown_right[test] = [any(_shown(o, fitted)) for o in held_out]
    return found


def scores(observations: Sequence[Observation], found: CrossValidated, setting: Setting) -> dict[str, float]:
    """The figures of one setting, each by its name."""
    of_it = np.array([o.question.setting is setting for o in observations])
    ways = np.array([o.question.asked for o in observations])
    answerable = of_it & (ways == Asked.ANSWERABLE)
    named = {"questions with an answer": float(answerable.sum())}
    for count, name in enumerate(("first sentence", "first two", "first three"), start=1):
        place = found.first_right[answerable]
        named[f"answer in {name}"] = float(((place > 0) & (place <= count)).mean())
    named["answered of those with an answer"] = float(found.answered[answerable].mean())
    if (answerable & found.answered).any():
        named["right when answered"] = float(found.shown_right[answerable & found.answered].mean())
    for way in (Asked.ANSWER_REMOVED, Asked.ARTICLE_REMOVED, Asked.IMPOSSIBLE):
        without = of_it & (ways == way)
        if without.any():
            score = auroc(found.confidence[answerable].tolist(), found.confidence[without].tolist())
            named[f"AUROC, {way}"] = float("nan") if score is None else score
            named[f"silent, {way}"] = float(1 - found.answered[without].mean())
    as_asked = answerable | (of_it & (ways == Asked.IMPOSSIBLE))
    error = expected_calibration_error(found.confidence[as_asked].tolist(), found.shown_right[as_asked].tolist())
    named["calibration error"] = float("nan") if error is None else error
    return named


def _best_also(observations: Sequence[Observation], parameters: ReaderParameters) -> float:
    """How far below the best score showing another sentence still pays for itself."""
    answerable = [o for o in observations if o.question.asked is Asked.ANSWERABLE]
    grid = np.linspace(0.0, 3.0, 31)
    gains = []
    for also in grid:
        shown = [_shown(o, replace(parameters, also=float(also))) for o in answerable]
        gains.append(sum(any(right) - _EXTRA_SENTENCE_COST * (len(right) - 1) for right in shown))
    return round(float(grid[int(np.argmax(gains))]), 2)


def _shown(observation: Observation, parameters: ReaderParameters) -> list[bool]:
    """Whether each sentence that would be shown is right."""
    shown = shown_sentences(observation.ranked, parameters)
    return [right for s, right in zip(observation.ranked, observation.right, strict=True) if s in shown]
