"""The entry: verbs, exit codes, one readable block for every error."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from mimo_export.errors import VerificationError
from mimo_portable import cli
from mimo_portable.cli import _verb
from mimo_portable.cli import list as list_verb
from mimo_portable.data.errors import DataError
from mimo_portable.errors import ConfigError

HEAVY = ("keras", "jax", "torch", "tensorflow", "onnx", "onnx_ir", "onnxruntime", "numpy")


@pytest.fixture
def fail(monkeypatch):
    """Let `list` raise an exception."""

    def arrange(error):
        def run(args):
            raise error

        monkeypatch.setattr(list_verb, "run", run)

    return arrange


def run_python(*words):
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)


def test_help_imports_nothing_heavy():
    code = (
        "import sys, mimo_portable.cli as c\n"
        "try: c.main(['--help'])\n"
        f"except SystemExit: print('imported', [n for n in {HEAVY} if n in sys.modules])"
    )
    assert run_python("-c", code).stdout.splitlines()[-1] == "imported []"


def test_the_package_runs_as_a_module():
    done = run_python("-m", "mimo_portable", "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("sentiment: ")


@pytest.mark.parametrize("verb", [["list"], ["train"]])
def test_every_verb_has_json(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([*verb, "--help"])
    assert stop.value.code == 0
    assert "--json" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["fly"], ["train"], ["list", "--fast"]])
def test_wrong_words_are_usage(words, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(words)
    assert stop.value.code == 2
    assert "usage: mimo-portable" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("no such thing", where="here", remedy="do that"), 2),
        (DataError("no such thing", where="here", remedy="do that"), 2),
        (VerificationError("no such thing", where="here", remedy="do that"), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_error_is_one_block(fail, capsys, error, code):
    fail(error)
    assert cli.main(["list"]) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == "error: no such thing\n  where:  here\n  remedy: do that\n"


def test_a_full_disk_is_one_block(fail, capsys):
    fail(OSError(errno.ENOSPC, "No space left on device", "/data/model.keras"))
    assert cli.main(["list"]) == 2
    assert capsys.readouterr().err == (
        "error: No space left on device\n"
        "  where:  /data/model.keras\n"
        "  remedy: free some space, or choose another folder; what was there before is untouched\n"
    )


def test_an_error_of_the_system_without_a_number_is_one_block(fail, capsys):
    fail(OSError("cannot read the file"))
    assert cli.main(["list"]) == 2
    assert capsys.readouterr().err == (
        "error: cannot read the file\n  remedy: check the path and the disk, then try again\n"
    )


def test_an_interruption_is_one_line(fail, capsys):
    fail(KeyboardInterrupt())
    assert cli.main(["list"]) == 130
    assert capsys.readouterr().err == "error: interrupted; what was saved before is intact\n"


def test_a_reader_that_went_away_is_no_error():
    code = "import sys; from mimo_portable.cli import main; sys.exit(main(['list', '--json']))"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_a_bug_is_not_hidden(fail):
    fail(ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        cli.main(["list"])


def test_control_characters_of_a_file_never_reach_the_terminal(fail, capsys, monkeypatch):
    def run(args):
        sys.stdout.write("name \x1b]52;c;eA==\x07 \x9b1m \u202e\n")
        sys.stderr.write("warning \x1b[2J\n")
        raise ConfigError("no '\x1b[2J'", where="a\rb")

    monkeypatch.setattr(list_verb, "run", run)
    assert cli.main(["list"]) == 2
    with pytest.raises(SystemExit):
        cli.main(["list", "\x1b[2J"])
    printed = capsys.readouterr()
    assert printed.out == "name \\u001b]52;c;eA==\\u0007 \\u009b1m \\u202e\n"
    assert printed.err.startswith(
        "warning \\u001b[2J\nerror: no '\\u001b[2J'\n  where:  a\\u000db\n"
    )
    assert "\x1b" not in printed.err


def test_our_own_progress_may_erase_its_line(capsys, monkeypatch):
    def run(args):
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        _verb.tell("work \x1b[1m")
        return 0

    monkeypatch.setattr(list_verb, "run", run)
    assert cli.main(["list"]) == 0
    assert capsys.readouterr().err == "\r\x1b[Kwork \\u001b[1m ..."
