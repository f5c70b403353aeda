from mimo_portable.data.errors import DataError
from mimo_portable.errors import MimoPortableError


def test_a_data_error_says_what_where_and_remedy():
    error = DataError("it is wrong", where="column 'a'", remedy="mend it")
    assert isinstance(error, MimoPortableError)
    assert str(error) == "it is wrong\n  where:  column 'a'\n  remedy: mend it"
