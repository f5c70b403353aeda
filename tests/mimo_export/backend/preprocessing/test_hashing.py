"""Hashing of integers, bit for bit; strings are refused."""

import numpy as np
import pytest
from harness import check_layer
from keras import Input, Model, layers, ops
from text_models import LOOKUPS, STRINGS, check_exactly

from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.preprocessing.rules import KEEP_BESIDE

pytestmark = LOOKUPS

# One of each length that FarmHash and SipHash treat differently, and both ends of int64.
EXTREMES = [0, 9, -9, 99, 999, -999, 1234567, 12345678, -12345678, 10**15 - 1, 10**15, 10**16]
EXTREMES += [-(10**16), 10**17, 2**62 + 1, 2**63 - 1, -(2**63), -1]


def wide(rng, shape):
    return rng.integers(-(2**31), 2**31 - 1, shape) >> rng.integers(0, 31, shape)


def as_floats(layer):
    """Return a layer's buckets as float32, because JAX narrows int64; up to 2**24 it is exact."""
    return lambda *x: ops.cast(layer(x[0] if len(x) == 1 else list(x)), "float32")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"salt": [133, 137]},
        {"salt": 5, "mask_value": 0},
        {"mask_value": 7},
        {"output_mode": "one_hot"},
        {"output_mode": "multi_hot"},
        {"output_mode": "count", "mask_value": 0},
    ],
    ids=str,
)
def test_hashing(options):
    layer = layers.Hashing(11, **options)
    check_layer(as_floats(layer), (5,), dtype="int32", values=wide)


def test_hashing_of_one_number_a_row():
    layer = layers.Hashing(11, output_mode="one_hot")
    check_layer(layer, (1,), dtype="int32", values=wide)


def test_hashing_of_fractions_takes_their_whole_part():
    check_layer(as_floats(layers.Hashing(1000)), (5,), values=lambda r, s: r.normal(0, 1e6, s))


@STRINGS
@pytest.mark.parametrize("salt", [None, [133, 137], [-5, 2**63 - 1]])
def test_hashing_of_64_bits_is_exact(salt):
    rng = np.random.default_rng(0)
    many = rng.integers(-(2**63), 2**63 - 1, 600) >> rng.integers(0, 63, 600)
    numbers = np.concatenate([EXTREMES, many]).reshape(-1, 3)
    check_exactly(layers.Hashing(2**31 - 1, salt=salt), numbers, dtype="int64")


def test_hashed_crossing():
    for shape in ((), (1,)):
        crossing = as_floats(layers.HashedCrossing(1000))
        check_layer(crossing, shape, shape, dtype=["int32", "int32"], values=wide)


def test_hashed_crossing_as_a_vector():
    layer = layers.HashedCrossing(7, output_mode="one_hot")
    check_layer(as_floats(layer), (1,), (1,), dtype=["int32", "uint8"], values=_small)


def _small(rng, shape):
    return rng.integers(0, 200, shape)


def _refusal(layer, dtype, **options):
    inputs = Input((1,), dtype=dtype, name="x")
    given = [inputs, inputs] if options.get("twice") else inputs
    with pytest.raises(UnsupportedOperationError) as caught:
        to_onnx(Model(inputs, layer(given), name="model"))
    return str(caught.value)


@STRINGS
@pytest.mark.parametrize("kind", ["Hashing", "HashedCrossing"])
def test_strings_are_refused(kind):
    layer = getattr(layers, kind)(5, name="hash")
    assert _refusal(layer, "string", twice=kind == "HashedCrossing") == (
        "Keras hashes the bytes of a string, which no ONNX operator can read\n"
        f"  where:  layer 'hash' ({kind}) of model 'model' (Functional)\n"
        "  remedy: give the layer integers, or look strings up: "
        f"StringLookup(vocabulary=..., num_oov_indices=1); {KEEP_BESIDE}"
    )


def test_booleans_are_refused():
    assert _refusal(layers.Hashing(5, name="hash"), "bool") == (
        "Keras hashes the text of a bool, which is not that of an int64\n"
        "  where:  layer 'hash' (Hashing) of model 'model' (Functional)\n"
        "  remedy: cast to int64 before the layer"
    )


@STRINGS
def test_sparse_encodings_are_refused():
    layer = layers.Hashing(5, output_mode="count", sparse=True, name="hash")
    assert _refusal(layer, "int32") == (
        "a sparse tensor has no ONNX form\n"
        "  where:  layer 'hash' (Hashing) of model 'model' (Functional)\n"
        "  remedy: make the layer with sparse=False"
    )
