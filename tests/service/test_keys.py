"""API keys at rest: what is kept, what opens, and what other processes see."""

from __future__ import annotations

import hmac
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import InputError, KeysUnusableError, UnknownKeyError
from service.keys import KeyStore, Scope
from tests.conftest import ROOT

AT_ONCE = 3
EACH = 8


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    """A store without keys, in a folder that is not there yet."""
    return KeyStore(tmp_path / "library")


def test_a_created_key_opens_with_its_scope_and_its_secret_is_nowhere(keys: KeyStore, tmp_path: Path) -> None:
    """The token is told once; the folder holds a digest, and no repr shows it."""
    created = keys.create("Desk", Scope.WRITE)
    assert keys.holder(created.token) == created.key
    assert (created.key.name, created.key.scope) == ("Desk", Scope.WRITE)
    secret = created.token.rpartition("_")[2]
    assert len(secret) == 64
    stored = b"".join(file.read_bytes() for file in (tmp_path / "library").iterdir())
    assert secret.encode() not in stored
    assert secret not in repr(created) + repr(keys.keys())


def test_each_scope_includes_those_below_it() -> None:
    """Read, then write, then admin."""
    included = {scope: [other for other in Scope if scope.includes(other)] for scope in Scope}
    assert included == {
        Scope.READ: [Scope.READ],
        Scope.WRITE: [Scope.READ, Scope.WRITE],
        Scope.ADMIN: [Scope.READ, Scope.WRITE, Scope.ADMIN],
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data())
def test_nothing_but_the_whole_token_opens(keys: KeyStore, data: st.DataObject) -> None:
    """Neither any other text, nor the token with a character changed, added or taken away."""
    created = keys.keys() or [keys.create("Desk", Scope.READ).key]
    token = keys.create("Other", Scope.READ).token
    place = data.draw(st.integers(0, len("pq_00000000_") + 63))
    changed = data.draw(st.characters())
    tried = data.draw(
        st.sampled_from(
            [token[:place] + changed + token[place + 1 :], token[:place] + changed + token[place:], token[:place]]
        )
        | st.text()
        | st.text(alphabet="pq_0123456789abcdef").map(lambda text: f"pq_{created[0].id}_{text}")
    )
    assert tried == token or keys.holder(tried) is None


def test_an_unknown_id_is_compared_like_a_wrong_secret(keys: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the time that a refusal takes does not tell which ids there are."""
    token = keys.create("Desk", Scope.READ).token
    compared: list[tuple[int, int]] = []
    compare = hmac.compare_digest

    def spy(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return compare(one, other)

    monkeypatch.setattr(hmac, "compare_digest", spy)
    assert keys.holder(token)
    assert not keys.holder(f"{token[:-1]}x")
    assert not keys.holder(f"pq_00000000_{token[-64:]}")
    assert not keys.holder("sk-any")
    assert compared == [(64, 64)] * 4


def test_the_file_is_its_owners_alone_whatever_the_umask(keys: KeyStore, tmp_path: Path) -> None:
    """Mode 0600, and still so after a change of a file that somebody opened to all."""
    before = os.umask(0)
    try:
        first = keys.create("Desk", Scope.READ).key
        file = tmp_path / "library" / "keys.json"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        file.chmod(0o666)
        keys.revoke(first.id)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_what_another_process_changes_is_seen_at_the_next_look(tmp_path: Path) -> None:
    """A running server needs no restart, neither for a new key nor for a revoked one."""
    serving, administering = KeyStore(tmp_path), KeyStore(tmp_path)
    assert serving.keys() == ()
    created = administering.create("Desk", Scope.READ)
    assert serving.holder(created.token) == created.key
    assert administering.revoke(created.key.id) == created.key
    assert serving.holder(created.token) is None
    with pytest.raises(UnknownKeyError, match="see pullquote keys list"):
        administering.revoke(created.key.id)


def test_processes_that_create_keys_at_once_lose_none(tmp_path: Path) -> None:
    """Each key that was told opens."""
    script = (
        "from pathlib import Path; from service.keys import KeyStore, Scope;"
        f" keys = KeyStore(Path({str(tmp_path)!r}));"
        f" [print(keys.create('Desk', Scope.READ).token) for _ in range({EACH})]"
    )
    command = [sys.executable, "-c", script]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(AT_ONCE)]
    tokens = [line for process in processes for line in process.communicate()[0].split()]
    assert len(tokens) == AT_ONCE * EACH
    store = KeyStore(tmp_path)
    assert all(store.holder(token) for token in tokens)
    assert len(store.keys()) == AT_ONCE * EACH


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b'{"keys": [{"id": "5f46add8"',
        b'{"keys": [{"id": "5f46add8"}]}',
        b'{"keys": [{"id": "a", "name": "b", "scope": "all", "created": "2026-01-01T00:00:00Z", "sha256": ""}]}',
        b"[]",
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_lets_nobody_in_and_is_left_as_it_is(tmp_path: Path, damaged: bytes) -> None:
    """Neither is it read in part, nor written over."""
    keys = KeyStore(tmp_path)
    token = keys.create("Desk", Scope.ADMIN).token
    file = tmp_path / "keys.json"
    file.write_bytes(damaged)
    with pytest.raises(KeysUnusableError, match="damaged"):
        keys.holder(token)
    with pytest.raises(KeysUnusableError, match="damaged"):
        keys.keys()
    with pytest.raises(KeysUnusableError, match="damaged"):
        keys.create("Another", Scope.READ)
    assert file.read_bytes() == damaged


def test_a_file_that_cannot_be_read_or_written_is_an_error_too(tmp_path: Path) -> None:
    """A folder stands in its place."""
    (tmp_path / "keys.json").mkdir()
    with pytest.raises(KeysUnusableError, match="cannot be read"):
        KeyStore(tmp_path).holder("pq_0_0")
    (tmp_path / "file").touch()
    with pytest.raises(KeysUnusableError, match="cannot be written"):
        KeyStore(tmp_path / "file").create("Desk", Scope.READ)


def test_a_write_that_was_cut_off_harms_nothing(tmp_path: Path) -> None:
    """The draft that a dead process left is not read, and does not stop the next one."""
    keys = KeyStore(tmp_path)
    first = keys.create("Desk", Scope.READ)
    (tmp_path / "keys.new").write_bytes(b'{"keys": [')
    second = keys.create("Wire", Scope.READ)
    assert keys.holder(first.token)
    assert keys.holder(second.token)
    assert not (tmp_path / "keys.new").exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines", "\x1b[2J"])
def test_a_name_is_a_short_line_that_can_be_printed(keys: KeyStore, name: str) -> None:
    """It is shown on terminals and in logs."""
    with pytest.raises(InputError, match="cannot be named"):
        keys.create(name, Scope.READ)
