"""The jail of a plugin: that of every worker, and then only the few calls that thinking needs."""

from __future__ import annotations

import os

from samantha.workers import jail

# Reading and writing what is open, memory, time, random bytes, ending. No thread and no handler
# of a signal, so that limits cannot be slipped; no look at the file system, not even whether a
# name is there.
CALLS = {
    "x86_64": (
        *(0, 1, 3, 5, 7, 8, 9, 10, 11, 12, 15, 24, 25, 28, 35, 39, 60, 96, 98, 131, 186, 201),
        *(202, 219, 228, 229, 230, 231, 271, 309, 318, 324, 334),
    ),
    "aarch64": (
        *(57, 62, 63, 64, 73, 80, 93, 94, 98, 101, 113, 114, 115, 124, 128, 132, 139, 165, 168),
        *(169, 172, 178, 214, 215, 216, 222, 226, 233, 278, 283, 293),
    ),
}
LAYER = "narrow"


def close_all_but(*kept: int) -> None:
    """Close every descriptor above standard error that is not one of these."""
    low = 3
    for fd in sorted(kept):
        os.closerange(low, fd)
        low = fd + 1
    os.closerange(low, max(low, 4096))


def enter(cpu_s: int, memory_bytes: int) -> tuple[str, ...]:
    """Enter for good; return the names of the layers that hold."""
    import resource

    # The soft limit ends it by a signal of its own, so that the reason can be told.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 5))
    held = jail.enter(None, memory_bytes)
    return (*held, LAYER) if jail.narrow(CALLS) else held
