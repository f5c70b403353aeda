"""Data for the models: one file per data set, one contract for all, one door (`load`)."""

from mimo_portable.data.contract import Dataset, Split
from mimo_portable.data.errors import DataError
from mimo_portable.data.sources import load

__all__ = ["DataError", "Dataset", "Split", "load"]
