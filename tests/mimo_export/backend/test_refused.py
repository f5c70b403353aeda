"""The reasons for refusals are about functions that Keras has and that are missing here."""

from mimo_export.backend import FAMILIES
from mimo_export.backend._refused import REASONS
from mimo_export.backend._switch import interface


def test_reasons_are_of_functions_that_keras_asks_for():
    asked = {f"{family}.{name}" for family, names in interface().items() for name in names}
    newer = {"core.grad", "math.gammainc"}  # Keras 3.16 has them
    assert set(REASONS) <= asked | newer


def test_what_has_a_reason_is_missing():
    families = [name.split(".") for name in REASONS]
    assert [f"{f}.{name}" for f, name in families if hasattr(FAMILIES[f], name)] == []
