"""Multi-input, multi-output Keras 3 models: what they are, their data and how they are trained."""
