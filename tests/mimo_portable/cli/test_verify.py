from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any


def test_a_good_bundle_is_verified(run: Any, bundle: Path) -> None:
    code, out, err = run("verify", bundle)
    assert (code, err) == (0, "")
    assert "beside the stored answers of Keras, allowed 1e-05 + 1e-05 * |value|:\n" in out
    assert out.endswith("the bundle is verified\n")


def test_json_says_what_was_stored_and_what_is_fresh(run: Any, bundle: Path) -> None:
    code, out, _ = run("verify", bundle, "--json", "--seed", "5")
    document = json.loads(out)
    assert (code, document["passed"], document["fresh"]["seed"]) == (0, True, 5)


def test_an_altered_bundle_is_a_failed_check(run: Any, bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(bundle, tmp_path / "b")
    card = tmp_path / "b" / "README.md"
    card.write_text(card.read_text() + "!")
    code, out, err = run("verify", "b")
    assert (code, err) == (1, "")
    assert "FAIL README.md was altered: " in out
    assert "fresh golden vectors were not run, because the bundle's files are not what " in out
    assert out.endswith("the bundle is NOT verified\n")


def test_a_folder_without_a_bundle_is_an_error(run: Any, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert run("verify", "b") == (
        2,
        "",
        "error: this folder is no bundle: there is no manifest.json in it\n"
        "  where:  b\n"
        "  remedy: export the model again with `mimo-portable export`\n",
    )
