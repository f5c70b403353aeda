"""A Keras model as data: its graph of layers, and what Keras notes of it."""
