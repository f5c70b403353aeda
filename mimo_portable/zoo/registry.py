"""The models of the zoo by name: contract, configurations, recipes and building function.

Names of models and configurations are what users type, so that an unknown one is answered with the
list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mimo_portable.errors import ConfigError
from mimo_portable.specs import ModelSpec
from mimo_portable.zoo import forecast, medical, sentiment
from mimo_portable.zoo.recipe import Recipe

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ZooModel:
    """One architecture.

    Attributes:
        spec: The contract, the same for every configuration.
        build: From a configuration to a model whose weights are not seeded yet.
        configurations: Frozen dataclasses by name; "reference" is the default.
        recipes: How each configuration is trained, under the same names.
    """

    spec: ModelSpec
    build: Callable[[Any], keras.Model]
    configurations: Mapping[str, Any]
    recipes: Mapping[str, Recipe]

    def configuration(self, name: str) -> Any:
        """Return a configuration.

        Raises:
            ConfigError: There is none of that name.
        """
        if name not in self.configurations:
            raise ConfigError(
                f"model '{self.spec.name}' has no configuration '{name}'",
                where="--configuration",
                remedy=f"choose one of: {', '.join(self.configurations)}",
            )
        return self.configurations[name]


MODELS: Mapping[str, ZooModel] = {
    module.SPEC.name: ZooModel(module.SPEC, module.build, module.CONFIGURATIONS, module.RECIPES)
    for module in (sentiment, forecast, medical)
}


def find(name: str) -> ZooModel:
    """Return the model of that name.

    Raises:
        ConfigError: There is none.
    """
    if name not in MODELS:
        raise ConfigError(
            f"there is no model '{name}'",
            where="the zoo",
            remedy=f"choose one of: {', '.join(MODELS)}",
        )
    return MODELS[name]
