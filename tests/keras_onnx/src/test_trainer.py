"""Prediction and evaluation in onnxruntime, against JAX and against hand-made numbers."""

import subprocess
import sys

import keras
import numpy as np
import pytest
from keras import layers
from keras_onnx_models import MODELS, expected_of, inputs_of

NEAR = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def models():
    keras.utils.set_random_seed(0)
    made = {build.__name__: build() for build in MODELS}
    for model in made.values():
        rng = np.random.default_rng(1)
        # Variances must stay positive.
        model.set_weights([np.abs(w + rng.normal(0, 0.1, w.shape)) for w in model.get_weights()])
    return made


@pytest.fixture(scope="module")
def expected(models, tmp_path_factory):
    return expected_of(tmp_path_factory.mktemp("models"), models)


@pytest.mark.parametrize("name", [build.__name__ for build in MODELS])
def test_predictions_and_calls_are_those_of_jax(models, expected, name):
    model, inputs = models[name], inputs_of(models[name])
    for found in (model.predict(inputs, batch_size=3, verbose=0), model(inputs)):
        flat = [np.asarray(x) for x in keras.tree.flatten(found)]
        for got, want in zip(flat, expected[name], strict=True):
            np.testing.assert_allclose(got, want, **NEAR)


ALONE = """
import sys

class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("jax", "torch", "tensorflow"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Nowhere())
import keras_onnx
import keras
import numpy as np

model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, kernel_initializer="ones")])
print(keras.backend.backend(), model.predict(np.ones((1, 2)), verbose=0).tolist())
"""


def test_a_model_runs_where_no_framework_can_be_imported():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=True)
    assert done.stdout == "onnx [[2.0]]\n"


def test_a_loaded_model_predicts_the_same(models, tmp_path):
    model = models["two_heads"]
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    inputs = inputs_of(model)
    before, after = model.predict(inputs, verbose=0), loaded.predict(inputs, verbose=0)
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True, True]


def test_a_model_is_compiled_once_and_again_when_a_weight_changes():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, use_bias=False)])
    x = np.eye(2, dtype="float32")
    model.set_weights([np.array([[1.0], [2.0]])])
    assert model.predict(x, verbose=0).ravel().tolist() == [1, 2]
    (program,) = model._programs.values()
    model.predict(x[:1], verbose=0)
    assert list(model._programs.values()) == [program]
    model.layers[0].kernel.assign_add([[10.0], [10.0]])
    assert model.predict(x, verbose=0).ravel().tolist() == [11, 12]


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(2, kernel_initializer="ones")

    def call(self, inputs, training=False):
        if training:
            return inputs["a"]
        return {"sum": self.dense(inputs["a"]), "twice": inputs["b"] * 2}


def test_a_subclassed_model_is_built_by_its_first_prediction():
    found = Subclassed().predict({"a": np.ones((3, 4)), "b": np.arange(3)}, verbose=0)
    assert found["sum"].tolist() == [[4, 4]] * 3
    assert found["twice"].tolist() == [0, 2, 4]


def test_evaluation_gives_losses_and_metrics():
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", metrics=["mae"])
    x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.0], [0.0], [0.0], [0.0]])
    found = model.evaluate(x, y, batch_size=2, verbose=0, return_dict=True)
    assert found == pytest.approx({"loss": 3.5, "mae": 1.5})
    assert model.test_on_batch(x, y, return_dict=True)["loss"] == pytest.approx(3.5)


@pytest.mark.parametrize("method", ["fit", "train_on_batch"])
def test_training_is_refused_with_what_to_do(method):
    model = keras.Sequential([keras.Input((1,)), layers.Dense(1)])
    with pytest.raises(NotImplementedError) as raised:
        getattr(model, method)(np.ones((1, 1)), np.ones((1, 1)))
    assert str(raised.value) == (
        "the ONNX backend does not train: train with KERAS_BACKEND=jax, torch or tensorflow, and "
        "load the model here"
    )
