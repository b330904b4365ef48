"""docs/evaluation.md holds: its fields, scores, options and examples are those of the code."""

from __future__ import annotations

import json
import re
from typing import Final

import pytest
import typer
import yaml
from typer.core import TyperOption
from typer.main import get_command

from eval.cases import Case
from eval.command import app
from eval.metrics import summary
from eval.reports.markdown import LIMIT, MARKER
from eval.reports.wording import account
from tests.conftest import ROOT
from tests.eval.results_for_tests import result

DOCUMENT: Final = (ROOT / "docs" / "evaluation.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """What stands under a heading, up to the next one of its rank."""
    return DOCUMENT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str, head: str) -> dict[str, list[str]]:
    """The rows of the table whose first column is headed `head`, by their first cell; bars within cells are plain."""
    table = re.split(rf"^\| {head} \|.*\n\|[-|]+\n", text, flags=re.MULTILINE)[1].split("\n\n", 1)[0]
    cells = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)] for line in table.splitlines()]
    return {row[1].strip("`"): row[2:-1] for row in cells}


def options(command: typer.Typer) -> set[str]:
    """The options of a command that a person may give."""
    parameters = get_command(command).params
    return {name for item in parameters if isinstance(item, TyperOption) for name in item.opts if name != "--help"}


@pytest.mark.parametrize("name", Case.model_fields)
def test_every_field_of_a_case_is_documented_with_an_example(name: str) -> None:
    """The example, put into a case, is understood."""
    fields = rows(section("Cases"), "field")
    assert list(fields) == list(Case.model_fields)
    given = json.loads(f"{{{fields[name][1].strip('`')}}}")
    assert list(given) == [name]
    case = {"id": "a", "question": "Who?"} | ({} if "unanswerable" in given else {"expect": ["x"]}) | given
    assert getattr(Case.model_validate_json(json.dumps(case)), name)


def test_the_example_cases_are_cases() -> None:
    """Each line of the JSON block."""
    lines = re.findall(r"^```json\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)[0].splitlines()
    assert [Case.model_validate_json(line).id for line in lines] == ["bridge-opened", "bridge-length"]


def test_every_score_is_documented() -> None:
    """By the name and in the order that reports print."""
    assert list(rows(section("Metrics"), "score")) == [score.name for score in summary([])]


def test_every_option_of_the_eval_is_documented() -> None:
    """And no other one."""
    named = {name for cell in rows(section("The gate"), "option") for name in re.findall(r"--[a-z-]+", cell)}
    assert named == options(app)


def test_every_option_of_the_pytest_plugin_is_documented() -> None:
    """And no other one."""
    source = (ROOT / "eval" / "pytest_plugin.py").read_text(encoding="utf-8")
    added = set(re.findall(r'"(--pullquote-[a-z]+)"', source))
    assert added
    assert {cell.split()[0] for cell in rows(section("pytest"), "option")} == added


def test_the_action_is_documented_with_its_inputs_defaults_and_outputs() -> None:
    """In the order of action.yml."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    defaults = {
        name: "required" if given.get("required") else f"`{given['default']}`" if given["default"] else "none"
        for name, given in action["inputs"].items()
    }
    assert {name: row[1] for name, row in rows(section("GitHub Actions"), "input").items()} == defaults
    assert set(rows(section("GitHub Actions"), "output")) == set(action["outputs"])


def test_the_example_workflows_use_inputs_that_there_are() -> None:
    """The three lines, and the whole workflow."""
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    blocks = [
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)
    ]
    assert len(blocks) == 2
    for steps in (blocks[0], blocks[1]["jobs"]["eval"]["steps"]):
        given = next(step["with"] for step in steps if step["uses"].startswith("OWNER/pullquote@"))
        required = {name for name, known in action["inputs"].items() if known.get("required")}
        assert required <= set(given) <= set(action["inputs"])


def test_what_reports_print_is_as_the_document_says() -> None:
    """The first line of the Markdown and its limit, and the lines of a failure in pytest."""
    assert f"`{MARKER}`" in DOCUMENT
    assert f"{LIMIT:,}" in DOCUMENT
    shown = re.findall(r"^```text\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)[-1]
    for label in ("question: ", "expected: ", "came:     answered, confidence "):
        assert label in shown
        assert label in account(result())
