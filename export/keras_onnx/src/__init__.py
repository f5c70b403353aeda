"""What Keras asks of a pluggable backend, under the names that it asks for.

Keras imports this while it is itself half imported. So nothing here imports the ONNX backend
(`mimo_export.backend`), which is made of Keras's layers: it comes with the first call.
"""

from keras.src.backend.common.name_scope import name_scope

from keras_onnx.src import ops, random
from keras_onnx.src._lazy import family_module
from keras_onnx.src._variable import Variable
from keras_onnx.src.ops import compute_output_spec, device_scope

__all__ = [
    "IS_THREAD_SAFE",
    "SUPPORTS_COMPLEX_DTYPES",
    "SUPPORTS_GRADIENT",
    "SUPPORTS_RAGGED_TENSORS",
    "SUPPORTS_SPARSE_TENSORS",
    "Variable",
    "compute_output_spec",
    "device_scope",
    "distribution_lib",
    "name_scope",
    "ops",
    "random",
    "rnn",
]

IS_THREAD_SAFE = True
SUPPORTS_COMPLEX_DTYPES = False
SUPPORTS_GRADIENT = False
SUPPORTS_RAGGED_TENSORS = False
SUPPORTS_SPARSE_TENSORS = False

rnn = family_module("rnn")

distribution_lib = None
