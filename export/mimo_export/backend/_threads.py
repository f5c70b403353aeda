"""One thread sees our names in the place of Keras's, while all others see Keras's own.

Keras keeps its backend in attributes of modules and classes, which belong to the whole process.
While a thread traces a model, each of these attributes holds something that asks which thread looks
at it: a function (`split`, `wrapped_here`), a table (`SplitTable`) or a module (`SplitModule`).
Outside of a trace the attributes are Keras's own again, so that nobody pays for the question.

A module that is imported meanwhile may keep what it saw for ever. That does no harm: it asks each
time, and outside of a trace the answer is Keras.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import types
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Function = Callable[..., Any]

_ABSENT = object()
_KEY = "_wrapped_here"


class _Here(threading.local):
    """What is so in this thread only.

    Attributes:
        tracing: Whether it traces.
        functions: What it finds in places of `wrapped_here`, by owner and name.
    """

    tracing = False

    def __init__(self) -> None:
        self.functions: dict[tuple[int, str], Function] = {}


@dataclass
class _Process:
    """What the threads of this process share.

    Attributes:
        trace: Held by the thread that traces.
        change: Held while attributes are exchanged or put back.
        exchanged: Per owner and name: both, what was there before, and how many need the exchange.
    """

    trace: threading.RLock = field(default_factory=threading.RLock)
    change: threading.Lock = field(default_factory=threading.Lock)
    exchanged: dict[tuple[int, str], tuple[Any, str, Any, int]] = field(default_factory=dict)


_here = _Here()
_process = _Process()


def is_tracing() -> bool:
    """Whether this thread traces a model at the moment."""
    return _here.tracing


@contextlib.contextmanager
def tracing() -> Iterator[None]:
    """Let this thread trace inside the block; another one that wants to waits for its end."""
    with _process.trace:
        before, _here.tracing = _here.tracing, True
        try:
            yield
        finally:
            _here.tracing = before


@contextlib.contextmanager
def exchanged(changes: Iterable[tuple[Any, str, Any]]) -> Iterator[None]:
    """Exchange attributes inside the block: (owner, name, what takes the place).

    Blocks of several threads may overlap: what the first one puts into a place stays there until
    the last one has ended.
    """
    with contextlib.ExitStack() as undo:
        for owner, name, replacement in changes:
            undo.callback(_put_back, owner, name)
            _put(owner, name, replacement)
        yield


@contextlib.contextmanager
def wrapped_here(owner: Any, name: str, wrap: Callable[[Function], Function]) -> Iterator[None]:
    """Let a function or method be another one in this thread inside the block.

    Args:
        owner: A module or class.
        name: Of its attribute.
        wrap: Returns the other one, given what is there.
    """
    key = id(owner), name
    theirs = getattr(owner, name)
    if getattr(theirs, _KEY, None) == key:  # another thread has wrapped it already
        theirs = theirs.__wrapped__

    @functools.wraps(theirs)
    def asking(*args: Any, **kwargs: Any) -> Any:
        return _here.functions.get(key, theirs)(*args, **kwargs)

    setattr(asking, _KEY, key)
    with exchanged([(owner, name, asking)]):
        before = _here.functions.get(key)
        _here.functions[key] = wrap(before or theirs)
        try:
            yield
        finally:
            if before is None:
                del _here.functions[key]
            else:
                _here.functions[key] = before


def _put(owner: Any, name: str, replacement: Any) -> None:
    key = id(owner), name
    with _process.change:
        *_, count = _process.exchanged.get(key, (0,))
        if not count:
            _process.exchanged[key] = owner, name, vars(owner).get(name, _ABSENT), 1
            setattr(owner, name, replacement)
            return
        _process.exchanged[key] = *_process.exchanged[key][:3], count + 1


def _put_back(owner: Any, name: str) -> None:
    key = id(owner), name
    with _process.change:
        if key not in _process.exchanged:
            return  # interrupted before it was put
        *_, before, count = _process.exchanged[key]
        if count > 1:
            _process.exchanged[key] = owner, name, before, count - 1
            return
        _set(owner, name, before)
        del _process.exchanged[key]


def _set(owner: Any, name: str, value: Any) -> None:
    if value is not _ABSENT:
        setattr(owner, name, value)
    elif name in vars(owner):
        delattr(owner, name)


def _after_fork() -> None:
    """Give a child process a clean Keras: the thread that traced has stayed in the parent."""
    if _here.tracing:
        return  # it is this one, and goes on
    before = list(_process.exchanged.values())
    _process.__init__()  # type: ignore[misc] # in place, as others refer to it
    for owner, name, value, _ in before:
        _set(owner, name, value)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def split(theirs: Function, ours: Function) -> Function:
    """Return a function that is `ours` in the thread that traces, and `theirs` in all others."""

    @functools.wraps(theirs)
    def asking(*args: Any, **kwargs: Any) -> Any:
        return (ours if _here.tracing else theirs)(*args, **kwargs)

    return asking


class SplitTable(dict[Any, Any]):
    """A table that has other entries in the thread that traces.

    Args:
        theirs: What all other threads find.
        ours: What this one finds instead; the rest is the same.
    """

    def __init__(self, theirs: Mapping[Any, Any], ours: Mapping[Any, Any]) -> None:
        super().__init__(theirs)
        self._ours = {**theirs, **ours}

    def __getitem__(self, key: Any) -> Any:
        return self._ours[key] if _here.tracing else super().__getitem__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the entry of a key, as this thread has it."""
        return self._ours.get(key, default) if _here.tracing else super().get(key, default)


class SplitModule(types.ModuleType):
    """A module that is another one in the thread that traces.

    Args:
        theirs: What all other threads see.
        ours: What this one sees, as far as it has public names;
        refusals: what it finds under other names;
        missing: what it does not find at all. The rest is `theirs`.
    """

    def __init__(
        self,
        theirs: types.ModuleType,
        ours: types.ModuleType,
        refusals: Mapping[str, Function],
        missing: Container[str] = (),
    ) -> None:
        super().__init__(theirs.__name__, theirs.__doc__)
        vars(self).update(_theirs=theirs, _own=ours, _refusals=refusals, _missing=missing)

    def __getattr__(self, name: str) -> Any:
        if not _here.tracing:
            return getattr(self._theirs, name)
        if not name.startswith("_") and hasattr(self._own, name):
            return getattr(self._own, name)
        if name in self._missing:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return self._refusals[name] if name in self._refusals else getattr(self._theirs, name)

    def __dir__(self) -> list[str]:
        return dir(self._theirs)
