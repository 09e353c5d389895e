"""Parakweet: is a sentence of a mail a request or proposal? Each is the whole body of a mail.

Said to be one: the mail has a ``request`` signal. Some labelled yes are commitments with a time;
they count as requests here as there. There are no groups, so that intervals are by sentence.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.quality.figures import Figure, f1
from benchmarks.quality.product import has, product
from benchmarks.quality.scoring import Judged

NAME = "parakweet_intent"
PLAIN = re.compile(r"(?i)\?|please|can you|could you|would you|let me know|let's")


def measure(data: Path) -> list[Figure]:
    """Return F1 for each file."""
    figures = []
    for path in sorted((data / NAME).glob("*.txt")):
        if path.name == "ORIGIN.txt":
            continue
        items: list[Judged] = []
        plain: list[Judged] = []
        with product() as home:
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines()):
                label, tab, sentence = line.partition("\t")
                if not tab or label not in ("Yes", "No") or not sentence.strip():
                    continue
                document = home.mail(sentence)
                truth = label == "Yes"
                items.append(Judged(number, truth, has(document, "request")))
                plain.append(Judged(number, truth, bool(PLAIN.search(sentence))))
        figures.append(f1(NAME, f"requests ({path.stem})", items, plain, target="≥ .80"))
    return figures
