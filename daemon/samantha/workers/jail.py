"""The jail: what a worker gives up for good before it touches a stranger's bytes.

Four layers, each best-effort, so that a kernel without one still has the others: no new
privileges, resource limits, landlock (no file, no port) and a seccomp filter (no socket, no
opening, no program, no new process). Everything that will be needed must be imported before.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import stat
import struct
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LAYERS = ("no_new_privs", "undumpable", "rlimits", "landlock", "seccomp")

_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_MODE_FILTER = 2
_OPEN_FILES = 64

# Opening, sockets, programs, processes, signals to others, changes to files, tracing, keys,
# modules, mounts, io_uring, watches, terminals: by number, since the kernel knows no names.
_DENIED: dict[str, tuple[int, ...]] = {
    "x86_64": (
        *(2, 16, 29, 41, 42, 43, 44, 45, 46, 47, 49, 50, 53, 57, 58, 59, 62, 64, 68, 76, 77),
        *(80, 81, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94, 101, 129, 132, 133, 155),
        *(161, 165, 166, 167, 169, 175, 179, 188, 189, 190, 200, 234, 235, 240, 246, 248, 249),
        *(250, 253, 254, 257, 258, 259, 260, 261, 263, 264, 265, 266, 268, 272, 280, 288, 294),
        *(297, 298, 300, 302, 303, 304, 308, 310, 311, 312, 313, 316, 319, 320, 321, 322, 323),
        *(424, 425, 426, 427, 428, 429, 430, 431, 432, 434, 437, 438, 440, 442, 447, 452),
    ),
    "aarch64": (
        *(5, 6, 7, 26, 27, 29, 33, 34, 35, 36, 37, 38, 39, 40, 41, 45, 46, 49, 50, 51, 52, 53),
        *(54, 55, 56, 60, 88, 97, 104, 105, 117, 129, 130, 131, 138, 142, 180, 186, 190, 194),
        *(198, 199, 200, 201, 202, 203, 206, 207, 211, 212, 217, 218, 219, 221, 224, 240, 241),
        *(242, 261, 262, 264, 265, 268, 270, 271, 272, 273, 276, 279, 280, 281, 282, 294),
        *(424, 425, 426, 427, 428, 429, 430, 431, 432, 434, 437, 438, 440, 442, 447, 452),
    ),
}
_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_FCNTL = {"x86_64": 72, "aarch64": 25}
_SENDS = (8, 10, 15)
"""F_SETOWN, F_SETSIG, F_SETOWN_EX: a pipe would send any signal, a kill too, to any process."""
_CLONE_THREAD = 0x00010000
_X32 = 0x40000000

# What starting a program and ending it takes besides: open, clone, fork, kill, openat,
# prlimit, memfd_create, execveat.
_TO_RUN: dict[str, frozenset[int]] = {
    "x86_64": frozenset((2, 56, 57, 62, 257, 302, 319, 322)),
    "aarch64": frozenset((56, 129, 220, 261, 279, 281)),
}

_EXECUTE, _READ_FILE, _READ_DIR = 1, 4, 8

_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_ERRNO = 0x00050000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


@dataclass(frozen=True, slots=True)
class View:
    """What a worker keeps whose only work it is to run a program: files to read, files to run."""

    reads: tuple[str, ...]
    """Files, and folders with all that is in them."""
    runs: tuple[str, ...]


def enter(
    cpu_s: int | None = None, memory_bytes: int | None = None, view: View | None = None
) -> tuple[str, ...]:
    """Enter the jail, for the rest of this process; return the names of the layers that hold.

    With a ``view`` it may still start programs and end them, and no limit is set: the program gets
    its own.
    """
    held: list[str] = []
    linux = sys.platform.startswith("linux")
    libc = ctypes.CDLL(None, use_errno=True) if linux else None
    if libc is not None and libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0:
        held.append("no_new_privs")
    if libc is not None and libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0:
        held.append("undumpable")
    if view is None and limit(cpu_s, memory_bytes):
        held.append("rlimits")
    if libc is not None and "no_new_privs" in held:
        if _landlock(libc, view or View((), ())):
            held.append("landlock")
        if _installed(libc, _filter(platform.machine(), to_run=view is not None)):
            held.append("seccomp")
    return tuple(held)


def limit(cpu_s: int | None, memory_bytes: int | None) -> bool:
    """Bound this process's time, memory and files; tell whether it holds."""
    try:
        import resource
    except ImportError:
        return False
    wanted = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ]
    if cpu_s is not None:
        wanted.append((resource.RLIMIT_CPU, cpu_s))
    if memory_bytes is not None:
        wanted.append((resource.RLIMIT_AS, memory_bytes))
    try:
        for which, value in wanted:
            hard = resource.getrlimit(which)[1]
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(which, (bound, bound))
    except (OSError, ValueError):
        return False
    return True


