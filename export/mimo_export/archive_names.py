"""Which names of Keras a `.keras` file may use, and for what: `archive_names.json` lists them all.

`nox -s archive-names` writes the list from Keras's own API, by role: a layer, an operation, an
initializer, a policy. A person reads the difference before it is committed, because whatever is in
the list may be made, with arguments of its own choice, by a file that a stranger sends. Left out,
each with its reason, is what carries code, calls what it is given, or opens a file (`LEFT_OUT`).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "archive_names.json"

LAYER, OPERATION, LAMBDA = "layer", "operation", "lambda"
CONTROL = "operation that calls functions"
INITIALIZER, REGULARIZER, CONSTRAINT = "initializer", "regularizer", "constraint"
POLICY, QUANTIZER, SEED, FEATURE = "dtype policy", "quantizer", "seed generator", "feature"
LOSS, METRIC, OPTIMIZER, SCHEDULE = "loss", "metric", "optimizer", "learning rate schedule"
ACTIVATION = "activation"

CLASS_ROLES = (
    *(LAYER, OPERATION, CONTROL, LAMBDA, INITIALIZER, REGULARIZER, CONSTRAINT, POLICY, QUANTIZER),
    *(SEED, FEATURE, LOSS, METRIC, OPTIMIZER, SCHEDULE),
)
FUNCTION_ROLES = (ACTIVATION, LOSS, METRIC)

_CODE = "carries Python code inside the file"
_WRAPS = "wraps functions of another framework that the file cannot hold"
_CALLS = "calls a function that the file names"
LEFT_OUT: Mapping[str, str] = {
    "Distiller": "trains, with losses that the file names",
    "FlaxLayer": _WRAPS,
    "Function": "is the inside of a model",
    "JVP": _CALLS,
    "JaxLayer": _WRAPS,
    "MeanMetricWrapper": _CALLS,
    "Operation": "is the base of operations, and does nothing",
    "SegmentReduction": "is the base of operations, and does nothing",
    "TFSMLayer": "loads another model from a path that the file names",
    "TorchModuleWrapper": "carries a pickle inside the file, which may run any code",
    "__lambda__": _CODE,
    "__typespec__": "names a type of another framework",
}
"""Classes of Keras that no file may name, and why."""

REFUSED: Mapping[str, str] = {**LEFT_OUT, "Lambda": _CODE}
"""The same, and what is allowed on request alone."""

CALLING = frozenset(
    {
        "AssociativeScan",
        "Cond",
        "ForiLoop",
        "Map",
        "Scan",
        "Switch",
        "VectorizedMap",
        "WhileLoop",
    }
)
"""Operations that call a function: it has to be one that the caller has registered."""

# They build an object from a configuration of the caller's choice, so they are no building blocks.
FACTORIES = frozenset({"deserialize", "get", "serialize"})

Homes = Mapping[str, frozenset[str]]
"""Names by the module that files give for them."""


@dataclass(frozen=True)
class Names:
    """The list.

    Attributes:
        keras: The version of Keras that it was written from.
        classes: By role, the classes of each module.
        functions: By role, the functions of each module.
    """

    keras: str
    classes: Mapping[str, Homes]
    functions: Mapping[str, Homes]

    def class_roles(self, name: str, module: str | None) -> frozenset[str]:
        """Return what a class may be used for; nothing where it is not allowed.

        A class without a module, as older files have it, is one of Keras's public ones.
        """
        return _roles(self.classes, name, module)

    def function_roles(self, name: str, module: str | None) -> frozenset[str]:
        """Return what a function may be used for; nothing where it is not allowed."""
        return _roles(self.functions, name, module)

    def to_dict(self) -> dict[str, Any]:
        """Return the document that `archive_names.json` holds."""
        return {
            "keras": self.keras,
            "classes": _listed(self.classes),
            "functions": _listed(self.functions),
        }


@functools.cache
def allowed_names() -> Names:
    """Read the list that the package brings."""
    document = json.loads((Path(__file__).parent / FILE).read_text(encoding="utf-8"))
    kinds = (
        {
            role: {home: frozenset(names) for home, names in homes.items()}
            for role, homes in document[kind].items()
        }
        for kind in ("classes", "functions")
    )
    return Names(document["keras"], *kinds)


def _roles(table: Mapping[str, Homes], name: str, module: str | None) -> frozenset[str]:
    anywhere = module in {None, "builtins"}
    return frozenset(
        role
        for role, homes in table.items()
        if name in homes.get(str(module), ())
        or (anywhere and any(name in names for names in homes.values()))
    )


def _listed(table: Mapping[str, Homes]) -> dict[str, dict[str, list[str]]]:
    return {
        role: {home: sorted(names) for home, names in sorted(homes.items()) if names}
        for role, homes in table.items()
    }
