"""`python -m benchmarks.attention [--seeds N] [--days N] [--worlds] [--write]`: learning, measured.

Each simulated user lives the same year four times: with learning, with a threshold on the plugins'
confidence, with everything shown, and with an oracle that knows the hidden preferences. `--worlds`
adds half a year of three users in each of the other worlds; `--write` puts the figures into
RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.attention.report import report
from benchmarks.attention.world import BASE, OTHERS, TEMPERS, Temper, World
from benchmarks.attention.year import POLICIES, Year, live

RESULTS = Path(__file__).with_name("RESULTS.md")
TRIED = ("even", "turns in mid-year", "goes by people")
"""Who lives in the other worlds."""

Run = tuple[str, Temper, int, World, int]


def _live(run: Run) -> Year:
    policy, temper, seed, world, days = run
    return live(policy, temper, seed, world=world, days=days)


def by_policy(years: Sequence[Year]) -> Mapping[str, list[Year]]:
    """Return years by policy, the same users at the same places."""
    return {p: found for p in POLICIES if (found := [y for y in years if y.policy == p])}


def main() -> None:
    """Run all years and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.attention")
    parser.add_argument("--seeds", type=int, default=2, help="years of each user")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--worlds", action="store_true", help="the other worlds too")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    options = parser.parse_args()
    seeds = range(1, options.seeds + 1)
    runs: list[Run] = [
        (p, t, seed, BASE, options.days) for p in POLICIES for t in TEMPERS for seed in seeds
    ]
    tried = [t for t in TEMPERS if t.name in TRIED]
    policies = [p for p in POLICIES if p != "always"]
    others: list[Run] = [
        (p, t, 1, w, options.days // 2) for w in OTHERS for p in policies for t in tried
    ]
    begun = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        years = by_policy(list(pool.map(_live, runs)))
        there = list(pool.map(_live, others)) if options.worlds else []
    each = len(policies) * len(tried)
    worlds = {
        world.name: by_policy(there[at * each : (at + 1) * each])
        for at, world in enumerate(OTHERS if there else ())
    }
    text = report(years, options.days, worlds)
    print(text)
    print(f"{time.monotonic() - begun:.0f} s")
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
