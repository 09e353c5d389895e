"""What a plugin tries from within its host: every deed fails, and nothing outside has changed."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import pytest
from builders import Home
from strangers import Strangers, reasons

SECRET = "canary-7f3a"
PROBE = r"""
import json, os, pathlib, sys, time

told = {}

def attempt(name, call):
    try:
        value = call()
    except BaseException as problem:
        told[name] = type(problem).__name__
    else:
        told[name] = "did it: " + repr(value)[:200]

def read(path):
    with open(path) as stream:
        return stream.read()

def raw(number, *args):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.syscall(number, *args)
    if done < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return done

def connect(family, address, kind=1):
    import _socket
    one = _socket.socket(family, kind)
    one.connect(address)
    return "connected"

def fork():
    if os.fork() == 0:
        os._exit(0)
    return "forked"

def thread():
    import _thread
    _thread.start_new_thread(time.sleep, (0,))
    return "started"

def descriptors():
    import errno
    found = []
    for fd in range(1000):
        try:
            os.lseek(fd, 0, 1)
            found.append("device")
        except OSError as problem:
            if problem.errno != errno.EBADF:
                found.append("pipe" if problem.errno == errno.ESPIPE else "other")
    return sorted(found)

def patched():
    import json as one
    import samantha.api.types as types
    types.Document.body = lambda self: "patched"
    one.dumps_was_here = True
    sys.modules["samantha.patched"] = sys
    return "in here"

def suggest(moment, context):
    about = json.loads(moment.documents[0].text)
    bytes_of = lambda text: text.encode() + b"\0"
    attempt("read home", lambda: read(about["secret"]))
    attempt("read passwd", lambda: read("/etc/passwd"))
    attempt("read environ", lambda: read("/proc/self/environ"))
    attempt("read maps", lambda: read("/proc/self/maps"))
    attempt("read parent", lambda: read(f"/proc/{about['parent']}/cmdline"))
    attempt("read memory", lambda: read(f"/proc/{about['parent']}/mem"))
    attempt("read other plugin", lambda: read(about["other"]))
    attempt("read own code", lambda: read(about["own"]))
    attempt("read state", lambda: read(about["state"]))
    attempt("look", lambda: os.stat(about["secret"]))
    attempt("access", lambda: 1 / os.access(about["secret"], os.F_OK))
    attempt("list", lambda: os.listdir("/"))
    attempt("link", lambda: os.readlink("/proc/self/exe"))
    attempt("where", lambda: os.getcwd())
    attempt("write", lambda: open(about["write"], "w").write("x"))
    attempt("append", lambda: open(about["secret"], "a").write("x"))
    attempt("make folder", lambda: os.mkdir(about["write"]))
    attempt("remove", lambda: os.unlink(about["secret"]))
    attempt("rename", lambda: os.rename(about["secret"], about["write"]))
    attempt("symlink", lambda: os.symlink("/etc/passwd", about["write"]))
    attempt("hard link", lambda: os.link(about["secret"], about["write"]))
    attempt("chmod", lambda: os.chmod(about["secret"], 0o777))
    attempt("truncate", lambda: os.truncate(about["secret"], 0))
    attempt("change folder", lambda: os.chdir("/"))
    attempt("inet", lambda: connect(2, ("127.0.0.1", about["port"])))
    attempt("inet6", lambda: connect(10, ("::1", about["port"])))
    attempt("udp", lambda: connect(2, ("127.0.0.1", about["port"]), 2))
    attempt("unix", lambda: connect(1, about["unix"]))
    attempt("session bus", lambda: connect(1, about["bus"]))
    attempt("netlink", lambda: __import__("_socket").socket(16, 3))
    attempt("resolve", lambda: __import__("_socket").getaddrinfo("localhost", 80))
    attempt("keyring", lambda: __import__("keyring").get_password("samantha", "x"))
    attempt("secret service", lambda: __import__("secretstorage"))
    attempt("third party", lambda: __import__("numpy"))
    attempt("daemon code", lambda: __import__("samantha.app.assembly"))
    attempt("run", lambda: __import__("subprocess").run(["/bin/true"]))
    attempt("system", lambda: 1 / (os.system("true") == 0))
    attempt("fork", fork)
    attempt("exec", lambda: os.execv("/bin/true", ["true"]))
    attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {}))
    attempt("thread", thread)
    attempt("signal parent", lambda: os.kill(about["parent"], about["signal"]))
    attempt("signal group", lambda: os.killpg(0, about["signal"]))
    attempt("kill all", lambda: os.kill(-1, about["signal"]))
    attempt("priority", lambda: os.nice(-1))
    attempt("ignore the end", lambda: __import__("signal").signal(24, lambda *_: None))
    attempt("more memory", lambda: __import__("resource").setrlimit(9, (-1, -1)))
    attempt("environment", lambda: 1 / len(os.environ))
    attempt("forget a file", lambda: context.library.forget())
    attempt("open by number", lambda: raw(257, -100, bytes_of("/etc/passwd"), 0))
    attempt("old open by number", lambda: raw(2, bytes_of("/etc/passwd"), 0))
    attempt("trace", lambda: raw(101, 16, about["parent"], 0, 0))
    attempt("foreign memory", lambda: raw(310, about["parent"], 0, 0, 0, 0, 0))
    attempt("file in memory", lambda: raw(319, bytes_of("x"), 0))
    attempt("ring", lambda: raw(425, 8, 0))
    attempt("bpf", lambda: raw(321, 0, 0, 0))
    attempt("own namespace", lambda: raw(272, 0x10000000))
    attempt("outlive the parent", lambda: raw(157, 1, 0, 0, 0, 0))
    attempt("be traceable", lambda: raw(157, 4, 1, 0, 0, 0))
    attempt("block signals", lambda: raw(14, 0, 0, 0, 8))
    attempt("clone", lambda: raw(56, 17, 0, 0, 0, 0))
    attempt("new thread", lambda: raw(56, 0x10F00, 0, 0, 0, 0))
    attempt("clone3", lambda: raw(435, 0, 0))
    attempt("take a descriptor", lambda: raw(438, 3, 0, 0))
    attempt("borrow a handle", lambda: raw(434, about["parent"], 0))
    attempt("write to the console", lambda: print("\x1b[2Jspoofed", flush=True))
    attempt("write errors", lambda: sys.stderr.write("\x1b[2Jspoofed\n"))
    attempt("write to 1 and 2", lambda: (os.write(1, b"spoofed"), os.write(2, b"spoofed")))
    attempt("descriptors", descriptors)
    attempt("patch", patched)
    return [Silence(moment.documents[0].id, json.dumps(told))]
