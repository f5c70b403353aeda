"""Which layers a model has, and when PyTorch's kernels can compute."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from mimo_portable._torch import are_computed_here, parts

torch_only = pytest.mark.skipif(keras.config.backend() != "torch", reason="asks PyTorch")


def test_a_layer_is_its_own_part():
    layer = layers.Dense(2)
    assert list(parts(layer)) == [layer]


def test_the_parts_of_a_model_are_those_of_the_models_in_it_too():
    x = keras.Input((3,), name="x")
    inner = keras.Model(x, layers.Dense(2, name="dense")(x), name="inner")
    y = keras.Input((3,), name="y")
    model = keras.Model(y, layers.ReLU(name="relu")(inner(y)), name="outer")
    assert [layer.name for layer in parts(model)] == ["y", "x", "dense", "relu"]


@torch_only
def test_tensors_of_pytorch_are_computed_here_and_others_are_not():
    import torch

    plain = torch.ones(2)
    assert are_computed_here(plain, plain)
    assert not are_computed_here(plain, np.ones(2))
    assert not are_computed_here(torch.ones(2, device="meta"))
    assert not are_computed_here(keras.Input((2,)))


@torch_only
@pytest.mark.parametrize("mode", ["jit.is_tracing", "compiler.is_compiling"])
def test_while_pytorch_traces_or_compiles_nothing_is_computed_here(mode, monkeypatch):
    import torch

    monkeypatch.setattr(f"torch.{mode}", lambda: True)
    assert not are_computed_here(torch.ones(2))
