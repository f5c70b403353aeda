"""The names in a file are those that count, whatever the process has built before."""

import hashlib
import warnings

import keras
import onnx_ir as ir
import pytest
from keras import layers

from mimo_export.archive import load_keras
from mimo_export.interface import interface_of
from mimo_export.onnx import to_onnx
from mimo_export.single_file import export_onnx


@keras.saving.register_keras_serializable("filed")
class Scorer(layers.Layer):
    """Leaves its name out of its configuration, as many an author's class does."""

    def __init__(self, **options):
        super().__init__()

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 1), name="kernel")

    def call(self, x):
        return keras.ops.matmul(x, self.kernel)

    def get_config(self):
        return {}


@keras.saving.register_keras_serializable("filed")
class Made(keras.Model):
    """Makes its graph anew when it is loaded, without names."""

    def __init__(self, units=2, **options):
        self.units = units
        x = keras.Input((4,))
        super().__init__(x, [layers.Dense(units)(x), Scorer()(x)], **options)

    def get_config(self):
        return {"units": self.units}


def heads():
    """Return a model of two heads of a class whose names are in the file alone."""
    x = keras.Input((4,), name="x")
    risk, diagnosis = Scorer(), Scorer()
    risk.name, diagnosis.name = "risk", "diagnosis"
    return keras.Model(x, [diagnosis(x), risk(x)], name="medical")


def stack():
    """Return a model whose last layer has no name in the file."""
    return keras.Sequential([keras.Input((4,), name="x"), layers.Dense(3), Scorer()])


def exported(path, target):
    """Return the output names and the checksum of what is written of a file."""
    data = export_onnx(path, target).read_bytes()
    names = [value.name for value in ir.load(target).graph.outputs]
    return names, hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize(
    ("make", "outputs"),
    [(heads, ["diagnosis", "risk"]), (stack, ["scorer"]), (Made, ["dense", "scorer"])],
)
def test_names_and_bytes_do_not_depend_on_a_hundred_models_before(make, outputs, tmp_path):
    files = [tmp_path / f"{i}.keras" for i in range(2)]
    for path in files:
        make().save(path)
    first = exported(files[0], tmp_path / "first.onnx")
    for i in range(100):
        keras.Sequential([keras.Input((4,)), layers.Dense(1), Scorer()], name=f"other_{i}")
    again = exported(files[0], tmp_path / "again.onnx")
    assert first == again
    assert first[0] == outputs
    for path in reversed(files):
        assert exported(path, tmp_path / "x.onnx")[0] == outputs


def test_the_head_with_a_name_has_its_own_numbers(tmp_path):
    model = heads()
    for number, name in enumerate(("risk", "diagnosis"), start=1):
        kernel = model.get_layer(name).kernel
        kernel.assign(number * keras.ops.ones(kernel.shape))
    model.save(tmp_path / "m.keras")
    load_keras(tmp_path / "m.keras")  # numbers the class further
    loaded = load_keras(tmp_path / "m.keras")
    result = interface_of(loaded).call({"x": keras.ops.ones((1, 4))})
    values = {name: keras.ops.convert_to_numpy(value).item() for name, value in result.items()}
    assert values == {"diagnosis": 8.0, "risk": 4.0}


def test_inputs_without_a_name_in_the_file_are_named_after_their_class(tmp_path):
    Made().save(tmp_path / "m.keras")
    for _ in range(2):
        graph = to_onnx(load_keras(tmp_path / "m.keras")).graph
        assert [value.name for value in graph.inputs] == ["input_layer"]


def test_keras_loads_as_before_outside_of_the_block(tmp_path):
    heads().save(tmp_path / "m.keras")
    load_keras(tmp_path / "m.keras")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert not {layer.name for layer in loaded.layers} & {"risk", "diagnosis"}
