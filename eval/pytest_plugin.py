"""pytest plugin: `pytest --pullquote-cases cases.jsonl` makes each case a test. Read docs/evaluation.md.

pytest loads this module wherever pullquote is installed, so it imports nothing else until a case file is given.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; none of them does anything without the first."""
    group = parser.getgroup("pullquote", "questions to Pullquote as tests")
    group.addoption("--pullquote-cases", metavar="FILE", help="Cases, one JSON object a line; each becomes a test.")
    group.addoption(
        "--pullquote-articles",
        metavar="DIR",
        help="Folder of the articles that the cases are about; by default `articles` beside the case file.",
    )
    group.addoption(
        "--pullquote-baseline",
        metavar="FILE",
        help="Results to compare with: what failed there and fails now is an expected failure.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Has the case file collected beside what else is asked for, unless the command line names it itself."""
    given = config.getoption("pullquote_cases")
    if not given:
        return
    file = _resolved(config, given)
    if not file.is_file():
        raise pytest.UsageError(f"--pullquote-cases {given!r} is not a file: give a JSONL file of cases")
    if not any(_resolved(config, argument.split("::")[0]) == file for argument in config.args):
        config.args.append(str(file))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The case file as a collector of cases; every other file is left to others."""
    given = parent.config.getoption("pullquote_cases")
    if not given or file_path.resolve() != _resolved(parent.config, given):
        return None
    from eval.case_items import CaseFile

    collector: CaseFile = CaseFile.from_parent(parent, path=file_path)
    return collector


def _resolved(config: pytest.Config, path: str) -> Path:
    """Relative paths are taken from the folder that pytest was started in."""
    return (config.invocation_params.dir / path).resolve()
