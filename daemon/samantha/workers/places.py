"""Folders held open: every step below a root is taken by descriptor and never through a link."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import stat
import sys
from collections.abc import Iterator, Sequence

from samantha.core.ports import Refused

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_RENAME_NOREPLACE = 1
_AT_FDCWD_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL)
SECRET = frozenset({".ssh", ".gnupg", ".git", ".env", ".netrc", ".password-store", ".aws"})


def parts_below(path: str, roots: Sequence[str]) -> tuple[str, list[str]]:
    """Return (root, names below it), or refuse a path outside every root or with odd parts."""
    if not path.startswith("/") or "\0" in path:
        raise Refused("the path is not absolute")
    names = path.split("/")[1:]
    if any(n in ("", ".", "..") for n in names):
        raise Refused("the path is not a plain one")
    if any(n in SECRET or n.endswith((".pem", ".key")) for n in names):
        raise Refused("the path leads to secrets")
    for root in roots or ("/",):
        base = os.path.realpath(root).rstrip("/")
        if path.startswith(base + "/"):
            return base or "/", path[len(base) + 1 :].split("/")
    raise Refused("the path lies outside the folders that were given")


@contextlib.contextmanager
def folder_of(path: str, roots: Sequence[str], make: list[str] | None = None) -> Iterator[int]:
    """Hold the folder of a path open; ``make`` collects the folders that had to be made.

    The same as ``openat2`` with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS, one name at a time, so
    that it also holds on kernels and systems without that call.
    """
    root, names = parts_below(path, roots)
    at = os.open(root, _FOLDER)
    try:
        walked = root.rstrip("/")
        for name in names[:-1]:
            walked += "/" + name
            if make is not None:
                _make(at, name, walked, make)
            try:
                below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=at)
            except OSError as problem:
                raise Refused(_why(problem)) from problem
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def _make(at: int, name: str, walked: str, made: list[str]) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=at)
    except FileExistsError:
        return
    except OSError as problem:
        raise Refused(_why(problem)) from problem
    made.append(walked)
    os.fsync(at)


def remove_folders(made: Sequence[str], roots: Sequence[str]) -> None:
    """Remove folders that were made for an effect, the deepest first, if they are empty."""
    for path in sorted(made, key=len, reverse=True):
        with contextlib.suppress(OSError, Refused), folder_of(path, roots) as at:
            os.rmdir(path.rsplit("/", 1)[1], dir_fd=at)


def rename_free(name: str, from_fd: int, new: str, to_fd: int) -> None:
    """Rename, and fail with ``FileExistsError`` instead of taking the place of anything."""
    if sys.platform.startswith("linux"):
        libc = ctypes.CDLL(None, use_errno=True)
        call = getattr(libc, "renameat2", None)
        if call is not None:
            done = call(from_fd, os.fsencode(name), to_fd, os.fsencode(new), _RENAME_NOREPLACE)
            if done == 0:
                return
            code = ctypes.get_errno()
            if code not in _AT_FDCWD_UNSUPPORTED:
                raise OSError(code, os.strerror(code))
    # A link fails when the new name is taken, which a plain rename does not.
    os.link(name, new, src_dir_fd=from_fd, dst_dir_fd=to_fd, follow_symlinks=False)
    os.unlink(name, dir_fd=from_fd)


def write_new(at: int, name: str, data: bytes) -> os.stat_result:
    """Write a file under a name that is free, complete and on the disk before it has the name."""
    part = part_name(name)
    # What is left of an attempt that was killed is ours by its name.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(part, dir_fd=at)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(part, flags, 0o600, dir_fd=at)
    try:
        _write_all(fd, data)
        rename_free(part, at, name, at)
        os.fsync(at)
        return os.fstat(fd)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part, dir_fd=at)
        raise
    finally:
        os.close(fd)


def part_name(name: str) -> str:
    """Return the name under which a file is written until it is whole."""
    return f".samantha-{hashlib.sha256(os.fsencode(name)).hexdigest()[:20]}.part"


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
    os.fsync(fd)


def hash_of(at: int, name: str) -> tuple[str, os.stat_result]:
    """Return the sha256 and status of a regular file; ('', …) never: absent files raise."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    fd = os.open(name, flags, dir_fd=at)
    with os.fdopen(fd, "rb") as stream:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise Refused("it is not an ordinary file")
        return hashlib.file_digest(stream, "sha256").hexdigest(), found


def read_all(at: int, name: str) -> bytes:
    """Return the bytes of a regular file."""
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=at)
    with os.fdopen(fd, "rb") as stream:
        return stream.read()


def exists(at: int, name: str) -> bool:
    """Tell whether anything has this name, a dangling link too."""
    try:
        os.lstat(name, dir_fd=at)
    except FileNotFoundError:
        return False
    return True


def _why(problem: OSError) -> str:
    reasons = {
        errno.ENOENT: "a folder on the way is not there",
        errno.ENOTDIR: "a part of the way is not a folder",
        errno.ELOOP: "a part of the way is a link",
        errno.EACCES: "no permission",
        errno.EROFS: "the disk cannot be written to",
        errno.ENOSPC: "the disk is full",
        errno.EDQUOT: "the disk quota is used up",
        errno.EEXIST: "there is already something of this name",
        errno.ENAMETOOLONG: "the name is too long",
    }
    return reasons.get(problem.errno or 0, "the disk reports an error")


why = _why
