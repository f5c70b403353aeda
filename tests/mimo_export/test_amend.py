"""A bundle is amended as a whole, or stays as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimo_export.amend import amended
from mimo_export.manifest import file_problems, open_bundle


def test_what_is_added_is_in_the_manifest(bundle: Path) -> None:
    before = open_bundle(bundle).manifest
    with amended(open_bundle(bundle)) as folder:
        (folder / "notes.txt").write_text("n", encoding="utf-8")
        assert not (bundle / "notes.txt").exists()
    after = open_bundle(bundle)
    assert file_problems(after) == ()
    assert set(after.manifest["files"]) == {*before["files"], "notes.txt"}
    assert {k: v for k, v in after.manifest.items() if k != "files"} == {
        k: v for k, v in before.items() if k != "files"
    }


def test_an_error_leaves_the_bundle_as_it_was(bundle: Path) -> None:
    def fail() -> None:
        with amended(open_bundle(bundle)) as folder:
            (folder / "notes.txt").write_text("n", encoding="utf-8")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        fail()
    assert not (bundle / "notes.txt").exists()
    assert file_problems(open_bundle(bundle)) == ()
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]
