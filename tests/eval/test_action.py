"""The GitHub Action: its scripts are sound, no input is read as shell, and the gate's status is the job's."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.conftest import ROOT
from tests.eval.conftest import Command

ACTION: Final = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: Final = ACTION["runs"]["steps"]
SCRIPTS: Final = {step["name"]: step["run"] for step in STEPS if "run" in step}
PROGRAMS: Final = Path(sysconfig.get_path("scripts"))


def run_step(name: str, folder: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs one script as GitHub does, with files for its outputs and its summary in `folder`."""
    given = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        **environment,
    }
    command = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", SCRIPTS[name]]
    return subprocess.run(command, cwd=folder, env=given, capture_output=True, text=True, check=False)


def outputs(folder: Path) -> dict[str, str]:
    """What a step handed on."""
    return dict(line.split("=", 1) for line in (folder / "output").read_text().splitlines())


def program(folder: Path, name: str, script: str) -> Path:
    """A folder with a program that runs `script`."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / name).write_text(f"#!/bin/bash\n{script}\n")
    (programs / name).chmod(0o755)
    return programs


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_parsed_and_reads_inputs_from_its_environment_alone(name: str) -> None:
    """An expression in a script would paste its value in as code."""
    checked = subprocess.run(["bash", "-n"], input=SCRIPTS[name], text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "${{" not in SCRIPTS[name]


def test_every_input_is_declared_and_used() -> None:
    """Outputs come from a step that there is."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    assert set(re.findall(r"steps\.(\w+)\.", text)) <= {step.get("id") for step in STEPS}


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    """A tag could be moved to other code."""
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert used
    assert all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name) for name in used)


def test_zizmor_finds_nothing_wrong() -> None:
    """It knows how an action can be made to run what an input or a file says."""
    command = [str(PROGRAMS / "zizmor"), "--offline", "--no-progress", "action.yml"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_gates_failure_is_reported_and_ends_the_step(
    command: Command, ferry_eval: list[str], tmp_path: Path
) -> None:
    """The summary has the report, the outputs name the files, and the exit status is the gate's."""
    assert command(*ferry_eval, "--update-baseline").status == 0
    cases = tmp_path / "cases.jsonl"
    cases.write_text(cases.read_text().replace('["90"]', '["92"]'))
    given = {"CASES": "cases.jsonl", "ARTICLES": "articles", "BASELINE": "base.json", "TOLERANCE": "0"}
    found = run_step("Ask the cases", tmp_path, PROGRAMS, OMP_NUM_THREADS="1", **given)
    assert found.returncode == 1, found.stderr
    assert "### ❌ Pullquote eval: the gate fails" in (tmp_path / "summary").read_text()
    handed_on = outputs(tmp_path)
    assert handed_on.pop("status") == "1"
    assert set(handed_on) == {"markdown", "html", "junit"}
    assert all(Path(file).is_file() for file in handed_on.values())


def test_no_input_is_read_as_shell_or_as_an_option(tmp_path: Path) -> None:
    """Each arrives as it was given."""
    programs = program(tmp_path, "pullquote", 'printf "%s\\n" "$@"')
    hostile = "$(touch pwned); `touch pwned`; * --help 'x' \"y\""
    found = run_step("Ask the cases", tmp_path, programs, CASES=hostile, ARTICLES="--json", BASELINE="", TOLERANCE="1")
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[:4] == ["eval", f"--cases={hostile}", "--articles=--json", "--tolerance=1"]
    assert "--baseline" not in found.stdout
    assert not (tmp_path / "pwned").exists()
    assert outputs(tmp_path)["status"] == "0"


@pytest.mark.parametrize(
    ("version", "installed"),
    [("", ["--constraint", "{action}/requirements.lock", "{action}[report]"]), ("pullquote==9", ["pullquote==9"])],
)
def test_the_named_commit_or_another_version_is_installed_into_an_environment_of_its_own(
    tmp_path: Path, version: str, installed: list[str]
) -> None:
    """The pinned versions go with the commit alone."""
    action = tmp_path / "an action"
    python = program(tmp_path, "python", 'mkdir -p "$3/bin" && cp "$0-in-venv" "$3/bin/python"') / "python"
    program(tmp_path, "python-in-venv", 'printf "%s\\n" "$@"')
    given = {"ACTION": str(action), "PYTHON": str(python), "VERSION": version}
    found = run_step("Install Pullquote", tmp_path, python.parent, **given)
    assert found.returncode == 0, found.stderr
    expected = [word.format(action=action) for word in installed]
    assert found.stdout.splitlines() == ["-m", "pip", "install", "--quiet", *expected]


def test_the_cache_has_another_name_for_other_packages(tmp_path: Path) -> None:
    """It is named by the pinned versions and by what is asked for in place of them."""
    digests = set()
    for lock, version in (("a==1\n", ""), ("a==2\n", ""), ("a==2\n", "pullquote==9"), ("a==2\n", "")):
        (tmp_path / "requirements.lock").write_text(lock)
        (tmp_path / "output").unlink(missing_ok=True)
        found = run_step("Name the cache", tmp_path, PROGRAMS, ACTION=str(tmp_path), VERSION=version)
        assert found.returncode == 0, found.stderr
        digests.add(outputs(tmp_path)["digest"])
    assert len(digests) == 3
