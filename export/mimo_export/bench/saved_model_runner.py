"""Call a SavedModel's endpoint from TensorFlow in Python."""

from __future__ import annotations

from collections.abc import Callable

from mimo_export.bench.runner import Arrays, Request, Result, Runner


def start(threads: int) -> None:
    """Import TensorFlow, and set its threads."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)


def load(request: Request) -> Runner:
    """Load the folder."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(request.path))
    endpoint = loaded.signatures[tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY]

    owner = [loaded]  # of the variables; the endpoint alone does not keep them alive

    def bind(arrays: Arrays) -> Callable[[], Result]:
        def run() -> Result:
            tensors = {name: tf.constant(array) for name, array in arrays.items()}
            found = endpoint(**tensors)
            return {name: value.numpy() for name, value in found.items()}

        return run

    return Runner(bind, owner)
