"""Make a bundle: export, verify, and publish it whole or not at all.

The jobs that need Keras run where they can: the first in the caller's process, or in a worker with
the backend of his choice; the SavedModel in a TensorFlow worker. Every other installed backend has
its own, to see how far Keras differs from itself, where that was asked for or a file differs: to
start PyTorch and TensorFlow takes longer than all the rest of an export.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export import manifest
from mimo_export.archive_folder import named
from mimo_export.archive_trust import UNSAFE_LAMBDA
from mimo_export.card import model_card
from mimo_export.compare import Tolerance
from mimo_export.contract import Signature
from mimo_export.distributions import onnx_versions
from mimo_export.errors import BundleError, EnvironmentNotReadyError, InputError
from mimo_export.golden import Arrays, read_cases, save_samples
from mimo_export.preprocessing.reference import example_problems
from mimo_export.preprocessing.rules import Preprocessing, write_preprocessing
from mimo_export.publish import staging
from mimo_export.report import Report, make_report, told_of_golden
from mimo_export.runtimes import Pool, collect, others
from mimo_export.seeds import check_seed
from mimo_export.source import Source, find_source, settled
from mimo_export.worker import install_command, installed_backends
from mimo_portable.specs import document_of

FORMATS = ("onnx", "saved_model")
ROUTES = ("keras", "tf2onnx")
PREPROCESSING = ("inside", "beside")
_TRAINING = ("model", "configuration", "seed", "backend", "data", "outputs")
"""What of a run's metrics the manifest keeps for programs: nothing that differs from run to run."""


@dataclass(frozen=True)
class ExportOptions:
    """How to export; the defaults suit most models.

    Attributes:
        opset: The ONNX operator set; the lowest that the model needs when None.
        via: "keras" writes ONNX directly, "tf2onnx" through the SavedModel, as a second opinion.
        backend: Load and run a file in a worker on this backend; None: in the caller's process.
        imports: Modules that register the user's classes; workers import them.
        samples: Rows for the golden vectors, by input; None: made up from the model's own ranges.
        seed: Of the golden vectors.
        tolerance: What may lie between export and Keras; None: `Tolerance.of_precision` decides.
        preprocessing: "inside" puts all of the model into the files; "beside" keeps the layers that
            read inputs of strings as rules in `preprocessing.json`, and the files begin behind
            them.
        inputs: What the model takes, where Keras does not know; see `mimo_export.declare`.
        without: Optional inputs that are left out.
        all_backends: Also run Keras on every other installed backend, which informs and never
            gates; done in any case where a file differs from Keras.
        unsafe_lambda: Let the code of `Lambda` layers in a `.keras` file run, with everything that
            you may do on this computer; for a file whose maker you trust.
    """

    opset: int | None = None
    via: str = "keras"
    backend: str | None = None
    imports: tuple[str, ...] = ()
    samples: Arrays | None = None
    seed: int = 0
    tolerance: Tolerance | None = None
    preprocessing: str = "inside"
    inputs: tuple[Any, ...] = ()
    without: tuple[str, ...] = ()
    all_backends: bool = False
    unsafe_lambda: bool = False

    def words(self) -> tuple[str, ...]:
        """Return the words of a worker's command line: the imports, and what is trusted."""
        return (*self.imports, UNSAFE_LAMBDA) if self.unsafe_lambda else self.imports


@dataclass(frozen=True)
class Built:
    """What `build` has put into a folder, and what it learnt on the way.

    Attributes:
        signature: The contract.
        report: What the gate measured.
        limits: Per integer input that a table reads, how many ids it has.
        versions: Of every tool that was at work.
        preprocessing: What is kept beside the files; None: they hold the whole model.
    """

    signature: Signature
    report: Report
    limits: Mapping[str, int]
    versions: Mapping[str, str]
    preprocessing: Preprocessing | None = None


