"""`samantha model`, typed by a user with a fresh home, against a hub on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home, Running
from local_hub import REVISION, Hub, local_hub
from small_gguf import write_gguf

NAME = "anna/small-GGUF/Small-Q4_K_M.gguf"


@pytest.fixture
def served(home: Home, tmp_path: Path) -> Iterator[Hub]:
    """A hub on this machine with one small model; the user's HF_ENDPOINT leads to it."""
    with local_hub() as hub:
        hub.files[NAME] = write_gguf(tmp_path / "served.gguf").read_bytes()
        hub.licences["anna/small-GGUF"] = "apache-2.0"
        home.more["HF_ENDPOINT"] = hub.address
        yield hub


@pytest.fixture
def offline(home: Home) -> Home:
    """A home from which no hub can be reached."""
    with local_hub() as gone:
        home.more["HF_ENDPOINT"] = gone.address
    return home


def folder(home: Home) -> Path:
    return home.root / ".data/samantha/models"


def chosen(home: Home) -> str:
    with sqlite3.connect(home.state_db) as state:
        row = state.execute("SELECT value FROM settings WHERE key = 'model/chat'").fetchone()
    return str(row[0]) if row else ""


def audited(home: Home) -> list[str]:
    with sqlite3.connect(home.state_db) as state:
        return [
            f"{arrow} {detail}"
            for arrow, detail in state.execute(
                "SELECT arrow, detail FROM audit WHERE arrow LIKE 'model%' ORDER BY seq"
            )
        ]


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_the_list_says_what_suits_this_machine(offline: Home) -> None:
    """Without network or configuration: the models, their sizes and licences, and the advice."""
    told = offline.run("model", "list").stdout
    assert "qwen3-4b" in told and "2.3 GiB" in told and "Apache-2.0" in told
    assert "This machine has" in told and "cores" in told
    assert "No model is in use." in told
    rows = offline.json("model", "list")
    assert {"name", "installed", "in_use", "recommended", "reason", "size_bytes", "sha256",
            "licence", "languages", "taken", "not_confirmed"} <= set(rows[0])  # fmt: skip
    assert [row["size_bytes"] for row in rows] == sorted(row["size_bytes"] for row in rows)
    best = [row for row in rows if row["recommended"]]
    assert len(best) <= 1 and all(row["reason"] for row in best)
    assert not any(row["installed"] for row in rows)


def test_from_pull_to_use_to_remove(home: Home, served: Hub) -> None:
    """A model is pulled, used, described, removed; what is said on the way is true."""
    told = home.run("model", "pull", NAME).stdout
    digest = hashlib.sha256(served.files[NAME]).hexdigest()
    assert "licence apache-2.0" in told and digest in told and "pinned from now on" in told
    assert served.address.removeprefix("http://") in told and "only time" in told
    assert "samantha model use small-q4_k_m" in told and chosen(home) == ""
    path = folder(home) / "small-q4_k_m.gguf"
    assert path.read_bytes() == served.files[NAME] and path.stat().st_mode & 0o777 == 0o600
    assert "in use from now on" in home.run("model", "use", "small-q4_k_m").stdout
    assert chosen(home) == "small-q4_k_m"
    row = home.json("model", "info")[0]
    assert row["in_use"] and row["present"] and row["sha256"] == digest
    assert (row["architecture"], row["quantisation"], row["context_tokens"]) == (
        "llama",
        "F16",
        2048,
    )
    assert (row["repo"], row["revision"], row["licence"]) == (
        "anna/small-GGUF", REVISION, "apache-2.0",
    )  # fmt: skip
    shown = home.run("model", "info", "small-q4_k_m").stdout
    assert "in use" in shown and "quantisation: F16" in shown
    gone = home.run("model", "remove", "small-q4_k_m").stdout
    assert "deleted" in gone and "none is now" in gone and "templates" in gone
    assert chosen(home) == "" and not path.exists()
    assert home.json("model", "list")[-1]["name"] != "small-q4_k_m"


