import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from keras import layers

from mimo_export.declare import load_with_inputs, spec_of, with_inputs
from mimo_export.errors import InputError, ModelFileError
from mimo_export.interface import call_by_name, interface_of
from mimo_export.onnx import to_onnx
from mimo_export.single_file import export_onnx
from mimo_portable.specs import TensorSpec


@keras.saving.register_keras_serializable("declare")
class Two(keras.Model):
    """Takes two positional arguments, of which Keras notes the first."""

    def __init__(self, **options):
        super().__init__(**options)
        self.table, self.image, self.head = layers.Embedding(9, 3), layers.Dense(3), layers.Dense(1)

    def call(self, image, text, training=None):
        both = self.image(image) + keras.ops.mean(self.table(text), axis=1)
        return {"score": self.head(both), "both": both}


@keras.saving.register_keras_serializable("declare")
class Named(keras.Model):
    """Takes a dictionary, nested, as its one argument."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense = layers.Dense(2)

    def call(self, inputs):
        return [self.dense(inputs["a"]), inputs["b"] * 2]


INPUTS = (TensorSpec("image", (4,)), TensorSpec("text", ("words",), "int32"))
ARRAYS = {
    "image": np.arange(8, dtype="float32").reshape(2, 4),
    "text": np.array([[1, 2, 3], [8, 0, 0]], "int32"),
}


def taken(model):
    return [(spec.name, spec.shape, spec.dtype) for spec in interface_of(model).inputs]


def run(model, arrays):
    proto = ir.serde.serialize_model(to_onnx(model)).SerializeToString()
    session = onnxruntime.InferenceSession(proto)
    names = [value.name for value in session.get_outputs()]
    return dict(zip(names, session.run(names, arrays), strict=True))


@pytest.mark.parametrize("called", [False, True])
def test_several_positional_arguments_are_stated_by_name(called):
    model = Two(name="two")
    if called:
        model(ARRAYS["image"], ARRAYS["text"])
    declared = with_inputs(model, INPUTS)
    assert taken(declared) == [("image", (4,), "float32"), ("text", ("text_dim_1",), "int32")]
    got, expected = run(declared, ARRAYS), model(ARRAYS["image"], ARRAYS["text"])
    assert list(got) == ["score", "both"]
    for name, array in got.items():
        wanted = keras.ops.convert_to_numpy(expected[name])
        np.testing.assert_allclose(array, wanted, rtol=1e-5, atol=1e-6)


def test_an_input_may_have_another_name_than_the_argument():
    model = keras.Sequential([layers.Dense(2)], name="plain")
    declared = with_inputs(model, [keras.Input((3,), name="features")])
    assert taken(declared) == [("features", (3,), "float32")]


def test_several_inputs_of_one_argument_are_a_dictionary():
    declared = with_inputs(Named(), [TensorSpec("a", (3,)), TensorSpec("b", (), "int64")])
    assert taken(declared) == [("a", (3,), "float32"), ("b", (), "int64")]
    arrays = {"a": np.ones((2, 3), "float32"), "b": np.array([1, 2])}
    got = run(declared, arrays)
    assert [x.shape for x in got.values()] == [(2, 2), (2,)]
    assert [*got.values()][1].tolist() == [2, 4]


def test_the_weights_of_a_file_that_keras_could_not_build_are_read(tmp_path):
    model = Two(name="two")
    expected = model(ARRAYS["image"], ARRAYS["text"])["score"]
    model.save(tmp_path / "two.keras")
    with pytest.warns(UserWarning, match="had a build config"):
        declared = load_with_inputs(tmp_path / "two.keras", INPUTS)
    score = call_by_name(declared, ARRAYS)["score"]
    np.testing.assert_allclose(score, keras.ops.convert_to_numpy(expected), rtol=1e-5, atol=1e-6)


def test_a_file_is_written_of_stated_inputs(tmp_path):
    inputs = [keras.Input((4,), name="image"), keras.Input((None,), dtype="int32", name="text")]
    path = export_onnx(Two(), tmp_path / "two.onnx", inputs=inputs)
    assert [value.name for value in ir.load(path).graph.inputs] == ["image", "text"]


def test_weights_of_other_shapes_are_refused(tmp_path):
    model = Two(name="two")
    model(ARRAYS["image"], ARRAYS["text"])
    model.save(tmp_path / "two.keras")
    wrong = (TensorSpec("image", (5,)), INPUTS[1])
    with (
        pytest.warns(UserWarning, match="had a build config"),
        pytest.raises(ModelFileError) as caught,
    ):
        load_with_inputs(tmp_path / "two.keras", wrong)
    assert caught.value.what.startswith(
        "the weights do not fit the model that the stated inputs make: "
    )
    assert caught.value.where == str(tmp_path / "two.keras")
    assert caught.value.remedy == "state the shapes that the model was trained with"


def test_inputs_that_the_model_does_not_take_are_refused():
    with pytest.raises(ModelFileError) as caught:
        with_inputs(Two(name="two"), [TensorSpec("image", (4,))])
    assert caught.value.what == (
        "model 'two' cannot be called on the stated inputs: missing a required argument: 'text'"
    )
    assert caught.value.where == "Two, on image: float32[4]"
    assert caught.value.remedy == (
        "state what its call takes: image, text, training; shapes are without the batch"
    )


def test_something_else_than_an_input_is_refused():
    with pytest.raises(InputError) as caught:
        spec_of("image")
    assert str(caught.value) == (
        "an input was stated as 'image'\n"
        "  where:  inputs\n"
        "  remedy: state each as keras.Input(shape, dtype=..., name=...)"
    )


def test_a_name_that_comes_twice_is_refused():
    with pytest.raises(InputError) as caught:
        with_inputs(Two(), [INPUTS[0], INPUTS[0]])
    assert str(caught.value) == (
        "an input was stated twice: image, image\n"
        "  where:  inputs\n"
        "  remedy: give every input a name of its own"
    )


def test_something_that_is_no_model_is_refused():
    with pytest.raises(ModelFileError, match="a Keras model was expected, got Dense"):
        with_inputs(layers.Dense(1), INPUTS)


class ToldWhetherItTrains(keras.Model):
    """Demands `training`, which then is no input."""

    def __init__(self, **options):
        super().__init__(**options)
        self.dense, self.dropout = layers.Dense(3), layers.Dropout(0.5)

    def call(self, image, training):
        return self.dropout(self.dense(image), training=training)


def test_a_call_that_demands_training_is_told_that_nothing_trains():
    model = with_inputs(ToldWhetherItTrains(name="told"), [TensorSpec("image", (4,))])
    assert taken(model) == [("image", (4,), "float32")]
    arrays = {"image": ARRAYS["image"]}
    np.testing.assert_allclose(
        *(next(iter(answers(model, arrays).values())) for answers in (run, call_by_name)), rtol=1e-5
    )


class Unpacked(keras.Model):
    """Takes a list of two and looks at neither its names nor its length."""

    def __init__(self, kind, **options):
        super().__init__(**options)
        self.table, self.dense, self.kind = layers.Embedding(9, 3), layers.Dense(3), kind

    def call(self, inputs):
        ids, numbers = inputs
        if not isinstance(inputs, self.kind):
            raise TypeError(f"a {self.kind.__name__} was expected")
        return keras.ops.mean(self.table(ids), axis=1) - self.dense(numbers)


@pytest.mark.parametrize(
    ("kind", "names"),
    [(list, ("ids", "numbers")), (tuple, ("ids", "numbers")), (list, ("inputs_0", "inputs_1"))],
)
def test_a_list_or_a_tuple_is_stated_as_its_parts(kind, names):
    model = Unpacked(kind)
    specs = [TensorSpec(names[0], (4,), "int32"), TensorSpec(names[1], (2,))]
    declared = with_inputs(model, specs)
    assert taken(declared) == [(names[0], (4,), "int32"), (names[1], (2,), "float32")]
    ids, numbers = np.array([[1, 2, 3, 8]], "int32"), np.ones((1, 2), "float32")
    got = run(declared, {names[0]: ids, names[1]: numbers})
    wanted = keras.ops.convert_to_numpy(model(kind([ids, numbers])))
    np.testing.assert_allclose(got["output_0"], wanted, rtol=1e-5, atol=1e-6)


def test_a_call_that_takes_none_of_the_forms_is_refused_with_every_reason():
    class Picky(keras.Model):
        def call(self, inputs):
            raise TypeError(f"not a {type(inputs).__name__}")

    with pytest.raises(ModelFileError) as caught:
        with_inputs(Picky(name="picky"), [TensorSpec("a", (1,)), TensorSpec("b", (1,))])
    assert caught.value.what == (
        "model 'picky' cannot be called on the stated inputs: as a dictionary: not a dict; "
        "as a list: not a list; as a tuple: not a tuple"
    )


def test_outputs_keep_their_names_when_inputs_are_stated():
    x = keras.Input((4,), name="x")
    heads = [layers.Dense(1, name="risk")(x), layers.Dense(2, name="diagnosis")(x)]
    model = keras.Model(x, heads, name="medical")
    declared = with_inputs(model, [keras.Input((4,), name="feature")])
    assert list(run(declared, {"feature": ARRAYS["image"]})) == ["risk", "diagnosis"]
    several = with_inputs(Named(), [TensorSpec("a", (3,)), TensorSpec("b", ())])
    one = {"a": np.ones((2, 3), "float32"), "b": np.ones(2, "float32")}
    assert list(run(several, one)) == ["output_0", "output_1"]


@pytest.mark.parametrize("others", [0, 1])
def test_an_input_may_be_called_what_the_model_is(others):
    class Image(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2, name="dense")

        def call(self, image):
            return self.dense(image)

    for _ in range(others):
        Image()
    declared = with_inputs(Image(), [keras.Input((4,), name="image")])
    graph = to_onnx(declared).graph
    assert [value.name for value in graph.inputs] == ["image"]
    assert {node.name.rpartition("/")[0] for node in graph} == {"image_called/image/dense"}


class Shapeless(layers.Layer):
    """Has no shape to tell, although it computes."""

    def call(self, x):
        return x * 2

    def compute_output_spec(self, *args, **kwargs):
        raise NotImplementedError


def test_a_sequential_that_keras_could_make_no_graph_of_is_exported():
    model = keras.Sequential(
        [layers.Dense(3), Shapeless(), layers.Dense(2, name="last")], name="model"
    )
    wanted = keras.ops.convert_to_numpy(model(ARRAYS["image"]))
    for known, name in ((model, "input_layer"), (with_inputs(model, [INPUTS[0]]), "image")):
        (found,) = taken(known)
        assert found[0].startswith(name)
        assert found[1:] == ((4,), "float32")
        got = run(known, {found[0]: ARRAYS["image"]})
        assert list(got) == ["last"]
        np.testing.assert_allclose(got["last"], wanted, rtol=1e-5, atol=1e-6)


def test_first_sizes_of_their_own_are_in_the_file(tmp_path):
    specs = [
        TensorSpec("a", (3,), batch="n_atoms"),
        TensorSpec("b", ("n_atoms",), batch="n_bonds"),
    ]
    graph = ir.load(export_onnx(Named(), tmp_path / "m.onnx", inputs=specs)).graph
    shapes = [[str(size) for size in value.shape] for value in (*graph.inputs, *graph.outputs)]
    assert shapes == [
        ["n_atoms", "3"],
        ["n_bonds", "n_atoms"],
        ["n_atoms", "2"],
        ["n_bonds", "n_atoms"],
    ]


def test_a_fixed_batch_may_be_stated():
    declared = with_inputs(
        Named(), [keras.Input(batch_shape=(2, 3), name="a"), TensorSpec("b", ())]
    )
    assert [spec.batch for spec in interface_of(declared).inputs] == [2, "batch"]


def test_a_dtype_that_no_tensor_has_is_refused_by_the_input_s_name():
    with pytest.raises(InputError) as caught:
        with_inputs(keras.Sequential([layers.Dense(2)]), [TensorSpec("x", (3,), "int99")])
    assert caught.value.what == "the input 'x' was stated with the dtype 'int99'"
