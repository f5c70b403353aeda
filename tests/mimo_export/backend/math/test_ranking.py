"""The best elements, and targets among them."""

from functions import check_function
from keras import ops


def test_the_best_elements_and_their_places():
    def best(x):
        values, places = ops.top_k(x, 2)
        return values, ops.cast(places, "int32")

    check_function(best, (None, 5), ops=["TopK", "Cast"])


def test_target_among_the_best():
    check_function(lambda x, y: ops.in_top_k(y[:, 0], x, 2), (4,), (1,), dtype=("float32", "int32"))
