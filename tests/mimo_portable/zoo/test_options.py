"""Configurations from words and values."""

from __future__ import annotations

import json

import pytest

from mimo_portable.errors import ConfigError
from mimo_portable.zoo import options
from mimo_portable.zoo.medical import MedicalConfig
from mimo_portable.zoo.sentiment import SentimentConfig


def test_words_replace_fields_of_every_kind():
    config = options.parse(
        MedicalConfig(),
        ("kernel_size=5", "dropout=0.25", "filters=8,16", "shared_encoder=true"),
    )
    assert config == MedicalConfig(
        kernel_size=5, dropout=0.25, filters=(8, 16), shared_encoder=True
    )


def test_a_choice_is_one_of_its_words():
    config = options.parse(SentimentConfig(), ("text_encoder=pool",))
    assert config.text_encoder == "pool"


def test_a_tuple_can_be_emptied():
    assert options.parse(MedicalConfig(), ("filters=",)).filters == ()


def test_no_words_change_nothing():
    assert options.parse(MedicalConfig(), ()) == MedicalConfig()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        (
            "dropout",
            "'dropout' is not of the form field=value\n"
            "  where:  --config\n"
            "  remedy: write the field, '=' and the value without spaces, such as epochs=3",
        ),
        (
            "colour=red",
            "SentimentConfig has no field 'colour'\n"
            "  where:  --config\n"
            "  remedy: choose one of: vocabulary_size, image_scale, image_reduction, "
            "image_filters, image_units, embedding_width, embedding_mask, text_encoder, "
            "text_units, dropout, shared_projection",
        ),
        (
            "dropout=much",
            "'much' is no value for 'dropout', expected a number\n"
            "  where:  --config\n"
            "  remedy: write dropout=0.5, for example",
        ),
        (
            "text_units=1.5",
            "'1.5' is no value for 'text_units', expected a whole number\n"
            "  where:  --config\n"
            "  remedy: write text_units=32, for example",
        ),
        (
            "embedding_mask=1",
            "'1' is no value for 'embedding_mask', expected true or false\n"
            "  where:  --config\n"
            "  remedy: write embedding_mask=true, for example",
        ),
        (
            "image_filters=8;16",
            "'8;16' is no value for 'image_filters', expected whole numbers separated by commas\n"
            "  where:  --config\n"
            "  remedy: write image_filters=16,32, for example",
        ),
        (
            "text_encoder=gru",
            "'gru' is no value for 'text_encoder', expected one of: lstm, pool\n"
            "  where:  --config\n"
            "  remedy: write text_encoder=lstm, for example",
        ),
    ],
)
def test_a_wrong_word_is_answered_with_what_would_be_right(word, message):
    with pytest.raises(ConfigError) as error:
        options.parse(SentimentConfig(), (word,))
    assert str(error.value) == message


def test_values_survive_a_trip_through_json():
    config = MedicalConfig(filters=(8, 16), dropout=0.5)
    values = json.loads(json.dumps({"filters": config.filters, "dropout": config.dropout}))
    assert options.replace(MedicalConfig(), values) == config


def test_a_value_for_no_field_is_refused():
    with pytest.raises(ConfigError, match="MedicalConfig has no field 'colour'"):
        options.replace(MedicalConfig(), {"colour": "red"})