def export_bundle(
    model_or_path: Any,
    directory: str | Path,
    *,
    formats: Sequence[str] = FORMATS,
    options: ExportOptions | None = None,
) -> Built:
    """Export a model, verify every file against Keras, and publish the folder in one step.

    Args:
        model_or_path: A Keras model, a `.keras` file, or the folder of a training run.
        directory: The bundle; an older bundle there is replaced, anything else is left alone.
        formats: "onnx", "saved_model" or both.
        options: See `ExportOptions`.

    Raises:
        MimoExportError: Of the kind that says what went wrong. What was there before is untouched.
        OSError: The disk is full or cannot be written; what was there before is untouched.
    """
    options = options or ExportOptions()
    check_seed(options.seed)
    target, source = Path(directory), find_source(model_or_path)
    _check_target(target)
    check_formats(formats, options)
    with staging(target) as folder, source.named(), named(folder, target):
        words = options.words()
        source = settled(source, folder, options.inputs, options.backend, words, options.without)
        built = build(source, folder, formats, options)
        built.report.check(str(target))
        _write_papers(folder, source, built, options)
        manifest.open_bundle(folder)  # nothing is published that nobody could open
    return built


def build(source: Source, folder: Path, formats: Sequence[str], options: ExportOptions) -> Built:
    """Write golden vectors and formats beside the `model.keras` of a folder, and measure them."""
    golden = folder / manifest.GOLDEN
    with Pool(options.words(), folder / manifest.KERAS if source.own else None) as pool:
        _warm_up(source, formats, options, pool)
        first = _prepare(source, folder, formats, options, pool)
        signature = source.described(Signature.from_dict(first["signature"]))
        rules = first["preprocessing"] and Preprocessing.from_dict(first["preprocessing"])
        if rules:
            write_preprocessing(folder, rules)
        versions = onnx_versions() | first["versions"]
        if _needs_saved_model(formats, options):
            source.check_portable(folder)
            versions |= _write_saved_model(folder, signature, formats, options, pool)

        def measured(*, all_backends: bool) -> Report:
            place = folder, golden, signature, first["backend"], pool
            return make_report(
                collect(*place, all_backends=all_backends),
                read_cases(golden, signature),
                signature,
                options.tolerance or Tolerance.of_precision(first["precision"]),
                reference=f"keras-{first['backend']}",
                **told_of_golden(first),
                files=example_problems(rules) if rules else (),
                seed=options.seed,
            )

        report = measured(all_backends=options.all_backends)
        if report.failures and not options.all_backends:
            report = measured(all_backends=True)
    return Built(signature, report, first["limits"], versions, rules)


def check_formats(formats: Sequence[str], options: ExportOptions) -> None:
    """Refuse formats and routes that are unknown, or that this machine cannot write.

    Raises:
        InputError: A name is unknown.
        EnvironmentNotReadyError: TensorFlow, which writes the SavedModel, is not installed.
    """
    words = ((options.via, ROUTES), (options.preprocessing, PREPROCESSING))
    for name, known in (*words, *((name, FORMATS) for name in formats)):
        if name not in known:
            raise InputError(f"'{name}' is not known", remedy=f"choose from {', '.join(known)}")
    if not formats:
        raise InputError("no format was asked for", remedy=f"choose from {', '.join(FORMATS)}")
    if _needs_saved_model(formats, options) and "tensorflow" not in installed_backends():
        raise EnvironmentNotReadyError(
            "a SavedModel is written by TensorFlow, which is not installed",
            where="format saved_model" if "saved_model" in formats else "--via tf2onnx",
            remedy=f"{install_command('savedmodel')}, or leave it out (--format onnx)",
        )


def _check_target(target: Path) -> None:
    if not target.exists() or manifest.is_bundle(target):
        return
    if not target.is_dir() or any(target.iterdir()):
        raise BundleError(
            "there is something else already, which is not overwritten",
            where=str(target),
            remedy="choose another folder, or remove this one",
        )


