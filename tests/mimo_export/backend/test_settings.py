"""What a call sets on its layers is refused where the next answer differs, and never stays."""

import threading

import keras
import numpy as np
import onnxruntime
import pytest
from keras import layers, ops

from mimo_export import onnx
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.single_file import export_onnx

ROWS = np.arange(6, dtype="float32").reshape(2, 3) - 2


class Layer(layers.Layer):
    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


class Counting(Layer):
    calls = 0

    def call(self, x):
        self.calls += 1
        return x * self.calls


class WarmingUp(Layer):
    ready = False

    def call(self, x):
        y = x if self.ready else -x
        self.ready = True
        return y


class Logging(Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.log = []

    def call(self, x):
        self.log.append(1)
        return x + len(self.log)


class Remembering(Layer):
    """Compares each input with the first."""

    first = None

    def call(self, x):
        if self.first is None:
            self.first = ops.sum(x)
        return x - self.first


class Deleting(Layer):
    def __init__(self, **options):
        super().__init__(**options)
        self.start = 1

    def call(self, x):
        if hasattr(self, "start"):
            del self.start
            return -x
        return x


CHANGED = {
    Counting: "attribute 'calls'",
    WarmingUp: "attribute 'ready'",
    Logging: "attribute 'log'",
    Remembering: "attribute 'first'",
    Deleting: "attribute 'start'",
}


def model_of(layer, shape=(3,)):
    x = keras.Input(shape, name="x")
    return keras.Model(x, layer(x), name="model")


@pytest.mark.parametrize("kind", CHANGED)
def test_an_attribute_that_changes_the_next_answer_is_refused_by_name_and_layer(kind):
    layer = kind(name="inner")
    model = model_of(layer)
    before = dict(vars(layer))
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        f"{CHANGED[kind]} is changed by the call, and the next answer depends on it: Keras "
        "remembers it from one call to the next, a file does not\n"
        f"  where:  layer 'inner' ({kind.__name__}) of model 'model' (Functional)\n"
        "  remedy: make the value an input of the model and the new one an output; or change it in "
        "training alone: `if training:`"
    )
    assert {**vars(layer), "_called": True} == {**before, "_called": True}


class Noting(Layer):
    """Notes much, and answers the same."""

    def __init__(self, **options):
        super().__init__(**options)
        self.calls, self.shapes, self.by_name = 0, [], {}

    def call(self, x):
        self.calls += 1
        self.shapes.append(x.shape)
        self.by_name["last"] = y = ops.relu(x)
        self.trace = (y, "relu")
        return y * 2


class Preparing(Layer):
    """Makes a table in its first call."""

    ready = False

    def call(self, x):
        if not self.ready:
            self.table, self.ready = ops.arange(3, dtype="float32"), True
        return x + self.table


class Looping(Layer):
    """Counts beside a loop over a free size."""

    calls = 0

    def call(self, x):
        self.calls += 1
        _, y = ops.while_loop(
            lambda i, y: i < ops.shape(x)[1], lambda i, y: (i + 1, y + x[:, i]), (0, x[:, 0])
        )
        return ops.reshape(x, (ops.shape(x)[0], -1)) - ops.expand_dims(y, 1)


EXPECTED = {
    Noting: 2 * np.maximum(ROWS, 0),
    Preparing: ROWS + np.arange(3),
    Looping: ROWS - (ROWS.sum(axis=1) + ROWS[:, 0])[:, None],
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_attributes_that_change_no_answer_may_change_and_are_put_back(tmp_path, kind):
    layer = kind(name="inner")
    model = model_of(layer, (None,) if kind is Looping else (3,))
    before = {name: str(value) for name, value in vars(layer).items()}
    export_onnx(model, tmp_path / "m.onnx", verify=False)  # Keras's JAX cannot jit all of them
    assert {name: str(value) for name, value in vars(layer).items()} == before
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    np.testing.assert_array_equal(session.run(None, {"x": ROWS})[0], EXPECTED[kind])


def test_another_thread_finds_no_attribute_that_the_call_of_a_trace_has_set():
    found = []

    class Setting(Layer):
        mode = "eager"

        def call(self, x):
            self.mode = self.other = "traced"
            look = threading.Thread(
                target=lambda: found.append((self.mode, vars(self).get("other")))
            )
            look.start()
            look.join()
            return x if self.mode == self.other else -x

    layer = Setting(name="setting")
    model = model_of(layer)
    found.clear()
    assert [node.op_type for node in to_onnx(model).graph] == ["Identity"]
    assert set(found) == {("eager", None)}
    assert (layer.mode, hasattr(layer, "other")) == ("eager", False)


def test_keras_s_own_layers_are_not_called_twice(monkeypatch):
    x = keras.Input((3, 4), name="x")
    model = keras.Model(x, layers.LSTM(2, dropout=0.1, recurrent_dropout=0.1)(x))
    twice = []
    monkeypatch.setattr(onnx, "_answers_twice", lambda *_: twice.append(1) or True)
    to_onnx(model)
    assert not twice
    to_onnx(model_of(Noting(name="inner")))
    assert twice == [1]
