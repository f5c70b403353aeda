"""Prediction and evaluation: the whole model in onnxruntime; there is no training."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from keras.src import callbacks as callbacks_module
from keras.src import tree
from keras.src.trainers.data_adapters import data_adapter_utils
from keras.src.trainers.epoch_iterator import EpochIterator
from keras.src.trainers.trainer import BaseTrainer
from keras.src.utils.python_utils import pythonify_logs

from keras_onnx.src import ops
from keras_onnx.src._tensor import Tensor

_REMEDY = "train with KERAS_BACKEND=jax, torch or tensorflow, and load the model here"


class Trainer(BaseTrainer):  # type: ignore[misc] # Keras is not typed
    """What a model can do on this backend besides being called.

    A call is compiled once for each structure, dtypes and inner sizes of its inputs, and again when
    a weight has changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._programs: dict[Any, Any] = {}
        self._compiled_for: list[Any] = []

    def predict_step(self, data: Any) -> Any:
        """Return what the model returns for a batch of data, as arrays."""
        x, _, _ = data_adapter_utils.unpack_x_y_sample_weight(data)
        return self._computed(x)

    def test_step(self, data: Any) -> Any:
        """Add a batch of data to the metrics and return them."""
        x, y, weights = data_adapter_utils.unpack_x_y_sample_weight(data)
        y_pred = tree.map_structure(Tensor, self._computed(x))
        loss = self._compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weights, training=False)
        self._loss_tracker.update_state(loss, sample_weight=tree.flatten(x)[0].shape[0])
        return self.compute_metrics(x, y, y_pred, sample_weight=weights)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """Return the model's outputs for data, batch by batch."""
        batches = EpochIterator(x=x, batch_size=batch_size, steps_per_epoch=steps, shuffle=False)
        watch = self._watched(callbacks, verbose, batches)
        self.stop_predicting = False
        watch.on_predict_begin()
        outputs = []
        for begin, end, data in batches:
            watch.on_predict_batch_begin(begin)
            outputs.append(self.predict_step(data[0]))
            watch.on_predict_batch_end(end, {"outputs": outputs[-1]})
            if self.stop_predicting:
                break
        watch.on_predict_end()
        return tree.map_structure(lambda *parts: np.concatenate(parts), *outputs)

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics for data."""
        self._assert_compile_called("evaluate")
        batches = EpochIterator(
            x=x,
            y=y,
            sample_weight=sample_weight,
            batch_size=batch_size,
            steps_per_epoch=steps,
            shuffle=False,
        )
        watch = self._watched(callbacks, verbose, batches)
        self.stop_evaluating = False
        watch.on_test_begin()
        self.reset_metrics()
        logs: Any = {}
        for begin, end, data in batches:
            watch.on_test_batch_begin(begin)
            logs = self.test_step(data[0])
            watch.on_test_batch_end(end, logs)
            if self.stop_evaluating:
                break
        logs = pythonify_logs(self._get_metrics_result_or_logs(logs))
        watch.on_test_end(logs)
        return logs if return_dict else self._flatten_metrics_in_order(logs)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return loss and metrics for one batch."""
        self._assert_compile_called("test_on_batch")
        logs = pythonify_logs(self.test_step((x, y, sample_weight)))
        return logs if return_dict else self._flatten_metrics_in_order(logs)

    def predict_on_batch(self, x: Any) -> Any:
        """Return the model's outputs for one batch."""
        return self._computed(x)

    def fit(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: ONNX has no gradients.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(f"the ONNX backend does not train: {_REMEDY}")

    def train_on_batch(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: ONNX has no gradients.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(f"the ONNX backend does not train: {_REMEDY}")

    def _computed(self, x: Any) -> Any:
        """Return what the model returns for a structure of arrays, from onnxruntime."""
        from keras_onnx.src._program import compiled

        arrays = tree.map_structure(ops.convert_to_numpy, x)
        options = {"training": False} if self._call_has_training_arg else {}
        if not all(layer.built for layer in self._flatten_layers()):
            self(tree.map_structure(lambda array: Tensor(array[:1]), arrays), **options)
        values = [variable.value for variable in self.variables]
        if [*map(id, values)] != [*map(id, self._compiled_for)]:
            self._programs.clear()
            self._compiled_for = values  # kept, so that no other value gets its identity
        flat = tree.flatten(arrays)
        key = repr(tree.map_structure(lambda array: (array.dtype.name, array.shape[1:]), arrays))
        if key not in self._programs:
            self._programs[key] = compiled(self, arrays, options)
        return self._programs[key].run(flat)

    def _watched(self, callbacks: Any, verbose: Any, batches: Any) -> Any:
        if isinstance(callbacks, callbacks_module.CallbackList):
            return callbacks
        return callbacks_module.CallbackList(
            callbacks,
            add_progbar=verbose != 0,
            verbose=verbose,
            epochs=1,
            steps=batches.num_batches,
            model=self,
        )
