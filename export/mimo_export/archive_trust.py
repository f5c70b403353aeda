"""What the person who started this process said he trusts: the code inside of `.keras` files.

A `Lambda` layer is Python code that its maker has put into the file. It runs when the model is
loaded and called, with everything that the person who loads it may do. So it is refused, unless
that person asks for it, for this process or for one call of `load_keras`. Every other rule of
`mimo_export.archive_config` stays.
"""

from __future__ import annotations

from dataclasses import dataclass

UNSAFE_LAMBDA = "--unsafe-lambda"
"""The word of a worker's command line that stands for this, beside the modules to import."""


@dataclass
class _Trust:
    lambdas: bool = False


_PROCESS = _Trust()


def trust_lambdas(*, trusted: bool = True) -> None:
    """Let the code of `Lambda` layers run in whatever this process loads from now on."""
    _PROCESS.lambdas = trusted


def lambdas_are_trusted() -> bool:
    """Tell whether `trust_lambdas` was called."""
    return _PROCESS.lambdas
