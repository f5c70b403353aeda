import unicodedata

import numpy as np
import pytest

from mimo_portable import text
from mimo_portable.data import hausa
from mimo_portable.data.errors import DataError


@pytest.fixture(scope="module")
def folder(real_folder):
    return real_folder / hausa.FOLDER


@pytest.fixture(scope="module")
def data(folder):
    return hausa.load(folder, variant="hausa_emoji_sentiment", seed=0)


def test_parts_have_the_published_sizes_and_balance(data):
    assert len(data.train) + len(data.validation) == 9106
    assert len(data.test) == 1588
    positive = data.test.targets["sentiment"]
    assert positive.shape == (1588, 1)
    assert positive.mean() == pytest.approx(0.5038, abs=5e-5)


def test_arrays_have_the_contracts_shapes_and_dtypes(data):
    assert data.origin == "semi-real"
    assert data.test.inputs["image_input"].shape == (1588, 128, 128, 3)
    assert data.test.inputs["image_input"].dtype == np.uint8
    assert data.test.inputs["text_input"].shape == (1588, 100)
    assert data.test.inputs["text_input"].dtype == np.int32
    assert (data.train.inputs["text_input"] > 0).any(axis=1).all()


def test_the_whole_train_split_gives_the_published_vocabulary_and_longest_text(folder):
    lines = (folder / "tweets.tsv").read_text("utf-8").rstrip("\n").split("\n")[1:]
    tweets = [line.split("\t") for line in lines]
    train = [cells[3] for cells in tweets if cells[0] == "train"]
    assert text.vocabulary_size(text.learn_vocabulary(train)) == 6665
    assert max(len(text.words(sentence)) for sentence in train) == 61


def test_the_vocabulary_is_the_training_parts_alone(data):
    words = data.vocabulary["text_input"]
    assert data.statistics == {"vocabulary_size": len(words) + 2}
    ids = data.train.inputs["text_input"]
    counts = np.bincount(ids[ids > 1], minlength=len(words) + 2)[2:]
    assert counts.min() >= 2
    assert (np.diff(counts) <= 0).all()


def test_no_tweet_of_training_is_in_validation(data):
    train = {row.tobytes() for row in data.train.inputs["text_input"] if (row != 1).all()}
    later = {row.tobytes() for row in data.validation.inputs["text_input"] if (row != 1).all()}
    assert not train & later


def test_a_tweet_is_kept_for_people_with_its_picture_in_words(data, folder):
    lines = (folder / "tweets.tsv").read_text(encoding="utf-8").rstrip("\n").split("\n")[1:]
    _, _, emoji, text = next(line for line in lines if line.startswith("dev\t")).split("\t")
    assert data.test.notes["text"][0] == text
    assert data.test.notes["picture"][0].startswith(unicodedata.name(emoji[0]).lower())
    assert data.language == "ha"


def test_a_picture_is_one_four_or_sixteen_emoji_on_white(folder):
    pictures = hausa.Pictures(folder / "emoji_atlas.npz")
    with np.load(folder / "emoji_atlas.npz", allow_pickle=False) as atlas:
        first = chr(int(atlas["codepoints"][0]))
        image = atlas["images"][0]
    np.testing.assert_array_equal(pictures.draw(first), image)
    two = pictures.draw(first * 2)
    np.testing.assert_array_equal(two[:64, :64], two[:64, 64:])
    assert (two[64:] == 255).all()
    np.testing.assert_array_equal(
        pictures.draw(first * 5)[32:64, :32], pictures.draw(first * 5)[:32, :32]
    )


def test_a_torn_line_is_named(tmp_path):
    path = tmp_path / "tweets.tsv"
    path.write_text("split\tlabel\temoji\ttext\ntrain\t1\n", "utf-8")
    with pytest.raises(DataError) as caught:
        hausa.load(tmp_path, variant="hausa_emoji_sentiment", seed=0)
    assert str(caught.value) == (
        "a line of 2 cells, expected 4 (split, label, emoji, text)\n"
        f"  where:  {path}, line 2\n"
        "  remedy: fetch the file again; mimo_portable/data/README.md says from where"
    )
