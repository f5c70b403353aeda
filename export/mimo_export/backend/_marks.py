"""What the lowering tells the passes of a node, in its `meta`, which no file holds."""

NAN_TAKES_ANOTHER_WAY = "mimo_export.nan_takes_another_way"
"""NaN need not come through this comparison: it has been replaced, or is in what is made of it."""
