"""From an exception to one readable block and an exit code, never a traceback."""

from __future__ import annotations

import errno

from mimo_portable.errors import MimoPortableError

OK, CHECK_FAILED, USAGE = 0, 1, 2
SIGNALLED = 128  # and the signal's number: what shells expect
INTERRUPTED = SIGNALLED + 2

_REMEDIES = {
    errno.ENOSPC: "free some space, or choose another folder; what was there before is untouched",
    errno.EDQUOT: "free some space, or choose another folder; what was there before is untouched",
    errno.ENOENT: "check the path",
    errno.EACCES: "choose a path that you may read and write",
    errno.EPERM: "choose a path that you may read and write",
    errno.EROFS: "choose a folder on a disk that can be written",
    errno.EEXIST: "choose another path, or remove what is there",
    errno.ENOTDIR: "check the path: a part of it is a file where a folder should be",
    errno.EISDIR: "name a file, not a folder",
}


def exit_code(error: MimoPortableError) -> int:
    """Return 1 where a check failed, 2 where the job could not be done as it was asked for.

    The exporter is imported here, when something has already gone wrong, and not by `--help`.
    """
    from mimo_export.errors import VerificationError

    return CHECK_FAILED if isinstance(error, VerificationError) else USAGE


def describe_os_error(error: OSError) -> str:
    """Return what the operating system refused, at which path, and what to do about it."""
    what = error.strerror or str(error) or type(error).__name__
    return str(
        MimoPortableError(
            what,
            where=str(error.filename or ""),
            remedy=_REMEDIES.get(error.errno or 0, "check the path and the disk, then try again"),
        )
    )
