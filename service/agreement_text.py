"""Who says what, in sentences: what the sources give, how many of them agree, and where they do not."""

from __future__ import annotations

from datetime import date

from rag.answer import Answer, Citation, Sources, StatedValue, Status


def agreement_lines(answer: Answer) -> list[str]:
    """One line or a few, for a person; none for an answer of one source that needs no explanation."""
    lines = [note for value in (*answer.values, *answer.conflicts) if (note := _note(value))]
    if answer.status is Status.CONFLICTING:
        lines.append("The sources disagree:")
        lines.extend(f"  {_given(value, answer.citations)}" for value in (*answer.values, *answer.conflicts))
    elif answer.sources.independent > 1:
        resolved = [value for value in answer.values if value.earliest or not value.relative]
        said = "; ".join(f"{value.text} {_markers(value)}".strip() for value in resolved)
        lines.append(f"{said}{': ' if said else ''}{_agree(answer.sources, answer.values)}")
    elif answer.sources.articles > 1:
        lines.append(f"One independent source: {answer.sources.articles} articles print the same text.")
    return lines


def day_in_words(day: date) -> str:
    """As newspapers write it: "December 8, 2024"."""
    return f"{day:%B} {day.day}, {day.year}"


def _agree(sources: Sources, values: tuple[StatedValue, ...]) -> str:
    verb = "agree" if values else "are quoted"
    copies = f", in {sources.articles} articles" if sources.articles > sources.independent else ""
    return f"{sources.independent} independent sources {verb}{copies}."


def _note(value: StatedValue) -> str | None:
    """How a date that is counted from the day of publication is to be read."""
    if not value.relative:
        return None
    if value.earliest is None:
        unknown = f"“{value.words}” {_markers(value)} counts from the day of publication, which is not known."
        return None if value.published else unknown
    counted = f", counted from {day_in_words(value.published)}" if value.published else ""
    return f"“{value.words}” {_markers(value)} is {value.text}{counted}."


def _given(value: StatedValue, citations: tuple[Citation, ...]) -> str:
    """A value and who gives it: outlet or title, and the day."""
    names = []
    for position in value.citations:
        citation = citations[position]
        day = f", {day_in_words(citation.published)}" if citation.published else ""
        names.append(f"{citation.source or citation.document_title}{day} [{position + 1}]")
    return f"{value.text}: {'; '.join(names)}"


def _markers(value: StatedValue) -> str:
    return "".join(f"[{position + 1}]" for position in value.citations)
