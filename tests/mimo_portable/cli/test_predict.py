from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np


def test_outputs_are_printed_by_name(run: Any, bundle: Path, tmp_path: Path, values: Any) -> None:
    np.save(tmp_path / "p.npy", values(7))
    code, out, err = run("predict", bundle, "--input", "pressure=p.npy")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert (lines[0], lines[7]) == ("class float32[7, 3]", "risk float32[7, 1]")
    assert lines[6] == "  ... 2 more rows; -o FILE writes all of them"


def test_outputs_are_written_by_name_and_as_json(
    run: Any, bundle: Path, tmp_path: Path, values: Any
) -> None:
    np.savez(tmp_path / "in.npz", pressure=values(2))
    assert run("predict", bundle, "--input", "in.npz", "-o", "out.npz")[0] == 0
    code, out, _ = run("predict", bundle, "--input", "in.npz", "--json")
    document = json.loads(out)["outputs"]
    assert code == 0
    with np.load(tmp_path / "out.npz") as written:
        assert list(written) == list(document) == ["class", "risk"]
        for name, array in written.items():
            np.testing.assert_allclose(document[name]["values"], array, rtol=1e-6)


def test_bad_inputs_give_one_block(run: Any, bundle: Path, tmp_path: Path, values: Any) -> None:
    np.save(tmp_path / "p.npy", values(1)[:, :3])
    assert run("predict", bundle, "--input", "pressure=p.npy") == (
        2,
        "",
        "error: shape (1, 3); expected (batch, 4)\n"
        "  where:  input 'pressure'\n"
        "  remedy: systolic: (batch, 4)\n",
    )
    np.save(tmp_path / "p.npy", values(1).astype("float64"))
    assert run("predict", bundle, "--input", "pressure=p.npy") == (
        2,
        "",
        "error: dtype float64; expected float32\n"
        "  where:  input 'pressure'\n"
        "  remedy: convert it: array.astype('float32')\n",
    )
    assert run("predict", bundle, "--input", "pulse=p.npy") == (
        2,
        "",
        "error: 'pulse' is no input: got pulse; expected pressure\n"
        f"  where:  {bundle}\n"
        "  remedy: give every input of the contract under its own name, and no other\n",
    )


def test_no_bundle_is_an_error(run: Any) -> None:
    code, out, err = run("predict", "none", "--input", "x.npz")
    assert (code, out) == (2, "")
    assert err == "error: there is no such file\n  where:  x.npz\n  remedy: check the path\n"
