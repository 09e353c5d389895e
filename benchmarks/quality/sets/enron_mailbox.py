"""A whole mailbox, received and sent: how much is shown a day, and whether answers are foreseen.

Shown a day: a backtest of the whole period in the owner's zone, all plugins, the default budget.
``done`` are those shown that the owner then did of their own accord (answered, paid, moved).
Foreseen answers: a received mail has a ``needs_answer`` signal, against the set's own label, which
is derived from behaviour: the owner sent that person a mail with the same subject within thirty
days. Whether a suggestion was worth showing is for people to read: `samantha backtest --source …`.
"""

from __future__ import annotations

import csv
import email
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from email.utils import getaddresses
from pathlib import Path

from benchmarks.quality.figures import Figure, f1, rate
from benchmarks.quality.product import has, product, replayed
from benchmarks.quality.scoring import Judged, wilson

from samantha.app.backtest import Options
from samantha.app.backtest_report import shown_a_day

NAME = "enron_mailbox"
ZONE = "America/Chicago"
PLAIN = re.compile(r"(?i)\?|please|let me know|can you|could you|would you")


def measure(data: Path) -> list[Figure]:
    """Return figures for each mailbox."""
    figures: list[Figure] = []
    boxes = sorted(f for f in (data / NAME).iterdir() if f.is_dir())
    for number, box in enumerate(boxes, 1):
        figures += _day(box, f"mailbox {number}")
        if (box / "gold_replied.tsv").is_file():
            figures.append(_foreseen(box, f"mailbox {number}"))
    return figures


def _day(box: Path, called: str) -> list[Figure]:
    result = replayed(Options(sources=(box,), zone=ZONE))
    shown = [row for row in result.rows if row.offer.shown_at is not None]
    done = sum(row.later is not None and row.later.what != "sent" for row in shown)
    often, most = shown_a_day(result.rows, result.counts.days, result.config.zone())
    low, high = wilson(done, len(shown))
    return [
        Figure(
            NAME,
            f"{called}: shown a day, 95th percentile",
            "count",
            result.counts.days,
            float(often),
            target="≤ 3",
            note=f"{most} on the worst day, {len(shown)} in all",
        ),
        rate(NAME, f"{called}: shown", len(shown), result.counts.mails),
        Figure(
            NAME,
            f"{called}: of those shown, done later without us",
            "share",
            len(shown),
            done / len(shown) if shown else None,
            low if shown else None,
            high if shown else None,
            note="a lower bound of what was worth it: what was forgotten was not done",
        ),
    ]


def _foreseen(box: Path, called: str) -> Figure:
    items: list[Judged] = []
    plain: list[Judged] = []
    with (box / "gold_replied.tsv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    with product((), _owner(box, rows), zone=ZONE) as home:
        for row in rows:
            document = home.read(_found(box, row["file"]), "mail")
            if document is None:
                continue
            truth = row["user_replied_30d"] == "1"
            sender = document.mail.sender.address if document.mail and document.mail.sender else ""
            items.append(Judged(sender, truth, has(document, "needs_answer")))
            plain.append(Judged(sender, truth, bool(PLAIN.search(document.body()))))
    return f1(NAME, f"{called}: will be answered", items, plain, note="by sender")


def _owner(box: Path, rows: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Return the address that most mails marked as sent to the owner have in common."""
    seen: Counter[str] = Counter()
    for row in rows:
        if row["user_in_To"] == "1":
            mail = email.message_from_bytes(_found(box, row["file"]).read_bytes())
            seen.update(a.lower() for _, a in getaddresses([str(mail["To"] or "")]) if a)
    return tuple(address for address, _ in seen.most_common(1))


def _found(box: Path, name: str) -> Path:
    path = box / name
    return path if path.is_file() else box / "Inbox" / name
