from __future__ import annotations

import json
from typing import Any

import keras


def test_it_lists_versions_and_jobs(run: Any) -> None:
    code, out, err = run("doctor")
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert ["keras", keras.__version__] in lines
    assert ["export", "to", "ONNX,", "verify", "fresh", "vectors", "yes"] in lines


def test_json_names_what_each_job_lacks(run: Any) -> None:
    code, out, _ = run("doctor", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["packages"]["keras"] == keras.__version__
    for job in document["jobs"]:
        assert bool(job["missing"]) == bool(job["command"])
