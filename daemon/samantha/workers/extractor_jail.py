"""The jail of a stranger's program: KItinerary's extractor runs in it, on a stranger's bytes.

Two jails, one in the other. The worker that starts the program keeps what that takes, and a view
of the system's libraries to read (``jail.View``). The program then has a list of calls that reading
and thinking need: no socket, no file to write, no process, no thread, no signal. The one call that
starts a program takes descriptor ``PROGRAM`` alone, which is closed as it starts, and whose number
lies beyond the limit of descriptors, so that nothing can be put there. By a path it reaches itself
and the loader of libraries at most, which begin anew with the same calls, files and limits.
"""

from __future__ import annotations

import os
import platform
import resource

from samantha.workers import jail

PROGRAM = 1000
"""The descriptor that the program is started by."""
_READS = (
    *("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib64", "/usr/share", "/nix/store"),
    *("/gnu/store", "/etc/ld.so.cache", "/etc/localtime"),
)
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
NEEDED = ("no_new_privs", "landlock", "seccomp")
"""Without these no stranger's program is started."""

# Reading, memory, time, looking at files by name, descriptors, ending.
_CALLS = {
    "x86_64": (
        *(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17, 19, 20, 21, 24, 25, 28, 32, 35),
        *(39, 60, 63, 72, 78, 79, 89, 96, 97, 98, 99, 100, 102, 104, 107, 108, 131, 137, 138, 158),
        *(186, 202, 204, 217, 218, 228, 229, 230, 231, 262, 267, 269, 273, 290, 293, 309, 318),
        *(324, 332, 334, 439),
    ),
    "aarch64": (
        *(17, 19, 23, 25, 43, 44, 48, 57, 59, 61, 62, 63, 64, 65, 66, 67, 73, 78, 79, 80, 93),
        *(94, 96, 98, 99, 101, 113, 114, 115, 123, 124, 132, 134, 135, 139, 153, 160, 165, 168),
        *(169, 172, 174, 175, 176, 177, 178, 179, 214, 215, 216, 222, 226, 233, 278, 283, 291),
        *(293, 439),
    ),
}
_TO_WRITE = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# Opening to read; starting the program.
_ONLY = {
    "x86_64": (
        jail.Only(2, 1, without=_TO_WRITE),
        jail.Only(257, 2, without=_TO_WRITE),
        jail.Only(322, 0, equals=PROGRAM),
    ),
    "aarch64": (
        jail.Only(56, 2, without=_TO_WRITE),
        jail.Only(281, 0, equals=PROGRAM),
    ),
}


def enter(program: str) -> tuple[str, ...]:
    """Enter the worker's jail for good, with the program open; return the layers that hold."""
    platform.machine()  # Looked up once and kept: inside, it could not be asked any more.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft <= PROGRAM:
        resource.setrlimit(resource.RLIMIT_NOFILE, (PROGRAM + 1, hard))
    fd = os.open(program, os.O_RDONLY | os.O_CLOEXEC)
    os.dup2(fd, PROGRAM, inheritable=False)
    os.close(fd)
    runs = tuple(os.path.realpath(p) for p in (program, *_LOADERS))
    reads = tuple(os.path.realpath(p) for p in _READS)
    return jail.enter(view=jail.View(reads, runs))


def enter_and_run(arguments: list[str], cpu_s: int, memory_bytes: int) -> None:
    """Become the program, in a jail of its own; it does not return where that worked."""
    if jail.limit(cpu_s, memory_bytes) and jail.narrow(_CALLS, _ONLY):
        os.execve(PROGRAM, arguments, {"LANG": "C.UTF-8", "HOME": "/"})  # noqa: S606
