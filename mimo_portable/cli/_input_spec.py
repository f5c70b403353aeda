"""Inputs as a person writes them on the command line: `name:dtype[sizes]`.

1. `image[128,128,3]`: sizes without the batch, and float32.
2. `text:int32[?]`: a free size.
3. `bonds[n_bonds,5]`: a name in front is the first size itself, in the place of the batch, so that
   it may differ from that of other inputs; equal names are equal sizes.
4. `text[batch,words]`: `batch` is the name of the usual one; names of later sizes are symbols too.
5. `x[batch=1,6]`: the first size is fixed.
"""

from __future__ import annotations

import argparse
import re

from mimo_portable.specs import BATCH, TensorSpec

_INPUT = re.compile(r"([^:\[\]]+)(?::(\w+))?\[([^\[\]]*)\]")
_FIXED = re.compile(r"[^\W\d]\w*=([1-9]\d*)")


def read_spec(text: str) -> TensorSpec:
    """Return the spec that a text describes.

    Raises:
        ArgumentTypeError: It is not of the form `name:dtype[size,size]`, or there is no such dtype.
    """
    found = _INPUT.fullmatch(text)
    sizes = [size.strip() for size in found[3].split(",")] if found and found[3].strip() else []
    batch: int | str = BATCH
    if sizes and (fixed := _FIXED.fullmatch(sizes[0])):
        batch, sizes = int(fixed[1]), sizes[1:]
    elif sizes and sizes[0].isidentifier():
        batch, sizes = sizes[0], sizes[1:]
    fits = all(size == "?" or _is_size(size) or size.isidentifier() for size in sizes)
    if found is None or not fits:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not of the form 'name:dtype[size,size]', each size a number above 0, ? "
            "or a name"
        )
    _check_dtype(found[2] or "float32")
    return TensorSpec(found[1], tuple(map(_size, sizes)), found[2] or "float32", batch=batch)


def _check_dtype(dtype: str) -> None:
    # The exporter is none of `--help`'s business.
    from mimo_export.contract import DTYPES

    if dtype not in DTYPES:
        raise argparse.ArgumentTypeError(f"'{dtype}' is no dtype: choose from {', '.join(DTYPES)}")


def _is_size(text: str) -> bool:
    return text.isdecimal() and 0 < int(text) < 2**31


def _size(text: str) -> int | str | None:
    if text == "?":
        return None
    return int(text) if text.isdecimal() else text
