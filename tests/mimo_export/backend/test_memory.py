"""What a call leaves for the next is refused where the answer reads it, and is harmless else."""

import keras
import numpy as np
import pytest
from harness import check_model
from keras import ops

from mimo_export.declare import with_inputs
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


class Counting(keras.layers.Layer):
    """Has a variable that each call changes."""

    def build(self, _):
        self.n = self.add_weight(shape=(3,), initializer="zeros", trainable=False, name="n")

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


class Adding(Counting):
    def call(self, x):
        self.n.assign(self.n + 1)
        return x + self.n


class Summing(Counting):
    def call(self, x):
        self.n.assign_add(ops.sum(x, axis=0))
        return x + self.n


class Deciding(Counting):
    def call(self, x):
        self.n.assign_add(ops.ones(3))
        return x if float(self.n[0]) > 1 else -x


class Unread(Counting):
    def call(self, x):
        self.n.assign_add(ops.sum(x, axis=0))
        return x * 2


class Rewritten(Counting):
    """Reads only what this call wrote."""

    def call(self, x):
        self.n.assign(ops.sum(x, axis=0))
        return x + self.n


class AssigningInABranch(Counting):
    def call(self, x):
        n = self.n
        ops.cond(ops.sum(x) > 0, lambda: n.assign(n + 1), lambda: n.assign(n - 1))
        return x


class Measuring(keras.layers.Layer):
    """The end point of Keras's guide to subclassing: loss and metric inside of a call."""

    def __init__(self, reads, **kwargs):
        super().__init__(**kwargs)
        self.loss = keras.losses.BinaryCrossentropy(from_logits=True)
        self.metric = keras.metrics.MeanSquaredError(name="error")
        self.reads = reads

    def call(self, x):
        self.add_loss(self.loss(ops.zeros_like(x), x))
        self.metric.update_state(ops.zeros_like(x), x)
        return x + self.metric.result() if self.reads else ops.softmax(x)


class Drawing(keras.layers.Layer):
    """Moves a seed at inference too, as Keras's own layers may."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x):
        self.seed.next()
        return x * 2


class Keeping(keras.layers.Layer):
    """Keeps a tensor of its last call, for somebody to look at."""

    def call(self, x):
        self.last = ops.relu(x)
        self.scores = {"of": self.last}
        return self.last + 1


class Chaining(keras.layers.Layer):
    """Reads the tensor of the call before."""

    last = None

    def call(self, x):
        y = x if self.last is None else x + ops.sum(self.last)
        self.last = ops.relu(x)
        return y

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)


class Looking(keras.Model):
    """Reads what its layer has kept of this call."""

    def __init__(self):
        super().__init__(name="looking")
        self.keeping = Keeping(name="keeping")

    def call(self, x):
        return self.keeping(x) + self.keeping.last


def model_of(layer):
    x = keras.Input((3,), name="x")
    return keras.Model(x, layer(x), name="model")


def refusal(what, kind):
    return (
        f"{what} is changed by the call, and the next answer depends on it: Keras remembers it "
        "from one call to the next, a file does not\n"
        f"  where:  layer 'inner' ({kind}) of model 'model' (Functional)\n"
        "  remedy: make the value an input of the model and the new one an output; or change it in "
        "training alone: `if training:`"
    )


@pytest.mark.parametrize("kind", [Adding, Summing, Deciding])
def test_a_variable_that_the_call_changes_and_reads_is_refused_by_name_and_layer(kind):
    layer = kind(name="inner")
    model = model_of(layer)
    before = ops.convert_to_numpy(layer.n)
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == refusal("variable 'n'", kind.__name__)
    np.testing.assert_array_equal(ops.convert_to_numpy(layer.n), before)


def test_a_metric_whose_result_is_part_of_the_answer_is_refused():
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model_of(Measuring(reads=True, name="inner")))
    assert str(caught.value) == refusal("variable 'total'", "Measuring")


@pytest.mark.parametrize(
    "make", [Unread, Rewritten, Drawing, lambda **name: Measuring(reads=False, **name)]
)
def test_what_the_answer_does_not_read_may_change(make):
    check_model(model_of(make(name="inner")))


def test_a_variable_assigned_in_a_condition_is_refused():
    model = model_of(AssigningInABranch(name="inner"))
    with pytest.raises(UnsupportedOperationError, match=r"^variable 'n' is assigned in"):
        to_onnx(model)


def test_moving_statistics_and_dropout_are_read_at_inference_as_ever():
    x = keras.Input((3,), name="x")
    y = keras.layers.BatchNormalization()(keras.layers.Dropout(0.5)(x))
    check_model(keras.Model(x, keras.layers.GaussianNoise(0.1)(y)))


@pytest.mark.parametrize("eager", [False, True])
def test_a_tensor_kept_of_an_earlier_call_does_not_matter(eager):
    layer = Keeping(name="keeping")
    model = model_of(layer)
    if eager:
        layer(np.ones((2, 3), "float32"))
    kept, scores = layer.last, layer.scores
    exported = to_onnx(model)
    assert [node.op_type for node in exported.graph] == ["Relu", "Add"]
    assert layer.last is kept
    assert layer.scores is scores
    check_model(model)


@pytest.mark.parametrize("eager", [False, True])
def test_a_tensor_that_a_layer_kept_of_this_call_is_read_by_others(eager):
    model = Looking()
    if eager:
        model(np.full((2, 3), 7, "float32"))
    model = with_inputs(model, [keras.Input((3,), name="x")])
    exported = to_onnx(model)
    assert [node.op_type for node in exported.graph] == ["Relu", "Add", "Add"]


@pytest.mark.parametrize("eager", [False, True])
def test_a_tensor_of_the_call_before_that_the_answer_reads_is_refused(eager):
    layer = Chaining(name="inner")
    model = model_of(layer)
    if eager:
        layer(np.ones((2, 3), "float32"))
    held = layer.last
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == refusal("attribute 'last'", "Chaining")
    assert layer.last is held


def test_a_scope_of_names_in_a_call_is_part_of_the_names_of_its_nodes():
    class Scoped(keras.layers.Layer):
        def call(self, x):
            with keras.name_scope("inner"):
                return x * 2

    x = keras.Input((3,), name="x")
    model = keras.Model(x, Scoped(name="scoped")(x), name="model")
    assert [node.name for node in check_model(model).graph] == ["scoped/inner/Mul"]
