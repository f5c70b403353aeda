"""Checkpoints: whole or not there."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from keras import layers

from mimo_portable.errors import RunFolderError
from mimo_portable.training import checkpoints
from mimo_portable.training.checkpoints import State


def model(units=2):
    made = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Dense(4, name="first"),
            layers.Dropout(0.5, seed=3, name="dropout"),
            layers.Dense(units, name="second"),
        ]
    )
    made.compile(keras.optimizers.Adam(1e-2), "mse")
    return made


def train(made, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(8, 3)).astype(np.float32)
    y = rng.normal(size=(8, made.output_shape[-1])).astype(np.float32)
    made.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    return made


def arrays(made):
    variables = (*made.variables, *made.optimizer.variables)
    return [np.asarray(keras.ops.convert_to_numpy(v)) for v in variables]


def test_everything_comes_back(tmp_path):
    trained = train(model())
    history = ({"loss": 0.1, "val_loss": 0.3}, {"loss": 0.2, "val_loss": 1 / 3})
    best = tuple(value + 1 for value in trained.get_weights())
    checkpoints.save(tmp_path / "c.npz", trained, State(history, 1, best))
    fresh = model()
    state = checkpoints.load(tmp_path / "c.npz", fresh)
    assert (state.history, state.best_epoch, state.epoch) == (history, 1, 2)
    for got, expected in zip(state.best_weights, best, strict=True):
        np.testing.assert_array_equal(got, expected)
    for got, expected in zip(arrays(fresh), arrays(trained), strict=True):
        np.testing.assert_array_equal(got, expected)
        assert got.dtype == expected.dtype


def test_training_goes_on_as_if_nothing_had_happened(tmp_path):
    trained = train(model())
    checkpoints.save(tmp_path / "c.npz", trained, State())
    fresh = model()
    checkpoints.load(tmp_path / "c.npz", fresh)
    for got, expected in zip(arrays(train(fresh, 1)), arrays(train(trained, 1)), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_new_checkpoint_replaces_the_old_one(tmp_path):
    trained = train(model())
    for epoch in (1, 2):
        checkpoints.save(tmp_path / "c.npz", trained, State(({"val_loss": 1.0},) * epoch, 1))
    assert [path.name for path in tmp_path.iterdir()] == ["c.npz"]
    assert checkpoints.load(tmp_path / "c.npz", model()).epoch == 2


def test_another_model_is_refused(tmp_path):
    path = tmp_path / "c.npz"
    checkpoints.save(path, train(model()), State())
    with pytest.raises(RunFolderError) as error:
        checkpoints.load(path, model(units=3))
    assert str(error.value) == (
        "the checkpoint holds other model variables than this configuration has\n"
        f"  where:  {path}\n"
        "  remedy: start again without --resume in a new folder"
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"text"])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "c.npz"
    path.write_bytes(content)
    with pytest.raises(RunFolderError) as error:
        checkpoints.load(path, model())
    what, where, remedy = str(error.value).split("\n")
    assert what.startswith("the checkpoint is damaged (")
    assert (where, remedy) == (
        f"  where:  {path}",
        "  remedy: start again without --resume in a new folder",
    )


def test_a_pickle_in_it_is_refused(tmp_path):
    path = tmp_path / "c.npz"
    np.savez(path, record=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RunFolderError, match="the checkpoint is damaged"):
        checkpoints.load(path, model())
