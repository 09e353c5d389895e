"""Whether the screen is being shared or recorded, and whether the camera is on, as PipeWire has it.

On Wayland a program sees the screen only through a cast: the compositor (or its portal) makes a
video node in PipeWire, and whoever watches is linked to it. What is at the other end of the link
tells a cast from a camera; the watcher itself looks the same for both.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from samantha.adapters.desktop_programs import told

_PICTURES = ("Video/Source", "Stream/Output/Video")
_CAMERAS = ("v4l2", "libcamera")
_NOBODY = ("plasmashell",)
"""Watchers that nobody sits behind: Plasma draws its small previews of windows by casts."""

Shared = tuple[bool | None, bool | None, str]
"""Whether the screen is shared, whether the camera is on, and why the first is not known."""


def shared(deadline_s: float) -> Shared:
    """Tell what is watched now; one question, asked of ``pw-dump``."""
    if shutil.which("pw-dump") is None:
        return None, None, "pw-dump is not installed"
    if not _runs():
        return None, None, "PipeWire does not run"
    objects = told(["pw-dump"], deadline_s)
    if not isinstance(objects, list):
        return None, None, "pw-dump does not answer"
    screen, camera = watched([one for one in objects if isinstance(one, dict)])
    if not screen and not os.environ.get("WAYLAND_DISPLAY"):
        # An X program reads the screen by itself, and nobody is told.
        return None, camera, "outside of Wayland a program can look unseen"
    return screen, camera, ""


def _runs() -> bool:
    folder = os.environ.get("PIPEWIRE_RUNTIME_DIR") or os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(folder, os.environ.get("PIPEWIRE_REMOTE") or "pipewire-0").exists()


def watched(objects: list[dict[str, Any]]) -> tuple[bool, bool]:
    """Tell from what ``pw-dump`` lists whether the screen, and whether a camera is watched now."""
    clients = {one.get("id"): _properties(one) for one in objects if _is(one, "Client")}
    nodes = {}
    for one in objects:
        if _is(one, "Node"):
            own = _properties(one)
            nodes[one.get("id")] = {**clients.get(own.get("client.id"), {}), **own}
    screen = camera = False
    for one in objects:
        info = one.get("info")
        if not _is(one, "Link") or not isinstance(info, dict) or info.get("state") != "active":
            continue
        source = nodes.get(info.get("output-node-id"), {})
        watcher = nodes.get(info.get("input-node-id"), {})
        if source.get("media.class") not in _PICTURES or _nobody(watcher):
            continue
        if _is_camera(source):
            camera = True
        else:
            screen = True
    return screen, camera


def _is(one: Mapping[str, Any], what: str) -> bool:
    return str(one.get("type", "")).endswith(f":{what}")


def _properties(one: Mapping[str, Any]) -> Mapping[str, Any]:
    info = one.get("info")
    found = info.get("props") if isinstance(info, dict) else None
    return found if isinstance(found, dict) else {}


def _nobody(watcher: Mapping[str, Any]) -> bool:
    names = (watcher.get("node.name"), watcher.get("application.process.binary"))
    return any(name in _NOBODY for name in names)


def _is_camera(source: Mapping[str, Any]) -> bool:
    if source.get("media.role") == "Camera":
        return True
    told_by = (source.get("device.api"), source.get("node.name"))
    return any(str(one or "").startswith(_CAMERAS) for one in told_by)
