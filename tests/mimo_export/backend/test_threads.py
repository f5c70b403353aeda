"""An export sees its own thread only: whatever other threads ask of Keras is answered by Keras."""

import asyncio
import contextlib
import inspect
import multiprocessing
import os
import threading
import warnings
from collections import deque
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import layers

from mimo_export.backend import _keras_private, _switch, _threads, onnx_backend
from mimo_export.errors import UnsupportedOperationError
from mimo_export.onnx import to_onnx
from mimo_export.onnx_file import write_onnx
from mimo_export.single_file import export_onnx

KERAS = keras.backend.backend()
ROWS = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 3, 4)


class Meanwhile(layers.Layer):
    """Lets another thread work while the model is traced."""

    def __init__(self, work, **options):
        super().__init__(**options)
        self.work, self.found = work, deque()  # a list gets its content back

    def call(self, x):
        if keras.backend.backend() == "onnx":
            self.found.append(in_another_thread(self.work))
        return x


def in_another_thread(work):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(timeout=60)


def during_an_export(work):
    """Return what `work` gives in another thread in the middle of an export."""
    x = keras.Input((4,), name="x")
    layer = Meanwhile(work)
    to_onnx(keras.Model(x, layers.Dense(2, name="y")(layer(x))))
    (found,) = layer.found
    return found


def small_model(seed=0):
    """Return a model that asks its backend for families, functions and forms of layers."""
    x = keras.Input((3, 4), name="x")
    y = layers.TimeDistributed(layers.Rescaling(0.5))(x)
    y = layers.LayerNormalization()(y)
    model = keras.Model(x, layers.Dense(2, name="y")(y), name="small")
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
    return model


def written(model, path):
    return write_onnx(to_onnx(model), path)


def answer(model):
    return keras.ops.convert_to_numpy(model(ROWS))


@pytest.fixture(scope="module")
def model():
    return small_model()


@pytest.fixture(scope="module")
def expected(model):
    return answer(model)


def test_another_thread_calls_its_model(model, expected):
    np.testing.assert_array_equal(during_an_export(lambda: answer(model)), expected)


def test_another_thread_calls_the_model_that_is_exported():
    x = keras.Input((3, 4), name="x")
    layer = Meanwhile(lambda: answer(model))
    model = keras.Model(x, layers.Dense(2, name="y")(layer(x)))
    expected = answer(model)
    to_onnx(model)
    np.testing.assert_array_equal(layer.found[0], expected)


