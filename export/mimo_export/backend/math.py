"""Keras's backend.math in ONNX."""
