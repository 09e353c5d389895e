from __future__ import annotations

import os
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samantha.adapters import systemd
from samantha.adapters.systemd import ServiceState, notify, render, watchdog_interval_s
from samantha.api.errors import UserError

COMMAND = [sys.executable, "-m", "samantha", "run"]
analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home without any session: no user manager answers in it."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(params=["path", "abstract"])
def manager(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[socket.socket]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@samantha-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name[1:] if name.startswith("@") else name)
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listening


def test_a_state_arrives_as_one_datagram(manager: socket.socket) -> None:
    """The manager receives exactly the words, on a path and on an abstract socket."""
    assert notify("READY=1\nSTATUS=liest, 3 übrig")
    assert manager.recv(4096) == "READY=1\nSTATUS=liest, 3 übrig".encode()


def test_a_manager_that_does_not_read_stops_nothing(manager: socket.socket) -> None:
    """When its queue is full, notify gives up at once instead of waiting."""
    answers = [notify("WATCHDOG=1") for _ in range(5_000)]
    assert answers[0] is True and answers[-1] is False


@pytest.mark.parametrize("address", [None, "", "relative", "vsock:2:1234", "/nowhere/at/all"])
def test_without_a_manager_nothing_happens(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started by hand, the daemon tells nobody and goes on."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if address is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert notify("READY=1") is False


@pytest.mark.parametrize(
    ("microseconds", "process", "seconds"),
    [
        ("30000000", "", 30.0),
        ("1500000", "own", 1.5),
        ("1500000", "1", None),
        ("0", "", None),
        ("-5", "", None),
        ("soon", "", None),
        ("", "own", None),
    ],
)
def test_the_watchdog_is_read_as_systemd_sets_it(
    microseconds: str, process: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microseconds become seconds, and a watchdog of another process is none of ours."""
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if process == "own" else process)
    assert watchdog_interval_s() == seconds


def test_a_program_for_the_user_starts_outside_of_the_unit(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a service a viewer is handed to the manager, elsewhere it starts directly."""
    program = home / "systemd-run"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.delenv("INVOCATION_ID", raising=False)
    assert systemd.outside(["xdg-open", "-x"]) == ["xdg-open", "-x"]
    monkeypatch.setenv("INVOCATION_ID", "a" * 32)
    wrapped = systemd.outside(["xdg-open", "-x"])
    assert wrapped[0] == str(program) and wrapped[-3:] == ["--", "xdg-open", "-x"]


# --- the unit ------------------------------------------------------------------------------------


def verified(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", "--user", "--man=no", "--recursive-errors=yes", "verify", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


@analyze
def test_the_unit_is_clean(home: Path) -> None:
    """systemd finds nothing to say about the rendered unit, no misspelt key either."""
    path = home / systemd.UNIT
    for namespaces in (False, True):
        variables = {"XDG_CONFIG_HOME": str(home / "a b%c$d")}
        path.write_text(render(COMMAND, variables, namespaces=namespaces))
        done = verified(path)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
    path.write_text(path.read_text().replace("PrivateTmp=", "PrivateTemp="))
    assert verified(path).returncode != 0


@analyze
def test_the_unit_is_hardened(home: Path, record_property: object) -> None:
    """The exposure that systemd counts stays below 3 (a bare unit has 9.8)."""
    path = home / systemd.UNIT
    path.write_text(render(COMMAND))
    done = subprocess.run(
        ["systemd-analyze", "--user", "--no-pager", "security", "--offline=yes", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level.*: ([0-9.]+)", done.stdout)
    assert found is not None, done.stderr
    assert callable(record_property)
    record_property("exposure", found[1])
    assert float(found[1]) < 3.0


def test_every_hardening_line_says_what_it_limits() -> None:
    """Each group of settings in the unit stands below a comment."""
    lines = render(COMMAND).splitlines()
    for number, line in enumerate(lines):
        if re.match(r"(Private|Protect|Restrict|NoNew|Memory|SystemCall|Capability|Lock)", line):
            block = lines[:number][::-1]
            above = next(x for x in block if not re.match(r"[A-Za-z]+=", x))
            assert above.startswith("#"), line


WORDS = ["a b", 'quo"te', "back\\slash", "100%", "%h", "$HOME", "${HOME}", ";", "", "'", "ü", "#x"]


@analyze
def test_a_strange_interpreter_path_is_accepted(home: Path) -> None:
    """An interpreter in a folder with blanks, percent and dollar signs is found by systemd."""
    odd = home / "my $HOME 100% venv"
    odd.mkdir()
    python = odd / "python"
    python.symlink_to(sys.executable)
    path = home / systemd.UNIT
    path.write_text(render([str(python), *WORDS]))
    done = verified(path)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    python.unlink()
    assert verified(path).returncode != 0


@pytest.mark.parametrize("word", ["new\nline", "null\0", "\udcff", "\x1b[0m"])
def test_words_that_a_unit_cannot_carry_are_refused(word: str) -> None:
    """Control characters and undecodable bytes end in a clear refusal, not in another unit."""
    with pytest.raises(UserError, match="unit file"):
        render([sys.executable, word])


def test_no_word_adds_a_line_to_the_unit() -> None:
    """Whatever the words, the unit has the same settings."""
    plain = {line.partition("=")[0] for line in render(COMMAND).splitlines()}
    assert {line.partition("=")[0] for line in render([sys.executable, *WORDS]).splitlines()} == (
        plain
    )


def test_installing_without_a_manager_still_writes_the_unit(home: Path) -> None:
    """Without a session the unit is there, whole and readable, and what to type is said."""
    with pytest.raises(UserError) as caught:
        systemd.install(COMMAND)
    path = home / ".config" / "systemd" / "user" / systemd.UNIT
    assert str(path) in caught.value.what
    assert caught.value.type_this.startswith("systemctl --user daemon-reload")
    assert path.read_text() == render(COMMAND)
    assert [p.name for p in path.parent.iterdir()] == [systemd.UNIT]
    assert not stat.S_IMODE(path.stat().st_mode) & 0o022
    state = systemd.status()
    assert state.path == path and not state.enabled
    assert "manager" in str(state)


def test_the_service_finds_the_folders_that_the_shell_uses(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG folders set in the shell are carried into the unit, which would not know them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "my config"))
    with pytest.raises(UserError):
        systemd.install(COMMAND)
    text = (home / "my config" / "systemd" / "user" / systemd.UNIT).read_text()
    assert f'Environment="XDG_CONFIG_HOME={home}/my config"' in text
    assert f'ReadWritePaths="-{home}/my config"' in text


def test_a_second_install_replaces_the_unit(home: Path) -> None:
    """Installing again, for another interpreter, leaves one unit with the new command."""
    for python in ("/opt/one/python", "/opt/two/python"):
        with pytest.raises(UserError):
            systemd.install([python, "-m", "samantha", "run"])
    text = systemd.unit_path().read_text()
    assert "/opt/two/python" in text and "/opt/one" not in text


def test_a_unit_that_cannot_be_written_is_said(home: Path) -> None:
    """A file where a folder should be gives a UserError, no traceback."""
    (home / ".config").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        systemd.install(COMMAND)


def test_uninstalling_removes_unit_and_start_link(home: Path) -> None:
    """After uninstall nothing is left; a second one says that there is none."""
    with pytest.raises(UserError):
        systemd.install(COMMAND)
    path = systemd.unit_path()
    wants = path.parent / "default.target.wants"
    wants.mkdir()
    (wants / systemd.UNIT).symlink_to(path)
    assert systemd.status().enabled
    systemd.uninstall()
    assert not path.exists() and not (wants / systemd.UNIT).is_symlink()
    assert systemd.status() == ServiceState(None)
    assert "samantha service install" in str(systemd.status())
    with pytest.raises(UserError, match="no unit"):
        systemd.uninstall()


def answering(home: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a systemctl in front that answers as a manager would."""
    program = home / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\nUNIT={systemd.unit_path()}\ncase $* in\n{script}\nesac\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_a_service_that_ends_at_once_is_told_from_a_missing_manager(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the manager takes the unit but the daemon ends, the journal is named."""
    answering(
        home,
        monkeypatch,
        "*restart*) echo 'Job for samantha.service failed.' >&2; exit 1;;\n"
        "*show*) printf 'ActiveState=failed\\nResult=exit-code\\nExecMainStatus=1\\n';;",
    )
    with pytest.raises(UserError, match="did not start: Job for") as caught:
        systemd.install(COMMAND)
    assert "exit code 1" in caught.value.means
    assert caught.value.type_this.startswith("journalctl")
    assert "PrivateUsers=yes" in systemd.unit_path().read_text()


@pytest.mark.parametrize("code", ["217", "218", "226"])
def test_without_user_namespaces_the_rest_of_the_limits_stands(
    home: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Where the full unit cannot start, it is installed without the part that needs namespaces."""
    answering(
        home,
        monkeypatch,
        "*restart*) ! grep -q ^PrivateUsers=yes $UNIT;;\n"
        f"*show*) printf 'ActiveState=active\\nExecMainStatus={code}\\n';;",
    )
    text = systemd.install(COMMAND).read_text()
    assert "SystemCallFilter=@system-service" in text and "NoNewPrivileges=yes" in text
    for gone in ("PrivateUsers=", "ProtectSystem=", "ReadWritePaths=", "CapabilityBoundingSet="):
        assert gone not in text
    assert "no user namespaces" in str(systemd.status())


def test_the_state_is_said_in_words(tmp_path: Path) -> None:
    """A running unit names its state, when it starts, and how it outlives the session."""
    words = str(ServiceState(tmp_path, True, "active", "reading"))
    assert "active (starts with your session)" in words and "enable-linger" in words
    assert "enable-linger" not in str(ServiceState(tmp_path, True, "active", "", lingers=True))


def test_the_network_is_open_only_for_what_is_configured() -> None:
    """Without a mail account or a model server the unit has Unix sockets alone."""
    closed, opened = systemd.render(["x"]), systemd.render(["x"], network=True)
    assert "RestrictAddressFamilies=AF_UNIX\n" in closed
    assert "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n" in opened
    assert opened.replace(" AF_INET AF_INET6\n", "\n") == closed
