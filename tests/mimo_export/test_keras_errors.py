from __future__ import annotations

import keras
import numpy as np
import pytest

from mimo_export.keras_errors import keras_errors, loading_reason, reason_of


def test_what_a_backend_raises_on_bad_shapes_is_among_them() -> None:
    with pytest.raises(keras_errors()):
        keras.ops.matmul(np.ones((2, 3), "float32"), np.ones((2, 3), "float32"))


@pytest.mark.skipif(keras.backend.backend() != "jax", reason="the error is JAX's own")
def test_what_jax_raises_on_a_decision_about_a_free_dimension_is_among_them() -> None:
    class Large(keras.layers.Layer):  # type: ignore[misc] # Keras is not typed
        def call(self, x):  # type: ignore[no-untyped-def]
            return x if x.shape[0] > 4 else -x

    with pytest.raises(keras_errors(), match="inconclusive"):
        Large()(keras.Input((3,)))


def test_interrupts_and_full_disks_are_not() -> None:
    assert not issubclass(KeyboardInterrupt, keras_errors())
    assert not issubclass(OSError, keras_errors())


def test_reason_is_what_the_innermost_layer_says() -> None:
    class Refusing(keras.layers.Layer):  # type: ignore[misc] # Keras is not typed
        def call(self, x):  # type: ignore[no-untyped-def]
            raise ValueError("too\nlong.\nmuch")

    class Around(keras.layers.Layer):  # type: ignore[misc] # Keras is not typed
        def __init__(self) -> None:
            super().__init__()
            self.inner = Refusing()
            self.inner.build(None)

        def call(self, x):  # type: ignore[no-untyped-def]
            return self.inner(x)

    with pytest.raises(ValueError, match="too") as symbolic:
        Around()(keras.Input((3,)))
    with pytest.raises(ValueError, match="too") as eager:
        Around()(np.ones((2, 3), "float32"))
    assert reason_of(symbolic.value) == reason_of(eager.value) == "too long."


def test_reason_of_an_error_that_says_nothing_is_its_name() -> None:
    assert reason_of(KeyError()) == "KeyError"
    assert reason_of(ValueError("one\nTwo")) == "one"
    assert reason_of(ValueError("one.\ntwo")) == "one."


def test_a_sentence_that_keras_has_wrapped_is_whole() -> None:
    class Kept(keras.layers.Layer):  # type: ignore[misc] # Keras is not typed
        def __init__(self, function) -> None:  # type: ignore[no-untyped-def]
            super().__init__()
            self.function = function

    with pytest.raises(NotImplementedError) as raised:
        Kept(len).get_config()
    assert reason_of(raised.value) == (
        "Object Kept was created by passing non-serializable argument values in `__init__()`, and "
        "therefore the object must override `get_config()` in order to be serializable. Please "
        "implement `get_config()`."
    )


def test_a_class_s_own_words_are_the_reason_that_it_was_not_loaded() -> None:
    class Head(keras.layers.Layer):  # type: ignore[misc] # Keras is not typed
        def __init__(self, units: int) -> None:
            super().__init__()

    config = {"class_name": "Head", "config": {"name": "head", "trainable": True, "units": 3}}
    config |= {"module": None, "registered_name": "Head"}
    with (
        keras.saving.CustomObjectScope({"Head": Head}),
        pytest.raises(TypeError) as caught,
    ):
        keras.saving.deserialize_keras_object(config)
    assert loading_reason(caught.value) == (
        f"{Head.__init__.__qualname__}() got an unexpected keyword argument 'name'"
    )


def test_weights_that_do_not_fit_are_named_with_their_shapes() -> None:
    error = ValueError(
        "A total of 2 objects could not be loaded. Example error message for object "
        "<Dense name=a, built=True>:\n\nThe shapes must match. variable.shape=(3, 5), Received: "
        "value.shape=(3, 4). Target variable: <Variable path=a/kernel, shape=(3, 5), value=[[1\n"
        "2]]>\n\nList of objects that could not be loaded:\n[<Dense name=a, built=True>]"
    )
    assert loading_reason(error) == (
        "the weights of <Dense name=a, built=True> and of 1 more objects do not fit: The shapes "
        "must match. variable.shape=(3, 5), Received: value.shape=(3, 4). Target variable: "
        "<Variable path=a/kernel, shape=(3, 5)"
    )


def test_any_other_reason_is_its_first_paragraph() -> None:
    assert loading_reason(ValueError("no\nwhy\n\nmore")) == "no why"
    assert loading_reason(KeyError()) == "KeyError"
