"""A batch that a person has fixed stays fixed; that of the first data is any batch."""

import keras
import numpy as np
import onnxruntime
import pytest
from keras import layers, ops

from mimo_export import export_onnx
from mimo_export.archive import load_keras
from mimo_export.errors import UnsupportedOperationError
from mimo_export.interface import interface_of

ROWS = np.arange(6, dtype="float32").reshape(1, 6)


@keras.saving.register_keras_serializable("chosen")
class Fold(layers.Layer):
    """Works with one row alone."""

    def call(self, x):
        return ops.reshape(x, (1, 2, 3))


@keras.saving.register_keras_serializable("chosen")
class EachRow(layers.Layer):
    """Takes rows of any number, which it has to know."""

    def call(self, x):
        return ops.stack([x[i] * (i + 1) for i in range(x.shape[0])])


def sizes(model):
    return [spec.sizes for spec in interface_of(model).inputs]


def of_data(*parts, batch=1):
    model = keras.Sequential(list(parts))
    model(np.repeat(ROWS, batch, axis=0))
    return model


@pytest.mark.parametrize(
    "made",
    [
        lambda: keras.Input(batch_shape=(1, 6)),
        lambda: keras.Input((6,), batch_size=1),
        lambda: layers.InputLayer(batch_shape=(1, 6)),
        lambda: keras.Input(batch_shape=(1, 6), dtype="int32"),
    ],
)
def test_a_batch_that_a_person_has_fixed_needs_no_name(made):
    assert sizes(keras.Sequential([made(), layers.Dense(2)])) == [(1, 6)]


@pytest.mark.parametrize("batch", [1, 4])
def test_the_batch_of_the_first_data_is_any_batch_before_and_after_a_file(tmp_path, batch):
    model = of_data(layers.Dense(2), batch=batch)
    model.save(tmp_path / "m.keras")
    assert sizes(model) == sizes(load_keras(tmp_path / "m.keras")) == [("batch", 6)]


@pytest.mark.parametrize(
    "model",
    [
        lambda: keras.Sequential([keras.Input(batch_shape=(1, 6)), Fold(), layers.Dense(2)]),
        lambda: of_data(Fold(), layers.Dense(2)),
    ],
)
def test_a_batch_that_the_layers_need_is_kept_in_a_file(tmp_path, model):
    made = model()
    made.save(tmp_path / "m.keras")
    loaded = load_keras(tmp_path / "m.keras")
    assert sizes(made) == sizes(loaded) == [(1, 6)]
    export_onnx(loaded, tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    (answer,) = session.run(None, {session.get_inputs()[0].name: ROWS})
    np.testing.assert_allclose(answer, ops.convert_to_numpy(made(ROWS)), rtol=1e-5, atol=1e-6)


def test_a_dtype_that_keras_would_not_have_chosen_shows_the_person_in_a_file(tmp_path):
    ids = keras.Input(batch_shape=(2, 5), dtype="int32")
    keras.Sequential([ids, layers.Embedding(9, 3)]).save(tmp_path / "m.keras")
    assert sizes(load_keras(tmp_path / "m.keras")) == [(2, 5)]


def test_a_batch_that_turns_out_to_be_needed_is_said_how_to_state(tmp_path):
    keras.Sequential([keras.Input(batch_shape=(2, 6)), EachRow()]).save(tmp_path / "m.keras")
    loaded = load_keras(tmp_path / "m.keras")
    with pytest.raises(UnsupportedOperationError) as raised:
        export_onnx(loaded, tmp_path / "m.onnx")
    name = interface_of(loaded).inputs[0].name
    assert raised.value.remedy.endswith(
        "where the layers need the batch of 2 that Keras has noted, state it: "
        "inputs=[keras.Input(batch_shape=(2, 6), name=...)], on the command line "
        f"--input '{name}:float32[batch=2,6]'"
    )
    inputs = [keras.Input(batch_shape=(2, 6), name="x")]
    export_onnx(loaded, tmp_path / "m.onnx", inputs=inputs)
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    (answer,) = session.run(None, {"x": np.repeat(ROWS, 2, axis=0)})
    np.testing.assert_array_equal(answer, [ROWS[0], 2 * ROWS[0]])
