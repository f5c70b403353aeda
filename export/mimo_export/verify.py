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
from mimo_export.bundle_schema import read_parity
from mimo_export.compare import Tolerance
from mimo_export.errors import BundleError, EnvironmentNotReadyError
from mimo_export.golden import read_cases
from mimo_export.manifest import Bundle, open_bundle
from mimo_export.preprocessing.reference import example_problems
from mimo_export.preprocessing.rules import Preprocessing, read_preprocessing
from mimo_export.report import Report, make_report, told_of_golden
from mimo_export.runtimes import UNASKED_SAVED_MODEL, Pool, collect, others
from mimo_export.seeds import check_seed
from mimo_export.source import Source, find_source
from mimo_export.worker import choose_backend

STORED = "the stored answers of Keras"
_ALTERED = "the bundle's files are not what was published"


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
    saved_model: bool = False,
) -> Verification:
    """Verify a bundle's files and numbers.

    Right hashes say that a bundle is as its maker published it, and not who that was. Its ONNX file
    is data to onnxruntime, its `model.keras` is checked before Keras opens it; a SavedModel is a
    program, which is run on request alone, in a worker, and only where every hash is right.

    Args:
        directory: The bundle.
        seed: Of the fresh golden vectors; the stored ones were made from another.
        tolerance: What is allowed; what the bundle was published with when None.
        backend: Which Keras gives the fresh answers; the first that is installed when None.
        imports: Modules that register the user's classes.
        saved_model: Whether the SavedModel is run too: where its maker is trusted.

    Raises:
        BundleError: There is no bundle, or its contract cannot be read.
        ModelFileError: The `model.keras` in it cannot be loaded.
    """
    check_seed(seed)
    bundle = open_bundle(directory)
    tolerance = tolerance or published_tolerance(bundle)
    problems = manifest.file_problems(bundle)
    with Pool(imports, no_saved_model=_refusal(problems, asked=saved_model)) as pool:
        try:
            backend = backend or choose_backend("tensorflow" if _has_strings(bundle) else None)
        except EnvironmentNotReadyError as error:
            stored = stored_report(bundle, tolerance, pool, problems)
            return Verification(stored, not_fresh=f"{error.what}; {error.remedy}")
        for name in (backend, *others(backend)):
            pool.get(name)
        stored = stored_report(bundle, tolerance, pool, problems)
        # A file that is not the one that was published is not given to Keras.
        if stored.files:
            return Verification(stored, not_fresh=_ALTERED)
        return Verification(stored, measure(bundle, pool, backend, tolerance, seed))


def _refusal(problems: Sequence[str], *, asked: bool) -> str:
    if problems:
        return _ALTERED
    return "" if asked else UNASKED_SAVED_MODEL


@dataclass(frozen=True)
class Location:
    """Where an export and Keras part.

    Attributes:
        layers: Every layer that was compared, in the order of the calls.
        differ: One line for each whose ONNX form computes something else, the first one first.
        file: How a bundle's ONNX file differs from what its `model.keras` gives now.
    """

    layers: tuple[str, ...]
    differ: tuple[str, ...]
    file: tuple[str, ...]


