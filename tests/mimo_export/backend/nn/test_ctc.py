"""Labels are read out of sequences of scores."""

import re

import pytest
from functions import check_function
from keras import ops

from mimo_export.errors import UnsupportedOperationError


@pytest.mark.parametrize("time", [8, None])
def test_greedy_decoding(time):
    def function(x, lengths):
        return [
            ops.ctc_decode(x, lengths),
            ops.ctc_decode(x, lengths, merge_repeated=False, mask_index=2),
        ]

    check_function(function, (time, 3), (), dtype=("float32", "int32"))


def test_beam_search_is_refused():
    message = (
        "keras.ops.ctc_decode has no ONNX form for strategy='beam_search': Keras's backends "
        "prune their beams differently\n"
        "  remedy: use strategy='greedy', or search in the program that runs the model"
    )
    with pytest.raises(UnsupportedOperationError, match=f"^{re.escape(message)}$"):
        check_function(
            lambda x, n: ops.ctc_decode(x, n, strategy="beam_search"),
            (5, 3),
            (),
            dtype=("float32", "int32"),
        )
