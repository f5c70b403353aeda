"""Multi-input, single-output: a picture and a text to the probability that they mean well.

Normalisation is part of the model. Pictures come as 0..255 on white, and the white background is
brought to 0: it then says nothing through a convolution without bias. A picture's 127,008 features
go into one unit, so that every step of Adam at 1e-3 would move the output by more than the sigmoid
can follow if they were of size 1; `image_scale` keeps their sum within its reach. Keras is imported
inside the functions, so that the contract can be read where no backend is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mimo_portable.errors import ConfigError
from mimo_portable.specs import ModelSpec, OutputSpec, TensorSpec
from mimo_portable.zoo.recipe import DROPOUT_SEED, Recipe

if TYPE_CHECKING:
    import keras

SIZE = 128
TOKENS = 100
WHITE = 255.0

SPEC = ModelSpec(
    name="sentiment",
    description="Whether a picture and the text beside it mean well.",
    inputs=(
        TensorSpec(
            "image_input",
            (SIZE, SIZE, 3),
            meaning="RGB picture, 0 to 255, on a white background",
            interval=(0.0, WHITE),
        ),
        TensorSpec(
            "text_input",
            (TOKENS,),
            dtype="int32",
            meaning="ids of the words: 0 padding on the right, 1 unknown, then the vocabulary",
        ),
    ),
    outputs=(
        OutputSpec(
            "sentiment",
            (1,),
            meaning="probability that the sentiment is positive",
            labels=("positive",),
            loss="binary_crossentropy",
            weight=1.0,
            metrics=("accuracy",),
            scores=("balanced_accuracy", "accuracy"),
            baseline="majority",
        ),
    ),
)


@dataclass(frozen=True)
class SentimentConfig:
    """What a sentiment network is made of; the defaults are the reference network.

    Attributes:
        vocabulary_size: How many token ids there are, padding and unknown included.
        image_scale: Size of a black pixel after normalisation (white is 0).
        image_reduction: Average this many by this many pixels into one first; 1 keeps them.
        image_filters: Filters of each convolution; each is followed by a pooling that halves the
            sides.
        image_units: Units of a layer between the picture's features and the join; 0 leaves it out.
        embedding_width: Numbers per word.
        embedding_mask: Let the text encoder skip padding instead of reading it as a word.
        text_encoder: "lstm" reads the words in order; "pool" takes each feature's largest value.
        text_units: Units of the text encoder.
        dropout: Share of each input's features that is dropped while training.
        shared_projection: Send both inputs' features through one layer, called twice, so that they
            meet in the same space; needs `image_units` equal to `text_units`.

    Raises:
        ConfigError: Options contradict each other.
    """

    vocabulary_size: int = 8002
    image_scale: float = 0.02
    image_reduction: int = 1
    image_filters: tuple[int, ...] = (32,)
    image_units: int = 0
    embedding_width: int = 64
    embedding_mask: bool = False
    text_encoder: Literal["lstm", "pool"] = "lstm"
    text_units: int = 64
    dropout: float = 0.0
    shared_projection: bool = False

    def __post_init__(self) -> None:
        if self.shared_projection and self.image_units != self.text_units:
            raise ConfigError(
                f"shared_projection=true needs features of one width, got image_units="
                f"{self.image_units} and text_units={self.text_units}",
                where="the configuration of model 'sentiment'",
                remedy=f"set image_units={self.text_units}, or shared_projection=false",
            )
        if self.embedding_mask and self.text_encoder != "lstm":
            raise ConfigError(
                f"embedding_mask=true is for text_encoder=lstm, got {self.text_encoder}",
                where="the configuration of model 'sentiment'",
                remedy="set text_encoder=lstm, or embedding_mask=false",
            )


CONFIGURATIONS = {
    "reference": SentimentConfig(),
    "strong": SentimentConfig(
        image_scale=1.0,
        image_reduction=4,
        image_filters=(16, 32),
        image_units=64,
        text_encoder="pool",
        dropout=0.5,
    ),
}

RECIPES = {
    "reference": Recipe(epochs=5, batch_size=64, learning_rate=1e-3, patience=2),
    "strong": Recipe(epochs=6, batch_size=64, learning_rate=1e-3, patience=2, decay=True),
}


def build(config: SentimentConfig) -> keras.Model:
    """Build the network.

    Returns:
        A model from `image_input` float32 [batch, 128, 128, 3] (0..255) and `text_input` int32
        [batch, 100] to a dict of `sentiment` [batch, 1] in 0..1.
    """
    import keras
    from keras import layers

    from mimo_portable.pooling import quicken
    from mimo_portable.recurrent import fuse

    # === Inputs ===
    image = keras.Input((SIZE, SIZE, 3), name="image_input")
    text = keras.Input((TOKENS,), dtype="int32", name="text_input")

    # === Trunk ===
    seen, read = _encode_image(config, image), _encode_text(config, text)
    if config.dropout:
        seen = layers.Dropout(config.dropout, seed=DROPOUT_SEED, name="image_dropout")(seen)
        read = layers.Dropout(config.dropout, seed=DROPOUT_SEED, name="text_dropout")(read)
    if config.shared_projection:
        projection = layers.Dense(config.text_units, activation="relu", name="shared_projection")
        seen, read = projection(seen), projection(read)
    joined = layers.Concatenate(name="joined")([seen, read])

    # === Heads ===
    sentiment = layers.Dense(1, activation="sigmoid", name="sentiment")(joined)
    model = keras.Model(inputs=[image, text], outputs={"sentiment": sentiment}, name="sentiment")
    fuse(model)
    quicken(model)
    return model


def _encode_image(config: SentimentConfig, image: keras.KerasTensor) -> keras.KerasTensor:
    """Return the features [batch, n] of pictures [batch, 128, 128, 3]."""
    from keras import layers

    scale = config.image_scale
    x = layers.Rescaling(-scale / WHITE, scale, name="image_normalization")(image)
    if config.image_reduction > 1:
        x = layers.AveragePooling2D(config.image_reduction, name="image_reduction")(x)
    for i, filters in enumerate(config.image_filters, start=1):
        x = layers.Conv2D(filters, 3, activation="relu", name=f"image_convolution_{i}")(x)
        x = layers.MaxPooling2D(2, name=f"image_pool_{i}")(x)
    x = layers.Flatten(name="image_flatten")(x)
    if config.image_units:
        x = layers.Dense(config.image_units, activation="relu", name="image_dense")(x)
    return x


def _encode_text(config: SentimentConfig, text: keras.KerasTensor) -> keras.KerasTensor:
    """Return the features [batch, text_units] of token ids [batch, 100]."""
    from keras import layers

    x = layers.Embedding(
        config.vocabulary_size,
        config.embedding_width,
        mask_zero=config.embedding_mask,
        name="text_embedding",
    )(text)
    if config.text_encoder == "pool":
        x = layers.Dense(config.text_units, activation="relu", name="text_dense")(x)
        return layers.GlobalMaxPooling1D(name="text_pool")(x)
    # Backwards, so that the padding on the right comes first and is forgotten by the words.
    return layers.LSTM(config.text_units, go_backwards=True, name="text_lstm")(x)
