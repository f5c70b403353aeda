from mimo_export.keras_model.structures import distinct, filled, in_order_of, leaves, mapped

NESTED = {"b": ["x", None], "a": ("y", {"c": "z"})}


def test_leaves_come_in_their_own_order_with_the_keys_on_the_way():
    assert leaves(NESTED) == [("b", "x"), ("a", "y"), ("a/c", "z")]


def test_a_structure_is_mapped_and_filled_and_none_stays():
    assert mapped(NESTED, str.upper) == {"b": ["X", None], "a": ("Y", {"c": "Z"})}
    assert filled(["x", None], {"x": 1}) == [1, None]


def test_dictionaries_are_put_into_the_order_of_others():
    assert list(in_order_of({"b": 0, "a": 0}, {"a": 1, "b": 2})) == ["b", "a"]


def test_a_name_that_is_taken_gets_a_number():
    assert distinct("y", {"x"}) == "y"
    assert distinct("y", {"y"}) == "y_1"
