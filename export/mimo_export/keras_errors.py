"""Which exceptions Keras and its backends raise when a model cannot be loaded or run."""

from __future__ import annotations

import re
import sys
from typing import Any


def keras_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions that mean "this model, or these inputs, do not work".

    Some errors of TensorFlow and JAX derive from none of Python's; they are there only when these
    are loaded.
    """
    python = (
        ArithmeticError,
        AssertionError,
        AttributeError,
        ImportError,
        LookupError,
        MemoryError,
        NameError,
        NotImplementedError,
        RuntimeError,
        TypeError,
        ValueError,
    )
    tensorflow, jax = sys.modules.get("tensorflow"), sys.modules.get("jax")
    return (
        *python,
        *(() if tensorflow is None else (tensorflow.errors.OpError,)),
        *(() if jax is None else (_inconclusive_dimension(jax),)),
    )


def _inconclusive_dimension(jax: Any) -> type[Exception]:
    """Return what JAX raises where a shape depends on how large a free dimension is."""
    home = jax.errors if hasattr(jax.errors, "InconclusiveDimensionOperation") else jax.core
    kind: type[Exception] = home.InconclusiveDimensionOperation
    return kind


_NO_REASON = ("Exception encountered when calling", "Arguments received by")


def reason_of(error: Exception) -> str:
    """Return the line of an error that says why.

    Keras says first where, and what it did: "Exception encountered when calling ...", or a
    paragraph that ends with a colon.
    """
    return _reason_in(_plain(str(error))) or type(error).__name__


def _plain(text: str) -> str:
    """Leave the colours of a terminal out."""
    return re.sub(r"\x1b\[\d*m", "", text)


def _reason_in(plain: str) -> str:
    paragraphs = [part.strip() for part in plain.split("\n\n") if part.strip()]
    reasons = [
        part for part in paragraphs if not part.endswith(":") and not part.startswith(_NO_REASON)
    ]
    others = [part for part in paragraphs if not part.startswith(_NO_REASON)]
    return _first_sentence((reasons or others or [""])[0])


def _first_sentence(paragraph: str) -> str:
    """Return the first line, and those behind it into which Keras has wrapped its sentence."""
    first, *lines = (line.strip() for line in paragraph.split("\n"))
    for line in lines:
        if first.endswith((".", ":", "!", "?")) or not re.match(r"[a-z`(]", line):
            break
        first = f"{first} {line}"
    return first


def loading_reason(error: Exception) -> str:
    """Return why a model could not be loaded, in one line.

    1. Keras wraps what a class said in an account of each object around it: the innermost counts;
    2. of objects whose weights do not fit, it names the first: with that one's own reason.
    """
    text = _plain(str(error))
    found = re.match(
        r"A total of (\d+) objects could not be loaded\. Example error message for object "
        r"(.+?):\n\n(.+?)\n\nList of objects",
        text,
        re.DOTALL,
    )
    if found:
        # The values of a variable, which follow its shape, say nothing and fill the screen.
        why = re.split(r", value=|\n", found[3], maxsplit=1)[0].strip()
        others = "" if found[1] == "1" else f" and of {int(found[1]) - 1} more objects"
        return f"the weights of {found[2]}{others} do not fit: {why}"
    inner = text.rpartition("Exception encountered: ")[2]
    return _reason_in(inner) or type(error).__name__
