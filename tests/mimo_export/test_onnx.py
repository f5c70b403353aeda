"""One model gives one file: valid, named, dynamic, the same however the model came to be."""

import hashlib
from importlib.metadata import version

import keras
import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime
import pytest
from harness import check_model, compare
from keras import layers

from mimo_export.errors import ModelFileError, UnsupportedOperationError
from mimo_export.interface import call_by_name
from mimo_export.onnx import to_onnx
from mimo_export.single_file import export_onnx


def two_heads():
    rng = np.random.default_rng(0)
    ecg, bp = keras.Input((16, 1), name="ecg"), keras.Input((1,), name="bp")
    x = layers.Flatten()(layers.MaxPooling1D(2)(layers.Conv1D(3, 3, activation="relu")(ecg)))
    x = layers.Concatenate()([x, bp])
    model = keras.Model(
        [ecg, bp], [layers.Dense(3, "softmax", name="which")(x), layers.Dense(1, name="risk")(x)]
    )
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    return model


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_file_has_the_contract_and_one_batch_symbol(tmp_path):
    path = export_onnx(two_heads(), tmp_path / "model.onnx")
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    shapes = {
        value.name: [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]
        for value in (*model.graph.input, *model.graph.output)
    }
    assert shapes == {
        "ecg": ["batch", 16, 1],
        "bp": ["batch", 1],
        "which": ["batch", 3],
        "risk": ["batch", 1],
    }
    assert list(shapes) == ["ecg", "bp", "which", "risk"]
    assert [(o.domain, o.version) for o in model.opset_import] == [("", 17)]
    assert model.ir_version == 8
    assert model.producer_name == "mimo-portable"
    assert model.producer_version == version("mimo-portable")
    assert {p.key: p.value for p in model.metadata_props} == {"keras_version": keras.version()}
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_a_model_in_memory_and_the_same_loaded_give_the_same_bytes(tmp_path):
    model = two_heads()
    model.save(tmp_path / "model.keras")
    first = export_onnx(model, tmp_path / "memory.onnx")
    second = export_onnx(tmp_path / "model.keras", tmp_path / "loaded.onnx")
    assert sha256(first) == sha256(second)


def test_models_in_models_give_the_same_bytes_in_memory_and_loaded(tmp_path):
    """Keras's own path of a weight begins where its layer was built: here before the model was."""
    x = keras.Input((3,), name="x")
    stack = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="d")], name="stack")
    y = keras.Input((2,), name="y")
    inner = keras.Model(y, layers.Dense(2, name="d")(y), name="inner")
    model = keras.Model(x, {"out": inner(stack(x))})
    model.save(tmp_path / "model.keras")
    first = export_onnx(model, tmp_path / "memory.onnx")
    second = export_onnx(tmp_path / "model.keras", tmp_path / "loaded.onnx")
    assert first.read_bytes() == second.read_bytes()
    graph = ir.load(first).graph
    assert [node.name for node in graph] == ["stack/d/Gemm", "inner/d/Gemm"]
    assert sorted(graph.initializers) == [
        "inner/d/bias",
        "inner/d/kernel",
        "stack/d/bias",
        "stack/d/kernel",
    ]


def test_bytes_do_not_depend_on_what_the_process_built_before(tmp_path):
    first = export_onnx(two_heads(), tmp_path / "first.onnx")
    layers.Dense(3), layers.Conv1D(2, 2), layers.Flatten()
    second = export_onnx(two_heads(), tmp_path / "second.onnx")
    assert sha256(first) == sha256(second)


class Doubled(layers.Layer):
    """Makes a layer where it is called, as some libraries do."""

    def call(self, x):
        return layers.Activation("tanh")(x) * 2


class Backbone(keras.Model):
    """A Functional model that holds layers as attributes before it has a graph."""

    def __init__(self):
        self.last = layers.Dense(2)
        self.first = layers.Dense(3)
        self.inner = keras.Sequential([self.first, layers.Dense(4)], name="inner")
        x = keras.Input((4,), name="x")
        super().__init__(x, self.last(Doubled(name="doubled")(self.inner(x))))


@pytest.mark.skipif(
    keras.backend.backend() == "torch", reason="PyTorch takes no module before its own __init__"
)
def test_names_come_from_the_graph_and_from_the_order_of_calls():
    layers.Activation("relu")(keras.Input((2,)))
    for _ in range(2):
        graph = to_onnx(Backbone()).graph
        assert [node.name for node in graph] == [
            "inner/dense_1/Gemm",
            "inner/dense_2/Gemm",
            "doubled/activation/Tanh",
            "dense/Gemm",
        ]
        assert sorted(name for name in graph.initializers if "kernel" in name) == [
            "dense/kernel",
            "inner/dense_1/kernel",
            "inner/dense_2/kernel",
        ]


