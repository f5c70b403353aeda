"""What is exported: a model in memory, a `.keras` file, or the folder of a training run."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mimo_export.archive_folder import Packed, is_model_folder, named
from mimo_export.archive_trust import UNSAFE_LAMBDA
from mimo_export.contract import Signature
from mimo_export.errors import ModelFileError
from mimo_export.manifest import KERAS, VOCABULARY
from mimo_export.run_papers import check_described, read_metrics, read_spec
from mimo_export.worker import BACKENDS, Worker
from mimo_portable.specs import ModelSpec, TensorSpec, document_of

SPEC, METRICS = "spec.json", "metrics.json"


@dataclass(frozen=True)
class Source:
    """A model and what is known about it.

    Attributes:
        model: The Keras model itself, when it came from memory; else None.
        path: The `.keras` file; None for a model in memory.
        spec: The contract with meanings, units and labels, where a training run left one.
        metrics: Its scores, data and backend; empty where there are none.
        vocabulary: The file with the words of the text inputs, where there is one.
        own: Whether the caller handed over a model of his own, whose code runs here anyway.
        stated: The inputs that a person has stated, with symbols that the model cannot hold.
        packed: Keeps the file at `path`, where it was made from a folder of Keras's.
    """

    model: Any = None
    path: Path | None = None
    spec: ModelSpec | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    vocabulary: Path | None = None
    own: bool = False
    stated: tuple[TensorSpec, ...] = ()
    packed: Packed | None = None

    @property
    def trained_on(self) -> str | None:
        """Return the backend that trained the model, where that is known.

        The folder may be a stranger's, who chooses one of three backends by it, and no more: the
        file is checked before any of them sees it, by rules that are the same for all three.
        """
        backend = self.metrics.get("backend")
        return backend if backend in BACKENDS else None

    def named(self) -> contextlib.AbstractContextManager[None]:
        """Let errors in the block name the folder that was given, where it had to be packed."""
        if self.packed is None:
            return contextlib.nullcontext()
        return named(self.packed.path, self.packed.folder)

    @property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """Return the smallest and largest value of the inputs for which the contract has them."""
        return {} if self.spec is None else Signature(self.spec.inputs, ()).intervals

    def save(self, target: Path) -> None:
        """Put the `.keras` file and the vocabulary into a bundle's folder."""
        if self.path is not None:
            shutil.copyfile(self.path, target / KERAS)
        else:
            # Keras starts a backend, which is none of a command line's business.
            from mimo_export.lambdas import save_portable  # noqa: PLC0415

            save_portable(self.model, target / KERAS)
        if self.vocabulary is not None:
            shutil.copyfile(self.vocabulary, target / VOCABULARY)

    def check_portable(self, folder: Path) -> None:
        """Refuse the `.keras` file of a model in memory that no other process can run.

        Raises:
            UnsupportedOperationError: Names the layer, and what it would miss.
        """
        if self.own:
            from mimo_export.lambdas import check_portable  # noqa: PLC0415 - see `save`

            check_portable(self.model, folder / KERAS)

    def described(self, signature: Signature) -> Signature:
        """Return the model's signature with what the contract says about its tensors.

        Raises:
            ModelFileError: The contract is one of another model.
        """
        if self.spec is None:
            return signature
        for part in ("inputs", "outputs"):
            found = [(s.name, len(s.shape), s.dtype) for s in getattr(signature, part)]
            stated = [(s.name, len(s.shape), s.dtype) for s in getattr(self.spec, part)]
            if found != stated:
                raise ModelFileError(
                    f"{SPEC} and the model disagree about the {part}: {stated} and {found}"
                    " (name, rank, dtype)",
                    where=str(self.path),
                    remedy=f"export the .keras file alone, or correct {SPEC} beside it",
                )
        described = signature.described_by((*self.spec.inputs, *self.spec.outputs))
        if self.path is not None:
            check_described(described, self.path.with_name(SPEC))
        return described


def find_source(model_or_path: Any) -> Source:
    """Find out what was given.

    Raises:
        ModelFileError: This is neither a model nor a path, or there is neither a `.keras` file nor
            the folder of a run.
    """
    if not isinstance(model_or_path, str | Path):
        # Keras starts a backend, which is none of a command line's business.
        from mimo_export.interface import check_kind  # noqa: PLC0415

        check_kind(model_or_path)
        return Source(model=model_or_path, own=True)
    path = Path(model_or_path)
    if not path.exists():
        raise ModelFileError(
            "there is no such file or folder",
            where=str(path),
            remedy="name a .keras file, or the folder that `mimo-portable train --out` has filled",
        )
    if not path.is_dir():
        return Source(path=path)
    if not (path / KERAS).is_file() and is_model_folder(path):
        packed = Packed(path)
        return Source(path=packed.path, packed=packed)
    if not (path / KERAS).is_file():
        raise ModelFileError(
            f"there is no {KERAS} in this folder",
            where=str(path),
            remedy="name a .keras file, the folder of a finished `mimo-portable train`, or one "
            "that `keras.saving.save_model(model, folder, zipped=False)` has written",
        )
    vocabulary = path / VOCABULARY
    return Source(
        path=path / KERAS,
        spec=read_spec(path / SPEC),
        metrics=read_metrics(path / METRICS),
        vocabulary=vocabulary if vocabulary.is_file() else None,
    )


def settled(
    source: Source,
    folder: Path,
    inputs: Sequence[Any] = (),
    backend: str | None = None,
    imports: Sequence[str] = (),
    without: Sequence[str] = (),
) -> Source:
    """Put a source into a bundle's folder, and return what is exported.

    Args:
        source: What was given.
        folder: The bundle's.
        inputs: What the model takes, where a person has stated it; see `mimo_export.declare`.
        backend: Which backend loads a file then; this process's own when None.
        imports: Modules that register the user's classes, and what he trusts
            (`mimo_export.archive_trust`).
        without: Optional inputs that are left out.
    """
    if not inputs and not without:
        source.save(folder)
        return source
    if source.path is not None and backend is not None:
        source.save(folder)
        with Worker(backend, imports) as worker:
            worker.ask(
                "declare",
                source=str(source.path.absolute()),
                inputs=[document_of(spec) for spec in inputs],
                without=list(without),
                target=str(folder / KERAS),
            )
        return replace(source, path=folder / KERAS, stated=tuple(inputs))
    # Keras starts a backend, which is none of a command line's business.
    from mimo_export import declare  # noqa: PLC0415

    if source.path is None:
        model = declare.with_inputs(source.model, inputs, without)
    else:
        unsafe = UNSAFE_LAMBDA in imports
        model = declare.load_with_inputs(source.path, inputs, without, unsafe_lambda=unsafe)
    stated = tuple(declare.spec_of(one) for one in inputs)
    source = replace(source, model=model, path=None, stated=stated)
    source.save(folder)
    return source
