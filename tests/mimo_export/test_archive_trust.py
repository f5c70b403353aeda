"""The code of a file runs where a person asked for it, or where it is one's own, and else never."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimo_export import archive_trust
from mimo_export.archive_trust import environment_of, is_trusted


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.keras"
    path.write_bytes(b"mine")
    return path


def test_no_process_trusts_the_code_of_files_before_it_was_asked_to(own: Path) -> None:
    assert not is_trusted(own)
    try:
        archive_trust.trust_lambdas()
        assert is_trusted(own)
    finally:
        archive_trust.trust_lambdas(trusted=False)
    assert not is_trusted(own)


def test_a_worker_trusts_the_bytes_that_its_caller_has_written(
    own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.keras"
    other.write_bytes(b"a stranger's")
    for name, value in environment_of(own).items():
        monkeypatch.setenv(name, value)
    assert is_trusted(own)
    assert not is_trusted(other)
    assert not is_trusted(tmp_path)
    assert not is_trusted(tmp_path / "missing.keras")
    own.write_bytes(b"mine, altered")
    assert not is_trusted(own)


def test_where_no_file_is_ones_own_none_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "empty.keras"
    path.write_bytes(b"")
    for name, value in environment_of(None).items():
        monkeypatch.setenv(name, value)
    assert not is_trusted(path)