def test_every_kind_of_output_structure_keeps_its_names():
    x = keras.Input((4,), name="x")
    y = layers.Dense(2, name="y")(x)
    check_model(keras.Model(x, [y, x, y, y]))
    check_model(keras.Model(x, {"z": y, "a": [x, y]}))


def test_an_output_that_is_constant_is_written():
    class Constant(layers.Layer):
        def call(self, x):
            return x + 1, keras.ops.arange(3)

    x = keras.Input((4,), name="x")
    model = keras.Model(x, Constant(name="constant")(x))
    proto = ir.serde.serialize_model(to_onnx(model)).SerializeToString()
    found = onnxruntime.InferenceSession(proto).run(None, {"x": np.zeros((2, 4), "float32")})
    assert found[1].tolist() == [0, 1, 2]


def test_an_unused_input_stays_in_the_signature():
    x, unused = keras.Input((4,), name="x"), keras.Input((3,), name="unused")
    exported = check_model(keras.Model([x, unused], layers.Dense(2, name="y")(x)))
    assert [value.name for value in exported.graph.inputs] == ["x", "unused"]


def test_a_sequential_and_a_subclassed_model_export():
    check_model(keras.Sequential([keras.Input((4,), name="x"), layers.Dense(2, name="y")]))

    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(3)

        def call(self, x):
            return {"twice": self.dense(x) * 2, "half": x / 2}

    model = Own()
    model(np.ones((2, 4), "float32"))
    check_model(model)


def test_a_custom_layer_with_variables_operators_and_indexing_needs_no_code():
    class Positional(layers.Layer):
        def build(self, shape):
            self.gain = self.add_weight(shape=(shape[-1],), name="gain")

        def call(self, x):
            steps = keras.ops.cast(keras.ops.arange(keras.ops.shape(x)[1]), x.dtype)
            return self.gain * x + steps[None, :, None] * np.float32(0.1) - x[:, :1]

    x = keras.Input((None, 3), name="x")
    check_model(keras.Model(x, Positional(name="positional")(x)))


def test_two_free_dimensions_of_a_picture():
    x = keras.Input((None, None, 3), name="picture")
    y = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="edges")(x)
    exported = check_model(keras.Model(x, [y, layers.GlobalAveragePooling2D(name="mean")(y)]))
    assert [str(d) for d in exported.graph.outputs[0].shape] == [
        "batch",
        "edges_dim_1",
        "edges_dim_2",
        "4",
    ]


@pytest.mark.parametrize("opset", [17, 18, 20])
def test_the_asked_opset_is_written_and_agrees(opset):
    model = two_heads()
    proto = ir.serde.serialize_model(to_onnx(model, opset=opset))
    assert proto.opset_import[0].version == opset
    rng = np.random.default_rng(1)
    arrays = {
        "ecg": rng.normal(size=(2, 16, 1)).astype("float32"),
        "bp": rng.normal(size=(2, 1)).astype("float32"),
    }
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    compare(session, arrays, call_by_name(model, arrays))


def test_an_opset_out_of_range_is_refused():
    with pytest.raises(UnsupportedOperationError) as raised:
        to_onnx(two_heads(), opset=9)
    assert str(raised.value).startswith("opset 9 cannot be written, only 17 to ")


def test_a_path_without_a_file_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ModelFileError):
        export_onnx(tmp_path / "missing.keras", tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (-np.inf, "-inf")])
def test_a_weight_that_is_no_number_is_refused_and_nothing_is_written(tmp_path, value, shown):
    x = keras.Input((3,), name="x")
    model = keras.Model(x, layers.Dense(2, name="head")(x), name="m")
    kernel, bias = model.get_weights()
    kernel[1, 0] = value
    model.set_weights([kernel, bias])
    with pytest.raises(UnsupportedOperationError) as raised:
        export_onnx(model, tmp_path / "m.onnx")
    assert str(raised.value) == (
        "1 of the 6 numbers of weight 'head/kernel' are NaN or infinite, the first is "
        f"{shown} at (1, 0)\n"
        "  where:  model 'm'\n"
        "  remedy: train again with a smaller learning rate, or go back to a checkpoint"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_float64_model_keeps_its_dtype_whatever_the_backend_keeps_it_in():
    x = keras.Input((3,), name="x", dtype="float64")
    model = keras.Model(x, layers.Dense(2, dtype="float64", name="head")(x))
    graph = to_onnx(model).graph
    assert {value.dtype for value in graph.initializers.values()} == {ir.DataType.DOUBLE}
    assert [value.dtype for value in graph.outputs] == [ir.DataType.DOUBLE]


def test_a_model_without_a_name_is_called_model():
    x = keras.Input((4,), name="x")
    assert to_onnx(keras.Model(x, layers.Dense(1, name="y")(x), name="")).graph.name == "model"
