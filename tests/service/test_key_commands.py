"""The verbs `pullquote keys`, and what docs/keys.md shows of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from index.library import Library
from rag.pipeline import QuestionAnswerer
from rag.reader_model import ReaderModel
from service.keys import KeyStore, Scope
from service.settings import Settings
from tests.command_line import Run, runner
from tests.conftest import ROOT
from tests.http_server import serving


@pytest.fixture
def keys(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a verb of `pullquote keys` in the same way."""
    return runner(monkeypatch, capsys, "keys")


def test_a_key_goes_to_standard_output_alone(keys: Run, tmp_path: Path) -> None:
    """So it can be put into a file or a variable; the advice goes to standard error."""
    created = keys("create", "City desk", "--scope", "write")
    assert created.status == 0
    assert re.fullmatch(r"pq_[0-9a-f]{8}_[0-9a-f]{64}\n", created.out)
    assert "not shown again" in created.err
    holder = KeyStore(tmp_path / "library").holder(created.out.strip())
    assert holder is not None
    assert (holder.name, holder.scope) == ("City desk", Scope.WRITE)


def test_keys_are_listed_without_secrets_and_revoked_by_id(keys: Run) -> None:
    """As a table and as JSON; where there are none, how to make one."""
    assert "pullquote keys create" in keys("list").out
    made = json.loads(keys("create", "[bold]Desk", "--scope", "read", "--json").out)
    secret = made.pop("token").rpartition("_")[2]
    table, listed = keys("list").out, keys("list", "--json").out
    assert f"{made['id']}  read" in table
    assert "[bold]Desk" in table
    assert json.loads(listed) == {"keys": [made]}
    assert secret not in table + listed
    assert keys("revoke", made["id"]).out == f"revoked {made['id']} [bold]Desk\n"
    assert json.loads(keys("list", "--json").out) == {"keys": []}


def test_mistakes_have_the_exit_statuses_of_every_verb(keys: Run, tmp_path: Path) -> None:
    """2 for bad usage, 1 for a failure, and one line that says what to do."""
    assert keys("create", "Desk", "--scope", "root").status == 2
    unknown = keys("revoke", "5f46add8")
    assert (unknown.status, unknown.err) == (2, "error: no key has the id '5f46add8': see pullquote keys list\n")
    (tmp_path / "library").mkdir(exist_ok=True)
    (tmp_path / "library" / "keys.json").write_text("{")
    damaged = keys("list")
    assert damaged.status == 1
    assert "from a backup" in damaged.err


def test_the_examples_of_the_document_run(
    copy_of_samples: Callable[[], Library], reader_model: ReaderModel, tmp_path: Path
) -> None:
    """Every shell block, in order, against a server that asks for keys."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "keys.md").read_text(), re.DOTALL)
    assert len(blocks) >= 3
    library = copy_of_samples()
    with serving(QuestionAnswerer(library, reader_model), Settings(require_keys=True)) as client:
        script = "set -euo pipefail\n" + "".join(block for block in blocks if "serve" not in block)
        done = subprocess.run(
            ["bash", "-c", script.replace("http://127.0.0.1:8000", str(client.base_url).rstrip("/"))],
            cwd=tmp_path,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PULLQUOTE_DATA_DIR": str(library.folder),
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert '"status":"answered"' in done.stdout
    assert "missing-key" in done.stdout
    assert "revoked" in done.stdout
