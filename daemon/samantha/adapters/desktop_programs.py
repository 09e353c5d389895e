"""The programs of a desktop that are asked something: started, bounded, and read."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any


def printed(command: Sequence[str], deadline_s: float) -> str:
    """Return what a program prints; nothing if it fails or does not end in time."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=deadline_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""


def told(command: Sequence[str], deadline_s: float) -> Any:
    """Return the JSON that a program prints; None if there is none."""
    try:
        return json.loads(printed(command, deadline_s))
    except (ValueError, RecursionError):
        return None
