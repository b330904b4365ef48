"""The plots of the page, as SVG that takes its colours from the page's style sheet."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from eval.metrics import calibration_points, reliability_bins
from eval.reports import wording
from eval.results import CaseResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that occur nowhere else stand for the style sheet's, and are replaced when the drawing is done.
_INK, _MUTED, _LINE, _RIGHT, _WRONG, _SILENT, _ACCENT = (f"#0a0b0{number}" for number in range(1, 8))
_VARIABLES: Final = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _RIGHT: "var(--right)",
    _WRONG: "var(--wrong)",
    _SILENT: "var(--silent)",
    _ACCENT: "var(--accent)",
}
_WIDTH: Final = 6.6
_BINS: Final = 20
_MOST_TAGS: Final = 40
_TAG: Final = 28


def reliability_diagram(results: Sequence[CaseResult]) -> str | None:
    """Confidence against the share that was right, ten bins, with the number of cases in each; None without cases."""
    bins = reliability_bins(*calibration_points(results))
    if not bins:
        return None

    def draw(figure: Figure) -> None:
        diagram, counts = figure.subplots(2, 1, sharex=True, height_ratios=(5, 1))
        diagram.plot((0, 1), (0, 1), color=_MUTED, linewidth=1, linestyle=(0, (4, 3)))
        confidences, shares = [one.confidence for one in bins], [one.accuracy for one in bins]
        diagram.vlines(confidences, confidences, shares, color=_ACCENT, linewidth=1.5, alpha=0.45)
        diagram.plot(confidences, shares, color=_ACCENT, marker="o", markersize=6, linewidth=1.5)
        diagram.set(xlim=(0, 1), ylim=(-0.03, 1.03), ylabel="share right")
        diagram.grid(visible=True)
        widths = [one.high - one.low for one in bins]
        bars = counts.bar(
            [one.low for one in bins], [one.count for one in bins], width=widths, align="edge", color=_ACCENT, alpha=0.3
        )
        counts.bar_label(bars, fontsize=9, color=_MUTED, padding=2)
        counts.set(xlabel="confidence", ylabel="cases", yticks=())
        counts.margins(y=0.35)

    return _svg("reliability", (_WIDTH, 4.8), draw)


def confidence_histogram(results: Sequence[CaseResult]) -> str | None:
    """Confidence of answerable and of unanswerable cases, by whether they met a right answer, a wrong one or silence.

    None without cases.
    """
    halves = {
        name: [result for result in results if result.unanswerable == unanswerable]
        for name, unanswerable in (("answerable", False), ("unanswerable", True))
    }
    shown = {name: cases for name, cases in halves.items() if cases}
    if not shown:
        return None

    def draw(figure: Figure) -> None:
        from matplotlib.ticker import MaxNLocator  # see _style

        rows: Sequence[Axes] = list(figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0])
        for axes, (name, cases) in zip(rows, shown.items(), strict=True):
            right = [one.confidence for one in cases if one.answered and one.right]
            wrong = [one.confidence for one in cases if one.answered and not one.right]
            silent = [one.confidence for one in cases if not one.answered]
            axes.hist(
                (right, wrong, silent),
                bins=_BINS,
                range=(0, 1),
                stacked=True,
                color=(_RIGHT, _WRONG, _SILENT),
                label=("answered right", "answered wrong", "silent"),
                rwidth=0.9,
            )
            axes.set_title(f"{wording.counted(len(cases), 'case')}, {name}", color=_INK)
            axes.set(xlim=(0, 1), ylabel="cases")
            axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True))
            axes.grid(visible=True, axis="y")
        figure.legend(*rows[0].get_legend_handles_labels(), loc="outside upper right", ncols=3, fontsize=10)
        rows[-1].set_xlabel("confidence")

    return _svg("confidence", (_WIDTH, 4.8), draw)


def tag_bars(results: Sequence[CaseResult]) -> str | None:
    """Passing and failing cases of each tag, the lowest passing share first; the 40 largest tags, None without one."""
    tagged = sorted(wording.by_tag(results).items(), key=lambda item: -len(item[1]))[:_MOST_TAGS]
    if not tagged:
        return None
    counts = [(tag, sum(result.passed for result in cases), len(cases)) for tag, cases in tagged]
    counts.sort(key=lambda count: (-count[1] / count[2], count[0]))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        places = range(len(counts))
        shares = [passed / total for _, passed, total in counts]
        axes.barh(places, shares, color=_RIGHT, height=0.62)
        axes.barh(places, [1 - share for share in shares], left=shares, color=_WRONG, height=0.62, alpha=0.28)
        for place, (_, passed, total) in zip(places, counts, strict=True):
            axes.text(1.015, place, f"{passed} of {total}", va="center", fontsize=10, color=_MUTED)
        axes.set_yticks(places, [wording.shortened(tag, _TAG) for tag, _, _ in counts])
        axes.set(xlim=(0, 1), ylim=(-0.6, len(counts) - 0.4), xticks=(0, 0.25, 0.5, 0.75, 1))
        axes.set_xticklabels(("0", "25 %", "50 %", "75 %", "100 %"))
        axes.tick_params(axis="y", length=0, labelcolor=_INK)
        axes.spines["left"].set_visible(False)

    return _svg("tags", (9.6, 0.7 + 0.3 * len(counts)), draw)


def _style(name: str) -> AbstractContextManager[None]:
    """No background, the stand-in colours, texts left as texts, and ids that are `name`'s own."""
    import matplotlib as mpl  # slow to import, and part of the extra `report`

    return mpl.rc_context(
        {
            "svg.hashsalt": name,
            "svg.fonttype": "none",
            "text.parse_math": False,
            "font.size": 11,
            "text.color": _INK,
            "axes.labelcolor": _MUTED,
            "axes.edgecolor": _LINE,
            "axes.facecolor": "none",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.titlesize": 11,
            "axes.titlelocation": "left",
            "xtick.color": _LINE,
            "ytick.color": _LINE,
            "xtick.labelcolor": _MUTED,
            "ytick.labelcolor": _MUTED,
            "grid.color": _LINE,
            "grid.linewidth": 0.6,
            "legend.frameon": False,
            "figure.facecolor": "none",
            "savefig.facecolor": "none",
        }
    )


def _svg(name: str, size: tuple[float, float], draw: Callable[[Figure], None]) -> str:
    """The drawing as an SVG element; the same drawing gives the same text."""
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with _style(name), warnings.catch_warnings():
        # The browser's fonts are used, so what the measuring font lacks does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = buffer.getvalue()
    drawn = re.sub(r"<(metadata|style)\b.*?</\1>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    drawn = re.sub(r'<g id="[^"]*">', "<g>", drawn)
    drawn = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", drawn, count=1)
    drawn = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", drawn, count=1)
    drawn = re.sub(r"font(-family)?: ([\d.]+px )?'DejaVu Sans'[^;\"]*", _size_alone, drawn)
    return re.sub("|".join(_VARIABLES), lambda found: _VARIABLES[found.group()], drawn)


def _size_alone(found: re.Match[str]) -> str:
    """Leaves the size of a font and drops its name, so that the page's font is used."""
    return f"font-size: {found.group(2).strip()}" if found.group(2) else "font-family: inherit"