def _needs_saved_model(formats: Sequence[str], options: ExportOptions) -> bool:
    return "saved_model" in formats or ("onnx" in formats and options.via == "tf2onnx")


def _worker_backend(source: Source, options: ExportOptions) -> str | None:
    """Return the backend of the worker that loads the file; None where this process does it."""
    return options.backend if source.path is not None else None


def _warm_up(source: Source, formats: Sequence[str], options: ExportOptions, pool: Pool) -> None:
    """Start the workers that will be needed, so that they import their backends side by side."""
    backend = _worker_backend(source, options)
    if backend is not None:
        pool.get(backend)
    else:
        import keras  # noqa: PLC0415 - a command line does without it

        backend = keras.backend.backend()
    for name in others(backend) if options.all_backends else ():
        pool.get(name)
    if _needs_saved_model(formats, options):
        pool.get("tensorflow")


def _prepare(
    source: Source, folder: Path, formats: Sequence[str], options: ExportOptions, pool: Pool
) -> dict[str, Any]:
    """Write ONNX and golden vectors in this process, or in a worker where one was asked for."""
    direct = "onnx" in formats and options.via == "keras"
    onnx_path, golden = folder / manifest.ONNX, folder / manifest.GOLDEN
    beside = options.preprocessing == "beside"
    request: dict[str, Any] = {
        "opset": options.opset,
        "seed": options.seed,
        "intervals": source.intervals,
        "beside": beside,
        "stated": [document_of(spec) for spec in source.stated],
    }
    backend = _worker_backend(source, options)
    if backend is None or source.path is None:
        # Keras starts a backend, which is none of a command line's business.
        from mimo_export import archive, jobs  # noqa: PLC0415

        trusted = source.own or options.unsafe_lambda
        # A model that is cut does not stay as it is, so that it is not the caller's own.
        path = folder / manifest.KERAS if beside else source.path
        return jobs.prepare(
            source.model if path is None else archive.load_keras(path, unsafe_lambda=trusted),
            golden_folder=golden,
            onnx_path=onnx_path if direct else None,
            samples=options.samples,
            **request,
        )
    return pool.get(backend).ask(
        "prepare",
        source=str(source.path.absolute()),
        golden_folder=str(golden),
        onnx_path=str(onnx_path) if direct else None,
        samples=save_samples(options.samples, pool.scratch),
        **request,
    )


def _write_saved_model(
    folder: Path, signature: Signature, formats: Sequence[str], options: ExportOptions, pool: Pool
) -> dict[str, str]:
    place = (folder if "saved_model" in formats else pool.scratch) / manifest.SAVED_MODEL
    request = {"folder": str(place), "signature": signature.to_dict()}
    tensorflow = pool.get("tensorflow")
    answer = tensorflow.ask(
        "write saved_model",
        source=str(folder / manifest.KERAS),
        beside=options.preprocessing == "beside",
        **request,
    )
    versions = dict(answer["versions"])
    if "onnx" in formats and options.via == "tf2onnx":
        onnx_path = str(folder / manifest.ONNX)
        answer = tensorflow.ask(
            "convert saved_model", onnx_path=onnx_path, opset=options.opset, **request
        )
        versions |= answer["versions"]
    return versions


def _write_papers(folder: Path, source: Source, built: Built, options: ExportOptions) -> None:
    """Write contract, parity, card and, last of all, the manifest."""
    manifest.write_signature(folder, built.signature, built.limits)
    manifest.write_json(folder / manifest.PARITY, built.report.to_dict())
    rules = built.preprocessing.rules if built.preprocessing else ()
    text = model_card(source, built.signature, built.report, built.versions, rules)
    (folder / manifest.CARD).write_text(text, encoding="utf-8")
    facts = {
        "via": options.via,
        "preprocessing": options.preprocessing,
        "versions": dict(sorted(built.versions.items())),
    }
    training = {name: source.metrics[name] for name in _TRAINING if name in source.metrics}
    manifest.write_manifest(folder, facts | ({"training": training} if training else {}))
