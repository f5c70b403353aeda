"""Keras's backend.random in ONNX."""
