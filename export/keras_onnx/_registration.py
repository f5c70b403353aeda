"""Tell Keras that "onnx" is a backend: it asks a set of names that it fixes while it is imported.

`keras.src.backend.config` has the set, and other modules copy it, some while that one still runs.
So it is changed, wherever it is, when that module has run: now, or, if Keras is not imported yet,
by the loader.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

NAME = "onnx"
CONFIG = "keras.src.backend.config"


def register() -> None:
    """Let Keras accept `KERAS_BACKEND=onnx`, from its next import on."""
    config = sys.modules.get(CONFIG)
    if config is not None:
        _admit(config)
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    """Finds Keras's configuration once, and then goes."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return Keras's configuration with a loader of ours, and nothing else."""
        if fullname != CONFIG:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Runs Keras's configuration and adds our name to its backends."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, and admit ours."""
        super().exec_module(module)
        _admit(module)


def _admit(config: ModuleType) -> None:
    if hasattr(config, "PLUGGABLE_BACKENDS"):
        known = config.PLUGGABLE_BACKENDS
        widened = known | {NAME}
        for name, module in list(sys.modules.items()):
            if name.startswith("keras.src.") and vars(module).get("PLUGGABLE_BACKENDS") is known:
                vars(module)["PLUGGABLE_BACKENDS"] = widened
    elif config.backend() == NAME:
        raise ImportError(
            "this Keras has no pluggable backends: keras_onnx needs Keras 3.16 or newer; to export "
            "a model to ONNX, import mimo_export with any other backend"
        )
