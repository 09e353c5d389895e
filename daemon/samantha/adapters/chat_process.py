"""The parent's end of the generative model's process: frames in both directions at any time."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from samantha.adapters.file_mark import Pin
from samantha.workers.frames import FrameError, read_frame, write_frame
from samantha.workers.process import Worker

_MODULE = "samantha.workers.chat"
_MAX_STATE = 512 << 20
_PATIENCE_S = 20.0
_ENVIRONMENT = {
    # Threads that spin while they wait make everything else on the machine slow.
    "OMP_WAIT_POLICY": "passive",
    "GGML_NO_BACKTRACE": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class ChatProcess(Worker):
    """A running process. One thread sends and receives; ``kill`` may come from any."""

    def __init__(self, model: str, cells: int, threads: int, pin: Pin | None) -> None:
        pinned = json.dumps(asdict(pin)) if pin is not None else ""
        args = [model, str(cells), str(threads), pinned]
        super().__init__(_MODULE, args=args, env=_ENVIRONMENT, max_bytes=_MAX_STATE)

    def send(self, header: Mapping[str, Any], body: bytes = b"") -> None:
        """Send one frame; raises ``FrameError``, and the process is then of no use."""
        write_frame(self._to, header, body, _PATIENCE_S)

    def receive(self, wake: int, timeout_s: float | None) -> tuple[dict[str, Any], bytes] | None:
        """Return the next frame; None when the time is over or ``wake`` can be read before it."""
        poller = select.poll()
        poller.register(self._from, select.POLLIN)
        poller.register(wake, select.POLLIN)
        wait = None if timeout_s is None else max(0, int(timeout_s * 1000) + 1)
        ready = {fd for fd, _ in poller.poll(wait)}
        if self._from not in ready:
            if wake in ready:
                os.read(wake, 4096)
            return None
        return read_frame(self._from, _PATIENCE_S, self._max_bytes)


def death(code: int | None) -> str:
    """Return why a process is gone, for the user."""
    if code == -4:
        return (
            "llama-cpp-python was compiled for another processor; type: "
            "pip install --force-reinstall --no-deps --no-cache-dir llama-cpp-python"
        )
    if code in (12, -9):
        return "the model's process was ended; it may need more memory than there is"
    return "the model's process died; it is started again by itself"


__all__ = ["ChatProcess", "FrameError", "death"]
