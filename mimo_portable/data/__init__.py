"""Data for the models: one file per data set, one contract for all."""
