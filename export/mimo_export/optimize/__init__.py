"""Make a bundle's ONNX file smaller, and say what that costs in time and in the task's scores.

Decisions, each with what it was measured against (onnxruntime 1.32, CPU, the zoo on its real sets):

1. **The smaller file stands beside the original, in the same bundle** (`model.int8.onnx` beside
   `model.onnx`). It has the same contract and is held against the same golden vectors, so that a
   bundle of its own would repeat all but one file, and `verify`, which promises Keras's answers to
   1e-5, could not pass on it. The bundle is replaced whole, in one step; its other files stay as
   they are, byte by byte, but the card and the manifest.
2. **The budget is in the task's scores, not in the outputs.** 8 bits move outputs by thousands of
   times 1e-5, and the scores by almost nothing. How far the outputs move is reported.
3. **The same file on every machine**: no setting depends on the processor (`float16`, `int8`), and
   times are shown and never written.

The exporter knows neither data nor metrics: who calls hands them over as a `Task`.
"""

from __future__ import annotations

from mimo_export.optimize.job import PRECISIONS, Settings, optimize_bundle
from mimo_export.optimize.report import Optimized
from mimo_export.optimize.task import Score, Task

__all__ = ["PRECISIONS", "Optimized", "Score", "Settings", "Task", "optimize_bundle"]
