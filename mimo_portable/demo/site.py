"""Put the page together: typed clients, examples and templates in, a folder of static files out.

Each bundle becomes a project of `embed --lang web`, whose client checks what the page gives to the
model and replays the golden vectors; the page's own TypeScript is compiled against these clients.
What is published is whole or nothing, and replaces only what was written here before.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from mimo_export.errors import InputError
from mimo_export.hosts.embed import embed_bundle
from mimo_export.hosts.rendering import environment
from mimo_export.hosts.view import MODEL_FOLDER
from mimo_export.mark import check_target, write_mark
from mimo_export.publish import staging
from mimo_portable.data.sources import SHIPPED
from mimo_portable.demo import build
from mimo_portable.demo.examples import Examples, choose_examples
from mimo_portable.demo.trained import Trained, load_data, read_trained

MARK = "demo.json"
TEMPLATES = Path(__file__).parent / "templates"
MODELS = "models"
_RENDERED = ("index.html", "js/main.ts")
_STATIC = ("index.html", "style.css")
_FORMAT_VERSION = 1
# Where a browser finds the package that the clients import.
_IMPORTS = {"imports": {"onnxruntime-web/wasm": "./vendor/ort.wasm.min.mjs"}}


@dataclass(frozen=True)
class _Part:
    trained: Trained
    examples: Examples

    @property
    def name(self) -> str:
        return self.trained.spec.name


def write_site(
    bundles: Sequence[str | Path], target: str | Path, source: str | None = None
) -> tuple[str, ...]:
    """Write a page that runs some bundles, and return its files' paths.

    Args:
        bundles: Of models of the zoo, at most one of each; their order does not matter.
        target: The page's folder; an unchanged page from here is replaced, anything else is left
            alone.
        source: The folder with the real data sets, as `train --data` has it.

    Raises:
        InputError: A bundle holds another model, one twice, or was trained with unknown data.
        DataError: A data set is not there, or is damaged.
        BundleError: A bundle is damaged or too old, or `target` holds something else.
        EnvironmentNotReadyError: node or npm is missing, or one of them fails.
        OSError: The disk is full or cannot be written. What was there before is untouched.
    """
    target = Path(target)
    check_target(target, MARK)
    parts = _parts(bundles, source)
    build.check_tools()
    with tempfile.TemporaryDirectory() as scratch, staging(target) as folder:
        project = Path(scratch)
        _write_project(project, parts)
        build.compile_page(project)
        _publish(project, parts, folder)
        names = [part.name for part in parts]
        return write_mark(folder, MARK, {"format_version": _FORMAT_VERSION, "models": names})


def _parts(bundles: Sequence[str | Path], source: str | None) -> list[_Part]:
    """Open all bundles, then take their examples, in the page's order."""
    found: dict[str, Trained] = {}
    for directory in bundles:
        trained = read_trained(directory)
        if trained.spec.name in found:
            raise InputError(
                f"there are two bundles of '{trained.spec.name}', and the page has room for one",
                where=f"{found[trained.spec.name].bundle.folder} and {trained.bundle.folder}",
                remedy="leave one of them out",
            )
        found[trained.spec.name] = trained
    ordered = [found[name] for name in SHIPPED if name in found]
    return [_Part(t, choose_examples(t.spec.name, load_data(t, source))) for t in ordered]


def _write_project(project: Path, parts: Sequence[_Part]) -> None:
    """Write what npm compiles: the templates, and a client for each bundle."""
    names = [part.name for part in parts]
    absent = [TEMPLATES / "js" / f"{name}.ts" for name in SHIPPED if name not in names]
    for path in sorted(TEMPLATES.rglob("*")):
        if path.is_file() and path not in absent:
            place = project / path.relative_to(TEMPLATES)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
    (project / "npmrc").rename(project / ".npmrc")
    templates = environment([TEMPLATES], "json")
    for name in _RENDERED:
        text = templates.get_template(name).render(_values(parts))
        (project / name).write_text(text, encoding="utf-8", newline="\n")
    for part in parts:
        embed_bundle(part.trained.bundle.folder, "web", project / MODELS / part.name)


def _values(parts: Sequence[_Part]) -> dict[str, Any]:
    imports = json.dumps(_IMPORTS)
    digest = hashlib.sha256(imports.encode("utf-8")).digest()
    return {
        "models": {part.name: part.trained for part in parts},
        "version": metadata.version("mimo-portable"),
        "imports": imports,
        # The page's policy allows no script within it but this one.
        "imports_hash": f"sha256-{base64.b64encode(digest).decode('ascii')}",
    }


def _publish(project: Path, parts: Sequence[_Part], folder: Path) -> None:
    """Copy what a browser loads, and nothing else."""
    shutil.copytree(project / build.COMPILED, folder, dirs_exist_ok=True)
    build.copy_runtime(project, folder / "vendor")
    for name in _STATIC:
        shutil.copyfile(project / name, folder / name)
    for part in parts:
        place = folder / MODELS / part.name
        shutil.copytree(project / MODELS / part.name / MODEL_FOLDER, place / MODEL_FOLDER)
        part.examples.write(place)
