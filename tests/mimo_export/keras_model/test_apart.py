"""Where Keras's backends disagree is known, and is still so."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from keras import layers, ops

from mimo_export.compare import Tolerance
from mimo_export.errors import VerificationError
from mimo_export.golden import Case
from mimo_export.keras_model.apart import APART, apart_in
from mimo_export.keras_runtime import run_by_name
from mimo_export.onnx import to_onnx
from mimo_export.report import Answers, make_report
from mimo_export.signature import signature_of

CASES = {
    "AveragePooling": (layers.AveragePooling2D(3, strides=2, padding="same"), (6, 6, 2)),
    "TopK": (lambda x: ops.top_k(x, 4, sorted=False)[0], (9,)),
    "Cross": (lambda x: ops.cross(x[:, :3], x[:, 3:]), (6,)),
    "CountNonzero": (lambda x: ops.count_nonzero(x, axis=1), (4, 5)),
    "Resizing": (layers.Resizing(15, 15, dtype="uint8"), (24, 24, 3)),
}


def model_of(name):
    function, shape = CASES[name]
    x = keras.Input(shape, dtype=getattr(function, "compute_dtype", "float32"), name="x")
    return keras.Model(x, function(x), name="model")


def answers(model):
    (x,), rng = model.inputs, np.random.default_rng(0)
    shape = (3, *x.shape[1:])
    whole = rng.integers(0, 256, shape) if x.dtype == "uint8" else rng.normal(size=shape)
    arrays = {"x": whole.astype(x.dtype)}
    file = ir.serde.serialize_model(to_onnx(model)).SerializeToString()
    (got,) = onnxruntime.InferenceSession(file).run(None, arrays)
    ((name, want),) = run_by_name(model, arrays).items()
    return name, arrays, got, np.asarray(want)


def agree(got, want):
    return got.shape == want.shape and np.allclose(got, want, atol=1e-5, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Using torch.cross", "ignore:The use of `x.T`")
@pytest.mark.parametrize("name", APART)
def test_a_backend_stands_alone_where_the_table_says_so_and_nowhere_else(name):
    model = model_of(name)
    _, _, got, want = answers(model)
    alone = keras.backend.backend() in APART[name].backends
    assert agree(got, want) is not alone
    assert len(apart_in(model)) == int(alone)


@pytest.mark.skipif(keras.backend.backend() != "torch", reason="PyTorch stands alone")
def test_the_gate_names_the_layer_the_backend_and_the_figures():
    model = model_of("AveragePooling")
    name, arrays, got, want = answers(model)
    report = make_report(
        [Answers("onnxruntime", ({name: got},))],
        [Case("set", arrays, {name: want})],
        signature_of(model),
        Tolerance(),
        reference="keras-torch",
        apart=apart_in(model),
    )
    with pytest.raises(VerificationError) as caught:
        report.check("here")
    assert caught.value.what.startswith("Keras's own backends disagree: 'average_pooling2d")
    assert "(AveragePooling2D): Keras on torch takes other numbers" in caught.value.what
    assert "at most by" in caught.value.what


def test_a_resized_picture_of_integers_differs_by_one_at_most():
    _, _, got, want = answers(model_of("Resizing"))
    apart = np.abs(got.astype("int32") - want.astype("int32"))
    assert apart.max() == 1
    assert (apart > 0).mean() < 0.02


@pytest.mark.parametrize("around", [lambda inner: keras.Sequential([inner]), lambda inner: inner])
def test_a_layer_is_found_inside_of_models_and_by_the_integers_that_it_takes(around):
    x = keras.Input((None, None, 3), dtype="uint8", name="x")
    inner = keras.Model(x, layers.Resizing(5, 7, name="small")(x))
    y = keras.Input((8, 8, 3), dtype="uint8", name="y")
    (line,) = apart_in(keras.Model(y, around(inner)(y)))
    assert line.startswith(f"'small' (Resizing): Keras on {keras.backend.backend()} rounds")
    floats = keras.Input((8, 8, 3))
    assert apart_in(keras.Model(floats, layers.Resizing(5, 7)(floats))) == ()
