"""`python -m benchmarks.attention [--users N] [--days N] [--write]`: learning beside its baselines.

Each simulated user lives the same year four times: with learning, with a threshold on the plugins'
confidence, with everything shown, and with an oracle that knows the hidden preferences. `--write`
puts the figures into RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.attention.report import report
from benchmarks.attention.year import POLICIES, Year, live

RESULTS = Path(__file__).with_name("RESULTS.md")


def _live(run: tuple[str, int, int, float]) -> Year:
    return live(*run)


def main() -> None:
    """Run all years and print the report."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks.attention")
    parser.add_argument("--users", type=int, default=5, help="simulated users, each with a seed")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--a-day", type=float, default=4.0, help="what comes up on a day")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--write", action="store_true", help="write RESULTS.md")
    options = parser.parse_args()
    runs = [
        (policy, seed, options.days, options.a_day)
        for policy in POLICIES
        for seed in range(1, options.users + 1)
    ]
    begun = time.monotonic()
    with ProcessPoolExecutor(options.jobs) as pool:
        years = list(pool.map(_live, runs))
    by_policy = {p: [y for y in years if y.policy == p] for p in POLICIES}
    text = report(by_policy, options.days, options.a_day)
    print(text)
    print(f"{time.monotonic() - begun:.0f} s")
    if options.write:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
