"""Layers with a form of their own: one Scan for TimeDistributed, a refusal for foreign code."""

import keras
import pytest
from harness import check_layer
from keras import layers

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx

KERAS_COUNTS_THE_BATCH = pytest.mark.xfail(
    keras.backend.backend() == "tensorflow",
    reason="in a TensorFlow graph Keras 3.15 counts the batch where it means the steps",
)


@pytest.mark.parametrize("length", [5, pytest.param(None, marks=KERAS_COUNTS_THE_BATCH)])
def test_time_distributed_is_one_scan(length):
    check_layer(
        layers.TimeDistributed(layers.Dense(4)), (length, 3), ops=["Transpose", "Scan", "Transpose"]
    )


def test_call_of_keras_is_put_back():
    before = layers.TimeDistributed.call
    check_layer(layers.TimeDistributed(layers.Dense(4)), (5, 3))
    assert layers.TimeDistributed.call is before


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow",
    reason="Keras asks for the sign of a size, which a TensorFlow graph does not know yet",
)
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
def test_bilinear_up_sampling_of_pictures_of_any_size_is_one_resize(data_format):
    layer = layers.UpSampling2D((2, 3), interpolation="bilinear", data_format=data_format)
    shape = (None, None, 2) if data_format == "channels_last" else (2, None, None)
    exported = check_layer(layer, shape)
    assert [node.op_type for node in exported.graph].count("Resize") == 1


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="the layer calls TensorFlow")
def test_the_thresholded_relu_of_older_files_is_one_comparison():
    config = {"theta": 0.5, "name": "above"}
    home = {"class_name": "ThresholdedReLU", "module": "keras._legacy.layers"}
    layer = keras.saving.deserialize_keras_object({**home, "config": config})
    check_layer(layer, (4,))


def test_a_crop_of_integers_that_keras_gives_in_two_dtypes_is_refused_as_such():
    x = keras.Input((None, None, 3), dtype="uint8", name="x")
    with pytest.raises(UnsupportedOperationError, match="a CenterCrop of uint8 images of a dynami"):
        to_onnx(keras.Model(x, layers.CenterCrop(4, 4, dtype="uint8")(x)))
