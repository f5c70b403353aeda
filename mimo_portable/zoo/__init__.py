"""The models: what each is made of, how it is trained, and the contract it keeps.

Importing this imports no Keras; only building a model does.
"""

from __future__ import annotations

from mimo_portable.zoo.recipe import Recipe
from mimo_portable.zoo.registry import MODELS, ZooModel, find

__all__ = ["MODELS", "Recipe", "ZooModel", "find"]
