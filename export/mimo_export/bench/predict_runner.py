"""Run `model.predict` as a user would who has Keras at hand."""

from __future__ import annotations

from collections.abc import Callable

from mimo_export.bench import keras_runner
from mimo_export.bench.runner import Arrays, Request, Result, Runner
from mimo_export.errors import UnsupportedOperationError

start = keras_runner.start


def load(request: Request) -> Runner:
    """Load the model."""
    from mimo_export.interface import interface_of, named_outputs

    model = keras_runner.load_model(request)
    interface = interface_of(model)

    def bind(arrays: Arrays) -> Callable[[], Result]:
        args, kwargs = interface.arguments(arrays)
        if kwargs or len(args) != 1:
            raise UnsupportedOperationError("`predict` passes one argument, the model takes more")
        rows = len(next(iter(arrays.values())))
        names = list(arrays)
        return lambda: named_outputs(
            model, model.predict(args[0], batch_size=rows, verbose=0), names
        )

    return Runner(bind)
