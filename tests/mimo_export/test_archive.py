"""Each file here was really made the way an attacker, or a broken download, would make it."""

from __future__ import annotations

import io
import json
import pickle
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from mimo_export.archive import check_archive, load_keras
from mimo_export.errors import ModelFileError

SAVE_AGAIN = "save the model again with `model.save('name.keras')` from Keras 3"
COPY_AGAIN = "copy or download the file again; " + SAVE_AGAIN
NOT_TRUSTED = "do not load this file; ask whoever made it for one that Keras itself has saved"


def refused(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        load_keras(path)
    return str(caught.value)


def block(what: str, where: object, remedy: str) -> str:
    return f"{what}\n  where:  {where}\n  remedy: {remedy}"


def repacked(source: Path, target: Path, **changed: bytes | None) -> Path:
    """Copy a zip; `config_json=b"..."` replaces config.json, None leaves a member out."""
    replaced = {
        "config.json": changed.get("config", b""),
        "model.weights.h5": changed.get("weights", b""),
    }
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = replaced.get(name, b"")
            if content is not None:
                new.writestr(name, content or old.read(name))
    return target


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "bad.keras"


def test_a_good_file_loads_with_its_weights(keras_file: Path, model: keras.Model) -> None:
    loaded = load_keras(keras_file)
    for expected, got in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_missing_file_is_named(target: Path) -> None:
    assert refused(target) == block("there is no such file", target, "check the path")


def test_a_folder_is_no_model_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == block(
        "this is a folder, not a .keras file", tmp_path, "name the .keras file that is inside it"
    )


def test_an_empty_file_is_no_zip(target: Path) -> None:
    target.write_bytes(b"")
    assert refused(target) == block("not a .keras file: it is no zip archive", target, SAVE_AGAIN)


def test_a_file_of_keras_2_is_recognised(target: Path) -> None:
    with h5py.File(target, "w") as file:
        file["x"] = np.zeros(3)
    assert refused(target) == block(
        "not a .keras file but an HDF5 file (the format of Keras 2)", target, SAVE_AGAIN
    )


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_pickle_is_never_read(target: Path, protocol: int) -> None:
    target.write_bytes(pickle.dumps({"weights": [1]}, protocol=protocol))
    assert refused(target) == block(
        "not a .keras file but a Python pickle, which may run any code when it is read",
        target,
        SAVE_AGAIN,
    )


def test_a_file_cut_short_is_recognised(keras_file: Path, target: Path) -> None:
    content = keras_file.read_bytes()
    target.write_bytes(content[: len(content) // 2])
    assert refused(target) == block(
        "the file is cut short: its zip archive has no end", target, COPY_AGAIN
    )


def test_a_flipped_byte_in_the_weights_is_found_by_its_checksum(
    keras_file: Path, target: Path
) -> None:
    content = bytearray(keras_file.read_bytes())
    with zipfile.ZipFile(keras_file) as archive:
        start = archive.getinfo("model.weights.h5").header_offset
    content[start + 3000] ^= 0xFF
    target.write_bytes(content)
    assert refused(target) == block(
        "the zip archive is damaged: Bad CRC-32 for file 'model.weights.h5'", target, COPY_AGAIN
    )


def test_another_ending_is_not_taken(keras_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(keras_file.read_bytes())
    assert refused(path) == block(
        "the name of a Keras model ends in .keras", path, "rename the file"
    )


def test_a_zip_without_a_model_is_recognised(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refused(target) == block(
        "not a Keras model: there is no config.json in it", target, SAVE_AGAIN
    )


def test_a_model_without_weights_is_recognised(keras_file: Path, target: Path) -> None:
    repacked(keras_file, target, weights=None)
    assert refused(target) == block(
        "not a Keras model: there is no model.weights.h5 in it", target, SAVE_AGAIN
    )


@pytest.mark.parametrize(
    "name", ["/etc/cron.d/evil", "../evil.txt", "assets/../../evil", "..\\evil", "C:/evil"]
)
def test_no_member_may_leave_its_folder(keras_file: Path, target: Path, name: str) -> None:
    target.write_bytes(keras_file.read_bytes())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, "evil")
    assert refused(target) == block(
        "a member of the zip archive would be written outside of its folder",
        f"'{name}' in {target}",
        NOT_TRUSTED,
    )


def test_no_member_may_be_a_symbolic_link(keras_file: Path, target: Path) -> None:
    target.write_bytes(keras_file.read_bytes())
    link = zipfile.ZipInfo("assets/vocabulary.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert refused(target) == block(
        "a member of the zip archive is no regular file",
        f"'assets/vocabulary.txt' in {target}",
        NOT_TRUSTED,
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_no_member_may_come_twice(keras_file: Path, target: Path) -> None:
    target.write_bytes(keras_file.read_bytes())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("config.json", "{}")
    assert refused(target) == block(
        "a member of the zip archive appears twice", f"'config.json' in {target}", NOT_TRUSTED
    )


def test_a_member_that_unpacks_to_a_thousand_times_its_size_is_refused(
    keras_file: Path, target: Path
) -> None:
    target.write_bytes(keras_file.read_bytes())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("assets/zeros", bytes(20_000_000))
        stored = archive.getinfo("assets/zeros").compress_size
    assert refused(target) == block(
        f"a member of the zip archive unpacks to 20,000,000 bytes from {stored:,}",
        f"'assets/zeros' in {target}",
        NOT_TRUSTED,
    )


def test_too_many_members_are_refused(target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"assets/{number}", b"")
    assert refused(target) == block(
        "the zip archive has 10,001 members, more than 10,000", target, NOT_TRUSTED
    )


def test_a_configuration_that_is_no_json_is_refused(keras_file: Path, target: Path) -> None:
    repacked(keras_file, target, config=b"{not json")
    assert refused(target).startswith("the configuration is no JSON: Expecting property name")
    assert refused(target).endswith(
        f"\n  where:  'config.json' in {target}\n  remedy: {SAVE_AGAIN}"
    )


def test_a_configuration_nested_beyond_reason_is_refused(keras_file: Path, target: Path) -> None:
    repacked(keras_file, target, config=b"[" * 100_000 + b"]" * 100_000)
    assert refused(target).startswith("the configuration is no JSON: maximum recursion depth")


def test_a_configuration_of_no_model_is_refused(keras_file: Path, target: Path) -> None:
    repacked(keras_file, target, config=b"[1, 2]")
    assert refused(target) == block(
        "the configuration describes no model", f"'config.json' in {target}", SAVE_AGAIN
    )


def weights(change: Callable[[h5py.File], Any]) -> bytes:
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        file.create_group("layers")
        change(file)
    return content.getvalue()


def _external_link(file: h5py.File) -> None:
    file["layers/dense"] = h5py.ExternalLink("/etc/secrets.h5", "/data")


def _soft_link(file: h5py.File) -> None:
    file["layers/dense"] = h5py.SoftLink("/elsewhere")


def _external_storage(file: h5py.File) -> None:
    file.create_dataset("layers/dense", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("/etc/secrets.h5", "data", (4,))
    file.create_virtual_dataset("layers/dense", layout)


def _shape_bomb(file: h5py.File) -> None:
    file.create_dataset("layers/dense", (10**12,), "f4", chunks=(1024,))


LINK = "in the weights, '/layers/dense' is a link to another place or file"
ELSEWHERE = "in the weights, '/layers/dense' keeps its numbers in another file"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_external_link, LINK),
        (_soft_link, LINK),
        (_external_storage, ELSEWHERE),
        (_virtual, ELSEWHERE),
    ],
)
def test_the_weights_may_not_point_to_another_file(
    keras_file: Path, target: Path, change: Callable[[h5py.File], Any], what: str
) -> None:
    repacked(keras_file, target, weights=weights(change))
    assert refused(target) == block(what, f"'model.weights.h5' in {target}", NOT_TRUSTED)


def test_weights_that_declare_more_than_they_hold_are_refused(
    keras_file: Path, target: Path
) -> None:
    content = weights(_shape_bomb)
    repacked(keras_file, target, weights=content)
    assert refused(target) == block(
        "in the weights, '/layers/dense' declares arrays of 4,000,000,000,000 bytes in a file of "
        f"{len(content):,}",
        f"'model.weights.h5' in {target}",
        NOT_TRUSTED,
    )


def test_weights_that_are_no_hdf5_are_refused(keras_file: Path, target: Path) -> None:
    repacked(keras_file, target, weights=b"nothing")
    message = refused(target)
    assert message.startswith("the weights are no readable HDF5 file: ")
    assert message.endswith(f"where:  'model.weights.h5' in {target}\n  remedy: {COPY_AGAIN}")


def test_a_model_is_never_loaded_with_random_weights_in_the_place_of_missing_ones(
    keras_file: Path, target: Path
) -> None:
    repacked(keras_file, target, weights=weights(lambda file: None))
    message = refused(target)
    # Keras 3.15.0 counts the objects, later ones name the container.
    cause = r"(Skipping nested container at |the weights of <.*> (and .* )?do not fit: )"
    assert re.match(f"Keras cannot load the model: {cause}", message)
    assert message.endswith(f"\n  where:  {target}\n  remedy: {SAVE_AGAIN}")


def test_the_class_of_a_custom_loss_does_not_matter_because_it_is_not_loaded(
    keras_file: Path, target: Path
) -> None:
    with zipfile.ZipFile(keras_file) as archive:
        config = json.loads(archive.read("config.json"))
    config["compile_config"] = {"loss": {"class_name": "Mine", "module": "mine", "config": {}}}
    repacked(keras_file, target, config=json.dumps(config).encode())
    check_archive(target)


def test_a_layer_alone_is_no_model(keras_file: Path, target: Path) -> None:
    layer = {"module": "keras.layers", "class_name": "Dense", "config": {"units": 2, "name": "y"}}
    repacked(keras_file, target, config=json.dumps(layer).encode())
    assert refused(target) == block("the file holds no model, but a Dense", target, SAVE_AGAIN)


def test_a_name_of_no_letters_is_refused(keras_file: Path, target: Path) -> None:
    with zipfile.ZipFile(keras_file) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["name"] = ""
    repacked(keras_file, target, config=json.dumps(config).encode())
    assert refused(target) == block(
        "the model, or a layer of it, has an empty name", target, SAVE_AGAIN
    )


def test_half_a_character_is_no_name(keras_file: Path, target: Path) -> None:
    with zipfile.ZipFile(keras_file) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["name"] = "\ud800"
    repacked(keras_file, target, config=json.dumps(config).encode())
    assert refused(target) == block(
        "the configuration holds half a character (a lone surrogate), which is no text",
        f"'config.json' in {target}",
        SAVE_AGAIN,
    )
