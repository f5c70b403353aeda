"""The switch exchanges Keras's backend wholly, and puts everything back."""

import inspect

import keras
import numpy as np
import pytest
from harness import check_model

from mimo_export.backend import FAMILIES, _keras_private, _switch, onnx_backend
from mimo_export.backend._graph import Graph
from mimo_export.backend._tensor import TracedTensor
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


class Whiten(keras.layers.Layer):
    def call(self, x):
        return keras.ops.svd(x)[0]


class Branching(keras.layers.Layer):
    def call(self, x):
        return x if keras.ops.sum(x) > 0 else -x


class Holding(keras.Model):
    """Holds a layer, which `build` leaves out."""

    def __init__(self, layer):
        super().__init__(name="holding")
        self.layer = layer

    def call(self, x):
        return self.layer(x)


class Places(keras.layers.Layer):
    """Holds a tensor that is no weight."""

    def build(self, _):
        self.places = keras.ops.arange(1, 9, dtype="float32")[None]

    def call(self, x):
        return x * self.places[:, : keras.ops.shape(x)[1]]

    def compute_output_shape(self, shape):
        return shape


class Foreign(keras.layers.Layer):
    def call(self, x):
        return np.sin(x)


class Model(keras.Model):
    def __init__(self, layer):
        super().__init__(name="ads")
        self.layer = layer

    def call(self, x):
        return self.layer(x)

    def build(self, shape):
        self.built = True


def refused(layer):
    model = Model(layer)
    model.build((None, 4, 4))
    with pytest.raises(UnsupportedOperationError) as raised:
        to_onnx(model)
    return str(raised.value)


def test_a_function_without_an_onnx_form_is_refused_with_its_layer():
    assert refused(Whiten(name="whiten")) == (
        "keras.ops.svd has no ONNX form: its values come from an iteration without a fixed end, "
        "and nothing fixes the signs of the vectors\n"
        "  where:  layer 'whiten' (Whiten) of model 'ads' (Model), called on float32[batch, 4, 4]\n"
        "  remedy: compute it outside the model, or replace it by other operations; "
        "export/README.md, 'Add an operation', shows how to add one"
    )


def test_a_tensor_that_a_layer_holds_is_traced_where_the_layer_computes():
    layer = Places()
    x = keras.Input((None,))
    model = keras.Model(x, layer(x))
    held = layer.places
    check_model(model)
    assert layer.places is held


def test_a_branch_in_python_is_refused_with_what_to_write_instead():
    assert refused(Branching(name="branching")) == (
        "the value of a bool[] is asked for in Python while the model is traced\n"
        "  where:  layer 'branching' (Branching) of model 'ads' (Model)\n"
        "  remedy: express the decision with keras.ops (where, cond, while_loop) instead of "
        "Python's if, int() or numpy(): a file is written once, for every input; a decision about "
        "sizes alone needs inputs whose sizes are fixed"
    )


def test_code_that_is_not_keras_is_refused_with_its_layer():
    line = Foreign.call.__code__.co_firstlineno + 1
    assert refused(Foreign(name="foreign")) == (
        "np.sin of NumPy is called on a traced tensor, which only keras.ops knows\n"
        f"  where:  layer 'foreign' (Foreign) of model 'ads' (Model), {__file__}:{line}\n"
        "  remedy: call keras.ops.sin instead, which computes on every backend"
    )


def test_everything_is_put_back_also_after_an_error():
    before = keras.backend.backend()
    tables = _tables()
    refused(Whiten(name="whiten"))
    assert keras.backend.backend() == before
    assert [id(table) for table in _tables()] == [id(table) for table in tables]
    assert keras.config.is_traceback_filtering_enabled()
    x = keras.ops.ones((2, 2))
    assert not isinstance(keras.ops.add(x, x), TracedTensor)
    assert keras.ops.convert_to_numpy(keras.layers.Dense(3)(x)).shape == (2, 3)


def _tables():
    return _switch.keras_dtypes.PYTHON_DTYPES_MAP, _switch.keras_dtypes.BIT64_TO_BIT32_DTYPE


def test_inside_the_backend_has_one_name_and_one_dtype_for_python_integers():
    with onnx_backend(), Graph(17).current():
        assert keras.backend.backend() == "onnx"
        assert keras.ops.convert_to_tensor(3).dtype == "int32"
        assert keras.backend.result_type("int64", "int32") == "int64"
        assert keras.backend.result_type("float64", "float32") == "float64"


def test_preprocessing_layers_use_the_switched_backend():
    layer = keras.layers.Rescaling(0.5)
    with onnx_backend(), Graph(17).current() as graph:
        y = layer(graph.input("x", "float32", ("batch", 2)))
    assert isinstance(y, TracedTensor)


@pytest.mark.skipif(
    keras.backend.backend() != "jax",
    reason="Keras's other backends call some parameters otherwise; ours are named as on JAX",
)
def test_our_functions_take_the_parameters_that_keras_passes():
    asked = _switch.interface()
    for family, module in FAMILIES.items():
        running = _keras_private.family(family)
        for name in asked[family]:
            if not hasattr(module, name):
                continue
            theirs = _parameters(getattr(running, name))
            ours = _parameters(getattr(module, name))
            if ours == ["args"]:
                continue  # refuses whatever it is called with
            assert ours[: len(theirs)] == theirs, f"{family}.{name}"


def _parameters(function):
    parameters = inspect.signature(function).parameters.values()
    return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]


@pytest.mark.filterwarnings("ignore:`build\\(\\)` was called on layer 'holding'")
@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.Dense(2, name="inner"),
        lambda: keras.layers.LayerNormalization(name="inner"),  # would draw no numbers
        lambda: keras.Sequential([keras.layers.Dense(2)], name="inner"),
    ],
)
def test_a_layer_that_was_never_built_is_refused_and_can_be_built_then(layer):
    model = Holding(layer())
    model.build((None, 4))
    kind = type(model.layer).__name__
    is_model = isinstance(model.layer, keras.Model)
    inner = f"{'model' if is_model else 'layer'} 'inner' ({kind})"
    where = "model 'holding' (Holding)" if is_model else f"{inner} of model 'holding' (Holding)"
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model)
    assert str(caught.value) == (
        f"{inner} was never built, so that it has no weights yet\n"
        f"  where:  {where}\n"
        "  remedy: call the model once on sample data before the export: `build` may leave inner "
        "layers out; make layers that have weights in __init__, not in call"
    )
    model(np.zeros((1, 4), "float32"))
    check_model(model)


def test_a_layer_that_runs_out_of_memory_is_not_called_untraceable():
    class Large(keras.layers.Layer):
        def call(self, x):
            raise MemoryError("all of it")

        def compute_output_spec(self, x):
            return keras.KerasTensor(x.shape, x.dtype)

    x = keras.Input((3,), name="x")
    with pytest.raises(MemoryError, match="all of it"):
        to_onnx(keras.Model(x, Large()(x)))
