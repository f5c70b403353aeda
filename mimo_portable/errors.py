"""Errors for users: what happened, where, and what to do about it, in one readable block."""

from __future__ import annotations

import re

from mimo_portable.printable import printable

# So that a name with lines in it adds no part to the block.
_LINE = re.compile("\n(?!    )")


class MimoPortableError(Exception):
    """A problem that the user can act on.

    Args:
        what: One line that names the thing and what is wrong with it, with got and expected.
        where: The file, column, field or model it happened at.
        remedy: What the user does next.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(what)

    def __str__(self) -> str:
        lines = [self.what]  # what is in it may come from a stranger's file
        if self.where:
            lines.append(f"  where:  {self.where}")
        if self.remedy:
            lines.append(f"  remedy: {self.remedy}")
        return "\n".join(_LINE.sub("\n    ", printable(line)) for line in lines)


class ConfigError(MimoPortableError):
    """A model, configuration or option that is unknown or has an impossible value."""


class RunFolderError(MimoPortableError):
    """A training folder that is missing, damaged, or of another run."""
