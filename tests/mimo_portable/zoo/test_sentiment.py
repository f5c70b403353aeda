"""The sentiment networks: layers, names, normalisation inside, and the shared layer."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from mimo_portable.errors import ConfigError
from mimo_portable.zoo import sentiment
from mimo_portable.zoo.sentiment import CONFIGURATIONS, SPEC, SentimentConfig

SMALL = {"vocabulary_size": 12, "image_filters": (2,), "image_reduction": 4, "embedding_width": 3}


def test_the_reference_is_one_convolution_one_lstm_and_one_head():
    model = sentiment.build(SentimentConfig())
    assert [(layer.name, type(layer).__name__) for layer in model.layers] == [
        ("image_input", "InputLayer"),
        ("image_normalization", "Rescaling"),
        ("image_convolution_1", "Conv2D"),
        ("text_input", "InputLayer"),
        ("image_pool_1", "MaxPooling2D"),
        ("text_embedding", "Embedding"),
        ("image_flatten", "Flatten"),
        ("text_lstm", "LSTM"),
        ("joined", "Concatenate"),
        ("sentiment", "Dense"),
    ]
    assert model.get_layer("image_convolution_1").kernel.shape == (3, 3, 3, 32)
    assert model.get_layer("text_lstm").units == 64
    assert model.get_layer("sentiment").kernel.shape == (63 * 63 * 32 + 64, 1)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_inputs_and_outputs_are_the_contract(name):
    model = sentiment.build(CONFIGURATIONS[name])
    assert [(t.name, t.shape, t.dtype) for t in model.inputs] == [
        (t.name, (None, *t.shape), t.dtype) for t in SPEC.inputs
    ]
    assert {n: (t.shape, t.dtype) for n, t in model.output.items()} == {
        t.name: ((None, *t.shape), t.dtype) for t in SPEC.outputs
    }


def test_loss_and_metric_are_those_of_the_contract():
    (output,) = SPEC.outputs
    assert (output.loss, output.metrics, output.baseline) == (
        "binary_crossentropy",
        ("accuracy",),
        "majority",
    )
    assert output.scores == ("balanced_accuracy", "accuracy")


def test_white_is_zero_and_black_is_the_scale():
    model = sentiment.build(SentimentConfig(**SMALL, image_scale=0.5))
    normalise = keras.Model(model.inputs, model.get_layer("image_normalization").output)
    image = np.zeros((1, 128, 128, 3), np.float32)
    image[:, :64] = 255
    values = normalise.predict({"image_input": image, "text_input": np.ones((1, 100), np.int32)})
    np.testing.assert_allclose(values[:, :64], 0, atol=1e-6)
    np.testing.assert_allclose(values[:, 64:], 0.5, atol=1e-6)


def test_a_mask_makes_padding_invisible():
    """Tokens on the right of the padding's start decide alone, wherever the padding begins."""
    model = sentiment.build(SentimentConfig(**SMALL, embedding_mask=True))
    read = keras.Model(model.inputs, model.get_layer("text_lstm").output)
    image = np.zeros((2, 128, 128, 3), np.float32)
    text = np.zeros((2, 100), np.int32)
    text[0, :3] = text[1, 40:43] = 5, 6, 7
    first, second = read.predict({"image_input": image, "text_input": text}, verbose=0)
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_a_shared_projection_is_one_layer_called_on_both_inputs():
    config = SentimentConfig(**SMALL, image_units=4, text_units=4, shared_projection=True)
    model = sentiment.build(config)
    layer = model.get_layer("shared_projection")
    assert len(layer.weights) == 2
    assert len(layer._inbound_nodes) == 2
    assert model.get_layer("sentiment").kernel.shape == (8, 1)


def test_a_shared_projection_of_two_widths_is_refused():
    with pytest.raises(ConfigError) as error:
        SentimentConfig(shared_projection=True)
    assert str(error.value) == (
        "shared_projection=true needs features of one width, got image_units=0 and text_units=64\n"
        "  where:  the configuration of model 'sentiment'\n"
        "  remedy: set image_units=64, or shared_projection=false"
    )


def test_a_mask_that_the_text_encoder_would_ignore_is_refused():
    with pytest.raises(ConfigError) as error:
        SentimentConfig(text_encoder="pool", embedding_mask=True)
    assert str(error.value) == (
        "embedding_mask=true is for text_encoder=lstm, got pool\n"
        "  where:  the configuration of model 'sentiment'\n"
        "  remedy: set text_encoder=lstm, or embedding_mask=false"
    )
