"""The model families: one file per architecture, every layer named by hand."""
