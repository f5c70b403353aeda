"""Every sixth hostile file: `nox -s hostile` loads all of them."""

import pytest
from hostile.run import KINDS, verdicts

STEP = 6


@pytest.fixture(scope="module")
def found():
    return list(verdicts([kind for kind in KINDS if kind != "slow"], STEP))


def test_every_hostile_file_is_refused_or_harmless(found):
    failed = [verdict.described() for verdict in found if verdict.failed]
    assert failed == []


def test_most_are_refused_and_they_are_many_files(found):
    assert len({verdict.digest for verdict in found}) > 100
    assert sum(verdict.outcome == "refused" for verdict in found) > len(found) / 2


def test_a_refusal_says_where_and_what_to_do(found):
    for verdict in found:
        if verdict.outcome == "refused":
            assert "\n  where:  " in verdict.text, verdict.described()
            assert "\n  remedy: " in verdict.text, verdict.described()
