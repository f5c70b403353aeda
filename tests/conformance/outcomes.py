"""How each of Keras's tests ended: one record for a test, written by a plugin of pytest."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conformance.comparison import Comparison
from conformance.evaluation import Evaluation

from mimo_export.errors import UnsupportedOperationError

PASSED, REFUSED, FAILED = "passed", "refused", "failed"
KERAS_FAILS, KNOWN = "fails in Keras", "cannot agree"
UNASKED, SKIPPED = "not asked", "skipped"
# What Keras's tests import besides Keras and the running backend.
_OTHERS = ("grain", "jax", "scipy", "tensorflow", "torch")
KINDS = (PASSED, REFUSED, FAILED, KERAS_FAILS, KNOWN, UNASKED, SKIPPED)


@dataclass(frozen=True)
class Outcome:
    """How one test ended.

    Attributes:
        file: The test's file below keras/src.
        test: The test's class and name.
        kind: One of `KINDS`.
        reason: Of a refusal, or of a failure.
        calls: How many calls were computed by our backend and onnxruntime.
    """

    file: str
    test: str
    kind: str
    reason: str = ""
    calls: int = 0

    @property
    def name(self) -> str:
        """The test as pytest names it, from keras/src on."""
        return f"{self.file}::{self.test}"


class Recorder:
    """The plugin: lets our backend in while a test runs, and notes how it ends.

    Args:
        home: Keras's source folder.
        ways: How operations and layers are checked; None lets Keras compute alone.
    """

    def __init__(self, home: Path, ways: tuple[Evaluation, Comparison] | None) -> None:
        self._home = home
        self._ways = ways
        self.outcomes: dict[str, Outcome] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Run a test with our backend in the place that its kind asks for."""
        way = self._way(item)
        if way is None:
            return (yield)
        with way.active(), _without_training(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, Any]:
        """Note how a test ended."""
        report = yield
        if report.when == "call" or not report.passed:
            outcome = self._outcome(item, report, call.excinfo)
            self.outcomes[outcome.name] = outcome
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that cannot be imported here."""
        if report.failed:
            file = (self._home / report.nodeid).relative_to(self._home).as_posix()
            reason = str(report.longrepr).strip().splitlines()[-1].removeprefix("E").strip()
            self.outcomes[file] = Outcome(file, "", SKIPPED, f"not imported: {reason}")

    def _way(self, item: pytest.Item) -> Evaluation | Comparison | None:
        if self._ways is None:
            return None
        evaluation, comparison = self._ways
        return comparison if "layers" in item.path.relative_to(self._home).parts else evaluation

    def _outcome(self, item: pytest.Item, report: Any, raised: Any) -> Outcome:
        file = item.path.relative_to(self._home).as_posix()
        way = self._way(item)
        calls = way.asked if way else 0
        kind, reason = _ended(report, raised.value if raised else None, way)
        return Outcome(file, item.nodeid.split("::", 1)[1], kind, reason, calls)


@contextlib.contextmanager
def _without_training(item: pytest.Item) -> Iterator[None]:
    """Spare the training step of Keras's layer tests, which is most of their time and not ours."""
    kind = getattr(item, "cls", None)
    if not hasattr(kind, "run_layer_test"):
        yield
        return
    spared = functools.partialmethod(kind.run_layer_test, run_training_check=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "run_layer_test", spared)
        yield


def _ended(
    report: Any, error: BaseException | None, way: Evaluation | Comparison | None
) -> tuple[str, str]:
    """Return the kind of a test's end, and the reason."""
    if report.skipped:
        return SKIPPED, ""
    if report.failed and error is not None:
        return _broken(error)
    if isinstance(way, Comparison) and way.differing:
        return FAILED, way.differing[0]
    if isinstance(way, Comparison) and way.refused:
        return REFUSED, way.refused[0]
    return (PASSED if way is None or way.asked else UNASKED), ""


def _broken(error: BaseException) -> tuple[str, str]:
    if isinstance(error, ModuleNotFoundError) and error.name in _OTHERS:
        return SKIPPED, str(error)
    refusal = _refusal_in(error)
    return (REFUSED, refusal.what) if refusal else (FAILED, f"{type(error).__name__}: {error}")


def _refusal_in(error: BaseException | None) -> UnsupportedOperationError | None:
    """Return the refusal that an error was made of, if one was."""
    while error is not None:
        if isinstance(error, UnsupportedOperationError):
            return error
        error = error.__cause__ or error.__context__
    return None
