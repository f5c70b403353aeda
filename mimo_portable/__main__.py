"""Make `python -m mimo_portable` the same command as `mimo-portable`."""

from __future__ import annotations

import sys

from mimo_portable.cli import main

if __name__ == "__main__":
    sys.exit(main())
