"""The HTML page and its plots: complete by itself, readable, and deaf to what an article says."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from fnmatch import fnmatch

import pytest
from lxml import html

from eval.reports import plots
from eval.reports.html import ReportError, as_html
from tests.conftest import ROOT
from tests.eval.results_for_tests import result, run_of
from tests.eval.sample_run import COMPARISON, RESULTS, RUN, SHOWN, UNCHANGED

# The page


def test_the_page_needs_nothing_else_and_has_no_script() -> None:
    """It loads nothing, links only within itself, and tells the browser to allow nothing more."""
    text = as_html(RUN, COMPARISON)
    page = html.document_fromstring(text)
    forbidden = {"script", "img", "link", "iframe", "object", "embed", "base", "form", "image", "foreignobject"}
    assert not [element.tag for element in page.iter() if str(element.tag).lower() in forbidden]
    attributes = [(name.lower(), value) for element in page.iter() for name, value in element.attrib.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name in {"src", "action", "srcset"}]
    assert not [value for name, value in attributes if name.endswith("href") and not value.startswith("#")]
    assert not re.search(r"url\((?!#)|@import", text.split("</style>")[0])
    policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_an_article_cannot_put_anything_into_the_page() -> None:
    """Its tags and template marks are shown as they are written, in text, tags and the plots' labels."""
    page = html.document_fromstring(as_html(RUN, COMPARISON))
    words = page.find("body").text_content()
    assert words.count(SHOWN) >= 6
    assert "{{ 7*7 }} {% raw %}" in words
    assert not page.xpath("//body//b[.='b']")


def test_every_link_of_the_page_leads_to_one_place() -> None:
    """Ids are unique, and each link within the page has its target."""
    page = html.document_fromstring(as_html(RUN, COMPARISON))
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.xpath("//a/@href")} <= set(ids)


def test_the_page_shows_each_failing_case_with_its_quotes_in_context() -> None:
    """Question, what was expected, and each quote marked among the words around it, with its verdict."""
    page = html.document_fromstring(as_html(RUN, COMPARISON))
    cards = {card.find("h4").text_content(): card for card in page.xpath("//article")}
    assert len(cards) == 4
    crew = cards["How many sailors are on board?"]
    assert [mark.text_content() for mark in crew.iter("mark")] == ["It carries 90 passengers."]
    assert "…as of Monday. It carries 90 passengers. Cars pay extra." in crew.text_content()
    assert "does not support the answer" in crew.text_content()
    assert "broken" in crew.text_content()
    assert "silence" in cards["What does a ticket cost?"].text_content()
    assert "where silence is right" in cards["Who first walked on the moon?"].text_content()


def test_the_page_leads_with_the_verdict_and_has_the_three_plots() -> None:
    """Its colours are the style sheet's, so that they follow the reader's theme."""
    text = as_html(RUN, COMPARISON)
    page = html.document_fromstring(text)
    assert page.xpath("//h1")[0].text_content() == "The gate fails"
    assert len(page.xpath("//svg")) == 3
    assert "var(--right)" in text
    assert "#0a0b0" not in text
    assert html.document_fromstring(as_html(RUN, UNCHANGED)).xpath("//h1")[0].text_content() == "The gate passes"
    assert html.document_fromstring(as_html(RUN, None)).xpath("//h1")[0].text_content() == "No baseline"


def test_a_page_without_cases_is_a_page() -> None:
    """There is nothing to plot."""
    page = html.document_fromstring(as_html(run_of(), None))
    assert not page.xpath("//svg")


def test_the_template_of_the_page_is_part_of_the_package() -> None:
    """A wheel would lack it otherwise."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    patterns = tools["package-data"].get("eval.reports", [])
    assert any(fnmatch("page.html.j2", pattern) for pattern in patterns)


def test_a_missing_package_is_named_with_the_extra_that_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is the only report that needs more than Pullquote itself."""
    monkeypatch.setattr("eval.reports.html.find_spec", lambda name: None)
    with pytest.raises(ReportError, match=r'jinja2 and matplotlib: pip install "pullquote\[report\]"'):
        as_html(RUN, None)


# Plots


def test_the_same_results_give_the_same_plots() -> None:
    """Neither a date nor a random id is in them."""
    for plot in (plots.reliability_diagram, plots.confidence_histogram, plots.tag_bars):
        first = plot(RESULTS)
        assert first
        assert first == plot(RESULTS)
        assert plot([]) is None


def test_the_plots_tell_bins_silences_and_tags() -> None:
    """The number of cases in each bin, the three outcomes, and how many of a tag pass."""
    diagram, histogram, tags = (
        plot(RESULTS) or "" for plot in (plots.reliability_diagram, plots.confidence_histogram, plots.tag_bars)
    )
    assert re.search(r"<text[^>]*>1</text>", diagram)
    assert all(f">{label}</text>" in histogram for label in ("answered right", "answered wrong", "silent"))
    assert all(f">{label}</text>" in tags for label in ("how-many", "1 of 3"))


def test_a_tag_of_any_characters_can_be_plotted() -> None:
    """A formula is not read as one, and letters that no measuring font has are no trouble."""
    drawn = plots.tag_bars([replace(result(), tags=("$\\frac{", "船", "a" * 99))])
    assert drawn
    assert "$\\frac{" in drawn
    assert "船" in drawn
