"""Which distribution a package came from, and its version: some packages have more than one.

The nightly builds of Keras and ONNX have names of their own, and so has TensorFlow for a CPU.
"""

from __future__ import annotations

from importlib import metadata

_NAMES = {
    "keras": ("keras", "keras-nightly"),
    "onnx": ("onnx", "onnx-weekly"),
    "tensorflow": ("tensorflow-cpu", "tensorflow", "tensorflow-intel", "tensorflow-macos"),
}


def distribution(package: str) -> tuple[str, str]:
    """Return name and version of the distribution that a package came from.

    Raises:
        importlib.metadata.PackageNotFoundError: It is not installed.
    """
    for name in _NAMES.get(package, (package,)):
        try:
            return name, metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    raise metadata.PackageNotFoundError(package)


def version_of(package: str) -> str:
    """Return the version of a package, whichever distribution it came from; "" if of none."""
    try:
        return distribution(package)[1]
    except metadata.PackageNotFoundError:
        return ""


def onnx_versions() -> dict[str, str]:
    """Return the versions of what writes and runs ONNX files here, by name."""
    names = ("mimo-portable", "onnx", "onnx-ir", "onnxruntime", "numpy")
    return {name: distribution(name)[1] for name in names}
