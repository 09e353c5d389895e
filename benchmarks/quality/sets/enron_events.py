"""Which mails are about an event that the owner may attend, and when it starts.

Said to be one: the mail has an ``event`` signal. Start: of the right ones with a labelled time, the
surest ``event`` that names an hour starts at the same wall-clock minute; the set's zones are not to
be relied on. Many mails about an event name no hour ("I'm in for tomorrow"): their ``event`` has no
start and is not counted there. The second figure also counts mails with only an ``event_sentence``.
"""

from __future__ import annotations

import csv
import re
from datetime import datetime
from pathlib import Path

from benchmarks.quality.figures import Figure, f1, share
from benchmarks.quality.product import best, has, product
from benchmarks.quality.scoring import Judged

NAME = "enron_events"
PLAIN = re.compile(r"(?i)\b(?:meeting|lunch|dinner|conference call|party|game|\d{1,2}:\d\d)\b")
_DAY = re.compile(r"^(\d{1,2} \w{3} \d{4} \d\d:\d\d)")


def measure(data: Path) -> list[Figure]:
    """Return F1 of event mails and the share of exact starts."""
    items: list[Judged] = []
    wide: list[Judged] = []
    plain: list[Judged] = []
    exact = dated = 0
    boxes = sorted(f for f in (data / NAME).iterdir() if f.is_dir())
    with product(zone="America/Chicago") as home:
        for box in boxes:
            with (box / "gold.tsv").open(encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream, delimiter="\t"))
            for row in rows:
                document = home.read(box / "inbox" / row["file"], "mail")
                truth, said = row["is_event"] == "1", has(document, "event")
                text = document.text if document else ""
                items.append(Judged(box.name, truth, said))
                wide.append(Judged(box.name, truth, said or has(document, "event_sentence")))
                plain.append(Judged(box.name, truth, bool(PLAIN.search(text))))
                when = _DAY.match(row["when"] or "")
                start = _start(best(document, "event"))
                if truth and start and when:
                    dated += 1
                    wanted = datetime.strptime(when[1], "%d %b %Y %H:%M")
                    exact += start == f"{wanted:%Y-%m-%dT%H:%M}"
    note = (
        "one group a mailbox: with one mailbox the interval says nothing" if len(boxes) < 3 else ""
    )
    return [
        f1(NAME, "event mails", items, plain, target="≥ .80", note=note),
        f1(NAME, "event mails, or with an event sentence", wide, plain),
        share(NAME, "start exact where found", exact, dated, target="≥ 85 %"),
    ]


def _start(signal: object) -> str:
    value = getattr(signal, "value", None)
    return str(value.get("start") or "")[:16] if isinstance(value, dict) else ""
