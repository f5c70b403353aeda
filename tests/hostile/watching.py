"""Notice what a hostile file does: read, write, connect, import, start, change the environment."""

from __future__ import annotations

import http.server
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from hostile.files import Targets

SECRET = "canary-5f1d7c"  # noqa: S105 - of no use to anybody
_EVENTS = (
    *("socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request", "ftplib.connect"),
    *("os.system", "os.exec", "os.fork", "os.posix_spawn", "subprocess.Popen", "pickle.find_class"),
)


class Watch:
    """Watches a folder of canaries from the inside of the process that reads hostile files."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._events = folder, list[str]()
        self.targets = Targets(folder / "secret.txt", folder / "written", "mimo_canary_module", url)
        _fill(self.targets)
        self._sees_reading = self._reading_shows()
        sys.path.append(str(folder))
        sys.addaudithook(self._hear)
        os.environ["MIMO_CANARY"] = SECRET
        self._before = dict(os.environ)
        self.start()

    def start(self) -> None:
        """Forget what was noticed, and make every canary look untouched."""
        self._events.clear()
        for path in self._canaries():
            os.utime(path, (0, path.stat().st_mtime))
        self._there = self._files()

    def noticed(self) -> list[str]:
        """Return what has happened since `start`."""
        found = list(self._events)
        found += [f"written: {path}" for path in sorted(self._files() ^ self._there)]
        if self._sees_reading:
            found += [f"read: {path}" for path in self._canaries() if path.stat().st_atime > 0]
        # New ones are set by what Keras imports: TensorFlow, where a layer asks for it.
        changed = (name for name, value in self._before.items() if os.environ.get(name) != value)
        found += [f"changed in the environment: {name}" for name in changed]
        return found

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event in _EVENTS:
            self._events.append(f"{event} {args!r}"[:200])
        elif event == "open" and str(self._folder) in str(args[0]):
            self._events.append(f"opened: {args[0]}")
        elif event == "import" and args[0] == self.targets.module:
            self._events.append("imported")

    def _files(self) -> set[Path]:
        places = (self._folder, Path.cwd(), Path(os.environ["TMPDIR"]))
        return {path for place in places for path in place.rglob("*")}

    def _canaries(self) -> list[Path]:
        return [path for path in self._folder.rglob("*") if path.is_file()]

    def _reading_shows(self) -> bool:
        """Tell whether this disk notes when a file was read, as code of C++ may do unheard."""
        path = self.targets.secret
        os.utime(path, (0, path.stat().st_mtime))
        path.read_bytes()
        return path.stat().st_atime > 0


def _fill(targets: Targets) -> None:
    folder = targets.secret.parent
    targets.secret.write_text(f"{SECRET}\n")
    np.save(targets.secret.with_suffix(".npy"), np.ones(4))
    with h5py.File(targets.secret.with_suffix(".h5"), "w") as file:
        file["data"] = np.ones(4, "u1")
    (folder / f"{targets.module}.py").write_text("raise SystemExit('the canary was imported')\n")
    saved = folder / "saved_model"
    saved.mkdir()
    (saved / "saved_model.pb").write_bytes(b"\x08\x01")


@contextmanager
def server() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server, and the list in which it notes who asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            """Keep quiet."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}/words.txt", asked
        finally:
            listening.shutdown()