def test_each_step_is_audited_without_paths(home: Home, served: Hub, tmp_path: Path) -> None:
    """The audit tells what was pulled, chosen and removed, and no path of the user's disk."""
    own = write_gguf(tmp_path / "secretname.gguf", seed=4)
    home.run("model", "pull", NAME)
    home.run("model", "use", "small-q4_k_m")
    home.run("model", "use", str(own))
    home.run("model", "remove", "secretname")
    lines = audited(home)
    assert [row.split()[0] for row in lines] == [
        "model_pulled", "model_chosen", "model_chosen", "model_removed", "model_chosen",
    ]  # fmt: skip
    assert "secretname" not in str(lines) and str(tmp_path) not in str(lines)
    assert hashlib.sha256(own.read_bytes()).hexdigest() in lines[2] and "by hand" in lines[2]
    assert '"model":"none"' in lines[-1]
    assert "whole" in home.run("audit", "verify").stdout


def test_a_second_pull_fetches_nothing(home: Home, served: Hub) -> None:
    """What is here and whole is not fetched again; what is damaged is."""
    home.run("model", "pull", NAME)
    asked = len(served.ranges())
    assert "here already" in home.run("model", "pull", NAME).stdout
    assert len(served.ranges()) == asked
    path = folder(home) / "small-q4_k_m.gguf"
    flip(path, 2_000)
    assert "fetched anew" in home.run("model", "pull", NAME).stdout
    assert path.read_bytes() == served.files[NAME]


def test_a_changed_file_is_not_used(home: Home, served: Hub) -> None:
    """I19: after one flipped byte `use` and `info` refuse, and say how to get it back."""
    home.run("model", "pull", NAME)
    flip(folder(home) / "small-q4_k_m.gguf", 2_000)
    for command in ("use", "info"):
        told = home.run("model", command, "small-q4_k_m", code=1).stderr
        assert "does not have its sha256" in told
        assert f"samantha model remove small-q4_k_m && samantha model pull {NAME}" in told
    assert chosen(home) == ""


def test_use_trusts_no_marks(home: Home, served: Hub) -> None:
    """`use` hashes the whole file, even when its marks are those of the last check."""
    home.run("model", "pull", NAME)
    path, record = folder(home) / "small-q4_k_m.gguf", folder(home) / "models.json"
    flip(path, 2_000)
    found = path.stat()
    text = json.loads(record.read_text())
    text["models"]["small-q4_k_m"]["mark"] = {
        "size": found.st_size,
        "mtime_ns": found.st_mtime_ns,
        "ctime_ns": found.st_ctime_ns,
        "inode": found.st_ino,
    }
    record.write_text(json.dumps(text))
    assert home.json("model", "info", "small-q4_k_m")[0]["installed"]
    assert "sha256" in home.run("model", "use", "small-q4_k_m", code=1).stderr


def test_the_pin_of_the_catalogue_holds_against_the_hub(home: Home, served: Hub) -> None:
    """A hub that has another file under a name of the catalogue sends none of it."""
    row = next(r for r in home.json("model", "list") if r["name"] == "qwen2.5-1.5b")
    served.files[f"{row['repo']}/{row['file']}"] = b"something else"
    told = home.run("model", "pull", "qwen2.5-1.5b", code=1).stderr
    assert "another file than the one of the catalogue" in told
    assert not served.ranges() and f"/resolve/{row['revision']}/" in served.requests[-1][1]
    served.told_sha256 = row["sha256"]
    assert "another file" in home.run("model", "pull", "qwen2.5-1.5b", code=1).stderr


def test_a_damaged_download_leaves_nothing(home: Home, served: Hub) -> None:
    """What does not have the sha256 that the hub says is neither kept nor recorded."""
    damaged = bytearray(served.files[NAME])
    damaged[-1] ^= 1
    served.payload = bytes(damaged)
    told = home.run("model", "pull", NAME, code=1).stderr
    assert "sha256 differs" in told and f"samantha model pull {NAME}" in told
    assert not [p for p in folder(home).rglob("*") if p.is_file() and p.name != "lock"]
    assert len(home.json("model", "list")) == 6


def test_what_is_no_model_is_not_kept(home: Home, served: Hub, tmp_path: Path) -> None:
    """A file with the right sha256 that cannot write is deleted again, with the reason."""
    served.files["anna/small-GGUF/bert.gguf"] = write_gguf(
        tmp_path / "bert.gguf", architecture="bert"
    ).read_bytes()
    told = home.run("model", "pull", "anna/small-GGUF/bert.gguf", code=1).stderr
    assert "cannot write text" in told
    assert not list(folder(home).glob("*.gguf"))
    served.files["anna/small-GGUF/x-00001-of-00002.gguf"] = b"x"
    asked = len(served.requests)
    told = home.run("model", "pull", "anna/small-GGUF/x-00001-of-00002.gguf", code=1).stderr
    assert "one file" in told and len(served.requests) == asked


