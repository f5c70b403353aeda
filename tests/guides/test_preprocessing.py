"""The models of Keras's guides to preprocessing and to structured data, in small."""

import keras
import numpy as np
import pytest
from harness import check_model
from keras import layers


def _adapted(data):
    layer = layers.Normalization(name="normalised")
    layer.adapt(np.asarray(data, "float32"))
    return layer


def test_normalisation_with_the_statistics_of_data():
    rng = np.random.default_rng(0)
    x = keras.Input((3,), name="features")
    y = layers.Dense(2, name="classes")(_adapted(rng.normal(5, 3, (50, 3)))(x))
    check_model(keras.Model(x, y), ops=["Gemm"])


def test_augmentation_in_front_of_a_network_is_gone():
    picture = keras.Input((8, 8, 3), name="picture")
    augment = keras.Sequential(
        [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)]
    )
    x = layers.Rescaling(1.0 / 255)(augment(picture))
    x = layers.Conv2D(4, 3, activation="relu")(x)
    model = keras.Model(picture, layers.Dense(3, name="classes")(layers.Flatten()(x)))
    exported = check_model(model, values=lambda rng, shape: rng.uniform(0, 255, shape))
    assert not [node.op_type for node in exported.graph if "Random" in node.op_type]


def test_picture_of_another_size():
    picture = keras.Input((9, 11, 3), name="picture")
    x = layers.Rescaling(1.0 / 127.5, offset=-1)(layers.CenterCrop(6, 6)(picture))
    x = layers.Resizing(4, 4)(x)
    check_model(
        keras.Model(picture, layers.GlobalAveragePooling2D(name="mean")(x)),
        values=lambda rng, shape: rng.uniform(0, 255, shape),
    )


def test_patients_with_numbers_and_categories():
    rng = np.random.default_rng(0)
    age = keras.Input((1,), name="age")
    pressure = keras.Input((1,), name="pressure")
    sex = keras.Input((1,), dtype="int32", name="sex")
    kind = keras.Input((1,), dtype="int32", name="kind")
    decades = layers.Discretization(bin_boundaries=[-1.0, 0.0, 1.0], output_mode="one_hot")
    encoded = [
        decades(age),
        _adapted(rng.normal(120, 10, (40, 1)))(pressure),
        layers.CategoryEncoding(num_tokens=4, output_mode="one_hot")(sex),
        layers.CategoryEncoding(num_tokens=4, output_mode="multi_hot")(kind),
    ]
    x = layers.Dense(6, activation="relu")(layers.concatenate(encoded))
    risk = layers.Dense(1, activation="sigmoid", name="risk")(layers.Dropout(0.5)(x))
    check_model(keras.Model([age, pressure, sex, kind], risk))


def test_wide_and_deep():
    rng = np.random.default_rng(0)
    numbers = keras.Input((3,), name="numbers")
    category = keras.Input((), dtype="int32", name="category")
    vector = layers.Embedding(5, 2)(category)
    everything = layers.concatenate([_adapted(rng.normal(size=(30, 3)))(numbers), vector])
    deep = everything
    for _ in range(2):
        deep = layers.ReLU()(layers.BatchNormalization()(layers.Dense(6)(deep)))
    wide = layers.BatchNormalization()(everything)
    crossed = layers.Dense(2, activation="softmax", name="income")(layers.concatenate([wide, deep]))
    check_model(keras.Model([numbers, category], crossed))


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="Keras makes lookup layers with TensorFlow"
)
def test_codes_are_looked_up_in_the_file():
    code = keras.Input((1,), dtype="int64", name="code")
    encoded = layers.IntegerLookup(vocabulary=[3, 5, 8], output_mode="one_hot", name="looked_up")
    model = keras.Model(code, layers.Dense(2, name="classes")(encoded(code)))
    check_model(model, values=lambda rng, shape: rng.choice([3, 4, 5, 8], shape))
