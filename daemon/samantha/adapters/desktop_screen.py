"""The window in front and GNOME's switch, as the desktop's own programs tell them.

X11 tells through xprop. Wayland tells nothing by itself: some compositors do, each in its own way.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samantha.adapters.desktop_programs import printed, told

_WINDOW = re.compile(r"0x[0-9a-fA-F]+")
_HYPRLAND_FULL = 2
"""Of Hyprland's states: 1 is maximised, 2 fills the screen, 3 is both."""

Known = tuple[bool | None, str]
"""What is known, and why not where it is None."""


def full_screen(deadline_s: float) -> Known:
    """Tell whether the window in front fills its screen, or why that is not known."""
    if socket := _sway():
        return _in_sway(socket, deadline_s)
    if os.environ.get("HYPRLAND_INSTANCE_SIGNATURE"):
        return _in_hyprland(deadline_s)
    if os.environ.get("WAYLAND_DISPLAY"):
        return _on_wayland(deadline_s)
    if os.environ.get("DISPLAY"):
        return _on_x(deadline_s)
    return None, "no screen"


def banners_off(deadline_s: float) -> bool | None:
    """Tell whether GNOME is set to do not disturb; None on another desktop."""
    if not _on("GNOME") or shutil.which("gsettings") is None:
        return None
    command = ["gsettings", "get", "org.gnome.desktop.notifications", "show-banners"]
    return {"true": False, "false": True}.get(printed(command, deadline_s).strip())


def _on(desktop: str) -> bool:
    return desktop in os.environ.get("XDG_CURRENT_DESKTOP", "").upper().split(":")


def _on_x(deadline_s: float) -> Known:
    if shutil.which("xprop") is None:
        return None, "xprop is not installed"
    found = _WINDOW.search(printed(["xprop", "-root", "_NET_ACTIVE_WINDOW"], deadline_s))
    if found is None:
        return None, "the window manager does not tell it"
    if int(found[0], 16) == 0:
        return False, ""
    state = printed(["xprop", "-id", found[0], "_NET_WM_STATE"], deadline_s)
    return "_NET_WM_STATE_FULLSCREEN" in state, ""


# --- Wayland -------------------------------------------------------------------------------


def _sway() -> str:
    """Return where sway listens, also when this process was started without its environment."""
    named = os.environ.get("SWAYSOCK", "")
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if named or not (runtime and _on("SWAY")):
        return named
    found = list(Path(runtime).glob("sway-ipc.*.sock"))
    return str(found[0]) if len(found) == 1 else ""


def _in_sway(socket: str, deadline_s: float) -> Known:
    tree = told(["swaymsg", "--socket", socket, "--raw", "--type", "get_tree"], deadline_s)
    if not isinstance(tree, dict):
        return None, "swaymsg does not answer"
    return bool(_in_front(tree)), ""


def _in_front(node: Mapping[str, Any], filled: bool = False) -> bool | None:
    """Tell whether the focused window, or a container that holds it, fills the screen.

    None: the focus is not in this part. A workspace says of itself that it does; that is nothing.
    """
    if node.get("type") in ("con", "floating_con"):
        filled = filled or bool(node.get("fullscreen_mode"))
    if node.get("focused"):
        return filled
    for child in (*node.get("nodes", ()), *node.get("floating_nodes", ())):
        if (found := _in_front(child, filled)) is not None:
            return found
    return None


def _in_hyprland(deadline_s: float) -> Known:
    window = told(["hyprctl", "activewindow", "-j"], deadline_s)
    if not isinstance(window, dict):
        return None, "hyprctl does not answer"
    state = window.get("fullscreen", False)
    # Before version 0.42 a truth value, and the kind beside it: 0 fills the screen, 1 is maximised.
    if isinstance(state, bool):
        return state and window.get("fullscreenMode", 0) == 0, ""
    return isinstance(state, int) and state >= _HYPRLAND_FULL, ""


def _on_wayland(deadline_s: float) -> Known:
    """Ask lswt, which any compositor answers that lists its windows as those of wlroots do."""
    if _on("GNOME"):
        return None, "GNOME on Wayland does not tell it"
    if _on("KDE"):
        return None, "Plasma on Wayland does not tell it; from 6.4 on it sets do not disturb then"
    if shutil.which("lswt") is None:
        return None, "Wayland does not tell it without lswt"
    listed = told(["lswt", "--json"], deadline_s)
    can = listed.get("supported-data") if isinstance(listed, dict) else None
    if not isinstance(can, dict) or not (can.get("fullscreen") and can.get("activated")):
        return None, "the compositor does not tell it to lswt"
    windows = [one for one in listed.get("toplevels", ()) if isinstance(one, dict)]
    return any(one.get("activated") and one.get("fullscreen") for one in windows), ""
