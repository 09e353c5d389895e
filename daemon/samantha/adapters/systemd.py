"""systemd: what the daemon tells its service manager (sd_notify), and the user unit."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from samantha.api.errors import UserError

UNIT = "samantha.service"
_CARRIED = (
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_CACHE_HOME",
)
_TOUCH = "# --- what it may touch ---"
_DO = "# --- what it may do ---"
_NO_NETWORK = "RestrictAddressFamilies=AF_UNIX"
_OPEN = "# (left out: this system gives no user namespaces)"
_NO_NAMESPACES = ("217", "218", "226")
"""Exit codes of systemd.exec(5): user, capabilities, namespace could not be set up."""
_SYSTEMCTL_S = 30.0
_START_S = 330.0

# --- sd_notify(3) --------------------------------------------------------------------------------


def notify(state: str) -> bool:
    """Tell the service manager a state such as ``READY=1``; False when nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        # A manager that does not read must not stop the work.
        out.setblocking(False)
        try:
            out.connect(address)
            out.sendall(state.encode())
        except OSError:
            return False
    return True


def watchdog_interval_s() -> float | None:
    """Return within how many seconds ``WATCHDOG=1`` is awaited from this process, or None."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    process = os.environ.get("WATCHDOG_PID", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if process and process != str(os.getpid()):
        return None
    return int(microseconds) / 1e6


def outside(command: Sequence[str]) -> list[str]:
    """Return a command that starts a program of the user outside of the unit's limits.

    A viewer that the daemon opens would inherit what the unit forbids (network, JIT compilers).
    Unchanged when this process is no service or there is no ``systemd-run``.
    """
    if "INVOCATION_ID" in os.environ and (run := shutil.which("systemd-run")):
        return [run, "--user", "--collect", "--quiet", "--", *command]
    return list(command)


# --- the unit ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ServiceState:
    """How the unit is; ``str`` says it in words."""

    path: Path | None
    """Where the unit lies, None when it is not installed."""
    enabled: bool = False
    active: str = "unknown"
    """As systemd names it: active, inactive, failed, activating …; unknown without a manager."""
    detail: str = ""
    lingers: bool = False
    """Whether it runs without a session of the user (``loginctl enable-linger``)."""

    def __str__(self) -> str:
        if self.path is None:
            return "Not installed. To install it: samantha service install"
        start = "starts with your session" if self.enabled else "does not start by itself"
        lines = [f"{self.active} ({start}), {self.path}"]
        if self.detail:
            lines.append(self.detail)
        if self.active != "unknown" and not self.lingers:
            lines.append("It ends when you log out. To keep it: loginctl enable-linger")
        return "\n".join(lines)


def unit_path() -> Path:
    """Return where the user's unit lies."""
    config = os.environ.get("XDG_CONFIG_HOME", "")
    base = Path(config) if config.startswith("/") else Path.home() / ".config"
    return base / "systemd" / "user" / UNIT


def render(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    namespaces: bool = True,
    network: bool = False,
) -> str:
    """Return the shipped unit with its command filled in, and variables that name folders.

    Without ``namespaces`` the part that needs them is left out; ``network`` is for what is
    configured outside of this machine.
    """
    # The colon: no word of the command is a variable, whatever its dollar signs.
    words = " ".join(_quoted(word) for word in command)
    lines = [f"ExecStart=:{words}"]
    for name, value in sorted((environment or {}).items()):
        lines.append(f"Environment={_quoted(f'{name}={value}')}")
        if value.startswith("/") and namespaces:
            # A folder outside of the home must be writable too (and may not be there yet).
            lines.append(f"ReadWritePaths={_quoted(f'-{value}')}")
    text = _template()
    if not namespaces:
        before, _, rest = text.partition(_TOUCH)
        text = f"{before}{_TOUCH}\n{_OPEN}\n\n{_DO}{rest.partition(_DO)[2]}"
    if network:
        text = text.replace(_NO_NETWORK, f"{_NO_NETWORK} AF_INET AF_INET6")
    return text.replace("ExecStart=@COMMAND@", "\n".join(lines))


def install(command: Sequence[str], *, network: bool = False) -> Path:
    """Write the user unit, start it now and with each session; return its path.

    ``network``: whether it may use one, for mail accounts or a model server.

    Raises ``UserError`` when no user manager answers or the service does not come up; the unit is
    written all the same.
    """
    carried = {n: os.environ[n] for n in _CARRIED if os.environ.get(n, "").startswith("/")}
    path = unit_path()
    _write(path, render(command, carried, network=network))
    _take_in(path)
    problem = _start()
    if problem and _shown().get("ExecMainStatus") in _NO_NAMESPACES:
        _write(path, render(command, carried, namespaces=False, network=network))
        _take_in(path)
        problem = _start()
    if problem:
        raise UserError(
            f"The unit is installed as {path}, but the service did not start: {problem}",
            status().detail,
            f"journalctl --user -u {UNIT} -n 20",
        )
    return path


