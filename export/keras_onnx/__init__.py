"""Keras's ONNX backend as a plugin of Keras 3.16: a model runs without any framework.

    KERAS_BACKEND=onnx python -c "import keras_onnx; import keras; ..."

Keras 3.16 loads the backend that `KERAS_BACKEND` names from a package `keras_<name>`, if the name
is in a fixed set of its own (`PLUGGABLE_BACKENDS`: mlx, openvino and paddle). "onnx" is not in it,
and there is no way to add a name but to change that set between the import of one private module
and the next. Importing this package does that; so it comes before `keras`. What is missing upstream
is an entry point, or the name.

What works: building, loading and saving models of any kind; `model.predict`, `predict_on_batch`,
`evaluate` and `test_on_batch`, which run the whole model in onnxruntime, compiled once for each
structure of inputs; single operations and calls of layers, which ONNX's reference implementation
computes in NumPy, slowly; control flow; initializers and `keras.random`, in NumPy; the exporter.

What does not: training (`fit` and gradients: ONNX has none), what the exporter refuses, layers that
need TensorFlow's strings, bfloat16 and float8 outside of a compiled model, complex, sparse and
ragged tensors, distribution, Keras 3.15, which has no plugins.
"""

from keras_onnx._registration import register

__all__: list[str] = []

register()
