"""Let peers take turns: in every round each of them runs once, while the others wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mimo_export.bench.timing import Burst

_SETTLE_SECONDS = 0.02  # the threads of a runtime spin for a while after their last run
_FEWEST = 3


@dataclass(frozen=True)
class Effort:
    """How long is measured.

    Attributes:
        rounds: Turns of each peer.
        seconds: Of one turn; a run that takes longer is a turn by itself.
        limit: Seconds after which no further round begins, once there are three.
    """

    rounds: int = 15
    seconds: float = 0.05
    limit: float = 120.0


class GoneError(Exception):
    """A peer cannot go on: raised by its turn, with the reason."""


def take_turns(
    peers: Mapping[str, Callable[[float], Burst]],
    effort: Effort,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Sequence[Burst]]:
    """Return the bursts of every peer, one for each round.

    Every second round goes backwards, so that nobody always follows the same neighbour. A peer that
    raises `GoneError` has no further turns, and is not in the result.
    """
    found: dict[str, list[Burst]] = {name: [] for name in peers}
    started = clock()
    for number in range(effort.rounds):
        if number >= _FEWEST and clock() - started > effort.limit:
            break
        for name in list(found)[:: -1 if number % 2 else 1]:
            time.sleep(_SETTLE_SECONDS)
            try:
                found[name].append(peers[name](effort.seconds))
            except GoneError:
                del found[name]
    return dict(found)
