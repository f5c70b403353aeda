"""The models of Keras's guide to the functional API, in small."""

import keras
import pytest
from harness import check_model
from keras import layers, ops


def test_classifier_of_flat_pictures():
    pixels = keras.Input((24,), name="pixels")
    x = layers.Dense(8, activation="relu", name="dense_a")(pixels)
    x = layers.Dense(8, activation="relu", name="dense_b")(x)
    check_model(keras.Model(pixels, layers.Dense(10, name="digits")(x), name="classifier"))


def _encoder():
    picture = keras.Input((16, 16, 1), name="picture")
    x = layers.Conv2D(4, 3, activation="relu")(picture)
    x = layers.Conv2D(6, 3, activation="relu")(x)
    x = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(6, 3, activation="relu")(x)
    code = layers.GlobalMaxPooling2D(name="code")(x)
    return keras.Model(picture, code, name="encoder")


def _decoder():
    code = keras.Input((6,), name="code")
    x = layers.Reshape((3, 2, 1))(code)
    x = layers.Conv2DTranspose(4, 3, activation="relu")(x)
    x = layers.UpSampling2D(3)(x)
    x = layers.Conv2DTranspose(1, 3, activation="relu", name="restored")(x)
    return keras.Model(code, x, name="decoder")


def test_autoencoder_of_two_models_and_a_model_in_the_middle_of_it():
    encoder, decoder = _encoder(), _decoder()
    picture = keras.Input((16, 16, 1), name="input_picture")
    code = encoder(picture)
    check_model(keras.Model(picture, [decoder(code), code], name="autoencoder"))


def test_ensemble_of_three_models():
    def member(name):
        x = keras.Input((8,), name="x")
        return keras.Model(x, layers.Dense(1)(x), name=name)

    x = keras.Input((8,), name="features")
    answers = [member(name)(x) for name in ("first", "second", "third")]
    check_model(keras.Model(x, layers.average(answers, name="mean"), name="ensemble"))


@pytest.mark.parametrize("named", [False, True], ids=["list", "dict"])
def test_ticket_priority_and_department(named):
    title = keras.Input((None,), dtype="int32", name="title")
    body = keras.Input((None,), dtype="int32", name="body")
    tags = keras.Input((5,), name="tags")
    title_features = layers.LSTM(4)(layers.Embedding(20, 6)(title))
    body_features = layers.LSTM(3)(layers.Embedding(20, 6)(body))
    x = layers.concatenate([title_features, body_features, tags])
    priority = layers.Dense(1, activation="sigmoid", name="priority")(x)
    department = layers.Dense(4, activation="softmax", name="department")(x)
    outputs = {"urgency": priority, "desk": department} if named else [priority, department]
    exported = check_model(keras.Model([title, body, tags], outputs, name="tickets"))
    names = [value.name for value in exported.graph.outputs]
    assert names == (["urgency", "desk"] if named else ["priority", "department"])


def test_toy_residual_network():
    picture = keras.Input((16, 16, 3), name="picture")
    x = layers.Conv2D(4, 3, activation="relu")(picture)
    x = layers.Conv2D(6, 3, activation="relu")(x)
    first = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(6, 3, activation="relu", padding="same")(first)
    x = layers.Conv2D(6, 3, activation="relu", padding="same")(x)
    second = layers.add([x, first])
    x = layers.Conv2D(6, 3, activation="relu", padding="same")(second)
    x = layers.Conv2D(6, 3, activation="relu", padding="same")(x)
    x = layers.Conv2D(6, 3, activation="relu")(layers.add([x, second]))
    x = layers.Dropout(0.5)(layers.Dense(8, "relu")(layers.GlobalAveragePooling2D()(x)))
    check_model(keras.Model(picture, layers.Dense(10, name="classes")(x), name="residual"))


def test_two_texts_through_one_embedding():
    shared = layers.Embedding(16, 4, name="shared")
    first = keras.Input((None,), dtype="int32", name="first")
    second = keras.Input((None,), dtype="int32", name="second")
    exported = check_model(keras.Model([first, second], [shared(first), shared(second)]))
    assert [name for name in exported.graph.initializers if "embeddings" in name] == [
        "shared/embeddings"
    ]


def test_every_feature_of_a_network_as_an_output():
    picture = keras.Input((12, 12, 3), name="picture")
    network = keras.Sequential(
        [
            picture,
            layers.Conv2D(4, 3, padding="same", activation="relu", name="block_conv"),
            layers.MaxPooling2D(name="block_pool"),
            layers.Flatten(name="flat"),
            layers.Dense(5, name="scores"),
        ]
    )
    features = [layer.output for layer in network.layers]
    exported = check_model(keras.Model(network.inputs, features))
    names = [value.name for value in exported.graph.outputs]
    assert names == ["block_conv", "block_pool", "flat", "scores"]


class OwnDense(layers.Layer):
    """A dense layer written by hand."""

    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = units

    def build(self, shape):
        self.w = self.add_weight(shape=(shape[-1], self.units), name="w")
        self.b = self.add_weight(shape=(self.units,), name="b")

    def call(self, x):
        return ops.matmul(x, self.w) + self.b


def test_layer_written_by_hand():
    x = keras.Input((4,), name="x")
    check_model(keras.Model(x, OwnDense(10, name="own")(x)))


class StepByStep(layers.Layer):
    """A recurrence in a Python loop over a static number of steps, with a model inside."""

    def __init__(self, units, classifier=None):
        super().__init__()
        self.units = units
        self.inputs_to_state = layers.Dense(units, activation="tanh")
        self.state_to_state = layers.Dense(units, activation="tanh")
        self.classifier = classifier

    def call(self, x):
        collected = []
        state = ops.zeros((ops.shape(x)[0], self.units))
        for step in range(x.shape[1]):
            state = self.inputs_to_state(x[:, step, :]) + self.state_to_state(state)
            collected.append(state)
        return self.classifier(ops.stack(collected, axis=1))


def test_subclassed_layer_that_calls_a_functional_model():
    steps = keras.Input((4, 3), name="features")
    pooled = layers.GlobalAveragePooling1D()(steps)
    classifier = keras.Model(steps, layers.Dense(1, activation="sigmoid")(pooled))
    x = keras.Input((4, 5), name="x")
    check_model(keras.Model(x, StepByStep(3, classifier)(x)))
