"""Multi-input, multi-output: an ECG window and a blood pressure to a diagnosis and a risk.

Normalisation is part of the model. A window is brought to mean 0 and deviation 1 by itself, so that
the gain of the recorder does not matter; the pressure by the statistics of the training data. Keras
is imported inside the functions, so that the contract can be read where no backend is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec
from mimo_portable.zoo.recipe import DROPOUT_SEED, Recipe

if TYPE_CHECKING:
    import keras

SAMPLES = 256

SPEC = ModelSpec(
    name="medical",
    description="Diagnosis and risk from eight seconds of ECG and a systolic blood pressure. "
    "For software tests, never for care.",
    inputs=(
        TensorSpec(
            "ecg_input", (SAMPLES, 1), meaning="lead II, 32 samples a second", unit="microvolts"
        ),
        TensorSpec("bp_input", (1,), meaning="systolic blood pressure", unit="mmHg"),
    ),
    outputs=(
        OutputSpec(
            "diagnosis_output",
            (3,),
            meaning="probability of each diagnosis",
            labels=("bradycardia", "normal", "tachycardia"),
            loss="categorical_crossentropy",
            weight=1.0,
            metrics=("accuracy",),
            scores=("balanced_accuracy", "accuracy"),
            baseline="majority",
        ),
        OutputSpec(
            "risk_output",
            (1,),
            meaning="risk from 0 (none) to 1",
            loss="binary_crossentropy",
            weight=0.5,
            metrics=("mae",),
            scores=("mae",),
            baseline="median",
        ),
    ),
)


@dataclass(frozen=True)
class MedicalConfig:
    """What a medical network is made of; the defaults are the reference network.

    Attributes:
        bp_mean: Mean systolic pressure of the training data, mmHg.
        bp_variance: Its variance, mmHg squared.
        filters: Filters of each convolution; each is followed by a pooling that halves the length.
        kernel_size: Samples that a convolution looks at.
        dense_units: Units of the layer that joins both inputs; 0 leaves it out.
        dropout: Share of the joined features that is dropped while training.
        shared_encoder: Read the two halves of the window with one encoder, called twice.
        risk_from_first_block: Let the risk branch off after the first convolution, the diagnosis
            after the last.
    """

    bp_mean: float = 120.0
    bp_variance: float = 625.0
    filters: tuple[int, ...] = (32,)
    kernel_size: int = 3
    dense_units: int = 0
    dropout: float = 0.0
    shared_encoder: bool = False
    risk_from_first_block: bool = False


CONFIGURATIONS = {
    "reference": MedicalConfig(),
    "strong": MedicalConfig(filters=(16, 32, 32, 64), kernel_size=7, dense_units=64, dropout=0.1),
}
RECIPES = {
    "reference": Recipe(epochs=40, batch_size=64, learning_rate=1e-3, patience=8),
    "strong": Recipe(epochs=40, batch_size=64, learning_rate=1e-3, patience=12, decay=True),
}


def build(config: MedicalConfig) -> keras.Model:
    """Build the network.

    Returns:
        A model from `ecg_input` float32 [batch, 256, 1] in microvolts and `bp_input` float32
        [batch, 1] in mmHg to a dict of `diagnosis_output` [batch, 3], which sums to 1, and
        `risk_output` [batch, 1] in 0..1.
    """
    import keras
    from keras import layers

    # === Inputs ===
    ecg = keras.Input((SAMPLES, 1), name="ecg_input")
    pressure = keras.Input((1,), name="bp_input")

    # === Trunk ===
    # One microvolt squared of epsilon: a flat line becomes zeros instead of amplified noise.
    window = layers.LayerNormalization(
        axis=(1, 2), center=False, scale=False, epsilon=1.0, name="ecg_normalization"
    )(ecg)
    deviation = config.bp_variance**0.5
    level = layers.Rescaling(1 / deviation, -config.bp_mean / deviation, name="bp_normalization")(
        pressure
    )
    depths = _encode(config, window)
    joined = _join(config, depths[-1], level, "joined")
    first = _join(config, depths[0], level, "first") if config.risk_from_first_block else joined

    # === Heads ===
    diagnosis = layers.Dense(3, activation="softmax", name="diagnosis_output")(joined)
    risk = layers.Dense(1, activation="sigmoid", name="risk_output")(first)
    return keras.Model(
        inputs=[ecg, pressure],
        outputs={"diagnosis_output": diagnosis, "risk_output": risk},
        name="medical",
    )


def _encode(config: MedicalConfig, window: keras.KerasTensor) -> list[keras.KerasTensor]:
    """Return what comes out of each block of the encoder, the shallowest first."""
    from keras import layers

    blocks = [_block(config, i) for i in range(len(config.filters))]
    if not config.shared_encoder:
        return _depths(blocks, window)
    half = SAMPLES // 2
    earlier = _depths(blocks, layers.Cropping1D((0, half), name="ecg_earlier")(window))
    later = _depths(blocks, layers.Cropping1D((half, 0), name="ecg_later")(window))
    return [
        layers.Concatenate(axis=1, name=f"ecg_halves_{i}")(halves)
        for i, halves in enumerate(zip(earlier, later, strict=True), start=1)
    ]


def _block(config: MedicalConfig, index: int) -> list[keras.Layer]:
    from keras import layers

    filters, number = config.filters[index], index + 1
    return [
        layers.Conv1D(
            filters, config.kernel_size, activation="relu", name=f"ecg_convolution_{number}"
        ),
        layers.MaxPooling1D(2, name=f"ecg_pool_{number}"),
    ]


def _depths(blocks: list[list[keras.Layer]], x: keras.KerasTensor) -> list[keras.KerasTensor]:
    depths = []
    for block in blocks:
        for layer in block:
            x = layer(x)
        depths.append(x)
    return depths


def _join(
    config: MedicalConfig, ecg: keras.KerasTensor, level: keras.KerasTensor, name: str
) -> keras.KerasTensor:
    """Put the ECG's features and the pressure side by side."""
    from keras import layers

    x = layers.Flatten(name=f"{name}_flatten")(ecg)
    x = layers.Concatenate(name=name)([x, level])
    if config.dropout:
        x = layers.Dropout(config.dropout, seed=DROPOUT_SEED, name=f"{name}_dropout")(x)
    if config.dense_units:
        x = layers.Dense(config.dense_units, activation="relu", name=f"{name}_dense")(x)
    return x
