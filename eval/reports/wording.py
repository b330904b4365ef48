"""The words that every report uses alike: the verdict, why a case failed, how a score is written."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from eval.metrics import LATENCY

if TYPE_CHECKING:
    from eval.baseline import Comparison, ScoreChange
    from eval.results import CaseResult, Run, Score

SILENCE: Final = "silence"
NO_VALUE: Final = "none eligible"

NOT_VERBATIM: Final = "A quote is not verbatim"
ANSWERED_THE_UNANSWERABLE: Final = "Answered, though the articles do not say"
SILENT: Final = "Silent, though the articles say"
WRONG: Final = "Answered wrongly"
FROM_ANOTHER_ARTICLE: Final = "Right, but without the articles that the case names"
_REASONS: Final = (NOT_VERBATIM, ANSWERED_THE_UNANSWERABLE, WRONG, FROM_ANOTHER_ARTICLE, SILENT)

_TURNS_TEXT_ROUND: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def counted(number: int, noun: str) -> str:
    """Such as "1 case" and "2 cases"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """`text` on one line, without control characters or marks that turn the direction of text."""
    kept = (character for character in " ".join(text.split()) if character not in _TURNS_TEXT_ROUND)
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(one) in ("Cc", "Cs") else one for one in kept)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of `text` as `printable` gives it, cut between words where that can be."""
    flat = printable(text)
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut[limit // 2 :] else cut) + "…"


def why_failed(result: CaseResult) -> str:
    """The one reason, the gravest, that a failed case failed for."""
    if not all(quote.verbatim for quote in result.quotes):
        return NOT_VERBATIM
    if result.unanswerable:
        return ANSWERED_THE_UNANSWERABLE
    if not result.answered:
        return SILENT
    return FROM_ANOTHER_ARTICLE if result.right else WRONG


def failures(results: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    """The failed cases by why they failed, the gravest reason first."""
    found: dict[str, list[CaseResult]] = {reason: [] for reason in _REASONS}
    for result in results:
        if not result.passed:
            found[why_failed(result)].append(result)
    return {reason: cases for reason, cases in found.items() if cases}


def by_tag(results: Iterable[CaseResult]) -> dict[str, list[CaseResult]]:
    """The cases of each tag, tags in the order of the alphabet."""
    tagged: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        for tag in result.tags:
            tagged[tag].append(result)
    return dict(sorted(tagged.items()))


def value(name: str, number: float | None) -> str:
    """A score's value as it is printed: milliseconds with one digit, everything else with three."""
    if number is None:
        return NO_VALUE
    return f"{number:,.1f}" if name.startswith(LATENCY) else f"{number:.3f}"


def interval(score: Score) -> str:
    """The 95 % interval of a score, or nothing when there is none."""
    if score.low is None or score.high is None:
        return ""
    return f"{value(score.name, score.low)}–{value(score.name, score.high)}"


def passes(results: Sequence[CaseResult]) -> str:
    """Such as "74 of 107 cases pass"."""
    return f"{sum(result.passed for result in results):,} of {counted(len(results), 'case')} pass"


def gate_fails(run: Run, comparison: Comparison | None, tolerance: int) -> bool:
    """Whether a quote is no copy, or more broke since the baseline than is tolerated."""
    return bool(_false_quotes(run)) or (comparison is not None and comparison.regression(tolerance))


def verdict(run: Run, comparison: Comparison | None, tolerance: int) -> str:
    """One line: how many cases pass, and what became of them since the baseline."""
    words = passes(run.results)
    if false := _false_quotes(run):
        words += f"; {counted(false, 'quote')} not verbatim"
    if comparison is None:
        return f"{words}; no baseline to compare with"
    broken = f"{len(comparison.broken)} broken" if comparison.broken else "none broken"
    tolerated = f" ({tolerance} tolerated)" if comparison.broken and tolerance else ""
    return f"{words}; {broken}{tolerated}, {len(comparison.fixed)} fixed since the baseline"


def headline(run: Run, comparison: Comparison | None, tolerance: int) -> str:
    """The gate's decision in two or three words."""
    if gate_fails(run, comparison, tolerance):
        return "The gate fails"
    return "No baseline" if comparison is None else "The gate passes"


def difference(change: ScoreChange) -> str:
    """By how much a score moved, with its sign; nothing when it had or has no value."""
    if change.before is None or change.now is None:
        return ""
    return signed(change.now - change.before)


def account(result: CaseResult) -> str:
    """A case in lines of plain text: the question, what was expected, what came, and from where."""
    lines = [
        f"question: {printable(result.question)}",
        f"expected: {printable(result.expected)}",
        f"came:     {result.status}, confidence {result.confidence:.2f}",
    ]
    for number, quote in enumerate(result.quotes, start=1):
        lines.append(f"  [{number}] “{printable(quote.text)}”")
        lines.append(f"      {printable(quote.place)}{'' if quote.verbatim else ', NOT VERBATIM'}")
    if result.right_articles:
        lines.append(f"articles: {', '.join(map(printable, result.right_articles))}")
    return "\n".join(lines)


def significance(comparison: Comparison) -> str:
    """Whether the cases in both runs differ by more than chance: change of the passing share, and McNemar's test."""
    parts: list[str] = []
    if not comparison.fixed and not comparison.broken:
        return ""
    if comparison.pass_change is not None and comparison.pass_change_interval is not None:
        low, high = (signed(bound) for bound in comparison.pass_change_interval)
        parts.append(f"passing share {signed(comparison.pass_change)} (95 % interval {low} to {high})")
    if comparison.mcnemar is not None:
        parts.append(f"broken against fixed by McNemar's test: p = {comparison.mcnemar:.3f}")
    words = "; ".join(parts)
    return f"{words[:1].upper()}{words[1:]}"


def differences(comparison: Comparison) -> str:
    """What the run depended on that the baseline did not, in one clause; nothing when that is nothing."""
    *most, last = comparison.differences or ("",)
    parts = " and ".join(part for part in (", ".join(most), last) if part)
    return f"Differs from the baseline in {parts}" if parts else ""


def signed(number: float) -> str:
    """A difference with its sign and three digits."""
    return f"{'−' if round(number, 3) < 0 else '+'}{abs(number):.3f}"


def _false_quotes(run: Run) -> int:
    return sum(not quote.verbatim for result in run.results for quote in result.quotes)