"""
REFUSED = {
    "read home": "PermissionError",
    "read passwd": "PermissionError",
    "read environ": "PermissionError",
    "read maps": "PermissionError",
    "read parent": "PermissionError",
    "read memory": "PermissionError",
    "read other plugin": "PermissionError",
    "read own code": "PermissionError",
    "read state": "PermissionError",
    "look": "PermissionError",
    "access": "ZeroDivisionError",
    "list": "PermissionError",
    "link": "PermissionError",
    "where": "PermissionError",
    "write": "PermissionError",
    "append": "PermissionError",
    "make folder": "PermissionError",
    "remove": "PermissionError",
    "rename": "PermissionError",
    "symlink": "PermissionError",
    "hard link": "PermissionError",
    "chmod": "PermissionError",
    "truncate": "PermissionError",
    "change folder": "PermissionError",
    "inet": "PermissionError",
    "inet6": "PermissionError",
    "udp": "PermissionError",
    "unix": "PermissionError",
    "session bus": "PermissionError",
    "netlink": "PermissionError",
    "resolve": "gaierror",
    "keyring": "ModuleNotFoundError",
    "secret service": "ModuleNotFoundError",
    "third party": "ModuleNotFoundError",
    "daemon code": "ModuleNotFoundError",
    "run": "PermissionError",
    "system": "ZeroDivisionError",
    "fork": "PermissionError",
    "exec": "PermissionError",
    "spawn": "PermissionError",
    "thread": "RuntimeError",
    "signal parent": "PermissionError",
    "signal group": "PermissionError",
    "kill all": "PermissionError",
    "priority": "PermissionError",
    "ignore the end": "PermissionError",
    "more memory": "ValueError",
    "environment": "ZeroDivisionError",
    "forget a file": "AttributeError",
}
RAW = [
    *("open by number", "old open by number", "trace", "foreign memory", "file in memory", "ring"),
    *("bpf", "own namespace", "outlive the parent", "be traceable", "block signals", "clone"),
    *("new thread", "clone3", "take a descriptor", "borrow a handle"),
]

WORKS = {
    *("read home", "read passwd", "read environ", "read maps", "read parent", "read other plugin"),
    *("read own code", "read state", "look", "access", "list", "link", "where", "write", "append"),
    *("hard link", "chmod", "change folder", "inet", "udp", "unix", "session bus", "netlink"),
    *("resolve", "daemon code", "run", "system", "fork", "spawn", "thread", "signal parent"),
    *("ignore the end", "environment", "write to the console", "descriptors", "patch"),
}
"""Deeds of the probe that cost nothing where they succeed, so that they can be tried outside."""


@dataclass(slots=True)
class Tried:
    """What the probe told, and what was seen from outside."""

    told: dict[str, str]
    answers: str
    secret: Path
    written: Path
    visitors: int
    signals: list[int] = field(default_factory=list)


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    root = tmp_path_factory.mktemp("deeds")
    home = Home(root)
    strangers = Strangers(home)
    secret, written = root / "secret.txt", root / "written"
    secret.write_text(SECRET)
    other = strangers.write("def suggest(moment, context):\n    return []\n", "other")
    folder = strangers.write(PROBE)
    strangers.agree(folder)
    signals: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    before = signal.signal(signal.SIGUSR1, note)
    tcp, unix = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    unix.bind(str(root / "unix"))
    unix.listen()
    about = {
        "secret": str(secret),
        "write": str(written),
        "other": str(other / "__init__.py"),
        "own": str(folder / "__init__.py"),
        "state": str(root / "data" / "state.db"),
        "port": tcp.getsockname()[1],
        "unix": str(root / "unix"),
        "bus": os.environ.get("DBUS_SESSION_BUS_ADDRESS", str(root / "unix")).partition("=")[2]
        or str(root / "unix"),
        "parent": os.getpid(),
        "signal": int(signal.SIGUSR1),
    }
    try:
        with strangers.hosted() as one:
            answers = strangers.answers(one, home.file("task.txt", json.dumps(about)))
        assert not one.last_failure, one.detail
        visitors = 0
        for listener in (tcp, unix):
            listener.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                listener.accept()
                visitors += 1
        (told,) = reasons(answers)
        yield Tried(json.loads(told), repr(answers), secret, written, visitors, signals)
    finally:
        signal.signal(signal.SIGUSR1, before)
        tcp.close()
        unix.close()
        home.close()


def test_the_probe_works_outside(tmp_path: Path) -> None:
    """The same code in a process without a jail does it: what fails within fails by the jail."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "unix"))
        unix.listen()
        names = ("secret", "other", "own", "state")
        about: dict[str, object] = {name: str(tmp_path / name) for name in names}
        for path in about.values():
            Path(str(path)).write_text(SECRET)
        about |= {"unix": str(tmp_path / "unix"), "bus": str(tmp_path / "unix")}
        about |= {"port": tcp.getsockname()[1], "write": str(tmp_path / "written")}
        about |= {"parent": os.getpid(), "signal": int(signal.SIGCONT)}
        code = f"""{PROBE}
from types import SimpleNamespace as Made
one = attempt
def attempt(name, call):
    # A link can be made where nothing lies.
    about["write"] = {str(tmp_path / "linked-anew")!r} if name == "hard link" else about["write"]
    if name in {WORKS!r}:
        one(name, call)
about = {about!r}
json.loads = lambda text: about
Silence = lambda document, told: sys.stdout.write("\\n" + told)
suggest(Made(documents=[Made(text="", id="")]), None)
"""
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
        )
    told = json.loads(done.stdout.splitlines()[-1])
    failed = {name: end for name, end in told.items() if not end.startswith("did it")}
    assert failed == {} and told.keys() == WORKS


