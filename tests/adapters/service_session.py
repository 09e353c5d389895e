"""Installs, breaks and removes the service under a user manager; prints what it saw as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from samantha.adapters import systemd
from samantha.adapters.control import call
from samantha.api.errors import UserError

HOME = Path(os.environ["HOME"])
WORDS = ["a b", 'quo"te', "back\\slash", "100%", "%h", "$HOME", "${HOME}", ";", "", "'", "ü", "#"]
COMMAND = [sys.executable, str(Path(__file__).with_name("service_probe.py")), *WORDS]


def shown(name: str) -> str:
    command = ["systemctl", "--user", "show", systemd.UNIT, "--value", "-p", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def until(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if what():
            return True
        subprocess.run(["systemctl", "--user", "is-system-running"], capture_output=True)
    return False


def restarted(pid: int) -> bool:
    """Wait for another process than ``pid``; 0 is what is shown while there is none."""
    return until(
        lambda: shown("ActiveState") == "active" and shown("MainPID") not in ("0", str(pid))
    )


def main() -> None:
    seen: dict[str, object] = {}
    (HOME / ".ssh").mkdir()
    (HOME / ".ssh" / "key").write_text("secret")
    try:
        systemd.install(COMMAND)
    except UserError as problem:
        seen["without configuration"] = [problem.what, problem.means, shown("NRestarts")]
    (HOME / "mended").touch()
    path = systemd.install(COMMAND)
    seen["full"] = "PrivateUsers=yes" in path.read_text()
    seen["state"] = str(systemd.status())
    report = json.loads((HOME / "report.json").read_text())
    seen["report"] = report
    seen["words kept"] = report["words"] == WORDS
    seen["answer"] = call(Path(os.environ["XDG_RUNTIME_DIR"]) / "samantha" / "control.sock", {})
    drop_in = path.with_name(path.name + ".d")
    drop_in.mkdir()
    (drop_in / "quick.conf").write_text("[Service]\nWatchdogSec=2\nRestartSec=100ms\n")
    pid = json.loads((HOME / "report.json").read_text())["pid"]
    subprocess.run(["systemctl", "--user", "daemon-reload"], check=True)
    os.kill(pid, signal.SIGKILL)
    seen["after a kill"] = restarted(pid)
    pid = int(shown("MainPID"))
    os.kill(pid, signal.SIGSTOP)
    seen["after a hang"] = restarted(pid)
    systemd.uninstall()
    seen["removed"] = [str(systemd.status()), shown("ActiveState"), shown("Result")]
    sys.stdout.write(json.dumps(seen) + "\n")


main()
