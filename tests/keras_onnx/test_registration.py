"""Keras's set of backends is changed where it is, and where it was copied."""

import sys
import types

import pytest

from keras_onnx import _registration


def a_module(monkeypatch, name, **values):
    module = types.ModuleType(name)
    vars(module).update(values)
    monkeypatch.setitem(sys.modules, name, module)
    return module


def test_the_name_is_added_to_the_set_and_to_its_copies(monkeypatch):
    known = frozenset({"mlx"})
    config = a_module(monkeypatch, "keras.src.made_up_config", PLUGGABLE_BACKENDS=known)
    copy = a_module(monkeypatch, "keras.src.made_up_copy", PLUGGABLE_BACKENDS=known)
    other = a_module(monkeypatch, "elsewhere", PLUGGABLE_BACKENDS=known)
    _registration._admit(config)
    assert config.PLUGGABLE_BACKENDS == copy.PLUGGABLE_BACKENDS == {"mlx", "onnx"}
    assert {"mlx"} == other.PLUGGABLE_BACKENDS


def test_a_keras_without_plugins_is_refused_if_this_one_is_asked_for(monkeypatch):
    config = a_module(monkeypatch, "keras.src.made_up_config", backend=lambda: "onnx")
    with pytest.raises(ImportError) as raised:
        _registration._admit(config)
    assert str(raised.value) == (
        "this Keras has no pluggable backends: keras_onnx needs Keras 3.16 or newer; to export a "
        "model to ONNX, import mimo_export with any other backend"
    )


def test_a_keras_without_plugins_is_left_alone_with_its_own_backends(monkeypatch):
    config = a_module(monkeypatch, "keras.src.made_up_config", backend=lambda: "jax")
    _registration._admit(config)
    assert not hasattr(config, "PLUGGABLE_BACKENDS")