@pytest.mark.parametrize("deed", REFUSED)
def test_the_deed_is_refused(tried: Tried, deed: str) -> None:
    """No file, not even its name, no socket, no program, no thread, no signal, no library."""
    assert tried.told[deed] == REFUSED[deed]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize("deed", RAW)
def test_a_call_by_its_number_is_refused(tried: Tried, deed: str) -> None:
    """Who goes around Python meets the same jail."""
    assert tried.told[deed] in ("PermissionError", "OSError")


def test_nothing_outside_has_changed(tried: Tried) -> None:
    """The files are as they were, nobody came to a socket, and no signal arrived."""
    assert tried.secret.read_text() == SECRET
    assert tried.secret.stat().st_nlink == 1
    assert not tried.written.exists() and not tried.written.is_symlink()
    assert tried.visitors == 0
    assert tried.signals == []


def test_no_secret_is_in_the_answers(tried: Tried) -> None:
    """Nothing that was read on the way has come out."""
    assert SECRET not in tried.answers and "root:" not in tried.answers


def test_it_inherits_its_two_pipes_alone(tried: Tried) -> None:
    """No descriptor of the daemon is open in it: no database, no socket, no terminal."""
    assert tried.told["descriptors"] == "did it: ['device', 'device', 'device', 'pipe', 'pipe']"


def test_what_it_prints_goes_nowhere(tried: Tried, capfd: pytest.CaptureFixture[str]) -> None:
    """It may write to its own standard streams, which lead nowhere."""
    assert tried.told["write to the console"].startswith("did it")
    assert tried.told["write errors"].startswith("did it")
    assert "spoofed" not in "".join(capfd.readouterr())


def test_what_it_patches_is_patched_in_its_process_alone(tried: Tried) -> None:
    """It may change every module of its own process; those of the daemon are others."""
    import sys

    from samantha.api.testing import document

    assert tried.told["patch"] == "did it: 'in here'"
    assert document("/a.txt", "as it was").body() == "as it was"
    assert not hasattr(json, "dumps_was_here") and "samantha.patched" not in sys.modules
