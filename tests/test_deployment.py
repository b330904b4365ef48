"""What is shipped to run Pullquote for good: container, compose file and systemd units. Read, checked, and run."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
import yaml

from service.settings import Settings

ROOT: Final = Path(__file__).parents[1]
UNITS: Final = sorted((ROOT / "deploy").glob("pullquote*"))
SHIPPED: Final = [ROOT / "Dockerfile", ROOT / "compose.yaml", *UNITS]
SERVICES: Final = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_what_is_shipped_sets_only_settings_that_there_are(file: Path) -> None:
    """A setting that is renamed is renamed here too, or the service would not start."""
    named = set(re.findall(r"PULLQUOTE_([A-Z_]+)", file.read_text()))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_of_the_compose_file_is_locked_in(name: str) -> None:
    """Its root file system is read-only, it has no capability and can get none, its memory and logs are bounded."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def test_only_this_machine_reaches_the_composed_service_and_nobody_its_chroma() -> None:
    """Chroma asks for no key, so that its port is not published; a proxy stands before the service."""
    assert "ports" not in SERVICES["chroma"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["pullquote"]["ports"])


def test_whoever_stops_the_service_waits_longer_than_it_takes_to_finish() -> None:
    """Else what is in flight would be killed."""
    longest = Settings(data_dir=ROOT).shutdown_timeout_s
    assert int(SERVICES["pullquote"]["stop_grace_period"].removesuffix("s")) > longest
    stop = re.search(r"^TimeoutStopSec=(\d+)$", (ROOT / "deploy/pullquote.service").read_text(), re.MULTILINE)
    assert stop
    assert int(stop.group(1)) > longest


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_unit(unit: Path, tmp_path: Path) -> None:
    """No unknown key and no bad value, once the command's path is one of this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed here")
    command = tmp_path / "pullquote"
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    for other in UNITS:
        (tmp_path / other.name).write_text(
            other.read_text().replace("/opt/pullquote/.venv/bin/pullquote", str(command))
        )
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


_LOCKED_IN: Final = """
mount -t tmpfs -o mode=755 tmpfs /mnt || exit 77
mkdir -m 700 /mnt/data /mnt/tmp /mnt/python && chown 10001:10001 /mnt/data /mnt/tmp
if [ -n "$closed" ]; then  # the interpreter lies in a folder that the other user may not enter
    mount --bind "$python" /mnt/python && mount -t tmpfs -o mode=755 tmpfs "$closed"
    mkdir -p "$python" && mount --bind /mnt/python "$python"
fi
mount -o remount,ro,bind / || exit 77
exec setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set=-all --no-new-privs \\
    env -i PATH="$PATH" HOME=/mnt/data TMPDIR=/mnt/tmp HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1 \\
    PULLQUOTE_DATA_DIR=/mnt/data "$@"
"""


@pytest.fixture
def locked_in() -> Iterator[httpx.Client]:
    """A client of `pullquote serve` as the container runs it: another user, no capability, a read-only file system."""
    for program in ("unshare", "setpriv", "mount"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    python = Path(sys.base_prefix)
    closed = [str(folder) for folder in python.parents if not folder.stat().st_mode & 0o001]
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", _LOCKED_IN, "sh"]
    process = subprocess.Popen(
        [*command, sys.executable, "-m", "service", "serve", "--port", str(port)],
        env={**os.environ, "python": str(python), "closed": closed[-1] if closed else ""},
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            yield ready(client, process)
    finally:
        process.terminate()
        process.communicate(timeout=60)


def ready(client: httpx.Client, process: subprocess.Popen[str]) -> httpx.Client:
    """The client, once the service says that it can answer; skips where a process may not be locked in."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said = process.communicate()[1]
            if process.returncode in (1, 77) and ("ermission" in said or "not permitted" in said):
                pytest.skip("mounting a file system is not allowed here")
            pytest.fail(said)
        try:
            if client.get("/readyz").status_code == 200:
                return client
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail("not ready in time")


def test_it_serves_as_a_user_without_rights_on_a_read_only_file_system(locked_in: httpx.Client) -> None:
    """It writes to its data folder alone, and needs no network to answer."""
    article = {"title": "Bridge opens", "text": "The new harbour bridge in Velmora opened on May 14, 2024.", "id": "b"}
    assert locked_in.post("/v1/articles", json={"articles": [article]}).status_code == 200
    answer = locked_in.post("/v1/ask", json={"question": "When did the harbour bridge in Velmora open?"}).json()
    assert answer["status"] == "answered", json.dumps(answer)
    assert "May 14, 2024" in answer["text"]