def _take_in(path: Path) -> None:
    for step in ("daemon-reload",), ("enable", UNIT):
        if problem := _failure(step):
            raise UserError(
                f"The unit is written to {path}, but no systemd user manager took it: {problem}",
                "A session of your own has one; a shell of another user (su, sudo) has none.",
                f"systemctl --user daemon-reload && systemctl --user enable --now {UNIT}",
            )


def _start() -> str:
    # Not `enable --now`: what runs already must run the new command. And a unit that failed too
    # often does not start again before its failures are forgotten.
    _failure(("reset-failed", UNIT))
    return _failure(("restart", UNIT), _START_S)


def uninstall() -> None:
    """Stop the service and remove its unit; raises ``UserError`` when there is none."""
    path = unit_path()
    if not path.exists():
        raise UserError(f"There is no unit at {path}.", "", "samantha service status")
    _failure(["disable", "--now", UNIT])
    with suppress(FileNotFoundError):
        # What `disable` does, where no manager answered.
        (path.parent / "default.target.wants" / UNIT).unlink()
    path.unlink(missing_ok=True)
    _failure(["daemon-reload"])


def status() -> ServiceState:
    """Return how the unit is."""
    path = unit_path()
    if not path.exists():
        return ServiceState(None)
    found = _shown()
    if not found:
        enabled = (path.parent / "default.target.wants" / UNIT).is_symlink()
        return ServiceState(path, enabled, detail="No systemd user manager answers.")
    return ServiceState(
        path,
        enabled=found.get("UnitFileState") == "enabled",
        active=found.get("ActiveState", "unknown"),
        detail=_detail(found, path),
        lingers=Path("/var/lib/systemd/linger", _user()).exists(),
    )


def _shown() -> dict[str, str]:
    wanted = "UnitFileState,ActiveState,Result,ExecMainStatus,NRestarts,StatusText"
    done = _systemctl(["show", UNIT, "--property", wanted])
    if done is None or done.returncode != 0:
        return {}
    return dict(line.partition("=")[::2] for line in done.stdout.splitlines())


def _detail(found: Mapping[str, str], path: Path) -> str:
    parts = []
    if found.get("StatusText"):
        parts.append(found["StatusText"])
    if found.get("Result", "success") != "success":
        parts.append(f"ended with {found['Result']}, exit code {found.get('ExecMainStatus', '?')}")
        parts.append(f"see: journalctl --user -u {UNIT}")
    with suppress(OSError):
        if _OPEN in path.read_text(encoding="utf-8", errors="replace"):
            parts.append("it sees the whole file system: this system gives no user namespaces")
    if found.get("NRestarts", "0") != "0":
        parts.append(f"restarted {found['NRestarts']} times")
    return "; ".join(parts)


def _template() -> str:
    try:
        shipped = resources.files("samantha_systemd") / UNIT
        return shipped.read_text(encoding="utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        # A checkout whose installation is older than the unit.
        return (Path(__file__).parents[3] / "systemd" / UNIT).read_text(encoding="utf-8")


def _quoted(word: str) -> str:
    """Quote one word as systemd.service(5) and systemd.syntax(7) read it."""
    try:
        word.encode()
    except UnicodeEncodeError as problem:
        raise _unspeakable(word) from problem
    if any(ord(c) < 32 or ord(c) == 127 for c in word):
        raise _unspeakable(word)
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%") + '"'


def _unspeakable(word: str) -> UserError:
    return UserError(
        f"{word!a} cannot stand in a unit file.",
        "It has control characters or is not UTF-8.",
        "samantha run",
    )


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd, name = tempfile.mkstemp(prefix=f".{UNIT}.", dir=path.parent)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        finally:
            # Not there any more once it has taken the unit's place.
            Path(name).unlink(missing_ok=True)
    except OSError as problem:
        raise UserError(
            f"The unit {path} cannot be written: {problem.strerror}.",
            "Nothing was installed.",
            f"ls -ld {path.parent}",
        ) from problem


def _systemctl(
    words: Sequence[str], timeout_s: float = _SYSTEMCTL_S
) -> subprocess.CompletedProcess[str] | None:
    program = shutil.which("systemctl")
    if program is None:
        return None
    try:
        return subprocess.run(
            [program, "--user", "--no-pager", *words],
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None


def _failure(words: Sequence[str], timeout_s: float = _SYSTEMCTL_S) -> str:
    done = _systemctl(words, timeout_s)
    if done is None:
        return "systemctl is missing or does not answer."
    if done.returncode == 0:
        return ""
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return lines[0] if lines else f"systemctl {words[0]} ended with {done.returncode}."


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
