"""Memory and cores of this machine, as far as a model's choice depends on them."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory in bytes, in all and free for programs now; cores that this process may use."""

    memory_bytes: int
    available_bytes: int
    cores: int


def this_machine() -> Machine:
    """Return what this machine has. Cores are physical ones where the kernel tells them apart."""
    total, available = _memory()
    return Machine(total, available, _cores())


def _memory() -> tuple[int, int]:
    found: dict[str, int] = {}
    with contextlib.suppress(OSError), open("/proc/meminfo", encoding="ascii") as stream:
        for line in stream:
            match = re.match(r"(MemTotal|MemAvailable):\s+(\d+) kB", line)
            if match:
                found[match[1]] = int(match[2]) * 1024
    total = found.get("MemTotal") or _pages()
    return total, found.get("MemAvailable", total // 2)


def _pages() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def _cores() -> int:
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:
        return os.cpu_count() or 1
    siblings = set()
    for number in usable:
        path = f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list"
        try:
            with open(path, encoding="ascii") as stream:
                siblings.add(stream.read().strip())
        except OSError:
            return len(usable)
    return max(1, len(siblings))
