"""Keras's backend.image in ONNX."""
