"""Which typefaces a PDF is set in: the reader's own, or files of this machine that are embedded."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

CORE = "windows-1252"
"""What the Times and Courier that every reader of PDF files carries can show."""

# Faces in the order of how near they are to what editors expect. None is shipped, for the
# core faces cover English, German and their neighbours.
_SERIF = (
    "Times New Roman.ttf",
    "times.ttf",
    "Times_New_Roman.ttf",
    "LiberationSerif-Regular.ttf",
    "Tinos-Regular.ttf",
    "FreeSerif.ttf",
    "NotoSerif-Regular.ttf",
    "DejaVuSerif.ttf",
    "NotoSans-Regular.ttf",
    "DejaVuSans.ttf",
)
_FIXED = (
    "Courier New.ttf",
    "cour.ttf",
    "LiberationMono-Regular.ttf",
    "Cousine-Regular.ttf",
    "FreeMono.ttf",
    "NotoSansMono-Regular.ttf",
    "DejaVuSansMono.ttf",
)
_LAST = (
    "NotoSansSymbols2-Regular.ttf",
    "NotoEmoji-Regular.ttf",
    "Symbola.ttf",
    "wqy-zenhei.ttc",
    "DroidSansFallbackFull.ttf",
    "Arial Unicode.ttf",
    "unifont.ttf",
)
_MOST = 4


def faces_for(letters: frozenset[str], *, fixed_pitch: bool = False) -> tuple[str, ...]:
    """Return the font files to embed, the main one first; () for the reader's own face."""
    wanted = letters - {"\n", " "}
    if not wanted - core_letters():
        return ()
    order = (*_FIXED, *_SERIF) if fixed_pitch else (*_SERIF, *_FIXED)
    found = [path for name in (*order, *_LAST) for path in installed().get(name, ())]
    # Words decide on the main face; a picture character must not change the face of a book.
    words = frozenset(c for c in wanted if unicodedata.category(c)[0] in "LNMP")
    chosen: list[str] = []
    missing = words or wanted
    while found and missing and len(chosen) < _MOST:
        best = min(found, key=lambda path: len(missing - coverage(path)))
        if chosen and not missing & coverage(best):
            break
        chosen.append(best)
        missing = wanted.difference(*(coverage(path) for path in chosen))
    return tuple(chosen)


def shown(text: str, faces: tuple[str, ...]) -> str:
    """Return text that these faces can show; what none can is named by its code point, visibly."""
    known = frozenset().union(*(coverage(f) for f in faces)) if faces else core_letters()
    return "".join(ch if ch in known or ch in "\n " else _instead(ch, known) for ch in text)


def _instead(ch: str, known: frozenset[str]) -> str:
    if unicodedata.category(ch) in ("Cf", "Mn", "Me"):
        return ""
    plain = "".join(c for c in unicodedata.normalize("NFKD", ch) if c in known)
    return plain or f"[U+{ord(ch):04X}]"


@lru_cache(maxsize=1)
def core_letters() -> frozenset[str]:
    """Return the characters of the core faces."""
    codes = (bytes([n]).decode(CORE, "ignore") for n in range(32, 256))
    return frozenset(c for c in codes if c and unicodedata.category(c) != "Cc")


@lru_cache(maxsize=1)
def installed() -> dict[str, tuple[str, ...]]:
    """Return the known font files of this machine by name."""
    wanted = {*_SERIF, *_FIXED, *_LAST}
    found: dict[str, tuple[str, ...]] = {}
    for folder in _folders():
        for path in sorted(folder.rglob("*.tt[fc]")) if folder.is_dir() else ():
            if path.name in wanted:
                found.setdefault(path.name, (str(path),))
    return found


def _folders() -> Iterable[Path]:
    if sys.platform == "darwin":
        return (Path("/System/Library/Fonts/Supplemental"), Path("/Library/Fonts"))
    if sys.platform == "win32":
        return (Path("C:/Windows/Fonts"),)
    own = Path.home() / ".local/share/fonts"
    return (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), own)


@lru_cache(maxsize=16)
def coverage(path: str) -> frozenset[str]:
    """Return the characters a font file has glyphs for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(chr(c) for c in font.getBestCmap() or {})
