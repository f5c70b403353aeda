"""Read a `.keras` file that a stranger may have made.

Loading a model runs what its configuration names, and Keras's guards have been passed before:
through `Lambda`, through layers that open a file the configuration names, through links inside the
HDF5 file. So the file is checked first, by rules that list what is allowed, and only then does
Keras see it, with `safe_mode=True` (but for those who trust its code, `archive_trust`):

1. the zip: its members' number, names, kinds, sizes, compression (`mimo_export.archive_zip`);
2. the configuration: every class it names (`mimo_export.archive_config`), and what it calls
   (`mimo_export.archive_graph`);
3. the weights: numbers alone, no link or data outside the file, no array larger than what is stored
   (`mimo_export.archive_weights`), and all checksums;
4. while Keras loads: no more variables than the file has weights (`mimo_export.declared`).

What a person registered with `keras.saving` is his own code, and is trusted.
"""

from __future__ import annotations

import contextlib
import json
import threading
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimo_export.archive_age import blamed_on_age
from mimo_export.archive_config import check_config
from mimo_export.archive_folder import as_file
from mimo_export.archive_graph import check_graph
from mimo_export.archive_trust import is_trusted
from mimo_export.archive_weights import Stored, check_weights
from mimo_export.archive_zip import CONFIG, NOT_TRUSTED, SAVE_AGAIN, check_zip, file_error, opened
from mimo_export.keras_errors import keras_errors, loading_reason

if TYPE_CHECKING:
    import keras

_MAX_CONFIG_BYTES = 64 * 2**20
_SKIPPED = "Skipping nested container"
_loading = threading.RLock()  # Python's filters of warnings are the process's, not a thread's


def load_keras(path: str | Path, *, unsafe_lambda: bool = False) -> keras.Model:
    """Check a `.keras` file and load it with this process's backend, without its compile state.

    Args:
        path: The file, or the folder that `keras.saving.save_model(zipped=False)` has written.
        unsafe_lambda: Whether the code of the file's `Lambda` layers may run, with everything that
            you may do on this computer; see `mimo_export.archive_trust`.

    Raises:
        ModelFileError: The file is missing, damaged, no Keras model, or asks for what is not
        allowed.
    """
    # They start a backend, which checking alone does not need.
    import keras  # noqa: PLC0415

    from mimo_export.declared import held_to  # noqa: PLC0415 - the same
    from mimo_export.keras_model.filed_names import names_of_the_file  # noqa: PLC0415

    unsafe = unsafe_lambda or is_trusted(path)
    causes: tuple[type[Exception], ...] = (*keras_errors(), UserWarning)
    with as_file(Path(path)) as file:
        stored = check_archive(file, unsafe_lambda=unsafe)
        try:
            with _no_random_weights(), held_to(stored, file), names_of_the_file() as names:
                model = keras.saving.load_model(file, compile=False, safe_mode=not unsafe)
                names.name_the_rest(model)
        except causes as error:
            what = f"Keras cannot load the model: {loading_reason(error)}"
            with blamed_on_age(file):
                raise file_error(what, file, _remedy(what)) from error
        if not isinstance(model, keras.Model):
            what = f"the file holds no model, but a {type(model).__name__}"
            raise file_error(what, file, SAVE_AGAIN)
        if "" in {model.name, *(layer.name for layer in model.layers)}:
            raise file_error("the model, or a layer of it, has an empty name", file, SAVE_AGAIN)
        return model


@contextlib.contextmanager
def _no_random_weights() -> Iterator[None]:
    """Refuse a model for whose layers the file has no weights: Keras goes on with random ones.

    It says so before it finds what does not fit, so that its warning waits for the end.
    """
    with _loading, warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", message=_SKIPPED)
        yield
    for warning in caught:
        if str(warning.message).startswith(_SKIPPED):
            raise UserWarning(str(warning.message))
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def _remedy(what: str) -> str:
    if "got an unexpected keyword argument" in what:
        return (
            "let its __init__ take **kwargs and give them to super().__init__(**kwargs): what "
            "get_config returns comes back there, `name`, `trainable` and `dtype` too"
        )
    return SAVE_AGAIN


def check_archive(path: str | Path, *, unsafe_lambda: bool = False) -> Stored:
    """Refuse a `.keras` file that is damaged, or that asks for more than layers and numbers.

    Returns:
        How much its weights hold.

    Raises:
        ModelFileError: Says what was found, in which member, and what to do.
    """
    path = Path(path)
    with opened(path) as archive:
        check_zip(archive, path)
        config = _read_config(archive, path)
        with blamed_on_age(path):
            check_config(config, path, unsafe_lambda=unsafe_lambda)
        check_graph(config, path)
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