@pytest.mark.slow  # it tries again for some fifteen seconds
def test_a_cut_pull_says_how_to_go_on(home: Home, served: Hub) -> None:
    """Cut and cut again: the user is told how much is here, and the next pull takes it up."""
    half = len(served.files[NAME]) // 2
    served.cuts = [half, *[0] * 10]
    told = home.run("model", "pull", NAME, code=1).stderr
    assert re.search(r"(49|50) % is here", told) and f"Type: samantha model pull {NAME}" in told
    served.cuts.clear()
    home.run("model", "pull", NAME)
    assert served.ranges()[-1] == f"bytes={half}-"


def test_ctrl_c_keeps_what_is_here(home: Home, served: Hub) -> None:
    """A pull that is stopped by hand says that the next one goes on."""
    served.held_after = 5_000
    home.more["PYTHONUNBUFFERED"] = "1"
    child = subprocess.Popen(
        [sys.executable, "-m", "samantha", "model", "pull", NAME],
        env=home.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # Where the tests run in the background of a shell, Ctrl-C is ignored, and inherited so.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert child.stdout is not None
    assert any("only time" in row for row in iter(child.stdout.readline, ""))
    assert served.holding.wait(60)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=60)
    assert child.returncode == 130 and "the next pull goes on" in told
    assert "Traceback" not in told


def test_without_network_the_user_is_told_what_to_do(offline: Home) -> None:
    """Offline: nothing else needs the network, and a file can be brought along."""
    told = offline.run("model", "pull", "qwen3-4b", code=1).stderr
    assert "cannot be reached" in told and "goes on without it" in told and "use PATH" in told
    offline.more["HF_HUB_OFFLINE"] = "1"
    assert "HF_HUB_OFFLINE" in offline.run("model", "pull", "qwen3-4b", code=1).stderr
    assert not list(folder(offline).rglob("*.part"))


def test_a_repository_is_asked_for_its_files(home: Home, served: Hub) -> None:
    """Where no file is named the choice is shown, and the first of it is what to type."""
    told = home.run("model", "pull", "anna/small-GGUF", code=1).stderr
    assert "Which file of anna/small-GGUF?" in told and f"samantha model pull {NAME}" in told
    served.files["bo/none/README.md"] = b""
    assert "no GGUF file" in home.run("model", "pull", "bo/none", code=1).stderr


@pytest.mark.slow
def test_a_mirror_that_says_no_licence(home: Home, served: Hub) -> None:
    """A hub that has the files alone serves; that no licence is stated is said."""
    served.files_alone = True
    assert "licence not stated" in home.run("model", "pull", NAME).stdout
    assert home.json("model", "info", "small-q4_k_m")[0]["licence"] == "apache-2.0"


@pytest.mark.slow
def test_two_repositories_with_files_of_one_name(home: Home, served: Hub, tmp_path: Path) -> None:
    """The second file takes no place of the first."""
    other = "bo/small-GGUF/Small-Q4_K_M.gguf"
    served.files[other] = write_gguf(tmp_path / "other.gguf", seed=1).read_bytes()
    home.run("model", "pull", NAME)
    home.run("model", "pull", other)
    rows = {row["repo"]: row for row in home.json("model", "list") if row["installed"]}
    assert set(rows) == {"anna/small-GGUF", "bo/small-GGUF"}
    assert all(row["present"] for row in rows.values())
    home.run("model", "use", rows["anna/small-GGUF"]["name"])
    home.run("model", "use", rows["bo/small-GGUF"]["name"])


def test_a_file_of_ones_own(home: Home, tmp_path: Path) -> None:
    """It is used where it lies, pinned by its sha256, and stays when it is removed."""
    path = write_gguf(tmp_path / "Mine.gguf")
    told = home.run("model", "use", str(path)).stdout
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert digest in told and "pinned from now on" in told and "called mine" in told
    assert chosen(home) == "mine"
    flip(path, 2_000)
    told = home.run("model", "use", "mine", code=1).stderr
    assert "since you added it" in told and f"samantha model use {path}" in told
    home.run("model", "use", str(path))
    told = home.run("model", "remove", "mine").stdout
    assert "stays where it is" in told and path.exists() and chosen(home) == ""


