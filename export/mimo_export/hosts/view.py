"""One picture of a bundle for the templates of every language: names, shapes, words, files, cases.

Templates read nothing else. It is frozen and holds the bundle's facts in the contract's order; what
depends on a language are spellings and the words of its `host.toml` for a dtype.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mimo_export import manifest
from mimo_export.compare import Tolerance, is_distribution
from mimo_export.contract import BATCH
from mimo_export.errors import InputError
from mimo_export.golden import Case, read_cases
from mimo_export.hosts.identifiers import Spelling, spell, spell_all
from mimo_export.hosts.language import EXTRAS, Language
from mimo_export.hosts.preparation import HostPreprocessing, read_preparation
from mimo_export.hosts.vectors import HostCase, describe_cases
from mimo_export.hosts.words import HostVocabulary, read_vocabulary
from mimo_export.inspection import read_onnx
from mimo_export.manifest import Bundle
from mimo_export.one_batch import check_one_batch
from mimo_export.verify import published_tolerance
from mimo_portable.specs import TensorSpec

MODEL_FOLDER = "model"


@dataclass(frozen=True)
class Dimension:
    """One dimension.

    Attributes:
        size: How many; None where it is free.
        symbol: The name of a free one, `batch` for the first; empty where it is fixed. Dimensions
            with one symbol have one size in every call.
    """

    size: int | None
    symbol: str = ""

    def __str__(self) -> str:
        """Return what a person reads: the size, or the symbol."""
        return self.symbol or str(self.size)


@dataclass(frozen=True)
class HostTensor:
    """One input or output.

    Attributes:
        name: The contract's, and the runtime's.
        identifier: The name as the language spells variables; valid and unique on its side.
        spelling: The same in all styles.
        index: Its place in the contract.
        dtype: Keras's name of the element type.
        type: The language's words for that dtype, from its `host.toml`.
        dimensions: All, the batch first.
        meaning: One sentence, or nothing.
        unit: Of the numbers, or nothing.
        labels: What each number along the last axis is called; empty where there are no classes.
        ids: How many token ids the model has: valid are 0 up to one less. None where not known.
        is_class: For an output: whether its rows are compared as classes.
    """

    name: str
    identifier: str
    spelling: Spelling
    index: int
    dtype: str
    type: Mapping[str, str]
    dimensions: tuple[Dimension, ...]
    meaning: str = ""
    unit: str = ""
    labels: tuple[str, ...] = ()
    ids: int | None = None
    is_class: bool = False

    @property
    def rank(self) -> int:
        """Return how many dimensions there are, with the batch."""
        return len(self.dimensions)

    @property
    def shape_text(self) -> str:
        """Return the shape for a person: `[batch, 256, 1]`."""
        return f"[{', '.join(map(str, self.dimensions))}]"


@dataclass(frozen=True)
class ModelFile:
    """One file that the project loads: the bundle's format, its path in the project, and facts."""

    format: str
    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class HostModel:
    """The picture.

    Attributes:
        name: The model's own.
        spelling: The name in all styles.
        package: The name for a package: small letters, digits and hyphens.
        inputs: In the contract's order.
        given: What a user gives: the inputs, or what preprocessing makes them of.
        outputs: In the contract's order.
        files: What to load, in the order of their paths.
        cases: The golden vectors.
        tolerance: What the bundle was published with.
        vocabulary: What inputs of texts are made with; None where the bundle has none, or the
            language does not use it.
        preprocessing: Rules from strings to inputs; None where there are none.
    """

    name: str
    spelling: Spelling
    package: str
    inputs: tuple[HostTensor, ...]
    given: tuple[HostTensor, ...]
    outputs: tuple[HostTensor, ...]
    files: tuple[ModelFile, ...]
    cases: tuple[HostCase, ...]
    tolerance: Tolerance
    vocabulary: HostVocabulary | None = None
    preprocessing: HostPreprocessing | None = None

    @property
    def extras(self) -> tuple[str, ...]:
        """Return for which names of `language.EXTRAS` there is something."""
        return tuple(name for name in EXTRAS if getattr(self, name) is not None)

    @property
    def texts(self) -> tuple[HostTensor, ...]:
        """Return the inputs that are made of texts."""
        known = self.vocabulary.words if self.vocabulary else ()
        return tuple(tensor for tensor in self.inputs if tensor.name in known)

    @property
    def sources(self) -> tuple[HostTensor, ...]:
        """Return what the rules of the preprocessing take, of what a user gives."""
        known = self.preprocessing.sources if self.preprocessing else ()
        return tuple(tensor for tensor in self.given if tensor.name in known)

    @property
    def prepared(self) -> tuple[HostTensor, ...]:
        """Return the inputs that the rules of the preprocessing make."""
        rules = self.preprocessing.rules if self.preprocessing else ()
        made = {rule.output.name for rule in rules}
        return tuple(tensor for tensor in self.inputs if tensor.name in made)

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols of free dimensions of what goes in, each once, the batch first."""
        tensors = (*self.inputs, *self.given)
        found = (d.symbol for t in tensors for d in t.dimensions if d.symbol)
        return tuple(dict.fromkeys((BATCH, *found)))

    @property
    def onnx(self) -> ModelFile:
        """Return the ONNX file, for a language whose `formats` have it."""
        return next(file for file in self.files if file.format == "onnx")


def view_of(bundle: Bundle, language: Language) -> HostModel:
    """Return the picture of a bundle for a language.

    Raises:
        BundleError: A file is missing, altered or damaged, or what the language loads is not there.
        InputError: The language has no type for a dtype of the contract.
    """
    _check_files(bundle, language)
    name = model_name(bundle)
    spelling = spell(name)
    cases = read_cases(bundle.folder / manifest.GOLDEN, bundle.signature)
    inputs = _tensors(bundle.signature.inputs, "input", language)
    outputs = _tensors(bundle.signature.outputs, "output", language)
    limited = tuple(replace(t, ids=bundle.limits.get(t.name)) for t in inputs)
    rules = read_preparation(bundle)
    wider = replace(language, types={**language.types, **language.given_types})
    return HostModel(
        name=name,
        spelling=spelling,
        package=spelling.snake.replace("_", "-"),
        inputs=limited,
        given=limited if rules is None else _tensors(rules.inputs, "input", wider),
        outputs=tuple(replace(t, is_class=_is_class(t, cases)) for t in outputs),
        files=_model_files(bundle, language),
        cases=describe_cases(cases, bundle.signature, MODEL_FOLDER),
        tolerance=published_tolerance(bundle),
        vocabulary=read_vocabulary(bundle) if "vocabulary" in language.extras else None,
        preprocessing=rules,
    )


def _check_files(bundle: Bundle, language: Language) -> None:
    """Refuse a bundle that is not as it was published, or not for this language."""
    manifest.check_files(bundle, *language.formats)
    check_one_batch(bundle, f"a {language.title} client")
    if (bundle.folder / f"{manifest.ONNX}.data").is_file():
        raise InputError(
            "the model's weights are more than 2 GiB, in a second file, which no host loads yet",
            where=str(bundle.folder / f"{manifest.ONNX}.data"),
            remedy="run it with `mimo-portable predict`",
        )
    path = bundle.folder / manifest.PREPROCESSING
    if path.is_file() and "preprocessing" not in language.extras:
        raise InputError(
            "the bundle keeps preprocessing of strings beside its files, which "
            f"{language.title} does not do yet",
            where=str(path),
            remedy="export with `--preprocessing inside`, or run it with `mimo-portable predict`",
        )


def model_name(bundle: Bundle) -> str:
    """Return a bundle's model's name: the graph's, where there is a graph, else the folder's."""
    path = bundle.folder / manifest.ONNX
    if not path.is_file():
        return bundle.folder.resolve().name
    return str(read_onnx(path).graph.name)


def _tensors(specs: Sequence[TensorSpec], kind: str, language: Language) -> tuple[HostTensor, ...]:
    spellings = spell_all([spec.name for spec in specs], kind, language.reserved)
    return tuple(
        HostTensor(
            name=spec.name,
            identifier=getattr(spelling, language.style),
            spelling=spelling,
            index=index,
            dtype=spec.dtype,
            type=_type(spec, kind, language),
            dimensions=_dimensions(spec),
            meaning=spec.meaning,
            unit=spec.unit,
            labels=spec.labels,
        )
        for index, (spec, spelling) in enumerate(zip(specs, spellings, strict=True))
    )


def _type(spec: TensorSpec, kind: str, language: Language) -> Mapping[str, str]:
    if spec.dtype not in language.types:
        raise InputError(
            f"{language.title} has no type for {spec.dtype}; it has {', '.join(language.types)}",
            where=f"{kind} '{spec.name}'",
            remedy="choose another language, or cast inside of the model",
        )
    return language.types[spec.dtype]


def _dimensions(spec: TensorSpec) -> tuple[Dimension, ...]:
    free = (Dimension(None, BATCH),)
    return free + tuple(
        Dimension(size)
        if isinstance(size, int)
        else Dimension(None, size or f"{spec.name}_dim_{axis}")
        for axis, size in enumerate(spec.shape, start=1)
    )


def _is_class(tensor: HostTensor, cases: Sequence[Case]) -> bool:
    expected = [case.outputs[tensor.name] for case in cases]
    return len(tensor.labels) > 1 or is_distribution(expected)


def _model_files(bundle: Bundle, language: Language) -> tuple[ModelFile, ...]:
    wanted = (*language.formats, *language.optional)
    found = []
    for path, facts in sorted(bundle.manifest["files"].items()):
        for name, place in (("onnx", manifest.ONNX), ("saved_model", manifest.SAVED_MODEL)):
            if name in wanted and Path(path).parts[0] == place:
                target = f"{MODEL_FOLDER}/{path}"
                found.append(ModelFile(name, target, facts["sha256"], facts["bytes"]))
    return tuple(found)
