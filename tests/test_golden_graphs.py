"""The reference networks keep their structure: bloat shows here, which parity never sees."""

import pytest
from golden_graphs import graph_of, path_of, text_of

from mimo_portable.zoo import MODELS

LIMITS = {"sentiment": 13, "forecast": 6, "medical": 11}
NORMALIZATION = ("normalization", "_unit/")


@pytest.mark.parametrize("name", MODELS)
def test_the_graph_is_the_golden_one(name):
    assert text_of(graph_of(name)) == path_of(name).read_text(encoding="utf-8"), (
        "the graph changed: if it is meant to, run nox -s golden and read the difference"
    )


@pytest.mark.parametrize("name", MODELS)
def test_the_graph_has_few_nodes_normalisation_apart(name):
    nodes = [
        node.name
        for node in graph_of(name).graph
        if not any(part in str(node.name) for part in NORMALIZATION)
    ]
    assert len(nodes) <= LIMITS[name], nodes
