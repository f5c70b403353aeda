"""From a set's own numbers to the contract of a model: names, dtypes, parts, training statistics.

The real sets and the shipped ones of a model meet here, so that both give the same arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mimo_portable import text
from mimo_portable.data.contract import Array, Dataset, Origin, Split
from mimo_portable.data.splits import Parts, windows


@dataclass(frozen=True)
class About:
    """What a reader is told of a set: the first three fields of `Dataset`, and `language`."""

    name: str
    origin: Origin
    source: str
    language: str = ""


@dataclass(frozen=True)
class MedicalWindows:
    """Windows of all patients.

    Attributes:
        ecg: Numbers [n, 256] in microvolts.
        systolic: Numbers [n] in mmHg.
        diagnosis: Class numbers [n].
        risk: Numbers [n] in 0..1.
    """

    ecg: Array
    systolic: Array
    diagnosis: Array
    risk: Array


@dataclass(frozen=True)
class Posts:
    """One part of a set of posts: a picture with a text, and what its author felt.

    Attributes:
        pictures: uint8 [n, 128, 128, 3].
        texts: n texts.
        positive: Booleans [n].
        described: The pictures in words, for those who do not see them.
    """

    pictures: Array
    texts: Sequence[str]
    positive: Array
    described: Sequence[str]


def medical(
    about: About, data: MedicalWindows, parts: Parts, *, diagnoses: tuple[str, ...]
) -> Dataset:
    """Make the medical model's data; the pressure's mean and variance are the training part's."""

    def split(rows: Array) -> Split:
        return Split(
            {
                "ecg_input": data.ecg[rows, :, None].astype(np.float32),
                "bp_input": data.systolic[rows, None].astype(np.float32),
            },
            {
                "diagnosis_output": np.eye(len(diagnoses), dtype=np.float32)[data.diagnosis[rows]],
                "risk_output": data.risk[rows, None].astype(np.float32),
            },
        )

    pressure = data.systolic[parts.train].astype(np.float64)
    return Dataset(
        about.name,
        about.origin,
        about.source,
        split(parts.train),
        split(parts.validation),
        split(parts.test),
        statistics={"bp_mean": float(pressure.mean()), "bp_variance": float(pressure.var())},
        labels={"diagnosis_output": diagnoses},
    )


def forecast(
    about: About,
    stretches: Sequence[Array],
    times: Sequence[Array],
    *,
    window: int,
    horizons: Sequence[int],
    unit: str,
) -> Dataset:
    """Make the forecast model's data out of three stretches of one series, the oldest first.

    `times` are the times of all values (datetime64), stretch by stretch. The statistics are the
    mean and the variance of the training stretch, in the unit of the series.
    """
    outputs = [f"output_{i}" for i in range(1, len(horizons) + 1)]

    def split(stretch: Array, time: Array) -> Split:
        cut = windows(stretch, window, horizons)
        last = time[window - 1 :][: len(cut.inputs)]
        targets = dict(zip(outputs, cut.targets, strict=True))
        return Split({"series": cut.inputs}, targets, {"time": last})

    train, validation, test = (split(*pair) for pair in zip(stretches, times, strict=True))
    past = stretches[0]
    return Dataset(
        about.name,
        about.origin,
        about.source,
        train,
        validation,
        test,
        statistics={
            "mean": float(past.mean(dtype=np.float64)),
            "variance": float(past.var(dtype=np.float64)),
        },
        units=dict.fromkeys(("series", *outputs), unit),
        horizons=dict(zip(outputs, horizons, strict=True)),
    )


def sentiment(
    about: About, train: Posts, validation: Posts, test: Posts, *, length: int
) -> Dataset:
    """Make the sentiment model's data; the vocabulary is learnt from the training texts."""
    vocabulary = text.learn_vocabulary(train.texts)

    def split(posts: Posts) -> Split:
        tokens = text.encode(posts.texts, vocabulary, length)
        positive = np.asarray(posts.positive, np.float32)[:, None]
        return Split(
            {"image_input": posts.pictures, "text_input": tokens},
            {"sentiment": positive},
            {"text": np.array(posts.texts, object), "picture": np.array(posts.described, object)},
        )

    return Dataset(
        about.name,
        about.origin,
        about.source,
        split(train),
        split(validation),
        split(test),
        statistics={"vocabulary_size": text.vocabulary_size(vocabulary)},
        labels={"sentiment": ("positive",)},
        vocabulary={"text_input": vocabulary},
        language=about.language,
    )
