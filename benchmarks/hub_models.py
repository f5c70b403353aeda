"""The small models of KerasHub that are exported: at least one of each backbone."""

from __future__ import annotations

from hub_mixed import MIXED
from hub_prompted import PROMPTED
from hub_text import TEXT
from hub_vision import VISION

MODELS = {**TEXT, **VISION, **MIXED, **PROMPTED}
"""Every model by the name of its row: its class, and what is special of a second one."""

ABSTRACT = frozenset({"Backbone", "FeaturePyramidBackbone"})
"""What others inherit from, and nobody builds."""
