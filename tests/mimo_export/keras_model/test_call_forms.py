import keras
import numpy as np

from mimo_export.keras_model.call_forms import calls_on


class Taking(keras.Model):
    def call(self, query, docs=None, training=None):
        return query if docs is None else docs[0]


def test_names_of_arguments_go_to_them_and_numbered_ones_into_a_list():
    assert [*calls_on(Taking(), {"query": 1, "docs_0": 2, "docs_1": 3})] == [
        ("", (), {"query": 1, "docs": [2, 3]})
    ]


def test_other_names_are_one_argument_in_one_of_the_forms():
    kinds = [kind for kind, _, _ in calls_on(Taking(), {"a": 1, "b": 2})]
    assert kinds == ["as a dictionary: ", "as a list: ", "as a tuple: "]
    assert next(calls_on(Taking(), {"a": 1})) == ("as a tensor: ", (1,), {})


def test_what_keras_has_noted_comes_first():
    class Listed(keras.Model):
        def call(self, inputs):
            return inputs[0] + inputs[1]

    model = Listed()
    model([np.ones((1, 2)), np.ones((1, 2))])
    assert next(calls_on(model, {"a": 1, "b": 2})) == ("as a list: ", ([1, 2],), {})
