"""Keras's backend.linalg in ONNX."""
