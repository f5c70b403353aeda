from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import pytest

from mimo_export.bundle import ExportOptions, export_bundle
from mimo_export.errors import InputError
from mimo_export.seeds import MOST, check_seed
from mimo_export.verify import locate_difference, verify_bundle


def test_a_seed_is_a_whole_number_from_nought_on() -> None:
    check_seed(0)
    check_seed(MOST)


@pytest.mark.parametrize("seed", [-1, MOST + 1, 1.5, None, "1"])
def test_anything_else_is_refused_before_any_work(tmp_path: Path, seed: Any) -> None:
    x = keras.Input((2,), name="x")
    for work in (
        lambda: check_seed(seed),
        lambda: export_bundle(keras.Model(x, x), tmp_path / "b", options=ExportOptions(seed=seed)),
        lambda: verify_bundle(tmp_path, seed=seed),
        lambda: locate_difference(tmp_path, seed=seed),
    ):
        with pytest.raises(InputError) as caught:
            work()
        assert caught.value.what == f"{seed!r} is no seed"
