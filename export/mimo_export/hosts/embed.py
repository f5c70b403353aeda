"""Write a project in another language around a bundle, whole or not at all.

The project holds what it loads (`model/`), what its language's templates make of the contract, and
`embedded.json`: which files these are, by size and SHA-256. By that list a later `embed` knows its
own work and replaces it (see `mimo_export.mark`). The same bundle and the same version give the
same bytes.
"""

from __future__ import annotations

import dataclasses
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

from mimo_export import manifest
from mimo_export.golden import read_cases
from mimo_export.hosts.language import Language, find_language
from mimo_export.hosts.rendering import environment
from mimo_export.hosts.vectors import write_vectors
from mimo_export.hosts.view import MODEL_FOLDER, HostModel, view_of
from mimo_export.hosts.words import EXAMPLES
from mimo_export.manifest import Bundle, open_bundle
from mimo_export.mark import check_target, write_mark
from mimo_export.publish import staging

MARK = "embedded.json"
CASES = "cases.json"
_FORMAT_VERSION = 1


def embed_bundle(directory: str | Path, language: str, target: str | Path) -> tuple[str, ...]:
    """Write a project that loads a bundle, and return its files' paths.

    Args:
        directory: The bundle.
        language: A name from `mimo_export.hosts.language.language_names`.
        target: The project's folder; an unchanged project from here is replaced, anything else is
            left alone.

    Raises:
        InputError: The language is unknown, or has no type for a dtype of the contract.
        BundleError: The bundle is damaged or lacks what the language loads, or `target` holds
            something else. What was there before is untouched.
        OSError: The disk is full or cannot be written; what was there before is untouched.
    """
    target = Path(target)
    chosen = find_language(language)
    bundle = open_bundle(directory)
    check_target(target, MARK, chosen.generated)
    model = view_of(bundle, chosen)
    with staging(target) as folder:
        _copy_model(bundle, model, folder)
        _render(model, chosen, folder)
        facts = {"format_version": _FORMAT_VERSION, "language": chosen.name, "model": model.name}
        return write_mark(folder, MARK, facts)


def _copy_model(bundle: Bundle, model: HostModel, folder: Path) -> None:
    for file in model.files:
        place = folder / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(bundle.folder / Path(file.path).relative_to(MODEL_FOLDER), place)
    shutil.copyfile(bundle.folder / manifest.SIGNATURE, folder / MODEL_FOLDER / manifest.SIGNATURE)
    golden = bundle.folder / manifest.GOLDEN
    write_vectors(folder, model.cases, read_cases(golden, bundle.signature))
    document = {
        "tolerance": dataclasses.asdict(model.tolerance),
        "cases": [dataclasses.asdict(case) for case in model.cases],
    }
    manifest.write_json(folder / MODEL_FOLDER / manifest.GOLDEN / CASES, document)
    if model.vocabulary:
        words = folder / MODEL_FOLDER / manifest.VOCABULARY
        shutil.copyfile(bundle.folder / manifest.VOCABULARY, words)
        examples = [dataclasses.asdict(example) for example in model.vocabulary.examples]
        path = folder / MODEL_FOLDER / manifest.GOLDEN / EXAMPLES
        manifest.write_json(path, {"examples": examples})
    if model.preprocessing:
        path = folder / MODEL_FOLDER / manifest.PREPROCESSING
        path.write_text(model.preprocessing.text, encoding="utf-8", newline="\n")


def _render(model: HostModel, language: Language, folder: Path) -> None:
    templates = environment(language.template_folders, language.escapes)
    values: dict[str, Any] = {"model": model, "language": language, "version": _version()}
    for target, template in language.files_for(model.extras).items():
        path = folder / target.replace("{model}", model.spelling.snake)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = templates.get_template(template).render(values)
        path.write_text(text, encoding="utf-8", newline="\n")


def _version() -> str:
    return metadata.version("mimo-portable")
