"""Text to ids, equal to TensorFlow's result on any text."""

import keras
import numpy as np
import onnx_ir as ir
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import Input, Model, layers
from text_models import STRINGS, check_exactly

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.preprocessing.rules import KEEP_BESIDE

pytestmark = STRINGS

WORDS = ["hello", "world", "a", "b", "c", "É", "straße", "dont", "a b", "hello world", "!!!"]
WORDS += ["e\u0301", "a\0b", "🙂"]
HOSTILE = [
    "Hello, WORLD! hello",
    "",
    "   ",
    " a\tb\n\nc\r\nd\ve\ff ",
    "\u00a0a\u00a0b",
    "\x1ca\x1db\x1ec\x85d\u2003e",
    "É Straße İstanbul ﬀ \u212a",
    "!!!",
    "...a...b...",
    "don't  stop",
    "\\[x]^_`{|}~",
    "日本語 テキスト",
    "🙂 a🙂b e\u0301",
    "a\0b c",
    "z" * 5000,
    "a " * 2000,
    ".,A" * 1500,
]
BATCHES = ([[text] for text in HOSTILE], [[""]], [["  "], [""]], [["hello"]])


@pytest.mark.parametrize(
    "standardize", [None, "lower", "strip_punctuation", "lower_and_strip_punctuation"]
)
def test_text_vectorization_standardises(standardize):
    check_exactly(layers.TextVectorization(vocabulary=WORDS, standardize=standardize), *BATCHES)


@pytest.mark.parametrize(
    "options",
    [
        {"output_sequence_length": 4},
        {"output_sequence_length": 6000},
        {"ngrams": 2},
        {"ngrams": (2,)},
        {"ngrams": (3, 1), "output_sequence_length": 9},
        {"output_mode": "multi_hot"},
        {"output_mode": "count", "ngrams": 2},
        {"output_mode": "count", "pad_to_max_tokens": True, "max_tokens": 40},
    ],
    ids=str,
)
def test_text_vectorization(options):
    # The rest of the options come after standardising, which makes a large graph.
    layer = layers.TextVectorization(vocabulary=WORDS, standardize=None, **options)
    check_exactly(layer, *BATCHES)


def test_text_vectorization_without_an_axis_of_one():
    check_exactly(layers.TextVectorization(vocabulary=WORDS, standardize=None), HOSTILE, [""])


def test_text_vectorization_weighs_words():
    # Weights whose products and sums are exact in float32.
    weights = [0.25 * i for i in range(1, len(WORDS) + 1)]
    layer = layers.TextVectorization(standardize=None, output_mode="tf_idf")
    layer.set_vocabulary(["[UNK]", *WORDS], [0.5, *weights])
    check_exactly(layer, *BATCHES)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"ngrams": 2},
        {"ngrams": (3,)},
        {"ngrams": (5,)},
        {"output_mode": "multi_hot"},
        {"output_sequence_length": 2},
        {"output_sequence_length": 7, "ngrams": (2, 1)},
    ],
    ids=str,
)
def test_text_vectorization_of_words(options):
    layer = layers.TextVectorization(vocabulary=WORDS, split=None, standardize=None, **options)
    check_exactly(layer, [["Hello", "", "World"], ["a", "b", "!!!"]])


def test_text_vectorization_with_a_learnt_vocabulary():
    layer = layers.TextVectorization(max_tokens=6, standardize="strip_punctuation")
    layer.adapt(np.array(HOSTILE[:6], dtype=object))
    check_exactly(layer, *BATCHES)


def test_a_fixed_length_is_known():
    layer = layers.TextVectorization(vocabulary=WORDS, output_sequence_length=4, standardize=None)
    exported = check_exactly(layer, *BATCHES)
    assert list(exported.graph.outputs[0].shape) == ["batch", 4]
    assert exported.graph.opset_imports == {"": 20, "ai.onnx.ml": 3}


def test_text_feeds_a_table_of_vectors_with_a_mask():
    inputs = Input((1,), dtype="string", name="x")
    ids = layers.TextVectorization(vocabulary=WORDS, standardize=None)(inputs)
    x = layers.GlobalAveragePooling1D()(layers.Embedding(20, 4, mask_zero=True)(ids))
    model = Model(inputs, x)
    session = _session(model)
    texts = np.array(BATCHES[0][:4], dtype=object)
    expected = model.predict_on_batch(texts)
    np.testing.assert_allclose(session.run(None, {"x": texts})[0], expected, atol=1e-6)


def _session(model):
    proto = ir.serde.serialize_model(to_onnx(model))
    return onnxruntime.InferenceSession(proto.SerializeToString())


@pytest.fixture(scope="module")
def pair():
    """Give one layer as Keras runs it and as onnxruntime does."""
    inputs = Input((1,), dtype="string", name="x")
    ids = layers.TextVectorization(vocabulary=WORDS, ngrams=2)(inputs)
    model = keras.Model(inputs, ids)
    return model, _session(model)


PARTS = st.sampled_from([*WORDS, *" \t\n\v\f\r.,!'AZ[", "\u00a0", "\u2028", "\x1f", "\x85"])
TEXTS = st.lists(st.text(max_size=20) | st.lists(PARTS, max_size=12).map("".join), min_size=1)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=TEXTS)
def test_any_text_gives_what_keras_gives(pair, texts):
    model, session = pair
    array = np.array([[text] for text in texts], dtype=object)
    expected = np.asarray(model(array))
    np.testing.assert_array_equal(session.run(None, {"x": array})[0], expected, strict=True)


@pytest.mark.parametrize(
    ("options", "what", "remedy"),
    [
        (
            {"split": "character"},
            "ONNX has no operator that splits a string into its characters",
            "put spaces between the characters of the data, and split='whitespace'; " + KEEP_BESIDE,
        ),
        (
            {"standardize": len},
            "a function as `standardize` is code that is not part of the model",
            "use one of Keras's own values of `standardize`, or do it to the data",
        ),
        (
            {"split": len},
            "a function as `split` is code that is not part of the model",
            "use one of Keras's own values of `split`, or do it to the data",
        ),
        (
            {"ragged": True},
            "a ragged tensor has no ONNX form",
            "make the layer with ragged=False",
        ),
    ],
    ids=str,
)
def test_what_has_no_exact_form_is_refused(options, what, remedy):
    layer = layers.TextVectorization(vocabulary=WORDS, name="vectors", **options)
    inputs = Input((1,), dtype="string", name="x")
    symbolic = keras.KerasTensor((None, None), "int64")
    layer.compute_output_spec = lambda *_: symbolic
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(Model(inputs, layer(inputs), name="model"))
    assert str(caught.value) == (
        f"{what}\n"
        "  where:  layer 'vectors' (TextVectorization) of model 'model' (Functional)\n"
        f"  remedy: {remedy}"
    )
