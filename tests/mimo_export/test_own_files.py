"""A worker trusts the very bytes that the process which started it has written, and no others."""

from mimo_export.own_files import environment_of, is_own


def test_trust_goes_to_the_bytes_of_a_file(tmp_path, monkeypatch):
    own, other = tmp_path / "own.keras", tmp_path / "other.keras"
    own.write_bytes(b"mine")
    other.write_bytes(b"a stranger's")
    assert not is_own(own)
    for name, value in environment_of(own).items():
        monkeypatch.setenv(name, value)
    assert is_own(own)
    assert not is_own(other)
    assert not is_own(tmp_path / "missing.keras")
    own.write_bytes(b"mine, altered")
    assert not is_own(own)


def test_where_no_file_is_ones_own_none_is(tmp_path, monkeypatch):
    path = tmp_path / "empty.keras"
    path.write_bytes(b"")
    for name, value in environment_of(None).items():
        monkeypatch.setenv(name, value)
    assert not is_own(path)
