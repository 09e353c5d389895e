"""A user's home of its own, and samantha as that user would start and type it."""

from __future__ import annotations

import contextlib
import email.utils
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

CONFIG = """\
[user]
names = ["Anna Berg", "Anna"]
addresses = ["anna@berg.example"]
zone = "Europe/Vienna"

[[sources]]
name = "documents"
path = "{home}/Documents"

[[sources]]
name = "mail"
kind = "maildir"
path = "{home}/Mail"

[attention]
quiet_hours = ""

[output]
folder = "{home}/Out"
drafts = "{home}/Mail"

[model]
enabled = {model}
"""


@dataclass(slots=True)
class Home:
    """The folders of one user, and the command line run in them."""

    root: Path
    more: dict[str, str] = field(default_factory=dict)
    python: str = sys.executable
    """The Python that samantha is installed in."""

    @property
    def environment(self) -> dict[str, str]:
        """What the user's programs are started with: nothing of whoever runs the tests."""
        kept = {k: os.environ[k] for k in ("PATH", "LANG", "PYTHONPATH") if k in os.environ}
        xdg = {
            "XDG_CONFIG_HOME": ".config",
            "XDG_STATE_HOME": ".state",
            "XDG_DATA_HOME": ".data",
            "XDG_RUNTIME_DIR": ".run",
        }
        places = {name: str(self.root / part) for name, part in xdg.items()}
        return {**kept, "HOME": str(self.root), "TZ": "UTC", **places, **self.more}

    @property
    def config(self) -> Path:
        """Where config.toml lies."""
        return self.root / ".config/samantha/config.toml"

    @property
    def state_db(self) -> Path:
        """Where state.db lies."""
        return self.root / ".state/samantha/state.db"

    def configure(self, text: str = CONFIG, *, model: bool = False) -> None:
        """Write the configuration and make the folders it names."""
        self.config.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = text.replace("{home}", str(self.root)).replace("{model}", str(model).lower())
        self.config.write_text(told, encoding="utf-8")
        (self.root / "Documents").mkdir(exist_ok=True)
        for folder in ("Mail", "Mail/.Sent", "Mail/.Drafts"):
            for part in ("cur", "new", "tmp"):
                (self.root / folder / part).mkdir(parents=True, exist_ok=True)

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run one command; its exit code must be the expected one, and no traceback shown."""
        done = subprocess.run(
            [self.python, "-m", "samantha", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=900,
            check=False,
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: str) -> list[dict[str, Any]]:
        """Run one command with ``--json``; return what it printed."""
        return [json.loads(row) for row in self.run(*words, "--json").stdout.splitlines()]

    def write(self, name: str, text: str, *, folder: str = "Documents") -> Path:
        """Write a file."""
        path = self.root / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def deliver(self, name: str, text: str, folder: str = "Mail") -> Path:
        """Put a mail into a Maildir as a delivery agent does: written in tmp, renamed to new."""
        written = self.write(f"tmp/{name}", text, folder=folder)
        return written.rename(self.root / folder / "new" / name)


class Typist(Home):
    """A home whose user's commands are run in this process: all is real but the start of Python."""

    def run(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run one command; its exit code must be the expected one."""
        from samantha.app.cli import main

        out, err, left = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as world:
            for name in os.environ:
                world.delenv(name)
            for name, value in self.environment.items():
                world.setenv(name, value)
            world.setattr("sys.argv", ["samantha", *words])
            world.setattr("sys.stdin", io.StringIO())
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                try:
                    main()
                except SystemExit as end:
                    left = int(end.code or 0)
        done = subprocess.CompletedProcess(words, left, out.getvalue(), err.getvalue())
        assert left == code, f"{words}: {left}\n{done.stdout}\n{done.stderr}"
        return done


class Running:
    """A daemon as a service manager starts it: it says when it is ready, and can be killed."""

    def __init__(self, home: Home, folder: Path, *, below: Sequence[str] = ()) -> None:
        """``below`` is a command that starts another: the daemon then runs under its limits."""
        self._address = str(folder / f"notify-{os.urandom(4).hex()}")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._address)
        self._socket.settimeout(60)
        self.log = folder / "daemon.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*below, home.python, "-m", "samantha", "run", "--foreground"],
                env={**home.environment, "NOTIFY_SOCKET": self._address},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_ready(self) -> None:
        """Return when it has told the service manager that it is ready."""
        while b"READY=1" not in self._socket.recv(4096):
            pass

    def kill(self) -> None:
        """Kill it as a crash would; its workers die with it."""
        self.process.kill()
        self.process.wait()
        self._socket.close()

    def stop(self) -> int:
        """End it as a service manager does; return its exit code."""
        self.process.terminate()
        code = self.process.wait(timeout=20)
        self._socket.close()
        return code


def bill(due: str, number: str = "A-1001", amount: str = "EUR 42.50") -> str:
    """Return a mail that asks to be paid on a day."""
    return (
        "From: Stadtwerke Bach <rechnung@stadtwerke-bach.example>\n"
        "To: Anna Berg <anna@berg.example>\n"
        f"Subject: Your invoice {number}\n"
        f"Date: {email.utils.format_datetime(datetime.now(UTC))}\n"
        f"Message-ID: <{number}@stadtwerke-bach.example>\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
        f"Dear Ms Berg,\n\nInvoice number: {number}\nTotal amount due: {amount}\n"
        f"Due date: {due}\n\nPlease transfer the amount to IBAN DE89 3704 0044 0532 0130 00.\n"
        "\nKind regards,\nStadtwerke Bach\n"
    )


def in_days(days: int) -> str:
    """Return a day in words, counted from today."""
    return f"{date.today() + timedelta(days=days):%d %B %Y}"
