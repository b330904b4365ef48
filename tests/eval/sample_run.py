"""A run with something of everything, and a case whose every text tries to be more than text."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from eval.baseline import Comparison, ScoreChange
from eval.results import CaseResult, QuoteResult, Run
from tests.eval.results_for_tests import result, run_of

HOSTILE: Final = (
    '<script>alert(1)</script> "><img src=x onerror=alert(1)> [bold]loud[/bold] \x1b[31mred\x00 ]]> {{ 7*7 }} {% raw %}'
    " @octocat #12 [a link](http://evil.example) www.evil.example `code` **strong** | cell <b>b</b> <!-- c --> &amp;"
)
SHOWN: Final = '<script>alert(1)</script> "><img src=x onerror=alert(1)> [bold]loud[/bold]'


def asked(key: str, question: str, found: CaseResult, *tags: str, expected: str = '"90"') -> CaseResult:
    """A result with words."""
    return replace(found, id=key, question=question, tags=tags, expected=expected)


def ferry_quote(text: str, *, verbatim: bool = True, right: bool = True) -> QuoteResult:
    """A quote with words around it."""
    return QuoteResult(text, "ferry.txt", 200, 200 + len(text), "as of Monday. ", " Cars pay extra.", verbatim, right)


RESULTS: Final = (
    asked("ferry", "How many passengers does the ferry carry?", result(confidence=0.8), "how-many", "boats"),
    asked(
        "crew",
        "How many sailors are on board?",
        result(right=False, quotes=[ferry_quote("It carries 90 passengers.", right=False)], confidence=0.6),
        "how-many",
    ),
    asked("fare", "What does a ticket cost?", result(answered=False, right=False, confidence=0.2), "how-many"),
    asked(
        "moon",
        "Who first walked on the moon?",
        result(right=False, unanswerable=True, quotes=[ferry_quote("He walked on board.", right=False)]),
        expected="silence",
    ),
    asked("mars", "Who walked on Mars?", result(answered=False, unanswerable=True, confidence=0.1)),
    asked(
        f"evil {HOSTILE}",
        f"Is it inert? {HOSTILE}",
        result(right=False, quotes=[replace(ferry_quote(HOSTILE), before=HOSTILE, after=HOSTILE, article=HOSTILE)]),
        HOSTILE,
        expected=HOSTILE,
    ),
)
RUN: Final = Run(run_of().fingerprint, RESULTS, (f"case 'evil': no article says {HOSTILE}",))
COMPARISON: Final = Comparison(
    fixed=("ferry",),
    broken=("crew", f"evil {HOSTILE}"),
    changed=("mars",),
    new=("fare",),
    gone=("tide",),
    moved=(ScoreChange("answer accuracy", 0.75, 0.25), ScoreChange("conflict F1", None, None)),
    mcnemar=1.0,
    differences=("settings",),
    validity=1.0,
    pass_change=-0.25,
    pass_change_interval=(-0.5, 0.0),
)
UNCHANGED: Final = Comparison((), (), (), (), (), (), None, (), 1.0, 0.0, (0.0, 0.0))
