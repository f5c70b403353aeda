"""The long run survives what ends a worker, counts, keeps and replays."""

import json
from pathlib import Path

import pytest
from fuzz import run as fuzz

PLAN = {
    "inputs": [{"shape": [4], "dtype": "float32"}],
    "nodes": [{"kind": "ELU", "inputs": [0], "outputs": 1, "options": {}, "call": {}}],
    "outputs": [1],
    "style": "functional",
    "named": False,
}


def record(verdict, text="", plan=PLAN):
    return {"verdict": verdict, "text": text, "plan": plan}


def test_a_summary_counts_verdicts_reasons_and_kinds():
    records = [record("agreed"), record("agreed"), record("refused", "no eigh"), record("mismatch")]
    assert fuzz.summary(records) == (
        "4 models: 2 agreed, 1 refused, 1 mismatch\n  refused      1  no eigh\nagreed on: ELU 2"
    )


def test_failures_are_kept_and_can_be_replayed(tmp_path, capsys):
    assert fuzz.keep([record("agreed"), record("unsteady")], tmp_path / "none") == []
    assert not (tmp_path / "none").exists()
    (path,) = fuzz.keep([record("agreed"), record("mismatch", "0.1")], tmp_path)
    assert path.name == "0-mismatch.json"
    assert fuzz.main(["--replay", str(path)]) == 0  # it agrees, of course
    assert capsys.readouterr().out.splitlines()[1] == "agreed"


class Process:
    """Stands for a worker that wrote two lines and began a third model."""

    def __init__(self, command, **_):
        number, folder = command[command.index("--worker") + 1], Path(command[-1])
        self.returncode = 0 if int(number) >= 500_000 else -6
        lines = [record("agreed")] * (2 if self.returncode else 1)
        (folder / f"{number}.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
        (folder / f"{number}.current.json").write_text(json.dumps(PLAN))

    def poll(self):
        return self.returncode


def test_an_abort_is_recorded_with_its_plan_and_the_run_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(fuzz.subprocess, "Popen", Process)
    monkeypatch.setattr(fuzz, "_POLL", 0)
    assert fuzz.main(["--graphs", "4", "--out", str(tmp_path)]) == 1
    assert "4 models: 3 agreed, 1 killed" in capsys.readouterr().out
    (kept,) = (tmp_path / "failures").iterdir()
    found = json.loads(kept.read_text())
    assert found["plan"] == PLAN
    assert found["text"].startswith("the process ended with -6\n")


def test_a_worker_that_hangs_is_ended(tmp_path, monkeypatch):
    killed = []

    class Hanging(Process):
        returncode = None

        def __init__(self, command, **options):
            super().__init__(command, **options)
            self.returncode = None

        def kill(self):
            killed.append(True)

        def wait(self):
            self.returncode = -9

    monkeypatch.setattr(fuzz.subprocess, "Popen", Hanging)
    monkeypatch.setattr(fuzz, "_POLL", 0)
    monkeypatch.setattr(fuzz, "_HANGS", -1.0)
    records = fuzz.run([fuzz.Chunk(500_001, 3, "all", tmp_path)], 1)
    assert killed
    assert records[-1]["verdict"] == "hung"


@pytest.mark.parametrize("style", ["all", "graphs", "programs"])
def test_chunks_have_seeds_of_their_own(style):
    args = fuzz._parser().parse_args(["--graphs", "450", "--seed", "7", "--style", style])
    chunks = list(fuzz._chunks(args))
    assert [(c.seed, c.graphs) for c in chunks] == [
        (7_000_000, 200),
        (7_000_001, 200),
        (7_000_002, 50),
    ]
    assert {c.style for c in chunks} == {style}
