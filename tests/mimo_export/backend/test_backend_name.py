"""Code that asks for the backend's name in a trace is told one, and named where it gives up."""

import inspect

import keras
import pytest
from keras import layers

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


class Choosy(layers.Layer):
    """Knows three frameworks; `rest` is what it does on any other."""

    def __init__(self, rest, **options):
        super().__init__(**options)
        self.rest = rest

    def call(self, x):
        if keras.backend.backend() in ("jax", "torch", "tensorflow"):
            return x * 2
        return self.rest(x)


def give_up(x):
    raise ValueError(f"unknown backend for {x.shape}")


def model_of(layer):
    x = keras.Input((3,), name="x")
    return keras.Model(x, layer(x), name="model")


def test_a_library_that_knows_no_other_backend_is_told_where_it_asked():
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model_of(Choosy(give_up, name="choosy")))
    lines, first = inspect.getsourcelines(Choosy.call)
    line = first + next(i for i, text in enumerate(lines) if "backend()" in text)
    assert caught.value.what.startswith("layer 'choosy' (Choosy) cannot be traced: ValueError: ")
    assert caught.value.remedy.startswith(
        f"{__file__}:{line} asks keras.backend.backend(), which is 'onnx' while a model is traced: "
    )


def test_one_that_takes_keras_ops_for_the_rest_exports():
    graph = to_onnx(model_of(Choosy(lambda x: keras.ops.add(x, x)))).graph
    assert [node.op_type for node in graph] == ["Add"]


def test_an_error_that_has_nothing_to_do_with_it_names_no_question():
    class Wrong(layers.Layer):
        def call(self, x):
            if keras.backend.backend() != "onnx":
                return x
            return give_up(x)

    class Plain(layers.Layer):
        def call(self, x):
            return give_up(x)

    with pytest.raises(UnsupportedOperationError):
        to_onnx(model_of(Wrong(name="wrong")))
    plain = Plain(name="plain")
    plain.compute_output_spec = lambda x: keras.KerasTensor(x.shape, x.dtype)
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(model_of(plain))
    assert caught.value.remedy.startswith("write its call with keras.ops alone")
