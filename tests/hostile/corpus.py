"""All hostile files, by what is hostile in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping

from hostile import classes, configs, sizes, stored, zips
from hostile.files import File, Targets

KINDS: Mapping[str, Callable[[Targets], Iterator[File]]] = {
    "zips": zips.files,
    "stored": stored.files,
    "configs": configs.files,
    "sizes": sizes.files,
    "classes": classes.files,
    "slow": lambda targets: itertools.chain(zips.slow_files(targets), stored.slow_files(targets)),
}
"""What makes the files of a kind."""