def locate_difference(
    path: str | Path,
    *,
    seed: int = 1,
    tolerance: Tolerance | None = None,
    backend: str | None = None,
    imports: Sequence[str] = (),
) -> Location:
    """Compare a model with its ONNX form layer by layer, and a bundle's file with its model.

    Args:
        path: A bundle, the folder of a training run, or a `.keras` file.
        seed: Of the inputs.
        tolerance: What is allowed; by the precision of the model when None.
        backend: Which Keras to compare with; the first that is installed when None.
        imports: Modules that register the user's classes.

    Raises:
        BundleError: The bundle's `model.keras` is not the one that was published.
        ModelFileError: There is no model, or it cannot be loaded.
        UnsupportedOperationError: The model has no ONNX form.
    """
    check_seed(seed)
    bundle = open_bundle(path) if manifest.is_bundle(Path(path)) else None
    source = Source(path=_published_model(bundle)) if bundle else find_source(path)
    intervals = bundle.signature.intervals if bundle else source.intervals
    with Pool(imports) as pool, source.named():
        worker = pool.get(backend or choose_backend())
        request = {
            "source": str(Path(str(source.path)).absolute()),
            "beside": bundle is not None and _keeps_rules(bundle.folder),
        }
        golden = str(pool.scratch / "golden")
        first = worker.ask(
            "prepare",
            golden_folder=golden,
            seed=seed,
            intervals=intervals,
            stated=bundle.signature.to_dict()["inputs"] if bundle else [],
            **request,
        )
        tolerance = tolerance or Tolerance.of_precision(first["precision"])
        onnx_path = None if bundle is None else bundle.folder / manifest.ONNX
        found = worker.ask(
            "locate",
            signature=first["signature"],
            golden_folder=golden,
            tolerance=[tolerance.atol, tolerance.rtol],
            scratch=str(pool.scratch),
            onnx_path=str(onnx_path.absolute()) if onnx_path and onnx_path.exists() else None,
            **request,
        )
    return Location(tuple(found["layers"]), tuple(found["differ"]), tuple(found["file"]))


def _published_model(bundle: Bundle) -> Path:
    for problem in manifest.file_problems(bundle):
        if problem.startswith(f"{manifest.KERAS} "):
            raise BundleError(
                f"{problem}, so that it is not given to Keras",
                where=str(bundle.folder),
                remedy="copy the bundle again, or export the model again",
            )
    return bundle.folder / manifest.KERAS


def measure(bundle: Bundle, pool: Pool, backend: str, tolerance: Tolerance, seed: int) -> Report:
    """Run a bundle on golden vectors that Keras answers now."""
    golden = pool.scratch / "golden"
    first = pool.get(backend).ask(
        "prepare",
        source=str(bundle.folder.absolute() / manifest.KERAS),
        golden_folder=str(golden),
        seed=seed,
        intervals=bundle.signature.intervals,
        beside=_keeps_rules(bundle.folder),
        stated=bundle.signature.to_dict()["inputs"],
    )
    rules = first["preprocessing"]
    return make_report(
        collect(bundle.folder, golden, bundle.signature, backend, pool),
        read_cases(golden, bundle.signature),
        bundle.signature,
        tolerance,
        reference=f"keras-{backend}",
        **told_of_golden(first),
        files=example_problems(Preprocessing.from_dict(rules)) if rules else (),
        seed=seed,
    )


def _keeps_rules(folder: Path) -> bool:
    return (folder / manifest.PREPROCESSING).is_file()


def published_tolerance(bundle: Bundle) -> Tolerance:
    """Return the tolerance that the bundle was published with."""
    return read_parity(bundle.folder).tolerance


def stored_report(
    bundle: Bundle, tolerance: Tolerance, pool: Pool, problems: Sequence[str]
) -> Report:
    """Run a bundle on its own golden vectors, which need no Keras.

    Args:
        bundle: The bundle.
        tolerance: What is allowed.
        pool: The workers.
        problems: What is wrong with its files.
    """
    golden = bundle.folder / manifest.GOLDEN
    return make_report(
        collect(bundle.folder, golden, bundle.signature, None, pool),
        read_cases(golden, bundle.signature),
        bundle.signature,
        tolerance,
        reference=STORED,
        files=(*problems, *_rule_problems(bundle)),
    )


def _has_strings(bundle: Bundle) -> bool:
    return bool(bundle.signature.strings) or _keeps_rules(bundle.folder)


def _rule_problems(bundle: Bundle) -> tuple[str, ...]:
    """Return where the rules of a bundle do not give what Keras gave for its examples."""
    rules = read_preprocessing(bundle.folder)
    return () if rules is None else example_problems(rules)
