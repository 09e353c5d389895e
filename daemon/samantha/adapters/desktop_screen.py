"""What the desktop's own programs tell: the window in front (xprop), GNOME's switch (gsettings)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

_WINDOW = re.compile(r"0x[0-9a-fA-F]+")


def full_screen(deadline_s: float) -> tuple[bool | None, str]:
    """Tell whether the active window of an X screen fills it, or why that is not known."""
    if not os.environ.get("DISPLAY"):
        return None, "no X screen"
    if os.environ.get("WAYLAND_DISPLAY"):
        return None, "Wayland does not tell it"
    if shutil.which("xprop") is None:
        return None, "xprop is not installed"
    found = _WINDOW.search(_printed(["xprop", "-root", "_NET_ACTIVE_WINDOW"], deadline_s))
    if found is None:
        return None, "the window manager does not tell it"
    if int(found[0], 16) == 0:
        return False, ""
    state = _printed(["xprop", "-id", found[0], "_NET_WM_STATE"], deadline_s)
    return "_NET_WM_STATE_FULLSCREEN" in state, ""


def banners_off(deadline_s: float) -> bool | None:
    """Tell whether GNOME is set to do not disturb; None on another desktop."""
    desktops = os.environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":")
    if "GNOME" not in desktops or shutil.which("gsettings") is None:
        return None
    command = ["gsettings", "get", "org.gnome.desktop.notifications", "show-banners"]
    return {"true": False, "false": True}.get(_printed(command, deadline_s).strip())


def _printed(command: Sequence[str], deadline_s: float) -> str:
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
