from __future__ import annotations

import itertools
from collections.abc import Callable

from mimo_export.bench.timing import Burst
from mimo_export.bench.turns import Effort, GoneError, take_turns


def peers(order: list[str]) -> dict[str, Callable[[float], Burst]]:
    def peer(name: str) -> Callable[[float], Burst]:
        def run(seconds: float) -> Burst:
            order.append(name)
            return Burst((round(1e9 * seconds),), 1.0)

        return run

    return {name: peer(name) for name in "abc"}


def test_every_peer_runs_once_in_a_round_and_rounds_go_forth_and_back() -> None:
    order: list[str] = []
    found = take_turns(peers(order), Effort(rounds=3, seconds=0.5))
    assert "".join(order) == "abccbaabc"
    assert {name: len(bursts) for name, bursts in found.items()} == {"a": 3, "b": 3, "c": 3}
    assert found["b"][0] == Burst((500_000_000,), 1.0)


def test_no_round_begins_after_the_limit_once_there_are_three() -> None:
    order: list[str] = []
    hours = itertools.count(step=3600)
    take_turns(peers(order), Effort(rounds=9, limit=60), clock=lambda: next(hours))
    assert len(order) == 3 * 3


def test_a_peer_that_is_gone_has_no_further_turns() -> None:
    order: list[str] = []
    some = peers(order)

    def second_is_gone(seconds: float) -> Burst:
        if order.count("b"):
            raise GoneError("memory ran out")
        order.append("b")
        return Burst((round(1e9 * seconds),), 1.0)

    found = take_turns({**some, "b": second_is_gone}, Effort(rounds=3))
    assert "".join(order) == "abccaac"
    assert list(found) == ["a", "c"]
