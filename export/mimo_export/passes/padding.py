"""Let a convolution do the padding before it.

1. Conv(Pad(x)), with zeros around the steps or pixels alone, is Conv(x) with these pads.
2. A Transpose may stand between.
"""

from __future__ import annotations

import onnx_ir as ir

from mimo_export.passes import _rewrite


class PaddingPass(ir.passes.InPlacePass):
    """Fold Pads into convolutions."""

    def call(self, model: ir.Model) -> ir.passes.PassResult:
        """Look at every convolution once."""
        modified = False
        for node in model.graph:
            if node.op_type == "Conv" and "auto_pad" not in node.attributes:
                modified |= _fold(node)
        return ir.passes.PassResult(model, modified)


def _fold(node: ir.Node) -> bool:
    turn = _maker(node.inputs[0], "Transpose")
    pad = _maker(node.inputs[0] if turn is None else turn.inputs[0], "Pad")
    widths = None if pad is None else _zeros_around(pad)
    if pad is None or widths is None:
        return False
    x = pad.inputs[0]
    before, after = widths[: len(widths) // 2], widths[len(widths) // 2 :]
    if turn is not None:
        perm = turn.attributes["perm"].as_ints()
        before, after = ([side[axis] for axis in perm] for side in (before, after))
    if any((*before[:2], *after[:2])):
        return False
    around = [*before[2:], *after[2:]]
    given = node.attributes.get("pads")
    own = list(given.as_ints()) if given is not None else [0] * len(around)
    both = [one + other for one, other in zip(around, own, strict=True)]
    node.attributes["pads"] = ir.AttrInt64s("pads", both)
    if turn is None:
        node.replace_input_with(0, x)
    else:
        turn.replace_input_with(0, x)
        turn.outputs[0].shape = ir.Shape([_rewrite.dims(x)[axis] for axis in perm])
    return True


def _maker(value: ir.Value | None, op_type: str) -> ir.Node | None:
    """Return the operator of a kind that makes a value for one reader."""
    producer = _rewrite.only_maker(value)
    return producer if producer is not None and producer.op_type == op_type else None


def _zeros_around(pad: ir.Node) -> list[int] | None:
    """Return how many zeros a Pad puts before and after each axis, None if it does otherwise."""
    mode = pad.attributes.get("mode")
    if mode is not None and mode.as_string() != "constant":
        return None
    widths = _rewrite.constant(pad.inputs[1])
    value = pad.inputs[2] if len(pad.inputs) > 2 else None
    filled = _rewrite.constant(value)
    nonzero = value is not None and (filled is None or bool(filled.any()))
    if widths is None or nonzero or len(pad.inputs) > 3 or (widths < 0).any():
        return None
    return [int(width) for width in widths]
