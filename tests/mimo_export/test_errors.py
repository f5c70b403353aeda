"""Errors are one block: what, where, remedy."""

from mimo_export.errors import InputError, MimoExportError, UnsupportedOperationError
from mimo_portable.errors import MimoPortableError


def test_an_error_is_what_where_and_remedy():
    error = InputError("got 3, expected 4", where="input 'x'", remedy="give 4")
    assert str(error) == "got 3, expected 4\n  where:  input 'x'\n  remedy: give 4"
    assert isinstance(error, MimoExportError)
    assert isinstance(error, MimoPortableError)


def test_an_error_without_place_and_remedy_is_one_line():
    assert str(InputError("no")) == "no"


def test_the_innermost_layer_and_the_model_are_named():
    error = UnsupportedOperationError("no form", where="called on float32[3]")
    error.locate("layer 'inner' (A)")
    error.locate("layer 'outer' (B)")
    error.locate("model 'm' (C)", "model 'm' (C)")
    assert error.where == "layer 'inner' (A) of model 'm' (C), called on float32[3]"


def test_an_error_of_the_model_itself_names_it_once():
    error = UnsupportedOperationError("no form")
    error.locate("model 'm' (C)", "model 'm' (C)")
    assert error.where == "model 'm' (C)"