def test_another_thread_builds_and_trains_a_model():
    def train():
        model = keras.Sequential([keras.Input((4,)), layers.Dense(1, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(0.1), "mse")
        return model.fit(ROWS[0], np.ones((3, 1)), epochs=2, verbose=0).history["loss"]

    np.testing.assert_allclose(during_an_export(train), train(), rtol=1e-6)


def test_another_thread_saves_and_loads_a_model(model, expected, tmp_path):
    def through_a_file():
        model.save(tmp_path / "model.keras")
        return answer(keras.saving.load_model(tmp_path / "model.keras"))

    np.testing.assert_array_equal(during_an_export(through_a_file), expected)


def test_another_thread_finds_keras_as_it_is():
    def look():
        return {
            "backend": keras.backend.backend(),
            "config": keras.config.backend(),
            "integers": keras.backend.standardize_dtype(int),
            "promoted": keras.backend.result_type("int64", "float64"),
            "filtering": keras.config.is_traceback_filtering_enabled(),
            "scope": isinstance(keras.name_scope("a"), keras.name_scope),
            "signature": str(inspect.signature(layers.TimeDistributed.call)),
            "own": _keras_private.family("numpy").add,
            "missing": hasattr(_keras_private.family("numpy"), "no_such_function"),
            "listed": dir(_keras_private.family("numpy")),
            "rescaled": np.asarray(layers.Rescaling(2.0)(np.ones(3, "float32"))).tolist(),
        }

    assert during_an_export(look) == look()


def test_another_thread_makes_name_scopes_of_its_own():
    def paths():
        with keras.name_scope("outer"):
            layer = layers.Dense(2, name="inner")
            layer.build((None, 3))
        return [variable.path for variable in layer.variables]

    assert during_an_export(paths) == ["outer/inner/kernel", "outer/inner/bias"]


def test_what_another_thread_keeps_of_keras_works_after_the_export():
    def keep():
        cast, numpy = _keras_private.asked("cast"), _keras_private.family("numpy")
        return cast, numpy, _switch.keras_backend.name_scope, _switch.keras_dtypes

    cast, numpy, scope, dtypes = during_an_export(keep)
    assert np.asarray(cast(numpy.ones((2,)), "int32")).tolist() == [1, 1]
    with scope("kept"):
        assert dtypes.result_type("int32", "float32") == "float32"
    with onnx_backend():
        assert keras.backend.backend() == "onnx"
    assert keras.backend.backend() == KERAS


class Places(layers.Layer):
    """Holds a tensor that is no weight, as long as the class has none of that name."""

    def __init__(self, work, **options):
        super().__init__(**options)
        self.work, self.found = work, deque()  # a list gets its content back
        self.places = keras.ops.arange(1, 5, dtype="float32")

    def call(self, x):
        if keras.backend.backend() == "onnx":
            self.found.append(in_another_thread(lambda: np.asarray(self.places).tolist()))
            self.found.append(in_another_thread(self.work))
        return x * self.places[: x.shape[-1]]


def test_another_thread_finds_the_tensors_that_a_layer_holds_as_they_are():
    x = keras.Input((4,), name="x")
    layer = Places(lambda: np.asarray(Places(None)(np.ones((1, 4), "float32"))).tolist())
    held = layer.places
    to_onnx(keras.Model(x, layer(x)))
    assert list(layer.found) == [[1, 2, 3, 4], [[1, 2, 3, 4]]]
    assert layer.places is held
    assert "places" not in vars(Places)


def test_sixteen_threads_export_while_another_one_predicts(model, expected, tmp_path):
    alone = written(model, tmp_path / "alone.onnx").read_bytes()
    models = [small_model() for _ in range(4)] * 4
    answers, done = [], threading.Event()

    def predict():
        while not done.is_set():
            answers.append(answer(model))

    with ThreadPoolExecutor(17) as pool:
        predicting = pool.submit(predict)
        paths = [tmp_path / f"{i}.onnx" for i in range(16)]
        try:
            exported = list(pool.map(written, models, paths))
        finally:
            done.set()
        predicting.result()
    assert [path.read_bytes() for path in exported] == [alone] * 16
    assert answers
    for found in answers:
        np.testing.assert_array_equal(found, expected)


def test_exports_in_an_executor_of_asyncio_leave_the_loop_its_keras(model, expected, tmp_path):
    async def serve():
        loop = asyncio.get_running_loop()
        exports = [
            loop.run_in_executor(None, written, model, tmp_path / f"{i}.onnx") for i in range(3)
        ]
        exports.append(asyncio.create_task(asyncio.to_thread(to_onnx, model)))
        answers = []
        while not all(export.done() for export in exports):
            answers.append(answer(model))
            await asyncio.sleep(0)
        await asyncio.gather(*exports)
        return answers

    for found in asyncio.run(serve()):
        np.testing.assert_array_equal(found, expected)
    assert (tmp_path / "0.onnx").read_bytes() == (tmp_path / "2.onnx").read_bytes()


def test_one_thread_traces_at_a_time():
    order = []

    def other():
        with onnx_backend():
            order.append("other")

    with onnx_backend(), onnx_backend():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=0.1)
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
    assert keras.backend.backend() == KERAS


def test_a_trace_that_keras_forgot_is_an_error_not_a_file():
    with pytest.raises(UnsupportedOperationError) as caught:
        during_an_export(lambda: keras.utils.clear_session(free_memory=False))
    assert str(caught.value) == (
        "keras.utils.clear_session() was called while a model was traced\n"
        "  remedy: export again, and let no thread clear Keras's session meanwhile: it does so for "
        "every thread"
    )
    assert keras.backend.backend() == KERAS


def test_names_that_tensorflow_has_no_scopes_for_are_changed_in_their_own_thread_only():
    def name():
        return _switch.keras_backend.name_scope("größe").name

    both = threading.Barrier(2, timeout=60)

    def overlapping(first):
        with _switch.graph_scopes() if first else contextlib.nullcontext():
            both.wait()
            plain = name()
            both.wait()
        with _switch.graph_scopes() if not first else contextlib.nullcontext():
            both.wait()
            return plain, name()

    before = _switch.keras_backend.name_scope
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(overlapping, (True, False)))
    assert found == [("grxxe", "größe"), ("größe", "grxxe")]
    assert _switch.keras_backend.name_scope is before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_that_is_forked_in_the_middle_of_an_export_has_keras_as_it_is():
    def fork():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that threads do not come along is the point
            child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = 1
        try:
            exchanged = isinstance(_keras_private.family("numpy"), _threads.SplitModule)
            with onnx_backend():  # the lock of the thread that has not come along
                code = 2 if exchanged else 0
        finally:
            os._exit(code)

    assert during_an_export(fork) == 0


def test_a_process_that_is_spawned_in_the_middle_of_an_export_exports_too(tmp_path):
    small_model().save(tmp_path / "small.keras")

    def spawn():
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            target = tmp_path / "spawned.onnx"
            return pool.submit(export_onnx, tmp_path / "small.keras", target).result(timeout=120)

    assert during_an_export(spawn).read_bytes() == (
        export_onnx(tmp_path / "small.keras", tmp_path / "here.onnx").read_bytes()
    )


def test_threads_that_hold_their_files_against_keras_do_not_meet(model, expected, tmp_path):
    done, answers = threading.Event(), []

    def predict():
        while not done.is_set():
            answers.append(answer(model))

    with ThreadPoolExecutor(5) as pool:
        predicting = pool.submit(predict)
        try:
            paths = list(pool.map(export_onnx, [model] * 4, [tmp_path / f"{i}" for i in range(4)]))
        finally:
            done.set()
        predicting.result()
    assert len({path.read_bytes() for path in paths}) == 1
    for found in answers:
        np.testing.assert_array_equal(found, expected)
