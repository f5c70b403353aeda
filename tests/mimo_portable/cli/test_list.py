"""`mimo-portable list`."""

from __future__ import annotations

import json

from mimo_portable import cli, zoo
from mimo_portable.specs import ModelSpec


def test_it_prints_every_model_with_its_tensors(capsys):
    assert cli.main(["list"]) == 0
    printed = capsys.readouterr().out.split("\n\n")
    assert printed[1] == (
        "forecast: The next values of a series at three horizons, from its last hundred values.\n"
        "  configurations  reference, strong\n"
        "  input   series  float32[batch, 100, 1]  consecutive values, the latest last\n"
        "  output  output_1  float32[batch, 1]  the series at the nearest horizon, in the unit of "
        "the input\n"
        "  output  output_2  float32[batch, 1]  the series at the middle horizon, in the unit of "
        "the input\n"
        "  output  output_3  float32[batch, 1]  the series at the farthest horizon, in the unit of "
        "the input"
    )
    assert "  input   bp_input  float32[batch, 1]  systolic blood pressure, mmHg" in printed[2]


def test_json_holds_the_contracts(capsys):
    assert cli.main(["list", "--json"]) == 0
    documents = json.loads(capsys.readouterr().out)
    assert [document["configurations"] for document in documents] == [["reference", "strong"]] * 3
    specs = [ModelSpec.from_dict(document) for document in documents]
    assert specs == [model.spec for model in zoo.MODELS.values()]
