"""Real data for the sentiment model: Hausa tweets, a drawing of their emoji, a label.

Semi-real: text, emoji and label are the authors' and annotators', the picture is drawn from the
tweet's own emoji. AfriSenti (SemEval-2023 task 12), CC BY 4.0, Muhammad et al. 2023, arXiv
2302.08956; Noto Color Emoji images, Apache-2.0, Google. The source's test file lost its emoji, so
that the dev split is the test part here, and validation is drawn from the train split.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mimo_portable.data.assemble import About, Posts, sentiment
from mimo_portable.data.contract import Array, Dataset
from mimo_portable.data.errors import DataError
from mimo_portable.data.splits import by_group
from mimo_portable.text import words

FOLDER = "hausa_emoji_sentiment"
VARIANTS = {"hausa_emoji_sentiment": ("tweets.tsv", "emoji_atlas.npz")}
"""The files that each variant needs."""
ABOUT = About(
    "hausa_emoji_sentiment",
    "semi-real",
    "Semi-real: Hausa tweets labelled by native speakers (AfriSenti, CC BY 4.0, arXiv 2302.08956); "
    "the picture is a drawing of the tweet's own emoji (Noto Color Emoji, Apache-2.0).",
    language="ha",
)
LENGTH = 100
SIZE = 128
VALIDATION_SHARE = 0.1


@dataclass(frozen=True)
class Tweet:
    """One line of tweets.tsv."""

    split: str
    positive: bool
    emoji: str
    text: str


class Pictures:
    """Draw runs of emoji on white: 1 fills the square, 2-4 stand in a 2x2 grid, 5-16 in a 4x4."""

    def __init__(self, atlas: Path) -> None:
        # NumPy leaves a file that it opened itself open when the archive is torn.
        with atlas.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            codes, images = file["codepoints"], file["images"]
        self._tiles = {
            chr(int(code)): {n: _shrink(image, n) for n in (1, 2, 4)}
            for code, image in zip(codes, images, strict=True)
        }

    def draw(self, emoji: str) -> Array:
        """Return the picture, uint8 [128, 128, 3]."""
        n = 1 if len(emoji) == 1 else 2 if len(emoji) <= 4 else 4
        size = SIZE // n
        picture = np.full((SIZE, SIZE, 3), 255, np.uint8)
        for i, character in enumerate(emoji[: n * n]):
            row, column = i // n * size, i % n * size
            picture[row : row + size, column : column + size] = self._tiles[character][n]
        return picture


def load(folder: Path, *, variant: str, seed: int) -> Dataset:
    """Read the tweets and draw their pictures.

    Returns:
        image_input uint8 [n, 128, 128, 3] and text_input int32 [n, 100]; sentiment float32 [n, 1],
        1 where positive. The pictures of all parts are 530 MB.
    """
    tweets = _read(folder / "tweets.tsv")
    learn = [tweet for tweet in tweets if tweet.split != "dev"]
    # Tweets of the same words stay together.
    said = [" ".join(words(tweet.text)) for tweet in learn]
    drawn = by_group(said, seed, validation=VALIDATION_SHARE, test=0)
    pictures = Pictures(folder / "emoji_atlas.npz")
    return sentiment(
        ABOUT,
        _posts([learn[i] for i in drawn.train], pictures),
        _posts([learn[i] for i in drawn.validation], pictures),
        _posts([tweet for tweet in tweets if tweet.split == "dev"], pictures),
        length=LENGTH,
    )


def _read(path: Path) -> list[Tweet]:
    # Split at line feeds alone: tweets hold other characters that Python also takes for line ends.
    lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    tweets = []
    for number, line in enumerate(lines[1:], start=2):
        cells = line.split("\t")
        if len(cells) != 4:
            raise DataError(
                f"a line of {len(cells)} cells, expected 4 (split, label, emoji, text)",
                where=f"{path}, line {number}",
                remedy="fetch the file again; mimo_portable/data/README.md says from where",
            )
        tweets.append(Tweet(cells[0], cells[1] == "1", cells[2], cells[3]))
    return tweets


def _posts(tweets: list[Tweet], pictures: Pictures) -> Posts:
    drawn = np.empty((len(tweets), SIZE, SIZE, 3), np.uint8)
    for picture, tweet in zip(drawn, tweets, strict=True):
        picture[:] = pictures.draw(tweet.emoji)
    return Posts(
        drawn,
        [tweet.text for tweet in tweets],
        np.array([tweet.positive for tweet in tweets]),
        [_named(tweet.emoji) for tweet in tweets],
    )


def _named(emoji: str) -> str:
    """Return Unicode's names of some emoji: 'red heart, face with tears of joy'."""
    return ", ".join(unicodedata.name(character, "emoji").lower() for character in emoji)


def _shrink(image: Array, times: int) -> Array:
    height, width, channels = image.shape
    blocks = image.reshape(height // times, times, width // times, times, channels)
    return np.asarray(blocks.mean(axis=(1, 3)), np.uint8)
