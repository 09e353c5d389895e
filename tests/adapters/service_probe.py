"""Runs as the service in the tests, and writes down what its unit lets it do."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from samantha.adapters import systemd
from samantha.adapters.control import ControlServer
from samantha.adapters.instance import Instance

HOME = Path(os.environ["HOME"])
RUNTIME = Path(os.environ["XDG_RUNTIME_DIR"])


def may(what: Callable[[], object]) -> bool:
    try:
        result = what()
    except OSError:
        return False
    return result is not False and result != -1


def jail() -> bool:
    code = "from samantha.workers.jail import LAYERS, enter; print(enter(60, 2**30) == LAYERS)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == "True"


def model_library() -> bool:
    import llama_cpp

    return bool(llama_cpp.llama_supports_mmap())


def watch() -> object:
    from watchdog.observers import Observer

    observer = Observer()
    observer.start()
    observer.stop()
    return observer


def instance() -> bool:
    with Instance(HOME / "lock"):
        return True


CHECKS: dict[str, Callable[[], object]] = {
    "write the home": lambda: (HOME / "x").write_text("x"),
    "write the session's folder": lambda: (RUNTIME / "x").write_text("x"),
    "write elsewhere": lambda: Path("/var/samantha-probe").write_text("x"),
    "read ssh keys": lambda: (HOME / ".ssh" / "key").read_text(),
    "see /tmp of others": lambda: bool(os.listdir("/tmp")),
    "open a network socket": lambda: socket.socket(socket.AF_INET),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "map writable code": lambda: mmap.mmap(-1, 4096, prot=7),
    "make a namespace": lambda: ctypes.CDLL(None).unshare(0x10000000),
    "start a program": lambda: subprocess.run(["true"], check=True),
    "jail a worker": jail,
    "load the model library": model_library,
    "watch folders": watch,
    "hold the lock": instance,
}


def main() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if not (HOME / "mended").exists():
        # As a daemon that cannot read its configuration.
        sys.exit(1)
    allowed = sorted(name for name, what in CHECKS.items() if may(what))
    server = ControlServer(RUNTIME / "samantha" / "control.sock", lambda request: {"ok": True})
    server.start()
    interval = systemd.watchdog_interval_s()
    report = {
        "allowed": allowed,
        "words": sys.argv[1:],
        "watchdog": interval,
        "pid": os.getpid(),
    }
    (HOME / "report.json").write_text(json.dumps(report))
    systemd.notify("READY=1\nSTATUS=probed")
    while not stop.wait((interval or 30.0) / 3):
        systemd.notify("WATCHDOG=1")
    systemd.notify("STOPPING=1")
    server.stop()


main()
