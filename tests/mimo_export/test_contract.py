from __future__ import annotations

import json

from mimo_export.contract import Signature
from mimo_portable.specs import OutputSpec, TensorSpec

SIGNATURE = Signature(
    (TensorSpec("x", (7, "steps", None)), TensorSpec("ids", (4,), "int32")),
    (TensorSpec("y", (2,), labels=("no", "yes")),),
)


def test_a_signature_survives_a_trip_through_json() -> None:
    assert Signature.from_dict(json.loads(json.dumps(SIGNATURE.to_dict()))) == SIGNATURE


def test_intervals_are_those_of_the_inputs_that_have_one() -> None:
    inputs = (*SIGNATURE.inputs, TensorSpec("picture", (4,), interval=(0.0, 255.0)))
    signature = Signature(inputs, (TensorSpec("y", (2,), interval=(0.0, 1.0)),))
    assert signature.intervals == {"picture": (0.0, 255.0)}
    assert Signature.from_dict(json.loads(json.dumps(signature.to_dict()))) == signature


def test_tensors_of_strings_are_known_by_name() -> None:
    signature = Signature((*SIGNATURE.inputs, TensorSpec("text", (1,), "string")), ())
    assert (SIGNATURE.strings, signature.strings) == ((), ("text",))


def test_fields_that_a_newer_version_adds_are_left_out() -> None:
    data = SIGNATURE.to_dict()
    data["inputs"][0]["colour"] = "red"
    assert Signature.from_dict(data) == SIGNATURE


def test_a_description_adds_words_and_leaves_shapes_alone() -> None:
    words = (
        TensorSpec("x", (1, 2, 3), "float16", "heights", "m", interval=(0.0, 3.0)),
        OutputSpec("y", (9,), meaning="is it tall", labels=("short", "tall")),
        TensorSpec("other", ()),
    )
    assert SIGNATURE.described_by(words) == Signature(
        (
            TensorSpec("x", (7, "steps", None), "float32", "heights", "m", interval=(0.0, 3.0)),
            TensorSpec("ids", (4,), "int32"),
        ),
        (TensorSpec("y", (2,), "float32", "is it tall", labels=("short", "tall")),),
    )
