"""Check the whole corpus, or a part of it: `nox -s hostile` runs it from the command line."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hostile.check import SECONDS
from hostile.watching import server

KINDS = ("zips", "stored", "configs", "sizes", "classes", "slow")
MEMORY_GIB = 2


@dataclass(frozen=True)
class Verdict:
    """What became of one file.

    Attributes:
        name: The file's.
        outcome: "refused", "harmless", "traceback", "endless" or "ended".
        text: The message, or the end of the log.
        problems: What a watch noticed.
        digest: Of the file's bytes.
    """

    name: str
    outcome: str
    text: str
    problems: tuple[str, ...] = ()
    digest: str = ""

    @property
    def failed(self) -> bool:
        """Whether it did anything else than load quietly, or be refused."""
        return self.outcome not in {"refused", "harmless"} or bool(self.problems)

    def described(self) -> str:
        """Return what to show of it: all where it failed, a line where it did not."""
        if not self.failed:
            return f"{self.outcome}: {self.name}: {self.text.partition(chr(10))[0]}"
        return f"FAILED: {self.name}: {self.outcome}: {'; '.join(self.problems)}\n{self.text}"


def verdicts(kinds: Sequence[str], step: int = 1) -> Iterator[Verdict]:
    """Give what became of every `step`th file of some kinds, each read under limits."""
    words = ",".join(kinds)
    first: int | None = 0
    while first is not None:
        with (
            tempfile.TemporaryDirectory(prefix="mimo-hostile-") as folder,
            server() as (url, asked),
        ):
            first = yield from _process(Path(folder), [url, words, str(first), str(step)])
            if asked:
                yield Verdict(words, "ended", "", (f"asked a server: {asked}",))


def _process(folder: Path, words: Sequence[str]) -> Iterator[Verdict]:
    """Run one process, until it has done its work or has ended over a file; return the next one."""
    for name in ("canaries", "temporary", "work"):
        (folder / name).mkdir()
    own = {"TMPDIR": str(folder / "temporary"), "MIMO_WORKER_GIB": str(MEMORY_GIB)}
    paths = os.pathsep.join(path for path in sys.path if path)
    log = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-m", "hostile.check", str(folder), *words],
            cwd=folder / "work",
            env={**os.environ, **own, "PYTHONPATH": paths, "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdout=subprocess.PIPE,
            stderr=log,
        ) as process,
    ):
        begun: dict[str, Any] | None = None
        while line := _line(process):
            answer = json.loads(line)
            if "begun" in answer:
                begun = answer
                continue
            problems = tuple(answer.pop("problems"))
            yield Verdict(begun["begun"], problems=problems, **answer)
            begun = None
        process.kill()
        code = process.wait()
        log.seek(0)
        end = log.read().decode(errors="replace")[-2000:]
    if begun is not None:
        yield Verdict(begun["begun"], "ended", f"exit code {code}\n{end}")
        return begun["number"] + 1
    if code not in (0, -9):
        yield Verdict(words[1], "ended", f"exit code {code}\n{end}")
    return None


def _line(process: Any) -> bytes:
    """Return the next line; nothing where the process has ended, or hangs deeper than its alarm."""
    timer = threading.Timer(3 * SECONDS, process.kill)
    timer.start()
    try:
        return process.stdout.readline()
    finally:
        timer.cancel()


def main() -> int:
    """Check the kinds that the command line names, all by default, and print what fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--step", type=int, default=1, help="take every so many files only")
    parser.add_argument("--verbose", action="store_true", help="print every file's outcome")
    options = parser.parse_args()
    count: Counter[str] = Counter()
    failed, digests = 0, set[str]()
    for kind in options.kinds:
        for verdict in verdicts([kind], options.step):
            count[f"{kind} {verdict.outcome}"] += 1
            failed += verdict.failed
            digests.add(verdict.digest)
            if verdict.failed or options.verbose:
                print(verdict.described())  # noqa: T201 - the same
    for name, number in sorted(count.items()):
        print(f"{number:5} {name}")  # noqa: T201 - printing is what a command line does
    print(f"{len(digests):5} distinct files")  # noqa: T201 - the same
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
