from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mimo_export import publish
from mimo_export.publish import staging


def content(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    return folder


def write(folder: Path) -> None:
    (folder / "part").mkdir()
    (folder / "part" / "new.txt").write_text("new")


def test_a_finished_folder_takes_its_place_with_its_missing_parents(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "down" / "bundle"
    with staging(target) as folder:
        write(folder)
        assert not target.exists()
    assert content(target) == {"part/new.txt": "new"}
    assert [path.name for path in target.parent.iterdir()] == ["bundle"]


def test_the_folder_has_the_rights_that_any_new_folder_has(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with staging(tmp_path / "bundle"):
        pass
    modes = [(tmp_path / name).stat().st_mode for name in ("plain", "bundle")]
    assert modes[0] == modes[1]


def test_the_old_folder_is_there_until_the_new_one_is_and_nothing_of_it_stays(old: Path) -> None:
    with staging(old) as folder:
        write(folder)
        assert content(old) == {"old.txt": "old"}
    assert content(old) == {"part/new.txt": "new"}
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_where_folders_cannot_be_swapped_the_old_one_steps_aside(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_exchanged", lambda *_: False)
    with staging(old) as folder:
        write(folder)
    assert content(old) == {"part/new.txt": "new"}
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_place(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "_exchanged", lambda *_: False)
    real = Path.rename

    def rename(self: Path, target: Any) -> Any:
        if self.name == "new":
            raise OSError(5, "Input/output error")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="Input/output error"), staging(old) as folder:
        write(folder)
    assert content(old) == {"old.txt": "old"}
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_error_leaves_what_was_there_and_nothing_else(old: Path, error: BaseException) -> None:
    def fail() -> None:
        with staging(old) as folder:
            write(folder)
            raise error

    with pytest.raises(type(error)):
        fail()
    assert content(old) == {"old.txt": "old"}
    assert [path.name for path in old.parent.iterdir()] == ["bundle"]


def test_a_link_to_a_folder_stays_a_link(old: Path, tmp_path: Path) -> None:
    link = tmp_path / "latest"
    link.symlink_to(old)
    with staging(link) as folder:
        write(folder)
    assert link.is_symlink()
    assert content(old) == {"part/new.txt": "new"}
