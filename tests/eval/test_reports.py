"""Reports: each has what a reader needs, and nothing that stands in an article or a question does anything."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Final

import pytest
from lxml import etree, html
from markdown_it import MarkdownIt
from rich.console import Console

from eval.baseline import Comparison
from eval.metrics import summary
from eval.reports import wording
from eval.reports.json_report import as_json
from eval.reports.junit import as_junit
from eval.reports.markdown import LIMIT, MARKER, as_markdown
from eval.reports.terminal import print_report
from eval.results import CaseResult, Run
from tests.eval.results_for_tests import quote, result, run_of
from tests.eval.sample_run import COMPARISON, HOSTILE, RESULTS, RUN, SHOWN, UNCHANGED, asked, ferry_quote

# The shape that Jenkins' readers of JUnit agree on.
JUNIT: Final = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:complexType name="outcome" mixed="true">
    <xs:attribute name="message" type="xs:string"/><xs:attribute name="type" type="xs:string"/>
  </xs:complexType>
  <xs:attributeGroup name="counts">
    <xs:attribute name="name" type="xs:string" use="required"/>
    <xs:attribute name="tests" type="xs:nonNegativeInteger" use="required"/>
    <xs:attribute name="failures" type="xs:nonNegativeInteger"/>
    <xs:attribute name="errors" type="xs:nonNegativeInteger"/>
    <xs:attribute name="time" type="xs:decimal"/>
  </xs:attributeGroup>
  <xs:element name="testsuites"><xs:complexType>
    <xs:sequence><xs:element ref="testsuite" maxOccurs="unbounded"/></xs:sequence>
    <xs:attributeGroup ref="counts"/>
  </xs:complexType></xs:element>
  <xs:element name="testsuite"><xs:complexType>
    <xs:sequence>
      <xs:element name="properties" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:element name="property" maxOccurs="unbounded"><xs:complexType>
          <xs:attribute name="name" type="xs:string" use="required"/>
          <xs:attribute name="value" type="xs:string" use="required"/>
        </xs:complexType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
      <xs:element name="testcase" minOccurs="0" maxOccurs="unbounded"><xs:complexType>
        <xs:choice minOccurs="0">
          <xs:element name="failure" type="outcome"/><xs:element name="skipped" type="outcome"/>
        </xs:choice>
        <xs:attribute name="name" type="xs:string" use="required"/>
        <xs:attribute name="classname" type="xs:string"/>
        <xs:attribute name="time" type="xs:decimal"/>
      </xs:complexType></xs:element>
    </xs:sequence>
    <xs:attributeGroup ref="counts"/><xs:attribute name="skipped" type="xs:nonNegativeInteger"/>
  </xs:complexType></xs:element>
</xs:schema>"""


def printed(run: Run, comparison: Comparison | None, width: int = 80, *, colour: bool = False) -> str:
    """The report on a terminal of this width."""
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=colour, color_system="standard" if colour else None)
    print_report(console, run, comparison)
    return file.getvalue()


# Words


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (result(quotes=[quote(verbatim=False)]), wording.NOT_VERBATIM),
        (result(right=False, unanswerable=True), wording.ANSWERED_THE_UNANSWERABLE),
        (result(right=False, answered=False), wording.SILENT),
        (result(right=False), wording.WRONG),
        (result(cited=False), wording.FROM_ANOTHER_ARTICLE),
    ],
)
def test_a_failed_case_has_one_reason(found: CaseResult, reason: str) -> None:
    """The gravest that holds."""
    assert not found.passed
    assert wording.why_failed(found) == reason
    assert wording.failures([found, result("passes")]) == {reason: [found]}


def test_printed_text_is_one_line_without_control_characters() -> None:
    """Escape codes lose their first character, and marks that turn the direction of text go."""
    assert wording.printable("a\n\tb\x1b[31mc\u202ed") == "a b\N{REPLACEMENT CHARACTER}[31mcd"


def test_differences_from_the_baseline_are_one_clause() -> None:
    """With "and" before the last."""
    several = replace(UNCHANGED, differences=("models", "settings", "code"))
    assert wording.differences(several) == "Differs from the baseline in models, settings and code"
    assert not wording.differences(UNCHANGED)


