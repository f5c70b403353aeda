"""Keras 3 models to ONNX and SavedModel: the same file whichever backend trained them."""