def _landlock(libc: ctypes.CDLL, view: View) -> bool:
    create, restrict = 444, 446
    version = libc.syscall(create, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    files = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    ports = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = struct.pack("<QQQ", files, ports, scopes)[:size]
    ruleset = libc.syscall(create, rules, ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        for path in view.reads:
            _permit(libc, ruleset, path, _READ_FILE)
        for path in view.runs:
            _permit(libc, ruleset, path, _READ_FILE | _EXECUTE)
        return bool(libc.syscall(restrict, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _permit(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    """Let a file, or a folder and all below, be used so; what is not there needs no permission."""
    try:
        at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        access |= _READ_DIR if stat.S_ISDIR(os.fstat(at).st_mode) else 0
        libc.syscall(445, ruleset, 1, struct.pack("=Qi", access, at), 0)
    finally:
        os.close(at)


def _installed(libc: ctypes.CDLL, program: bytes) -> bool:
    if not program:
        return False
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.addressof(buffer))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(header), 0, 0) == 0)


@dataclass(frozen=True, slots=True)
class Only:
    """A system call that is allowed while one of its arguments is as it must be."""

    number: int
    argument: int
    equals: int | None = None
    """What the argument must be (its lower half, for descriptors and flags) …"""
    without: int = 0
    """… or else the bits that it must not have."""


def narrow(
    calls: Mapping[str, Sequence[int]], only: Mapping[str, Sequence[Only]] | None = None
) -> bool:
    """Leave only these system calls, by machine, on top of ``enter``; tell whether it holds.

    For code that means harm: what nobody thought of is refused too, instead of allowed.
    """
    machine = platform.machine()
    if not sys.platform.startswith("linux") or machine not in _ARCH or not calls.get(machine):
        return False
    steps = [_op(_LD, 4), _op(_JEQ, _ARCH[machine], 1, 0), _op(_RET, _KILL), _op(_LD, 0)]
    for number in calls[machine]:
        steps += [_op(_JEQ, number, 0, 1), _op(_RET, _ALLOW)]
    denied = _op(_RET, _ERRNO | errno.EPERM)
    for one in (only or {}).get(machine, ()):
        steps += [_op(_JEQ, one.number, 0, 4), _op(_LD, 16 + 8 * one.argument)]
        if one.equals is not None:
            steps += [_op(_JEQ, one.equals, 0, 1), _op(_RET, _ALLOW), denied]
        else:
            steps += [_op(_JSET, one.without, 1, 0), _op(_RET, _ALLOW), denied]
    steps.append(denied)
    return _installed(ctypes.CDLL(None, use_errno=True), b"".join(steps))


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)


def _filter(machine: str, *, to_run: bool = False) -> bytes:
    """Return the BPF program for a machine, or nothing where the calls' numbers are unknown."""
    if machine not in _ARCH:
        return b""
    denied, op = _ERRNO | errno.EPERM, _op
    steps = [
        op(_LD, 4),
        op(_JEQ, _ARCH[machine], 1, 0),
        op(_RET, _KILL),
        op(_LD, 0),
    ]
    if machine == "x86_64":
        steps += [op(_JGE, _X32, 0, 1), op(_RET, denied)]
    # "No such call" makes the C library fall back to clone, whose flags a filter can see.
    steps += [op(_JEQ, _CLONE3, 0, 1), op(_RET, _ERRNO | errno.ENOSYS)]
    spared = _TO_RUN[machine] if to_run else frozenset()
    for number in _DENIED[machine]:
        if number not in spared:
            steps += [op(_JEQ, number, 0, 1), op(_RET, denied)]
    steps += [op(_JEQ, _FCNTL[machine], 0, len(_SENDS) + 3), op(_LD, 24)]
    steps += [op(_JEQ, deed, len(_SENDS) - at, 0) for at, deed in enumerate(_SENDS)]
    steps += [op(_RET, _ALLOW), op(_RET, denied)]
    if to_run:
        return b"".join((*steps, op(_RET, _ALLOW)))
    steps += [
        op(_JEQ, _CLONE[machine], 0, 3),
        op(_LD, 16),
        op(_JSET, _CLONE_THREAD, 1, 0),
        op(_RET, denied),
        op(_RET, _ALLOW),
    ]
    return b"".join(steps)
