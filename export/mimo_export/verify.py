"""Check a finished bundle again: its files, its stored golden vectors, and fresh ones from Keras.

Where no backend is installed, the stored vectors still say whether the ONNX file computes here what
Keras computed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export import manifest
from mimo_export.compare import Tolerance
from mimo_export.errors import EnvironmentNotReadyError
from mimo_export.golden import read_cases
from mimo_export.manifest import Bundle, open_bundle
from mimo_export.report import Report, make_report
from mimo_export.runtimes import Pool, collect, others
from mimo_export.worker import choose_backend

STORED = "the stored answers of Keras"


@dataclass(frozen=True)
class Verification:
    """What a bundle's stored and fresh golden vectors say.

    Attributes:
        stored: On the vectors in the bundle; also holds what is wrong with its files.
        fresh: On new vectors; None where Keras could not be run.
        not_fresh: Why there are no fresh vectors.
    """

    stored: Report
    fresh: Report | None = None
    not_fresh: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether all that was run has passed."""
        return self.stored.passed and (self.fresh is None or self.fresh.passed)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return {
            "passed": self.passed,
            "stored": self.stored.to_dict(),
            "fresh": self.fresh.to_dict() if self.fresh else None,
            "not_fresh": self.not_fresh,
        }


def verify_bundle(
    directory: str | Path,
    *,
    seed: int = 1,
    tolerance: Tolerance | None = None,
    backend: str | None = None,
    imports: Sequence[str] = (),
) -> Verification:
    """Verify a bundle's files and numbers.

    Args:
        directory: The bundle.
        seed: Of the fresh golden vectors; the stored ones were made from another.
        tolerance: What is allowed; what the bundle was published with when None.
        backend: Which Keras gives the fresh answers; the first that is installed when None.
        imports: Modules that register the user's classes.

    Raises:
        BundleError: There is no bundle, or its contract cannot be read.
        ModelFileError: The `model.keras` in it cannot be loaded.
    """
    bundle = open_bundle(directory)
    tolerance = tolerance or published_tolerance(bundle)
    with Pool(imports) as pool:
        try:
            backend = backend or choose_backend()
        except EnvironmentNotReadyError as error:
            stored = _stored(bundle, tolerance, pool)
            return Verification(stored, not_fresh=f"{error.what}; {error.remedy}")
        for name in (backend, *others(backend)):
            pool.get(name)
        stored = _stored(bundle, tolerance, pool)
        # A file that is not the one that was published is not given to Keras.
        if stored.files:
            return Verification(stored, not_fresh="the bundle's files are not what was published")
        return Verification(stored, measure(bundle, pool, backend, tolerance, seed))


def measure(bundle: Bundle, pool: Pool, backend: str, tolerance: Tolerance, seed: int) -> Report:
    """Run a bundle on golden vectors that Keras answers now."""
    golden = pool.scratch / "golden"
    first = pool.get(backend).ask(
        "prepare",
        source=str(bundle.folder.absolute() / manifest.KERAS),
        golden_folder=str(golden),
        seed=seed,
    )
    return make_report(
        collect(bundle.folder, golden, bundle.signature, backend, pool),
        read_cases(golden, bundle.signature),
        bundle.signature,
        tolerance,
        reference=f"keras-{backend}",
        refused=tuple(first["refused"]),
        seed=seed,
    )


def published_tolerance(bundle: Bundle) -> Tolerance:
    """Return the tolerance that the bundle was published with."""
    stated = manifest.read_json(bundle.folder / manifest.PARITY).get("tolerance", {})
    return Tolerance(float(stated.get("atol", 1e-5)), float(stated.get("rtol", 1e-5)))


def _stored(bundle: Bundle, tolerance: Tolerance, pool: Pool) -> Report:
    golden = bundle.folder / manifest.GOLDEN
    return make_report(
        collect(bundle.folder, golden, bundle.signature, None, pool),
        read_cases(golden, bundle.signature),
        bundle.signature,
        tolerance,
        reference=STORED,
        files=manifest.file_problems(bundle),
    )
