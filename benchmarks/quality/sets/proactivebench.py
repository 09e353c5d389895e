"""ProactiveBench: what it can tell about samantha is next to nothing, and that is said here.

Its moments are logs of clicks and keys while somebody programs; its proposals are free text for an
agent at the keyboard. Samantha sees none of that: it reads finished files and mail. There is
nothing to feed to it without a path made for the set, so that no figure of ours is given; the
floors show why its headline F1 says little (proposing always is right whenever a moment wants
something at all).
"""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.quality.figures import Figure
from benchmarks.quality.scoring import Judged, count

NAME = "proactivebench"


def measure(data: Path) -> list[Figure]:
    """Return the floors alone."""
    lines = (data / NAME / "moments.jsonl").read_text(encoding="utf-8").splitlines()
    moments = [json.loads(line) for line in lines]
    wanted = [Judged(m["trace"], m["want_votes"] >= 2, True) for m in moments]
    return [
        Figure(
            NAME,
            "moments at which a proposal is wanted",
            "F1",
            len(wanted),
            None,
            always=count(wanted).f1,
            never=0.0,
            note="does not apply: clicks and keys of programmers, which samantha never sees",
        )
    ]
