"""The layers and models of Keras's guides to new layers and to subclassing, in small."""

import keras
import numpy as np
import pytest
from harness import check_model
from keras import layers, ops

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx


class Linear(layers.Layer):
    """A product and a sum, with weights of its own."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), name="w")
        self.b = self.add_weight(shape=(self.units,), name="b")

    def call(self, inputs):
        return ops.matmul(inputs, self.w) + self.b


class MLPBlock(layers.Layer):
    """Layers made of layers."""

    def __init__(self, **options):
        super().__init__(**options)
        self.linear_1, self.linear_2, self.linear_3 = Linear(8), Linear(8), Linear(1)

    def call(self, inputs):
        x = ops.relu(self.linear_1(inputs))
        return self.linear_3(ops.relu(self.linear_2(x)))


def test_layer_of_layers():
    x = keras.Input((5,), name="x")
    check_model(keras.Model(x, MLPBlock(name="block")(x)))


class RunningSum(layers.Layer):
    """Adds what it saw in training to a weight that is not trained."""

    def __init__(self, width, **options):
        super().__init__(**options)
        self.total = self.add_weight(shape=(width,), trainable=False, name="total")

    def call(self, inputs, training=False):
        if training:
            self.total.assign(self.total + ops.sum(inputs, axis=0))
        return self.total + ops.zeros_like(inputs)


def test_weight_that_is_not_trained():
    x = keras.Input((3,), name="x")
    check_model(keras.Model(x, RunningSum(3, name="sum")(x)))


class Penalised(layers.Layer):
    """Adds a loss, and computes nothing."""

    def call(self, inputs):
        self.add_loss(1e-2 * ops.mean(inputs))
        return inputs


class OwnDropout(layers.Layer):
    """Drops in training alone."""

    def __init__(self, rate, **options):
        super().__init__(**options)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, inputs, training=None):
        if training:
            return keras.random.dropout(inputs, rate=self.rate, seed=self.seed_generator)
        return inputs


def test_losses_and_dropout_leave_nothing_in_the_file():
    x = keras.Input((3,), name="x")
    y = OwnDropout(0.5, name="dropped")(Penalised(name="penalised")(x))
    model = keras.Model(x, layers.Dense(2, name="y")(y))
    check_model(model, ops=["Gemm"])


class ResidualBlock(layers.Layer):
    """Two convolutions around which the input is led."""

    def __init__(self, filters):
        super().__init__()
        self.conv_1 = layers.Conv2D(filters, 3, padding="same")
        self.norm_1 = layers.BatchNormalization()
        self.conv_2 = layers.Conv2D(filters, 3, padding="same")
        self.norm_2 = layers.BatchNormalization()

    def call(self, x):
        y = ops.relu(self.norm_1(self.conv_1(x)))
        return ops.relu(x + self.norm_2(self.conv_2(y)))


class ResNet(keras.Model):
    """A subclassed model of such blocks."""

    def __init__(self, classes):
        super().__init__()
        self.blocks = [ResidualBlock(3), ResidualBlock(3)]
        self.pool = layers.GlobalAveragePooling2D()
        self.classifier = layers.Dense(classes)

    def call(self, inputs):
        x = inputs
        for block in self.blocks:
            x = block(x)
        return self.classifier(self.pool(x))


def test_subclassed_residual_network():
    model = ResNet(4)
    model(np.zeros((1, 6, 6, 3), "float32"))
    check_model(model)


class Sampling(layers.Layer):
    """Draws a code around a mean."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs):
        mean, log_variance = inputs
        shape = (ops.shape(mean)[0], ops.shape(mean)[1])
        noise = keras.random.normal(shape=shape, seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_variance) * noise


class QuietSampling(Sampling):
    """Draws in training; at inference the code is the mean."""

    def call(self, inputs, training=None):
        return super().call(inputs) if training else inputs[0]


def _variational(sampling):
    pixels = keras.Input((12,), name="pixels")
    hidden = layers.Dense(6, activation="relu")(pixels)
    mean, log_variance = layers.Dense(2, name="mean")(hidden), layers.Dense(2)(hidden)
    code = sampling([mean, log_variance])
    hidden = layers.Dense(6, activation="relu")(code)
    restored = layers.Dense(12, activation="sigmoid", name="restored")(hidden)
    return keras.Model(pixels, [restored, mean], name="variational")


def test_variational_autoencoder_that_draws_in_training_alone():
    check_model(_variational(QuietSampling()))


def test_variational_autoencoder_that_draws_at_inference_is_refused():
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(_variational(Sampling(name="sampling")))
    assert str(caught.value) == (
        "keras.random.normal draws numbers, and a file gives one answer to one input\n"
        "  where:  layer 'sampling' (Sampling) of model 'variational' (Functional)\n"
        "  remedy: make the random numbers an input of the model, or draw them in training alone: "
        "`if training:`"
    )


def test_noise_as_an_input_as_the_remedy_says():
    class Reparameterised(layers.Layer):
        def call(self, mean, log_variance, noise):
            return mean + ops.exp(0.5 * log_variance) * noise

    pixels, noise = keras.Input((12,), name="pixels"), keras.Input((2,), name="noise")
    mean, log_variance = layers.Dense(2)(pixels), layers.Dense(2)(pixels)
    code = Reparameterised(name="code")(mean, log_variance, noise)
    check_model(keras.Model([pixels, noise], layers.Dense(12, name="restored")(code)))


class Attend(keras.Model):
    """A subclassed model with two named inputs, a nested output and an argument of its own."""

    def __init__(self):
        super().__init__()
        self.project, self.norm = layers.Dense(4), layers.LayerNormalization()

    def call(self, inputs, training=False):
        query, memory = self.project(inputs["query"]), self.project(inputs["memory"])
        scores = ops.softmax(ops.einsum("bqd,bkd->bqk", query, memory) / ops.sqrt(4.0))
        mixed = self.norm(ops.matmul(scores, memory))
        return {"mixed": mixed, "about": {"scores": scores, "best": ops.argmax(scores, axis=-1)}}


def test_subclassed_model_with_dictionaries():
    model = Attend()
    model({"query": np.zeros((1, 3, 5), "float32"), "memory": np.zeros((1, 4, 5), "float32")})
    exported = check_model(model)
    names = [value.name for value in exported.graph.outputs]
    assert names == ["mixed", "about/scores", "about/best"]
