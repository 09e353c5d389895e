"""Where plugins lie: built in, in the user's folder, and in distributions; nothing is imported."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from samantha.app.plugin_files import MANIFEST
from samantha.core.text import inert

GROUP = "samantha.plugins"
"""Entry point group of the distributions that bring plugins."""
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


@dataclass(frozen=True, slots=True)
class Found:
    """A folder that looks like a plugin's; None for a distribution without one."""

    name: str
    folder: Path | None
    builtin: bool = False
    origin: str = ""


def found(own: Path) -> Iterator[Found]:
    """Yield where plugins lie: built in, in the user's folder, and in distributions."""
    for folder, builtin in ((builtin_folder(), True), (own, False)):
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if _has_manifest(path):
                    yield Found(path.name, path, builtin)
    yield from _distributed()


def _distributed() -> Iterator[Found]:
    """Yield the plugins of distributions, by their metadata alone."""
    from importlib.metadata import entry_points

    for point in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        module = point.value.partition(":")[0].strip()
        if point.dist is None or not _MODULE.fullmatch(module):
            continue
        inside = module.replace(".", "/")
        origin = inert(f"{point.dist.name} {point.dist.version}", 100)
        places = [Path(str(point.dist.locate_file(inside)))]
        places += [root / inside for root in _edited_at(point.dist.read_text("direct_url.json"))]
        folder = next((one for one in places if _has_manifest(one)), None)
        yield Found(inert(point.name, 40), folder, origin=origin)


def _has_manifest(folder: Path) -> bool:
    """Tell whether it looks like a plugin; one that may not be looked into is told as such."""
    try:
        (folder / MANIFEST).lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _edited_at(direct_url: str | None) -> list[Path]:
    """Return where the sources of a distribution lie that was installed for its developer."""
    try:
        told = json.loads(direct_url or "{}")
        url = urlsplit(told["url"])
        if url.scheme != "file" or not told["dir_info"]["editable"]:
            return []
    except (ValueError, KeyError, TypeError):
        return []
    root = Path(unquote(url.path))
    return [root, root / "src"]


def builtin_folder() -> Path:
    """Return the folder of the built-in plugins, in a checkout and in a wheel alike."""
    spec = importlib.util.find_spec("samantha_plugins")
    if spec is None or spec.origin is None:
        return Path(__file__).parents[3] / "plugins"
    return Path(spec.origin).parent
