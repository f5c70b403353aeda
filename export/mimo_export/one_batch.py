"""Refuse bundles whose first sizes are not one free batch, for programs that count rows by it."""

from __future__ import annotations

from mimo_export.errors import InputError
from mimo_export.manifest import Bundle


def check_one_batch(bundle: Bundle, who: str) -> None:
    """Refuse a bundle whose inputs do not all take one and the same number of rows.

    Args:
        bundle: An opened bundle.
        who: What takes batches of any size, for the message.

    Raises:
        InputError: Names the first tensor whose first size is another.
    """
    signature = bundle.signature
    if signature.takes_one_batch:
        return
    tensors = (*signature.inputs, *signature.outputs)
    odd = next(spec for spec in tensors if not signature.is_batched(spec))
    sizes = ", ".join(map(str, odd.sizes))
    raise InputError(
        f"{who} takes any number of rows, the same for all tensors; the first size of '{odd.name}' "
        f"is {odd.batch}",
        where=f"'{odd.name}' ({sizes}) in {bundle.folder}",
        remedy="run it with `mimo-portable predict` or onnxruntime itself, or give the model "
        "inputs with a free batch: keras.Input(shape) without batch_shape",
    )
