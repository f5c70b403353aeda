"""Single-input, multi-output: a stretch of a series to its value at three horizons.

Normalisation and its inverse are part of the model: a caller gives and gets the series' own unit.
Keras is imported inside the functions, so that the contract can be read where no backend is
installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimo_portable.errors import ConfigError
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec
from mimo_portable.zoo.recipe import Recipe

if TYPE_CHECKING:
    import keras

STEPS = 100
OUTPUTS = ("output_1", "output_2", "output_3")


def _horizon(name: str, which: str, weight: float) -> OutputSpec:
    return OutputSpec(
        name,
        (1,),
        meaning=f"the series at the {which} horizon, in the unit of the input",
        loss="mse",
        weight=weight,
        metrics=("mae",),
        scores=("mae",),
        baseline="persistence",
    )


SPEC = ModelSpec(
    name="forecast",
    description="The next values of a series at three horizons, from its last hundred values.",
    inputs=(TensorSpec("series", (STEPS, 1), meaning="consecutive values, the latest last"),),
    outputs=(
        _horizon("output_1", "nearest", 1.0),
        _horizon("output_2", "middle", 0.8),
        _horizon("output_3", "farthest", 0.5),
    ),
)


@dataclass(frozen=True)
class ForecastConfig:
    """What a forecast network is made of; the defaults are the reference network.

    Attributes:
        mean: Mean of the training series, in its unit.
        variance: Its variance, in its unit squared.
        lstm_units: Units of the LSTM that reads the stretch; 0 hands all its values on instead.
        dense_units: Units of each layer between the LSTM and the heads.
        shared_encoder: Read the later half of the stretch as well, with the same LSTM.
        outputs_by_depth: Let the nearest horizon branch off after the first layer of the trunk, the
            next after the second, and so on; the rest after the last.

    Raises:
        ConfigError: An option has nothing to act on.
    """

    mean: float = 0.0
    variance: float = 1.0
    lstm_units: int = 64
    dense_units: tuple[int, ...] = ()
    shared_encoder: bool = False
    outputs_by_depth: bool = False

    def __post_init__(self) -> None:
        if self.shared_encoder and not self.lstm_units:
            raise ConfigError(
                "shared_encoder=true shares an LSTM, and lstm_units=0 leaves it out",
                where="the configuration of model 'forecast'",
                remedy="set lstm_units to 1 or more, or shared_encoder=false",
            )
        if self.outputs_by_depth and not self.dense_units:
            raise ConfigError(
                "outputs_by_depth=true needs a second layer, and dense_units is empty",
                where="the configuration of model 'forecast'",
                remedy="set dense_units, such as dense_units=64,32, or outputs_by_depth=false",
            )


CONFIGURATIONS = {
    "reference": ForecastConfig(),
    # A season of two days is a fixed set of positions in the stretch, so that no loop is needed.
    "strong": ForecastConfig(lstm_units=0, dense_units=(256, 128)),
}

RECIPES = {
    "reference": Recipe(epochs=30, batch_size=64, learning_rate=1e-3, patience=8),
    "strong": Recipe(epochs=40, batch_size=64, learning_rate=1e-3, patience=15, decay=True),
}


def build(config: ForecastConfig) -> keras.Model:
    """Build the network.

    Returns:
        A model from `series` float32 [batch, 100, 1] to a dict of `output_1`, `output_2` and
        `output_3`, each [batch, 1], all in the unit of the series.
    """
    import keras
    from keras import layers

    from mimo_portable.recurrent import fuse

    deviation = config.variance**0.5

    # === Inputs ===
    series = keras.Input((STEPS, 1), name="series")

    # === Trunk ===
    x = layers.Rescaling(1 / deviation, -config.mean / deviation, name="normalization")(series)
    depths = [_encode(config, x)]
    for i, units in enumerate(config.dense_units, start=1):
        depths.append(layers.Dense(units, activation="relu", name=f"dense_{i}")(depths[-1]))

    # === Heads ===
    outputs = {}
    for i, name in enumerate(OUTPUTS):
        features = depths[min(i, len(depths) - 1)] if config.outputs_by_depth else depths[-1]
        x = layers.Dense(1, name=name)(features)
        outputs[name] = layers.Rescaling(deviation, config.mean, name=f"{name}_unit")(x)
    model = keras.Model(inputs=[series], outputs=outputs, name="forecast")
    fuse(model)
    return model


def _encode(config: ForecastConfig, x: keras.KerasTensor) -> keras.KerasTensor:
    """Return the features [batch, n] of the normalised stretch [batch, 100, 1]."""
    from keras import layers

    if not config.lstm_units:
        return layers.Flatten(name="flatten")(x)
    lstm = layers.LSTM(config.lstm_units, name="lstm")
    if not config.shared_encoder:
        return lstm(x)
    later = layers.Cropping1D((STEPS // 2, 0), name="later_half")(x)
    return layers.Concatenate(name="spans")([lstm(x), lstm(later)])
