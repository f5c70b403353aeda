from __future__ import annotations

from pathlib import Path
from typing import Any


def test_a_bundle_of_another_model_is_one_block(run: Any, bundle: Path, tmp_path: Path) -> None:
    code, out, err = run("demo", bundle, "-o", "site")
    assert (code, out) == (2, "")
    assert err == (
        "error: the page knows no model with the inputs pressure\n"
        f"  where:  {bundle}\n"
        "  remedy: give bundles of sentiment, forecast, medical; `mimo-portable embed --lang web` "
        "makes a page for any bundle\n"
    )
    assert not (tmp_path / "site").exists()


def test_a_folder_with_something_else_is_left_alone(run: Any, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine").write_text("mine")
    code, _, err = run("demo", bundle, "-o", "site")
    assert code == 2
    assert err.startswith("error: there is something else already, which is not overwritten\n")
    assert (tmp_path / "site" / "mine").read_text() == "mine"


WRITTEN = """
import mimo_portable.demo
def write(bundles, out, data):
    return (f"{len(bundles)} bundles", str(out), str(data))
mimo_portable.demo.write_site = write
"""


def test_the_command_that_shows_the_page_is_printed(run: Any) -> None:
    assert run("demo", "a", "b", "-o", "site", before=WRITTEN) == (
        0,
        "site: site; look at it with: python -m http.server -d site\n",
        "",
    )


def test_the_files_are_listed_as_json(run: Any) -> None:
    code, out, err = run("demo", "a", "-o", "site", "--data", "d", "--json", before=WRITTEN)
    assert (code, err) == (0, "")
    assert out == (
        '{\n  "site": "site",\n  "files": [\n    "1 bundles",\n    "site",\n    "d"\n  ]\n}\n'
    )