def test_text_is_shortened_between_words() -> None:
    """An ellipsis stands for what is left out; a text without spaces is cut where it must be."""
    assert wording.shortened("one two three", 20) == "one two three"
    assert wording.shortened("one two three", 10) == "one two…"
    assert wording.shortened("a" * 30, 10) == f"{'a' * 9}…"


# Terminal


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("comparison", [COMPARISON, UNCHANGED, None])
def test_the_terminal_report_keeps_within_the_width_and_names_every_score(
    width: int, comparison: Comparison | None
) -> None:
    """Nothing is wrapped by the terminal itself."""
    text = printed(RUN, comparison, width)
    assert max(map(len, text.splitlines())) <= width
    assert all(score.name in text for score in summary(RESULTS))


def test_the_terminal_report_shows_what_failed_and_what_changed() -> None:
    """Question and what came for each failed case; what broke is bold and red, and the verdict comes last."""
    text = printed(RUN, COMPARISON)
    flat = " ".join(text.split())
    assert "How many sailors are on" in flat
    assert "“It carries 90 passengers.”" in flat
    assert "Silent, though the articles say: 1 case" in text
    assert "− gone: 1" in text
    assert "Differs from the baseline in settings" in text
    assert text.rstrip().endswith("2 of 6 cases pass; 2 broken, 1 fixed since the baseline")
    assert "\x1b[1;31m✗ broken: 2" in printed(RUN, COMPARISON, colour=True)
    assert "Nothing changed" in printed(RUN, UNCHANGED)
    assert "no baseline to compare with" in printed(RUN, None)


def test_an_article_cannot_steer_the_terminal() -> None:
    """Neither its markup nor its escape codes are read."""
    text = printed(RUN, COMPARISON, 400)
    assert SHOWN in text
    assert "\x1b" not in text
    assert "\x00" not in text


# JSON


def test_the_json_report_has_every_score_case_and_quote() -> None:
    """It can be read back, and says null where no case is eligible."""
    report = json.loads(as_json(RUN, COMPARISON, ["more"]))
    assert set(report) == {"schema", "fingerprint", "scores", "comparison", "cases", "warnings"}
    assert report["schema"] == 2
    assert [score["name"] for score in report["scores"]] == [score.name for score in summary(RESULTS)]
    assert {score["value"] for score in report["scores"] if not score["eligible"]} == {None}
    assert [case["passed"] for case in report["cases"]] == [case.passed for case in RESULTS]
    assert report["cases"][5]["quotes"][0]["text"] == HOSTILE
    assert report["comparison"]["broken"] == list(COMPARISON.broken)
    assert report["warnings"] == [*RUN.warnings, "more"]
    assert json.loads(as_json(RUN, None))["comparison"] is None


# JUnit


@pytest.mark.parametrize("comparison", [None, COMPARISON, UNCHANGED])
def test_the_junit_report_has_the_shape_that_readers_know(comparison: Comparison | None) -> None:
    """Valid against the schema, whatever characters the quotes hold."""
    root = etree.fromstring(as_junit(RUN, comparison, suite="ferry").encode())
    etree.XMLSchema(etree.fromstring(JUNIT)).assertValid(root)
    cases = root.findall("testsuite/testcase")
    assert {case.get("classname") for case in cases} == {"ferry"}
    assert [case.get("name") for case in cases][:5] == [one.id for one in RESULTS][:5]
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.get("failures") == str(len(root.findall(".//failure")))
    assert suite.get("skipped") == str(len(root.findall(".//skipped")))


def test_a_failed_case_is_a_failure_in_junit_with_its_question_and_quotes() -> None:
    """The message says why, the text says what was asked, expected and quoted."""
    root = etree.fromstring(as_junit(RUN).encode())
    failures = {str(case.get("name")): case.find("failure") for case in root.findall(".//testcase")}
    failure = failures["crew"]
    assert failure is not None
    assert failure.get("message") == wording.WRONG
    assert "question: How many sailors" in str(failure.text)
    assert "[1] “It carries 90 passengers.”\n      ferry.txt:200-225" in str(failure.text)
    assert SHOWN in str(failures[list(failures)[5]].text)
    assert failures["ferry"] is None


