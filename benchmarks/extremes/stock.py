"""Write what Keras's own ONNX export makes of the cases, for the times beside ours.

    KERAS_BACKEND=tensorflow python -m extremes.stock FOLDER NUMBER [NUMBER ...]

A converter may raise anything. It ends the process then, and whoever started it goes on with the
numbers that come after the last one in `stock/tried`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from extremes.cases import cases
from extremes.worker import file_of


def main() -> int:
    """Export the cases with these numbers, at every size."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("numbers", nargs="+", type=int)
    args = parser.parse_args()
    stock = args.folder / "stock"
    stock.mkdir(exist_ok=True)
    known = cases()
    for number in args.numbers:
        (stock / "tried").write_text(str(number), encoding="ascii")
        case = known[number]
        for place, size in enumerate(case.sizes):
            model = case.model(size, "float32")
            model(case.draw(size, case.data[-1][0]))  # Keras exports none that it has not called
            model.export(str(file_of(stock, number, place)), format="onnx", verbose=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
