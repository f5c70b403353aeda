"""Forms of the layers that Keras computes with TensorFlow on every backend: words and numbers.

The names are those of `keras.layers`. What is here equals what Keras computes, byte for byte and
bit for bit, on every input; what standard operators cannot do exactly is refused.
"""

from __future__ import annotations

from mimo_export.backend.preprocessing import hashing as hashing
from mimo_export.backend.preprocessing import lookup as lookup
from mimo_export.backend.preprocessing import text as text
