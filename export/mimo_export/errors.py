"""Errors for users: what happened, where, and what to do about it, in one readable block."""

from __future__ import annotations


class MimoExportError(Exception):
    """A problem that the user can act on.

    Args:
        what: One line that names the thing and what is wrong with it, with got and expected.
        where: The file, layer, model or tensor it happened at.
        remedy: What the user does next.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  where:  {self.where}")
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(lines)


class UnsupportedOperationError(MimoExportError):
    """A layer, operation, option or dtype that has no ONNX form here."""


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
