"""Finds the names of Keras that a `.keras` file may use, by role.

`nox -s archive-names` runs this file, which writes the package's list; a test compares.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import keras

from mimo_export import archive_names as an

TABLE = Path(__file__).resolve().parents[1] / "export" / "mimo_export" / an.FILE

# The public modules of building blocks; whatever else Keras has in public is no part of a model.
HOMES = (
    *("keras", "keras._legacy.layers", "keras.activations", "keras.constraints"),
    *("keras.dtype_policies", "keras.initializers", "keras.layers", "keras.losses"),
    *("keras.metrics", "keras.mixed_precision", "keras.models", "keras.optimizers"),
    *("keras.optimizers.schedules", "keras.quantizers", "keras.random", "keras.regularizers"),
    *("keras.utils",),
)
# Classes without a public name, which files know by their private home.
PRIVATE_PACKAGES = ("keras.src.applications", "keras.src.ops")
PRIVATE = {
    "keras.src.activations.activations": ("Mish", "ReLU"),
    "keras.src.layers.preprocessing.feature_space": (
        "Cross",
        "Feature",
        "TFDConcat",
        "TFDIdentity",
    ),
    "keras.src.layers.rnn.conv_lstm": ("ConvLSTMCell",),
    "keras.src.models.functional": ("Functional",),
}
_FUNCTIONS = {"activations": an.ACTIVATION, "losses": an.LOSS, "metrics": an.METRIC}


def survey() -> an.Names:
    """Return the list as Keras's API has it."""
    classes: dict[str, dict[str, set[str]]] = {role: defaultdict(set) for role in an.CLASS_ROLES}
    functions: dict[str, dict[str, set[str]]] = {
        role: defaultdict(set) for role in an.FUNCTION_ROLES
    }
    for home, name, value in sorted(named(), key=lambda found: found[:2]):
        if isinstance(value, type):
            role = role_of(value)
            if role and value.__name__ not in an.LEFT_OUT:
                classes[role][home].add(name)
        elif isinstance(value, FunctionType) and name not in an.FACTORIES:
            role = _FUNCTIONS.get(home.removeprefix("keras."))
            if role:
                functions[role][home].add(name)
    return an.Names(keras.version(), _frozen(classes), _frozen(functions))


def named() -> Iterator[tuple[str, str, Any]]:
    """Give (module, name, object) for every public building block, and for the private ones."""
    for name, value in importlib.import_module(
        "keras.src.api_export"
    ).REGISTERED_NAMES_TO_OBJS.items():
        home, _, own = name.rpartition(".")
        if home in HOMES:
            yield home, own, value
    for home in HOMES:
        if not home.startswith("keras._"):  # those have a name for files only, and no module
            module = importlib.import_module(home)
            yield from ((home, name, getattr(module, name)) for name in sorted(dir(module)))
    for home, names in PRIVATE.items():
        yield from ((home, name, getattr(importlib.import_module(home), name)) for name in names)
    for package in PRIVATE_PACKAGES:
        yield from _classes_of(package)


def _classes_of(package: str) -> Iterator[tuple[str, str, Any]]:
    for found in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
        if not found.name.endswith("_test"):
            module = importlib.import_module(found.name)
            for name, value in sorted(vars(module).items()):
                if isinstance(value, type) and value.__module__ == found.name:
                    yield found.name, name, value


def role_of(value: type) -> str:
    """Return what a class of Keras is for; nothing where it is no building block."""
    if value.__name__ == "Lambda":
        return an.LAMBDA
    if value.__name__ in an.CALLING:
        return an.CONTROL
    return next((role for role, base in _bases() if issubclass(value, base)), "")


def _bases() -> tuple[tuple[str, type], ...]:
    features = importlib.import_module("keras.src.layers.preprocessing.feature_space")
    return (
        (an.LAYER, keras.Layer),
        (an.LOSS, keras.Loss),
        (an.METRIC, keras.Metric),
        (an.OPTIMIZER, keras.Optimizer),
        (
            an.OPTIMIZER,
            importlib.import_module("keras.src.optimizers.multi_optimizer").OptimizerMap,
        ),
        (an.SCHEDULE, keras.optimizers.schedules.LearningRateSchedule),
        (an.OPERATION, keras.Operation),
        (an.INITIALIZER, keras.Initializer),
        (an.REGULARIZER, keras.Regularizer),
        (an.CONSTRAINT, keras.constraints.Constraint),
        (an.POLICY, keras.DTypePolicy),
        (an.QUANTIZER, keras.Quantizer),
        (an.QUANTIZER, keras.quantizers.QuantizationConfig),
        (an.SEED, keras.random.SeedGenerator),
        (an.FEATURE, features.Feature),
        (an.FEATURE, features.Cross),
    )


def _frozen(table: Mapping[str, Mapping[str, set[str]]]) -> dict[str, an.Homes]:
    return {
        role: {home: frozenset(names) for home, names in homes.items()}
        for role, homes in table.items()
    }


def text() -> str:
    """Return the file's content."""
    return json.dumps(survey().to_dict(), indent=1) + "\n"


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8")
