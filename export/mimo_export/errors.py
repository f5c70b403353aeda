"""Errors of the export: what happened, where, and what to do about it, in one readable block."""

from __future__ import annotations

from mimo_portable.errors import MimoPortableError


class MimoExportError(MimoPortableError):
    """A problem of the export that the user can act on."""


class UnsupportedOperationError(MimoExportError):
    """A layer, operation, option or dtype that has no ONNX form here."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self._layer = ""

    def locate(self, layer: str, model: str = "") -> None:
        """Say in which layer, and of which model; the first layer named, the innermost, stays."""
        if not self._layer:
            self._layer = layer
            self.where = f"{layer}, {self.where}" if self.where else layer
        if model and self._layer != model:
            self.where = self.where.replace(self._layer, f"{self._layer} of {model}", 1)


class ModelFileError(MimoExportError):
    """A file that is missing, damaged, not a Keras model, or not safe to load."""


class BundleError(MimoExportError):
    """A bundle that is missing, incomplete or altered."""


class VerificationError(MimoExportError):
    """The exported file and Keras disagree by more than the tolerance."""


class InputError(MimoExportError):
    """Values for a model's inputs that do not fit its contract."""


class EnvironmentNotReadyError(MimoExportError):
    """A backend, package or disk that this job needs is not there."""


class WorkerError(MimoExportError):
    """A worker process that ended, or hung, without an answer."""
