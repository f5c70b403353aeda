from __future__ import annotations

import keras
import numpy as np
import pytest

from mimo_export.keras_errors import keras_errors, reason_of


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
            raise ValueError("too\nlong")

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
    assert reason_of(symbolic.value) == reason_of(eager.value) == "too"


def test_reason_of_an_error_that_says_nothing_is_its_name() -> None:
    assert reason_of(KeyError()) == "KeyError"
    assert reason_of(ValueError("one\ntwo")) == "one"
