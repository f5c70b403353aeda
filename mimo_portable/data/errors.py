"""The error that tells a user what is wrong with the data, where, and what to do about it."""

from __future__ import annotations

from mimo_portable.errors import MimoPortableError


class DataError(MimoPortableError):
    """A data set, or a column or row of it, that is missing, damaged or off the contract."""
