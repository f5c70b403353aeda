"""Preprocessing that a bundle keeps beside its files: rules as data, and what computes them here.

Some layers of Keras read the bytes of strings, which no ONNX operator can. Such a layer behind a
model's input becomes a rule in `preprocessing.json`, and the files begin behind it.

1. `rules`: what the rules are, and the document that holds them;
2. `reference`: what they compute, with Python and NumPy alone, for any host to be held against;
3. `fingerprint`: the hashes of strings;
4. `border`: which layers of a Keras model become rules, and the model behind them;
5. `examples`: what Keras gives for strings that a host may get wrong.
"""
