"""What a killed process leaves goes with the next export; two never write one folder at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mimo_export.errors import BundleError
from mimo_export.publish import staging
from mimo_export.workspace import workspace

CODE = """
import sys, time
from pathlib import Path
from mimo_export.publish import staging
with staging(Path(sys.argv[1])) as folder:
    (folder / "half.txt").write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")


@pytest.fixture
def writer(tmp_path: Path):
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, tmp_path / "bundle"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_killed_process_left_goes_with_the_next_export(tmp_path, writer):
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert len(names(tmp_path)) == 1
    with staging(tmp_path / "other") as folder:
        (folder / "whole.txt").write_text("whole")
    assert names(tmp_path) == ["other"]


def test_of_two_processes_the_second_says_that_the_first_is_writing(tmp_path, writer):
    with pytest.raises(BundleError) as caught, staging(tmp_path / "bundle"):
        pytest.fail("both write")
    assert str(caught.value) == (
        "another process is writing there at the moment\n"
        f"  where:  {tmp_path / 'bundle'}\n"
        "  remedy: wait until it has ended, or choose another folder"
    )
    with staging(tmp_path / "other"):
        assert writer.poll() is None
    assert (tmp_path / "other").is_dir()


def test_an_old_folder_that_was_put_aside_comes_back(tmp_path, writer):
    (work,) = tmp_path.iterdir()
    (work / "old").mkdir()
    (work / "old" / "kept.txt").write_text("kept")
    writer.kill()
    writer.wait()
    with workspace(tmp_path / "other"):
        assert (tmp_path / "bundle" / "kept.txt").read_text() == "kept"
        assert not work.exists()


def test_a_name_as_long_as_a_file_system_takes_works(tmp_path):
    for name in ("b" * 250, "ü" * 125):
        with staging(tmp_path / name) as folder:
            (folder / "whole.txt").write_text("whole")
        assert (tmp_path / name / "whole.txt").read_text() == "whole"