def test_in_junit_a_case_that_failed_before_is_skipped() -> None:
    """Only what broke, and what is new, turns a test report red."""
    root = etree.fromstring(as_junit(RUN, COMPARISON).encode())
    outcomes = {str(case.get("name")): [child.tag for child in case] for case in root.findall(".//testcase")}
    assert (outcomes["crew"], outcomes["fare"]) == (["failure"], ["failure"])
    assert (outcomes["moon"], outcomes["mars"]) == (["skipped"], [])


# Markdown


def rendered(markdown: str) -> html.HtmlElement:
    """The Markdown as GitHub's parser would have it: tables, strikethrough and HTML are read."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return html.fromstring(f"<div>{parser.render(markdown)}</div>")


def test_the_markdown_report_leads_with_the_verdict_and_shows_scores_before_and_now() -> None:
    """A program finds the comment again by its first line."""
    text = as_markdown(RUN, COMPARISON)
    assert text.startswith(f"{MARKER}\n\n### ❌ Pullquote eval: the gate fails\n")
    assert "2 of 6 cases pass; 2 broken, 1 fixed since the baseline." in text
    page = rendered(text)
    rows = [[cell.text_content() for cell in row] for row in page.findall(".//tr")]
    assert rows[0] == ["score", "baseline", "now", "change", "95 % interval", "eligible"]
    assert rows[1][:4] == ["answer accuracy", "0.750", "0.250", "−0.500"]
    sections = {str(item.find("summary").text_content()): item.text_content() for item in page.findall(".//details")}
    assert list(sections) == ["Broken: 2", "New and failing: 1", "Fixed: 1", "Failing in the baseline too: 1"]
    assert "“It carries 90 passengers.” — ferry.txt:200-225" in sections["Broken: 2"]


def test_the_verdict_in_markdown_allows_for_the_tolerance() -> None:
    """Two broken cases pass a gate that tolerates two; a quote that is no copy never does."""
    assert "✅ Pullquote eval: the gate passes" in as_markdown(RUN, COMPARISON, tolerance=2)
    assert "2 broken (2 tolerated)" in as_markdown(RUN, COMPARISON, tolerance=2)
    assert "ℹ️ Pullquote eval: no baseline" in as_markdown(RUN, None)
    false = run_of(result(quotes=[quote(verbatim=False)]))
    assert "❌ Pullquote eval: the gate fails" in as_markdown(false, None, tolerance=9)
    assert "1 quote not verbatim" in as_markdown(false, None)


def test_an_article_cannot_write_markdown() -> None:
    """No tag, link, emphasis, code, mention or reference comes of it, and its words can be read."""
    text = as_markdown(RUN, COMPARISON)
    page = rendered(text)
    allowed = {"div", "h3", "p", "blockquote", "table", "thead", "tbody", "tr", "th", "td", "strong", "details"}
    allowed |= {"summary", "b", "ul", "li", "span", "sub"}
    assert {element.tag for element in page.iter() if isinstance(element.tag, str)} <= allowed
    assert not [element for element in page.iter("strong") if "strong" in element.text_content()][1:]
    assert SHOWN in page.text_content()
    assert not re.search(r"@octocat|#12|http://|www\.", text)


def test_a_long_markdown_report_stays_within_what_github_takes() -> None:
    """Cases that there is no room for are counted, and every block is closed."""
    cases = tuple(
        asked(f"case-{number}", "Why? " * 300, result(right=False, quotes=[ferry_quote("word " * 200)] * 3))
        for number in range(300)
    )
    run = Run(RUN.fingerprint, cases, tuple("warning " * 100 for _ in range(500)))
    broken = replace(UNCHANGED, broken=tuple(case.id for case in cases[:150]))
    for comparison in (broken, None):
        text = as_markdown(run, comparison)
        assert 40_000 < len(text) <= LIMIT
        assert re.search(r"… and \d+ more", text)
        assert text.count("<details") == text.count("</details>")