@pytest.mark.parametrize("kind", ["text", "cut", "folder", "gone", "fifo"])
def test_what_is_no_model_is_refused(home: Home, tmp_path: Path, kind: str) -> None:
    """A wrong file is told as what it is; nothing is recorded, nothing waits for ever."""
    path = tmp_path / "x.gguf"
    if kind == "text":
        path.write_text("not a model")
    elif kind == "cut":
        path.write_bytes(write_gguf(tmp_path / "whole.gguf").read_bytes()[:4_000])
    elif kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    told = home.run("model", "use", str(path), code=1).stderr
    expected = {"text": "not in the GGUF", "cut": "end is missing", "folder": "is a folder"}
    assert expected.get(kind, "no file") in told
    assert not any(row["installed"] for row in home.json("model", "list"))


def test_a_file_that_is_gone_is_said_to_be_missing(home: Home, tmp_path: Path) -> None:
    """The list tells it without opening anything; `info` says what it means."""
    path = write_gguf(tmp_path / "mine.gguf")
    home.run("model", "use", str(path))
    path.unlink()
    assert re.search(r"mine +file missing", home.run("model", "list").stdout)
    assert "is gone" in home.run("model", "info", code=1).stderr
    assert "none is now" in home.run("model", "remove", "mine").stdout


@pytest.mark.slow
def test_none_goes_back_to_templates(home: Home, tmp_path: Path) -> None:
    """`use none` keeps the file and leaves the words to rules and templates."""
    home.run("model", "use", str(write_gguf(tmp_path / "mine.gguf")))
    assert "templates" in home.run("model", "use", "none").stdout
    assert chosen(home) == "" and "No model is in use" in home.run("model", "info", code=1).stderr
    assert "in use from now on" in home.run("model", "use", "mine").stdout


def test_a_slip_is_told_with_what_was_meant(home: Home) -> None:
    """Names that nothing has; and one that is known but not here."""
    for command in ("pull", "use", "info", "remove"):
        told = home.run("model", command, "qwen3-4", code=1).stderr
        assert "Did you mean 'qwen3-4b'?" in told, command
    assert "samantha model pull qwen3-4b" in home.run("model", "use", "qwen3-4b", code=1).stderr
    assert "not on this machine" in home.run("model", "remove", "qwen3-4b", code=1).stderr
    assert "owner/repository/file" in home.run("model", "use", "zzz", code=1).stderr


def test_what_is_partly_here_can_be_removed(home: Home) -> None:
    """The rest of a pull of the catalogue is shown as such, and goes with `remove`."""
    row = next(r for r in home.json("model", "list") if r["name"] == "qwen3-4b")
    part = folder(home) / "parts" / f"{row['sha256']}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    assert "partly fetched" in home.run("model", "list").stdout
    home.run("model", "remove", "qwen3-4b")
    assert not part.exists()


def test_a_name_of_a_file_cannot_act_on_the_terminal(home: Home, tmp_path: Path) -> None:
    """I11: control characters in a model's name or header are shown, not obeyed."""
    path = write_gguf(tmp_path / "a\x1b[31mb.gguf", general__organization="\x1b]0;x\x07")
    done = home.run("model", "use", str(path))
    assert "\x1b" not in done.stdout + done.stderr
    shown = home.run("model", "info").stdout + home.run("model", "list").stdout
    assert "\x1b" not in shown and "\x07" not in shown


@pytest.mark.slow
def test_a_bar_is_shown_on_a_terminal(home: Home, served: Hub) -> None:
    """On a terminal the download is seen; elsewhere only plain lines are printed."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "samantha", "model", "pull", NAME],
        env={**home.environment, "TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL, stderr=follower,
    )  # fmt: skip
    os.close(follower)
    seen = b""
    while True:
        try:
            block = os.read(leader, 65_536)
        except OSError:
            break
        if not block:
            break
        seen += block
    os.close(leader)
    assert child.wait() == 0 and b"Fetching" in seen


@pytest.mark.slow
def test_a_running_daemon_learns_of_the_choice(home: Home, tmp_path: Path) -> None:
    """`use` works beside the daemon, which stays well."""
    home.configure()
    daemon = Running(home, tmp_path)
    daemon.wait_ready()
    try:
        home.run("model", "use", str(write_gguf(tmp_path / "mine.gguf")))
        assert home.json("status")[0]["running"] is True
    finally:
        assert daemon.stop() == 0
