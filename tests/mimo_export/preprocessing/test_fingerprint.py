import importlib.util

import numpy as np
import pytest

from mimo_export.preprocessing.fingerprint import combine, farm_hash, sip_hash

TENSORFLOW = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="compares with TensorFlow's own hashes"
)
BUCKETS = 2**62 + 12345


def texts():
    """Return 3,000 byte strings of every length up to 300."""
    generator = np.random.default_rng(0)
    return [generator.integers(0, 256, n % 300, dtype=np.uint8).tobytes() for n in range(3000)]


@TENSORFLOW
def test_farm_hash_is_tensorflows_fingerprint():
    import tensorflow as tf

    expected = tf.strings.to_hash_bucket_fast(tf.constant(texts()), BUCKETS).numpy().tolist()
    assert [farm_hash(text) % BUCKETS for text in texts()] == expected


@TENSORFLOW
@pytest.mark.parametrize("key", [(0, 0), (7, 2**40), (2**63 - 1, 1)])
def test_sip_hash_is_tensorflows_strong_hash(key):
    import tensorflow as tf

    data = tf.constant(texts())
    expected = tf.strings.to_hash_bucket_strong(data, BUCKETS, list(key)).numpy().tolist()
    assert [sip_hash(text, key) % BUCKETS for text in texts()] == expected


def test_sip_hash_gives_the_value_of_its_paper():
    key = tuple(int.from_bytes(bytes(range(8 * i, 8 * i + 8)), "little") for i in range(2))
    assert sip_hash(bytes(range(15)), key) == 0xA129CA6149BE45E5


def test_farm_hash_gives_the_constant_of_the_empty_string():
    assert farm_hash(b"") == 0x9AE16A3B2F90404F


@TENSORFLOW
def test_fingerprints_combine_as_in_a_crossing_of_tensorflow():
    import tensorflow as tf

    first, second = [5, 2**40], [-7, 1]
    columns = [tf.constant(column, "int64")[:, None] for column in (first, second)]
    expected = tf.sparse.to_dense(tf.sparse.cross_hashed(columns, BUCKETS))[:, 0].numpy().tolist()
    assert expected == [
        combine(combine(0xDECAFCAFFE, a % 2**64), b % 2**64) % BUCKETS
        for a, b in zip(first, second, strict=True)
    ]
