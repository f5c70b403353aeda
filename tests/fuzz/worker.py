"""What runs in a process of its own: draws models, checks them, writes down what became of each."""

from __future__ import annotations

import json
import sys
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
from fuzz.checking import Outcome, check, smallest
from fuzz.graphs import graphs, plans, programs
from fuzz.plans import Plan, from_dict, to_json
from fuzz.run import CHUNK
from fuzz.ways import check_way, ways_of
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

# Hypothesis varies what it has drawn from the eleventh on: new graphs show more than variations.
FRESH = 10
STRATEGIES = {"all": plans, "graphs": graphs, "programs": programs}


def work(number: int, count: int, style: str, log: Path, current: Path) -> None:
    """Check `count` models drawn from a seed; a line of `log` for each."""

    def body(plan: Plan) -> None:
        # Collecting garbage takes three times what a graph does, and the process ends soon.
        keras.backend.clear_session(free_memory=False)
        text = to_json(plan)
        current.write_text(text, encoding="utf-8")
        outcome = checked(plan, zlib.crc32(text.encode()))
        record = {"verdict": outcome.verdict, "text": outcome.text, "plan": json.loads(text)}
        with log.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(record) + "\n")

    warnings.simplefilter("ignore")
    for start in range(0, count, FRESH):
        drawn(STRATEGIES[style](), number * CHUNK + start, min(FRESH, count - start), body)


def checked(plan: Plan, number: int) -> Outcome:
    """Check a plan, and one of the ways in which its model can be had, chosen by a number."""
    outcome = check(plan)
    if outcome.verdict != "agreed":
        return outcome
    ways = ways_of(plan)
    return check_way(plan, ways[number % len(ways)])


def drawn(
    strategy: st.SearchStrategy[Plan], number: int, count: int, body: Callable[[Plan], None]
) -> None:
    """Call `body` with plans drawn from a seed."""
    configured = settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    configured(seed(number)(given(strategy)(body)))()


def replay(document: Mapping[str, Any], *, cut: bool) -> tuple[str, bool]:
    """Check one plan again, or the smallest part of it that fails, and tell what happened."""
    plan = from_dict(document)
    warnings.simplefilter("ignore")
    if cut:
        plan = smallest(plan)
    outcome = check(plan)
    if outcome.verdict == "agreed":
        found = (check_way(plan, way) for way in ways_of(plan))
        outcome = next((other for other in found if other.failed), outcome)
    sys.stdout.flush()
    return f"{to_json(plan)}\n{outcome.verdict}\n{outcome.text}", outcome.failed
