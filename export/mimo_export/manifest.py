"""What a bundle is on disk: its files' names, how it is opened, and the checksums that guard it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimo_export.contract import Signature
from mimo_export.errors import BundleError

ONNX, SAVED_MODEL, KERAS = "model.onnx", "saved_model", "model.keras"
SIGNATURE, PARITY, MANIFEST = "signature.json", "parity.json", "manifest.json"
CARD, VOCABULARY, GOLDEN = "README.md", "vocabulary.json", "golden"
PREPROCESSING = "preprocessing.json"

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
    """Read the contract and the manifest of a bundle; its other files are not looked at.

    Raises:
        BundleError: There is no bundle, or its contract or manifest cannot be read.
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
    contract, manifest = read_json(folder / SIGNATURE), read_json(folder / MANIFEST)
    try:
        signature = Signature.from_dict(contract)
        limits = {item["name"]: int(item["ids"]) for item in contract["inputs"] if item.get("ids")}
        version = int(manifest["format_version"])
    except (KeyError, TypeError, ValueError) as error:
        raise BundleError(
            f"the bundle's contract or manifest lacks something: {error}",
            where=str(folder),
            remedy=_EXPORT_AGAIN,
        ) from error
    if version > FORMAT_VERSION:
        raise BundleError(
            f"the bundle has format version {version}; this program knows up to {FORMAT_VERSION}",
            where=str(folder / MANIFEST),
            remedy="pip install --upgrade mimo-portable",
        )
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
    stated, found = bundle.manifest.get("files", {}), _files(bundle.folder)
    problems = [f"{name} is missing" for name in stated if name not in found]
    problems += [f"{name} is not in the manifest" for name in found if name not in stated]
    for name in found:
        if name in stated and (now := checksum(bundle.folder / name)) != stated[name]:
            problems.append(
                f"{name} was altered: {now['bytes']} bytes with SHA-256 {now['sha256'][:12]}, the "
                f"manifest says {stated[name]['bytes']} with {stated[name]['sha256'][:12]}"
            )
    return tuple(problems)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        BundleError: The file is missing or is no JSON object.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BundleError("there is no such file", where=str(path), remedy=_EXPORT_AGAIN) from error
    except (ValueError, RecursionError) as error:
        what = f"the file is no JSON: {error}"
        raise BundleError(what, where=str(path), remedy=_EXPORT_AGAIN) from error
    if not isinstance(document, dict):
        raise BundleError("the file holds no object", where=str(path), remedy=_EXPORT_AGAIN)
    return document


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON object, readable by people, in the order it has."""
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


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
