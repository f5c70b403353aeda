"""Exit codes and the words for what the operating system refuses."""

from __future__ import annotations

import errno

import pytest

from mimo_export.errors import InputError, VerificationError
from mimo_portable.cli import _errors
from mimo_portable.errors import ConfigError


def test_only_a_failed_check_is_one():
    assert _errors.exit_code(VerificationError("differs")) == 1
    assert _errors.exit_code(ConfigError("unknown")) == 2
    assert _errors.exit_code(InputError("unknown")) == 2


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (
            errno.ENOSPC,
            "free some space, or choose another folder; what was there before is untouched",
        ),
        (errno.ENOENT, "check the path"),
        (errno.EACCES, "choose a path that you may read and write"),
        (errno.EISDIR, "name a file, not a folder"),
        (errno.EIO, "check the path and the disk, then try again"),
    ],
)
def test_every_refusal_has_a_remedy(number, remedy):
    text = _errors.describe_os_error(OSError(number, "refused", "/there"))
    assert text == f"refused\n  where:  /there\n  remedy: {remedy}"
