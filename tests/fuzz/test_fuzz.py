"""A few random models, the same on every run: `nox -s fuzz` runs ten thousand."""

import warnings

import keras
import pytest
from fuzz.checking import check
from fuzz.graphs import graphs, programs
from fuzz.plans import from_json, to_json
from fuzz.ways import check_way, ways_of
from fuzz.worker import FRESH, drawn

# On JAX every operation is compiled for every new shape.
SEEDS = range(1) if keras.backend.backend() == "jax" else range(3)


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("strategy", [graphs, programs])
def test_random_models_agree_with_keras(strategy, number):
    def body(plan):
        text = to_json(plan)
        assert to_json(from_json(text)) == text
        with warnings.catch_warnings():
            # Random graphs do what nobody would: Keras says so where masks end, for one.
            warnings.simplefilter("ignore")
            outcome = check(plan)
        verdicts.append(outcome.verdict)
        sizes.append(len(plan.nodes))
        assert not outcome.failed, f"{outcome.text}\n{text}"

    verdicts, sizes = [], []
    drawn(strategy(max_nodes=6), number, FRESH, body)
    assert verdicts.count("agreed") > FRESH / 2
    assert sum(sizes) > FRESH


@pytest.mark.parametrize("strategy", [graphs, programs])
def test_a_file_does_not_depend_on_how_a_model_is_had(strategy):
    def body(plan):
        way = ways_of(plan)[len(ways) % len(ways_of(plan))]
        ways.append(way)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if check(plan).verdict == "agreed":
                outcome = check_way(plan, way)
                verdicts.append(outcome.verdict)
                assert not outcome.failed, f"{way}: {outcome.text}\n{to_json(plan)}"

    ways, verdicts = [], []
    drawn(strategy(max_nodes=4), 77, FRESH, body)
    assert verdicts.count("agreed") > FRESH / 2
