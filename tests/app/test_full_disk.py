"""A full disk: said in plain words, nothing damaged, and it goes on when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from homes import Home, bill, in_days


@pytest.fixture
def small_state(home: Home) -> Iterator[Home]:
    """A home whose state lies on a disk of two megabytes."""
    home.configure()
    state = home.root / ".state"
    state.mkdir(mode=0o700)
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small disk can be mounted by root only")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(state)], check=False
    )
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    yield home
    subprocess.run(["umount", str(state)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    plug = folder / "plug"
    with plug.open("wb", buffering=0) as stream:
        for size in (65536, 4096, 512, 1):
            try:
                while True:
                    stream.write(b"x" * size)
            except OSError:
                continue
    return plug


def test_a_full_disk_is_told_and_costs_nothing(small_state: Home) -> None:
    """The command says what to free; after that the same bill leads to its one offer."""
    home = small_state
    home.run("status")
    home.write("1.bill:2,S", bill(in_days(20)), folder="Mail/cur")
    plug = fill(home.root / ".state")
    told = home.run("run", "--once", code=1).stderr
    assert "full" in told.lower() or "no space" in told.lower()
    assert "Type:" in told
    plug.unlink()
    (made,) = home.json("run", "--once")
    assert made["plugin"] == "bills"
    plug = fill(home.root / ".state")
    home.run("accept", str(made["id"]), code=1)
    plug.unlink()
    assert "Done." in home.run("accept", str(made["id"])).stdout
    assert "whole" in home.run("audit", "verify").stdout
