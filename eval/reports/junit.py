"""A run as JUnit XML, in the shape that Jenkins, GitLab and the like read."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Final
from xml.etree import ElementTree

from eval.baseline import Comparison
from eval.reports import wording
from eval.results import CaseResult, Run

# What XML 1.0 has no way to write, not even as a reference: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(run: Run, comparison: Comparison | None = None, *, suite: str = "pullquote") -> str:
    """One test case for each case; its class is `suite`, such as the stem of the case file.

    A failed case is a failure. With a comparison, one that failed in the baseline too is skipped, so
    that a test report turns red for what is new alone.
    """
    known = _failed_before(run, comparison)
    failed = [result for result in run.results if not result.passed]
    counts = {
        "tests": str(len(run.results)),
        "failures": str(sum(result.id not in known for result in failed)),
        "errors": "0",
        "time": _seconds(sum(result.milliseconds for result in run.results)),
    }
    suites = ElementTree.Element("testsuites", {"name": "pullquote eval", **counts})
    tests = ElementTree.SubElement(suites, "testsuite", {"name": _clean(suite), **counts, "skipped": str(len(known))})
    properties = ElementTree.SubElement(tests, "properties")
    for name, value in asdict(run.fingerprint).items():
        ElementTree.SubElement(properties, "property", {"name": f"fingerprint.{name}", "value": _clean(str(value))})
    for result in run.results:
        _add_case(tests, result, suite, known=result.id in known)
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _add_case(tests: ElementTree.Element, result: CaseResult, suite: str, *, known: bool) -> None:
    facts = {"classname": _clean(suite), "name": _clean(result.id), "time": _seconds(result.milliseconds)}
    case = ElementTree.SubElement(tests, "testcase", facts)
    if result.passed:
        return
    reason = wording.why_failed(result)
    if known:
        outcome = ElementTree.SubElement(case, "skipped", {"message": f"{reason}, as in the baseline"})
    else:
        outcome = ElementTree.SubElement(case, "failure", {"message": reason, "type": result.status})
    outcome.text = _clean(wording.account(result))


def _failed_before(run: Run, comparison: Comparison | None) -> frozenset[str]:
    if comparison is None:
        return frozenset()
    failed = {result.id for result in run.results if not result.passed}
    return frozenset(failed.difference(comparison.broken, comparison.new))


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
