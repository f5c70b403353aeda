"""The table of what is supported says what tracing gives now, on every backend."""

from __future__ import annotations

import keras
import pytest
from supported_functions import BY_FUNCTION, POSITIONAL
from supported_layers import EXAMPLES
from supported_survey import (
    PAGE,
    common_interface,
    function_entry,
    layer_classes,
    layer_entry,
)
from text_models import LOOKUPS

from mimo_export import supported
from mimo_export.supported import LAYERS, Entry

STALE = "the table is stale: if the change is meant, run nox -s supported and read the difference"
TABLE = supported.load()

pytestmark = pytest.mark.skipif(
    keras.version() != TABLE.keras, reason=f"the table is about Keras {TABLE.keras}"
)


def in_table(family: str) -> list[Entry]:
    return [entry for entry in TABLE.entries if entry.family == family]


@pytest.mark.parametrize("family", common_interface())
def test_functions_become_what_the_table_says(family):
    names = common_interface()[family]
    assert [function_entry(family, name) for name in names] == in_table(family), STALE


@LOOKUPS
# Keras's own count_nonzero on PyTorch.
@pytest.mark.filterwarnings("ignore:Tensor.T is deprecated:UserWarning")
@pytest.mark.parametrize("start", range(4))
def test_layers_become_what_the_table_says(start):
    classes = layer_classes()
    assert [layer_entry(kind) for kind in classes[start::4]] == in_table(LAYERS)[start::4], STALE
    assert len(classes) == len(in_table(LAYERS))


def test_the_page_is_that_of_the_table():
    assert PAGE.read_text(encoding="utf-8") == supported.to_markdown(TABLE), STALE


def test_examples_are_of_functions_and_layers_that_there_are():
    functions = {
        f"{family}.{name}" for family, names in common_interface().items() for name in names
    }
    assert set(BY_FUNCTION) | set(POSITIONAL) <= functions
    assert set(EXAMPLES) <= {kind.__name__ for kind in layer_classes()}
