"""Read a `.keras` file that a stranger may have made.

Loading a model runs what its configuration names, and Keras's guards have been passed before:
through `Lambda`, through layers that open a file the configuration names, through links inside the
HDF5 file. So the file is checked first, by rules that list what is allowed, and only then does
Keras see it, with `safe_mode=True`:

1. the zip: its members' number, names, kinds, sizes, compression (`mimo_export.archive_zip`);
2. the configuration: every class it names (`mimo_export.archive_config`);
3. the weights: numbers alone, no link or data outside the file, no array larger than what is stored
   (`mimo_export.archive_weights`), and all checksums;
4. while Keras loads: no more variables than the file has weights (`mimo_export.declared`).

What a person registered with `keras.saving` is his own code, and is trusted.
"""

from __future__ import annotations

import json
import threading
import warnings
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimo_export.archive_config import check_config
from mimo_export.archive_weights import Stored, check_weights
from mimo_export.archive_zip import CONFIG, NOT_TRUSTED, SAVE_AGAIN, check_zip, file_error, opened
from mimo_export.keras_errors import keras_errors

if TYPE_CHECKING:
    import keras

_MAX_CONFIG_BYTES = 64 * 2**20
_loading = threading.RLock()  # Python's filters of warnings are the process's, not a thread's


def load_keras(path: str | Path) -> keras.Model:
    """Check a `.keras` file and load it with this process's backend, without its compile state.

    Raises:
        ModelFileError: The file is missing, damaged, no Keras model, or asks for what is not
        allowed.
    """
    # They start a backend, which checking alone does not need.
    import keras  # noqa: PLC0415

    from mimo_export.declared import held_to  # noqa: PLC0415 - the same
    from mimo_export.keras_model.filed_names import names_of_the_file  # noqa: PLC0415

    path = Path(path)
    stored = check_archive(path)
    causes: tuple[type[Exception], ...] = (*keras_errors(), UserWarning)
    try:
        with (
            _loading,
            warnings.catch_warnings(),
            held_to(stored, path),
            names_of_the_file() as names,
        ):
            # Keras goes on with random weights here; a model that is exported must not have them.
            warnings.filterwarnings("error", message="Skipping nested container")
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
            names.name_the_rest(model)
            return model
    except causes as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise file_error(f"Keras cannot load the model: {lines[0]}", path, SAVE_AGAIN) from error


def check_archive(path: str | Path) -> Stored:
    """Refuse a `.keras` file that is damaged, or that asks for more than layers and numbers.

    Returns:
        How much its weights hold.

    Raises:
        ModelFileError: Says what was found, in which member, and what to do.
    """
    path = Path(path)
    with opened(path) as archive:
        check_zip(archive, path)
        check_config(_read_config(archive, path), path)
        return check_weights(archive, path)


def _read_config(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    size = archive.getinfo(CONFIG).file_size
    if size > _MAX_CONFIG_BYTES:
        what = f"the configuration has {size:,} bytes, more than {_MAX_CONFIG_BYTES:,}"
        raise file_error(what, path, NOT_TRUSTED, CONFIG)
    try:
        config = json.loads(archive.read(CONFIG))
        json.dumps(config, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        what = "the configuration holds half a character (a lone surrogate), which is no text"
        raise file_error(what, path, SAVE_AGAIN, CONFIG) from error
    except (ValueError, RecursionError) as error:
        what = f"the configuration is no JSON: {error}"
        raise file_error(what, path, SAVE_AGAIN, CONFIG) from error
    if not isinstance(config, dict) or "class_name" not in config:
        raise file_error("the configuration describes no model", path, SAVE_AGAIN, CONFIG)
    # Loss, optimizer and metrics are not loaded, so whatever classes they have do not matter.
    return {**config, "compile_config": None}
