"""What Keras knows of the calls that a thread is in the middle of, while it traces."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

from mimo_export.backend._keras_private import global_state
from mimo_export.errors import UnsupportedOperationError


@contextlib.contextmanager
def remembered() -> Iterator[None]:
    """See to it that Keras still knows at the end which calls and scopes it is in the middle of.

    Raises:
        UnsupportedOperationError: It has forgotten them, for all threads.
    """
    known = global_state.GLOBAL_STATE_TRACKER
    try:
        yield
    finally:
        if global_state.GLOBAL_STATE_TRACKER is not known:
            raise UnsupportedOperationError(
                "keras.utils.clear_session() was called while a model was traced",
                remedy="export again, and let no thread clear Keras's session meanwhile: it does "
                "so for every thread",
            )


@contextlib.contextmanager
def unfiltered() -> Iterator[None]:
    """Keep Keras from rewriting errors: ours lose where they happened and what to do.

    Keras has this setting for each thread.
    """
    filtered = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    try:
        yield
    finally:
        if filtered:
            keras.config.enable_traceback_filtering()
