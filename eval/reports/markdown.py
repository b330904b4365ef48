"""A run as Markdown for a pull request. Nothing in a question or an article is read as Markdown, HTML or a mention."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Final

from eval.baseline import Comparison
from eval.metrics import LATENCY, summary
from eval.reports import wording
from eval.results import CaseResult, Run, Score

# GitHub refuses a comment of more characters than this.
LIMIT: Final = 65_536
MARKER: Final = "<!-- pullquote-eval -->"
_QUOTE: Final = 400
_WARNINGS: Final = 10
_ROOM_FOR_ENDING: Final = 1_000
# A span around @ and # keeps GitHub from reading "@name" and "#12": it looks for them within one run of text.
_ESCAPES: Final = str.maketrans(
    {character: f"\\{character}" for character in "\\`*_[]~|$"}
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "<span>@</span>", "#": "<span>#</span>"}
)


def as_markdown(run: Run, comparison: Comparison | None, tolerance: int = 0) -> str:
    """The verdict, the scores before and now, and the cases that broke, were fixed or fail; at most `LIMIT` characters.

    Begins with `MARKER`, by which a program finds the comment again to bring it up to date. Where room is
    short, the cases at the end are counted rather than shown.
    """
    sign = "❌" if wording.gate_fails(run, comparison, tolerance) else "✅" if comparison is not None else "ℹ️"
    parts = [
        MARKER,
        f"### {sign} Pullquote eval: {wording.headline(run, comparison, tolerance).lower()}",
        f"{wording.verdict(run, comparison, tolerance)}.",
        *_remarks(comparison),
        *_warnings(run),
        _scores(summary(run.results), comparison),
    ]
    room = LIMIT - _ROOM_FOR_ENDING - sum(len(part) + 2 for part in parts)
    cases = {result.id: result for result in run.results}
    sections = _changed(cases, comparison) if comparison is not None else []
    told = {*comparison.broken, *comparison.new} if comparison is not None else set()
    failing = [result for result in run.results if not result.passed and result.id not in told]
    sections.append(("Failing in the baseline too" if comparison is not None else "Failing", failing, False))
    for title, results, is_open in sections:
        section = _section(title, results, room, is_open=is_open)
        room -= len(section) + 2
        parts += [section] if section else []
    parts.append(_fingerprint(run))
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """`text` on one line, so that GitHub shows its characters and nothing else comes of them."""
    plain = wording.printable(text).translate(_ESCAPES)
    # Addresses become links by themselves unless they are broken up.
    return plain.replace("://", "\\://").replace("www.", "www\\.").replace("WWW.", "WWW\\.")


def _warnings(run: Run) -> list[str]:
    if not run.warnings:
        return []
    lines = [f"- {escaped(wording.shortened(warning, _QUOTE))}" for warning in run.warnings[:_WARNINGS]]
    if len(run.warnings) > _WARNINGS:
        lines.append(f"- … and {len(run.warnings) - _WARNINGS:,} more")
    return ["\n".join(["Warnings:", "", *lines])]


def _remarks(comparison: Comparison | None) -> Iterable[str]:
    if comparison is None:
        return
    if differences := wording.differences(comparison):
        yield f"> {differences}."
    counts = [
        wording.counted(len(ids), f"{name} case")
        for name, ids in (("changed", comparison.changed), ("new", comparison.new), ("gone", comparison.gone))
        if ids
    ]
    if counts:
        yield f"Also {', '.join(counts)}."
    if significance := wording.significance(comparison):
        yield f"{significance}."


def _scores(scores: Sequence[Score], comparison: Comparison | None) -> str:
    lines = [
        "| score | baseline | now | change | 95 % interval | eligible |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    moved = {change.name: change for change in comparison.moved} if comparison is not None else {}
    for score in scores:
        if score.value is None and score.name not in moved:
            continue
        now = wording.value(score.name, score.value)
        change = moved.get(score.name)
        compared = comparison is not None and not score.name.startswith(LATENCY)
        before = wording.value(score.name, change.before) if change else now if compared else ""
        difference = wording.difference(change) if change else ""
        lines.append(
            f"| {score.name} | {before} | **{now}** | {difference} | {wording.interval(score)} | {score.eligible:,} |"
        )
    return "\n".join(lines)


def _changed(cases: dict[str, CaseResult], comparison: Comparison) -> list[tuple[str, Sequence[CaseResult], bool]]:
    new = [cases[key] for key in comparison.new if key in cases and not cases[key].passed]
    return [
        ("Broken", [cases[key] for key in comparison.broken if key in cases], True),
        ("New and failing", new, True),
        ("Fixed", [cases[key] for key in comparison.fixed if key in cases], False),
    ]


def _section(title: str, results: Sequence[CaseResult], room: int, *, is_open: bool) -> str:
    """The cases as a block that folds; as many as there is room for, and nothing when not even one fits."""
    if not results:
        return ""
    head = f"<details{' open' if is_open else ''}>\n<summary><b>{title}</b>: {len(results):,}</summary>\n"
    foot = "\n</details>"
    room -= len(head) + len(foot) + 80
    shown: list[str] = []
    for result in results:
        case = _case(result)
        if len(case) + 2 > room:
            break
        room -= len(case) + 2
        shown.append(case)
    if not shown:
        return ""
    if left := len(results) - len(shown):
        shown.append(f"… and {left:,} more.")
    return "\n".join([head, "\n\n".join(shown), foot])


def _case(result: CaseResult) -> str:
    """One item of a list: question, what was expected where it failed, and the quotes."""
    lines = [f"- **{escaped(result.question)}** · {escaped(result.id)}"]
    if not result.passed:
        lines.append(f"  {wording.why_failed(result)}, confidence {result.confidence:.2f}.")
        lines[-1] += f" Expected: {escaped(wording.shortened(result.expected, _QUOTE))}"
    for quote in result.quotes:
        flaw = "" if quote.verbatim else " **not verbatim**"
        lines.append(f"  > “{escaped(wording.shortened(quote.text, _QUOTE))}” — {escaped(quote.place)}{flaw}")
    return "\n\n".join(lines)


def _fingerprint(run: Run) -> str:
    parts = (f"{name} {escaped(str(value))}" for name, value in asdict(run.fingerprint).items())
    return f"<sub>{' · '.join(parts)}</sub>"
