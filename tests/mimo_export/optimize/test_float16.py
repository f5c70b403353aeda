from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from mimo_export.manifest import GOLDEN, open_bundle
from mimo_export.onnx_runtime import OnnxModel
from mimo_export.optimize.float16 import halve
from mimo_export.optimize.weights import size_of


def test_weights_are_rounded_and_the_rest_is_as_it_was(large: Path, tmp_path: Path) -> None:
    original = onnx.load(large / "model.onnx")
    halved, rounded = (onnx.load(large / "model.onnx") for _ in range(2))
    assert halve(halved) == ("all arithmetic",)
    for tensor in rounded.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and size_of(tensor) >= 1024:
            values = numpy_helper.to_array(tensor).astype("float16").astype("float32")
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    for name, model in (("halved", halved), ("rounded", rounded)):
        onnx.save(model, tmp_path / name)
    onnx.checker.check_model(halved, full_check=True)
    assert (tmp_path / "halved").stat().st_size < 0.6 * (large / "model.onnx").stat().st_size
    casts = len(halved.graph.node) - len(original.graph.node)
    assert halved.graph.node[casts:] == original.graph.node
    case = _inputs(large)
    answers = [OnnxModel(tmp_path / name).run(case) for name in ("halved", "rounded")]
    for output, values in answers[0].items():
        np.testing.assert_array_equal(values, answers[1][output])


def _inputs(bundle: Path) -> dict[str, np.ndarray]:
    opened = open_bundle(bundle)
    folder = bundle / GOLDEN / "test_data_set_2"
    tensors = (onnx.load_tensor(path) for path in sorted(folder.glob("input_*.pb")))
    names = [spec.name for spec in opened.signature.inputs]
    return dict(zip(names, map(numpy_helper.to_array, tensors), strict=True))


@pytest.mark.parametrize("value", [-7e4, 1e-6, np.nan])
def test_a_weight_out_of_range_stays(value: float) -> None:
    values = {"far": np.full((20, 20), value), "near": np.full((20, 20), 6e4)}
    values["far"][1:] *= np.linspace(1, 0.9, 19)[:, None]
    weights = [numpy_helper.from_array(a.astype(np.float32), n) for n, a in values.items()]
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], weights))
    assert halve(model) == (
        "all arithmetic",
        "far (its numbers are beyond the range of float16)",
    )
    assert [tensor.name for tensor in model.graph.initializer] == ["far", "near/float16"]


@pytest.mark.parametrize("value", [0, -np.inf])
def test_what_float16_has_is_halved(value: float) -> None:
    weight = numpy_helper.from_array(np.full((20, 20), value, np.float32), "weight")
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], [weight]))
    assert halve(model) == ("all arithmetic",)


def test_a_small_weight_stays() -> None:
    small = numpy_helper.from_array(np.ones((15, 17), np.float32), "small")
    model = onnx.helper.make_model(onnx.helper.make_graph([], "g", [], [], [small]))
    before = model.SerializeToString()
    halve(model)
    assert model.SerializeToString() == before
