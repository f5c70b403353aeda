"""What a bundle is on disk: its files' names, how it is opened, and the checksums that guard it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export import bundle_schema, documents
from mimo_export.contract import Signature, read_contract
from mimo_export.errors import BundleError
from mimo_export.preprocessing import rules

ONNX, SAVED_MODEL, KERAS = "model.onnx", "saved_model", "model.keras"
SIGNATURE, MANIFEST, CARD, GOLDEN = "signature.json", "manifest.json", "README.md", "golden"
PARITY, VOCABULARY = bundle_schema.PARITY, bundle_schema.VOCABULARY
PREPROCESSING = rules.FILE

read_json, write_json = documents.read_json, documents.write_json

FORMAT_VERSION = 1
_EXPORT_AGAIN = "export the model again with `mimo-portable export`"


@dataclass(frozen=True)
class Bundle:
    """An opened bundle.

    Attributes:
        folder: Where it is.
        signature: The contract.
        limits: Per integer input, how many ids the model knows: valid are 0 up to one less.
        manifest: The content of `manifest.json`.
    """

    folder: Path
    signature: Signature
    limits: Mapping[str, int]
    manifest: Mapping[str, Any]

    @property
    def formats(self) -> tuple[str, ...]:
        """Return the formats that the bundle holds."""
        names = {"onnx": ONNX, "saved_model": SAVED_MODEL}
        return tuple(name for name, path in names.items() if (self.folder / path).exists())


def is_bundle(folder: Path) -> bool:
    """Tell whether a folder says of itself that it is a bundle."""
    return (folder / MANIFEST).is_file() and (folder / SIGNATURE).is_file()


def open_bundle(folder: str | Path) -> Bundle:
    """Open a bundle: all of its documents are read and checked, and no other file.

    Raises:
        BundleError: There is no bundle, or one of its documents is damaged or contradicts another:
            with the JSON path, such as `signature.json: $.outputs[1].labels`.
    """
    folder = Path(folder)
    if not folder.is_dir():
        what = "there is no such folder" if not folder.exists() else "a bundle is a folder"
        raise BundleError(
            what, where=str(folder), remedy="name the folder that `export` has written"
        )
    if not is_bundle(folder):
        missing = SIGNATURE if (folder / MANIFEST).is_file() else MANIFEST
        raise BundleError(
            f"this folder is no bundle: there is no {missing} in it",
            where=str(folder),
            remedy=_EXPORT_AGAIN,
        )
    manifest = bundle_schema.read_manifest(folder / MANIFEST)
    version = manifest["format_version"]
    if version > FORMAT_VERSION:
        raise BundleError(
            f"the bundle has format version {version}; this program knows up to {FORMAT_VERSION}",
            where=str(folder / MANIFEST),
            remedy="pip install --upgrade mimo-portable",
        )
    signature, limits = read_contract(folder / SIGNATURE)
    bundle_schema.check_documents(folder, signature, limits, manifest)
    return Bundle(folder, signature, limits, manifest)


def write_signature(folder: Path, signature: Signature, limits: Mapping[str, int]) -> None:
    """Write `signature.json`: the contract, and how many ids each integer input knows."""
    contract = signature.to_dict()
    for item in contract["inputs"]:
        if item["name"] in limits:
            item["ids"] = limits[item["name"]]
    write_json(folder / SIGNATURE, contract)


def write_manifest(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write `manifest.json`, last of all: size and SHA-256 of every other file.

    It holds no time: the same model exported by the same tools gives the same manifest.
    """
    files = {name: checksum(folder / name) for name in _files(folder)}
    write_json(folder / MANIFEST, {"format_version": FORMAT_VERSION, **facts, "files": files})


def check_files(bundle: Bundle, *formats: str) -> None:
    """Refuse a bundle that lacks one of the formats, or has other files than were published.

    Raises:
        BundleError: Names the first difference.
    """
    where = str(bundle.folder)
    for name in formats:
        if name not in bundle.formats:
            raise BundleError(
                f"there is no {name} in the bundle",
                where=where,
                remedy=f"export the model again with --format {name}",
            )
    for problem in file_problems(bundle):
        raise BundleError(
            f"the bundle's files are not what was published: {problem}",
            where=where,
            remedy="`mimo-portable verify` shows all that differs; export the model again",
        )


def file_problems(bundle: Bundle) -> tuple[str, ...]:
    """Return what is missing, altered or added since the bundle was written, one line for each."""
    stated, found = bundle.manifest["files"], _files(bundle.folder)
    problems = [f"{name} is missing" for name in stated if name not in found]
    problems += [f"{name} is not in the manifest" for name in found if name not in stated]
    changes = (_change(bundle.folder / name, stated[name]) for name in found if name in stated)
    names = (name for name in found if name in stated)
    return (
        *problems,
        *(f"{n} {change}" for n, change in zip(names, changes, strict=True) if change),
    )


def _change(path: Path, stated: Mapping[str, Any]) -> str:
    """Return how a file differs; it is read only where it has the size that it should have."""
    if not path.is_file():
        return "is no file"
    size, expected = path.stat().st_size, stated["bytes"]
    if size != expected:
        return f"was altered: it has {size} bytes, the manifest says {expected}"
    digest = checksum(path)["sha256"]
    if digest == stated["sha256"]:
        return ""
    return (
        f"was altered: {size} bytes with SHA-256 {digest[:12]}, the manifest says {expected} with "
        f"{stated['sha256'][:12]}"
    )


def _files(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return sorted(
        name for path in paths if (name := path.relative_to(folder).as_posix()) != MANIFEST
    )


def checksum(path: Path) -> dict[str, Any]:
    """Return a file's size and SHA-256, as the manifest has them."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}
