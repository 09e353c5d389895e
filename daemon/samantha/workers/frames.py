"""Frames: how a process and its worker talk. A JSON header and optional bytes, over two pipes.

On the wire: four bytes header length, four bytes body length (both big-endian), the header in
JSON, the body as it is. Every size is checked before a byte of it is stored.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Mapping
from typing import Any

_LENGTHS = 8
_CHUNK = 1 << 20
MAX_HEADER = 32 * 2**20
MAX_BYTES = 64 * 2**20


class FrameError(Exception):
    """The other side cannot be talked to, or said something that is no frame."""


class FrameTimeout(FrameError):
    """The deadline passed before the frame was complete."""


class FrameClosed(FrameError):
    """The other side closed its end, or is dead."""


class FrameTooBig(FrameError):
    """A frame is larger than the reader of it allows."""


def write_frame(
    fd: int, header: Mapping[str, Any], body: bytes = b"", timeout_s: float | None = None
) -> None:
    """Write one frame; the deadline only holds for a descriptor that does not block."""
    head = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
    if len(head) > MAX_HEADER or len(body) >= 2**32:
        raise FrameTooBig(f"a frame of {len(head)} + {len(body)} bytes")
    deadline = _deadline(timeout_s)
    lengths = len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    _write(fd, lengths + head, deadline)
    if body:
        _write(fd, body, deadline)


def read_frame(
    fd: int, timeout_s: float | None = None, max_bytes: int = MAX_BYTES
) -> tuple[dict[str, Any], bytes]:
    """Read one frame; raises ``FrameTimeout``, ``FrameClosed``, ``FrameTooBig``, ``FrameError``."""
    deadline = _deadline(timeout_s)
    lengths = _read(fd, _LENGTHS, deadline)
    head_size = int.from_bytes(lengths[:4], "big")
    body_size = int.from_bytes(lengths[4:], "big")
    if head_size > MAX_HEADER or head_size + body_size > max_bytes:
        raise FrameTooBig(f"a frame of {head_size} + {body_size} bytes")
    head = _read(fd, head_size, deadline)
    body = _read(fd, body_size, deadline)
    try:
        header = json.loads(head.decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise FrameError("the header is not JSON") from error
    if not isinstance(header, dict):
        raise FrameError("the header is not an object")
    return header, body


def _deadline(timeout_s: float | None) -> float | None:
    return None if timeout_s is None else time.monotonic() + timeout_s


def _wait(fd: int, event: int, deadline: float | None) -> None:
    poller = select.poll()
    poller.register(fd, event)
    left = None if deadline is None else max(0.0, deadline - time.monotonic())
    if not poller.poll(None if left is None else left * 1000):
        raise FrameTimeout("the deadline passed")


def _write(fd: int, data: bytes, deadline: float | None) -> None:
    rest = memoryview(data)
    while rest:
        if deadline is not None:
            _wait(fd, select.POLLOUT, deadline)
        try:
            rest = rest[os.write(fd, rest[:_CHUNK]) :]
        except BlockingIOError:
            _wait(fd, select.POLLOUT, deadline)
        except OSError as error:
            raise FrameClosed("the other side is gone") from error


def _read(fd: int, size: int, deadline: float | None) -> bytes:
    parts: list[bytes] = []
    left = size
    while left:
        if deadline is not None:
            _wait(fd, select.POLLIN, deadline)
        try:
            part = os.read(fd, min(left, _CHUNK))
        except BlockingIOError:
            _wait(fd, select.POLLIN, deadline)
            continue
        except OSError as error:
            raise FrameClosed("the other side is gone") from error
        if not part:
            raise FrameClosed("the other side closed its end")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
