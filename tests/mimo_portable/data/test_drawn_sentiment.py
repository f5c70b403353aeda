import numpy as np
import pytest

from mimo_portable.data import drawn_sentiment
from mimo_portable.text import words


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(drawn_sentiment, "POSTS", 60)


def _score(sentence):
    """Read a sentence by the documented rules: the last opinion counts."""
    score, sign, double = 0, 1, 1
    for word in words(sentence.replace("by no means", "not")):
        if word in ("not", "never", "hardly"):
            sign = -1
        elif word in drawn_sentiment.DEGREES:
            double = 2
        elif word in drawn_sentiment.GOOD or word in drawn_sentiment.BAD:
            good = 1 if word in drawn_sentiment.GOOD else -1
            score, sign, double = good * sign * (double if sign > 0 else 1), 1, 1
        else:
            double = 1
    return score


@pytest.mark.parametrize("score", drawn_sentiment.TEXT_SCORES)
def test_a_sentence_reads_as_its_score(score):
    rng = np.random.default_rng(0)
    assert {_score(drawn_sentiment.sentence(rng, score)) for _ in range(200)} == {score}


def test_a_smile_hangs_lower_in_the_middle_than_a_frown():
    rng = np.random.default_rng(0)
    means = {}
    for score in drawn_sentiment.PICTURE_SCORES:
        faces = np.stack([drawn_sentiment.picture(rng, score) for _ in range(30)])
        dark = 255.0 - faces.mean(axis=(0, 3))
        means[score] = dark[88:104, 60:68].mean() - dark[72:84, 60:68].mean()
    ordered = [means[score] for score in drawn_sentiment.PICTURE_SCORES]
    assert ordered == sorted(ordered)


def test_neither_half_alone_tells_the_label():
    scores = [(t, p) for t in drawn_sentiment.TEXT_SCORES for p in drawn_sentiment.PICTURE_SCORES]
    assert all(t + p for t, p in scores)
    positive = np.array([t + p > 0 for t, p in scores]).reshape(5, 4)
    ceiling = [np.maximum(positive.mean(a), 1 - positive.mean(a)).mean() for a in (1, 0)]
    assert ceiling == pytest.approx([0.8, 0.7])


@pytest.mark.usefixtures("few")
def test_the_same_seed_gives_the_same_arrays_and_another_seed_others():
    first, again, other = (drawn_sentiment.load(seed=s) for s in (0, 0, 1))
    for name in ("image_input", "text_input"):
        np.testing.assert_array_equal(first.train.inputs[name], again.train.inputs[name])
    assert not np.array_equal(first.train.inputs["image_input"], other.train.inputs["image_input"])


@pytest.mark.usefixtures("few")
def test_arrays_and_origin_follow_the_contract():
    data = drawn_sentiment.load(seed=0)
    assert (data.name, data.origin) == ("drawn_sentiment", "simulated")
    assert [len(p) for p in (data.train, data.validation, data.test)] == [42, 9, 9]
    assert data.train.inputs["image_input"].shape == (42, 128, 128, 3)
    assert data.train.inputs["image_input"].dtype == np.uint8
    assert data.train.inputs["text_input"].dtype == np.int32
    assert data.train.targets["sentiment"].shape == (42, 1)
    assert data.statistics == {"vocabulary_size": len(data.vocabulary["text_input"]) + 2}


def test_a_post_is_kept_for_people_with_its_picture_in_words():
    data = drawn_sentiment.load(seed=0)
    assert data.language == "en"
    assert "we had the" in data.test.notes["text"][0]
    faces = {f"a {face} face" for face in drawn_sentiment.FACES}
    assert set(data.train.notes["picture"].tolist()) == faces
