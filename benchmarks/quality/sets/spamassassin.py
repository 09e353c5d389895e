"""Nag rate on ham, newsletters and spam: what a backtest shows for 1,000 mails.

Each folder is replayed by itself, as the whole past of somebody who wrote nothing, with the real
budget and every plugin. Newsletters among the ham are measured by themselves as well: the mails of
whoever writes alone to many, tells in each how to be left, and answers nobody. The user has the
addresses to which many of the mails were sent, but for those of lists. Shown suggestions count, and
those that were only held, as a second figure: a budget must not make a plugin look quiet.
"""

from __future__ import annotations

import email.utils
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.quality.figures import Figure, rate
from benchmarks.quality.product import replayed

from samantha.app.backtest import Options

NAME = "spamassassin"
FOLDERS = {"easy-ham": "ham, mostly lists", "hard-ham": "newsletters", "spam": "spam"}
TARGETS = {"easy-ham": "0 on lists", "hard-ham": "≤ 2", "spam": "≤ 2"}


def measure(data: Path) -> list[Figure]:
    """Return shown and held for each folder."""
    figures: list[Figure] = []
    for folder in sorted((data / NAME).iterdir()):
        kind = next((k for k in FOLDERS if folder.name.startswith(k)), "")
        if folder.is_dir() and kind:
            figures += nag(NAME, f"{folder.name} ({FOLDERS[kind]})", folder, TARGETS[kind])
            if kind == "easy-ham":
                figures += _nag_of(newsletters(folder), f"newsletters in {folder.name}")
    return figures


def _nag_of(mails: list[Path], what: str) -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="samantha-quality-") as name:
        for number, path in enumerate(mails):
            shutil.copyfile(path, Path(name) / f"{number}.eml")
        return nag(NAME, what, Path(name), "≤ 2") if mails else []


def newsletters(folder: Path) -> list[Path]:
    """Return the mails of those who write alone to many: no list in which people talk."""
    groups: dict[str, list[tuple[Path, str, bool]]] = defaultdict(list)
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        head, _, body = path.read_bytes().decode("latin-1").replace("\r\n", "\n").partition("\n\n")
        fields = dict(_fields(head))
        sender = email.utils.parseaddr(fields.get("from", ""))[1].lower()
        one_of = fields.get("list-id") or fields.get("x-beenthere") or fields.get("list-post")
        answers = "in-reply-to" in fields or fields.get("subject", "").lower().startswith("re:")
        told = "list-unsubscribe" in fields or re.search(r"(?i)\bunsubscribe\b", body) is not None
        groups[one_of or sender].append((path, sender, told and not answers))
    return [
        path
        for mails in groups.values()
        if len({sender for _, sender, _ in mails}) == 1 and all(alone for *_, alone in mails)
        for path, *_ in mails
    ]


def _fields(head: str) -> Iterator[tuple[str, str]]:
    for name, value in re.findall(r"(?m)^([\w-]+):((?:[^\n]|\n[ \t])*)", head):
        yield name.lower(), " ".join(value.split())


def _receivers(folder: Path) -> tuple[str, ...]:
    """Return the addresses to which a tenth of the mails went and that no list names as its own."""
    counted: Counter[str] = Counter()
    lists = ""
    mails = [p for p in folder.rglob("*") if p.is_file()]
    for path in mails:
        head = re.split(rb"\r?\n\r?\n", path.read_bytes(), maxsplit=1)[0].decode("latin-1")
        lines = re.findall(r"(?im)^(?:to|cc|delivered-to):((?:[^\n]|\n[ \t])*)", head)
        found = {a.lower() for _, a in email.utils.getaddresses(lines)}
        counted.update(a for a in found if re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[a-z]+", a))
        lists += " ".join(
            re.findall(r"(?im)^(?:list-id|list-post|x-mailing-list|x-beenthere).*", head)
        ).lower()
    often = [a for a, n in counted.most_common(10) if n >= len(mails) / 10]
    return tuple(a for a in often if a.partition("@")[0] not in lists)


def nag(name: str, what: str, folder: Path, target: str) -> list[Figure]:
    """Return how many suggestions are shown and how many more are held for 1,000 mails."""
    result = replayed(Options(sources=(folder,), identities=_receivers(folder)))
    shown = [row for row in result.rows if row.offer.shown_at is not None]
    held = [
        row for row in result.rows if row.offer.shown_at is None and row.offer.verdict == "hold"
    ]
    kinds = sorted({f"{row.offer.plugin}/{row.offer.kind}" for row in (*shown, *held)})
    mails = result.counts.mails
    note = f"{len(shown)} shown" + (f": {', '.join(kinds)}" if kinds else "")
    return [
        rate(name, f"shown on {what}", len(shown), mails, target=target, note=note),
        rate(name, f"held on {what}", len(held), mails, note=f"{len(held)} held"),
    ]
