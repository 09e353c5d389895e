"""BC3: requests, commitments and meetings per sentence, labelled by three annotators.

Each mail is given whole, one sentence a line, with its sender, subject and date. A sentence is said
to be one when a signal of the kind (``request``, ``commitment``, ``event_sentence`` or ``event``)
overlaps it. Quoted sentences (``>``) are not scored: the annotators gave them next to no label, and
the product leaves quotes alone. Two labels: any annotator gave it, or at least two. Intervals by
thread. Note that sentence heads may have been trained on threads of this very collection:
`benchmarks/heads` says on which, and how they do on others.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.figures import Figure, f1
from benchmarks.quality.product import NOW, product
from benchmarks.quality.scoring import Judged

from samantha.api.types import Document

NAME = "bc3"
KINDS = {
    "req": ("requests", ("request",), r"(?i)\?|please|can you|could you|would you|let me know"),
    "cmt": ("commitments", ("commitment",), r"(?i)\bI(?:'ll| will| shall)\b|\bwe(?:'ll| will)\b"),
    "meet": (
        "meetings",
        ("event_sentence", "event"),
        r"(?i)\b(?:meet|meeting|call|telecon|conference|agenda|\d{1,2}(?::\d\d)? ?[ap]m)\b",
    ),
}
TARGETS = {"req": "≥ .80", "cmt": "≥ .55", "meet": "≥ .70"}


def measure(data: Path) -> list[Figure]:
    """Return F1 for each label, by any annotator and by the majority."""
    lines = (data / NAME / "threads.jsonl").read_text(encoding="utf-8").splitlines()
    scored: dict[tuple[str, int], list[Judged]] = {(k, v): [] for k in KINDS for v in (1, 2)}
    plain: dict[tuple[str, int], list[Judged]] = {(k, v): [] for k in KINDS for v in (1, 2)}
    with product() as home:
        for line in lines:
            thread = json.loads(line)
            for mail in thread["mails"]:
                for sentence in mail["sentences"]:
                    sentence["text"] = html.unescape(sentence["text"])
                body = "\n".join(s["text"] for s in mail["sentences"])
                document = home.mail(
                    body,
                    subject=mail["subject"],
                    sender=mail["from"] or "a@b.example",
                    to=mail["to"] or "list@b.example",
                    date=_date(mail["received"]),
                )
                for sentence, said in _sentences(document, mail["sentences"]):
                    for label, (_, _, regex) in KINDS.items():
                        votes = sentence["votes"].get(label, 0)
                        floor = re.search(regex, sentence["text"]) is not None
                        for least in (1, 2):
                            truth = votes >= least
                            key = (label, least)
                            scored[key].append(Judged(thread["listno"], truth, label in said))
                            plain[key].append(Judged(thread["listno"], truth, floor))
    return [
        f1(
            NAME,
            f"{KINDS[label][0]}, {'any vote' if least == 1 else 'majority'}",
            scored[label, least],
            plain[label, least],
            target=TARGETS[label] if least == 1 else "",
        )
        for label in KINDS
        for least in (1, 2)
    ]


def _sentences(
    document: Document | None, sentences: list[dict[str, Any]]
) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """Yield each sentence with the labels that a signal over it stands for."""
    text = document.text if document is not None else ""
    at = 0
    for sentence in sentences:
        if sentence["text"].startswith(">"):
            continue
        words = " ".join(sentence["text"].split())
        start = text.find(words, at)
        if start < 0:
            yield sentence, set()
            continue
        end = at = start + len(words)
        said = {
            label
            for label, (_, kinds, _) in KINDS.items()
            for kind in kinds
            if document is not None
            and any(s.start < end and s.end > start for s in document.signals(kind))
        }
        yield sentence, said


def _date(words: str) -> datetime:
    try:
        return datetime.strptime(words, "%a %b %d %H:%M:%S %z %Y")
    except ValueError:
        return NOW
