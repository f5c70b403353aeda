"""Recipes are plain numbers."""

from __future__ import annotations

from mimo_portable.zoo import MODELS, Recipe, options


def test_fields_are_replaced_like_those_of_a_configuration():
    recipe = Recipe(epochs=30, batch_size=64, learning_rate=1e-3, patience=8)
    assert options.replace(recipe, {"epochs": 2}) == Recipe(2, 64, 1e-3, 8)


def test_every_recipe_can_be_followed():
    for model in MODELS.values():
        for recipe in model.recipes.values():
            assert 0 < recipe.patience <= recipe.epochs
            assert recipe.batch_size > 0
            assert 0 < recipe.learning_rate < 1
