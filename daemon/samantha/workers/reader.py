"""The reader's process: bytes in, text out, nothing else within reach.

The parent opens the file and sends its bytes; this process has no file access left by then. One
request at a time; a document that takes too long or too much memory ends the process, and the
parent starts another.
"""

from __future__ import annotations

import json
import os
import signal
from dataclasses import asdict
from typing import Any

from samantha.core.ports import Unreadable
from samantha.workers.frames import FrameClosed, FrameError, read_frame, write_frame
from samantha.workers.jail import enter
from samantha.workers.process import begin_worker

CPU_S = 10.0
MEMORY_BYTES = 768 * 2**20


def main() -> None:
    """Serve until the parent closes the pipe."""
    source, sink = begin_worker()
    _import_all()
    layers = enter(memory_bytes=MEMORY_BYTES)
    while True:
        try:
            header, body = read_frame(source)
        except FrameClosed:
            return
        except FrameError:
            raise SystemExit(2) from None
        if header.get("op") == "layers":
            write_frame(sink, {"layers": layers})
            continue
        try:
            if header.get("op") == "heads":
                answer, text = _heads(header, body), b""
            elif header.get("op") == "bookings":
                answer, text = _bookings(header, body)
            else:
                answer, text = _answer(header, body)
        except MemoryError:
            # os._exit: an orderly end may need the memory that is gone.
            os._exit(12)
        write_frame(sink, answer, text)


def _answer(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    from samantha.workers.reading.formats import read

    # The kernel ends the process when a document's time on the processor is used up.
    signal.setitimer(signal.ITIMER_PROF, float(header.get("cpu_s", CPU_S)))
    try:
        reading = read(
            body,
            str(header.get("name", "")),
            str(header.get("media", "file")),
            str(header.get("media_type", "")),
        )
    except Unreadable as error:
        return {"ok": False, "reason": error.reason, "again": error.again}, b""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    mail = asdict(reading.mail) if reading.mail else None
    if mail and mail["date"]:
        mail["date"] = mail["date"].isoformat()
    answer = {
        "ok": True,
        "format": reading.format,
        "title": reading.title,
        "meta": reading.meta,
        "regions": [[r.role, r.start, r.end, r.name] for r in reading.regions],
        "mail": mail,
    }
    return answer, reading.text.encode("utf-8", "replace")


def _heads(header: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Return date and sender of many mails; what cannot be read is None and costs no other."""
    from samantha.workers.reading.mail import head_of

    signal.setitimer(signal.ITIMER_PROF, float(header.get("cpu_s", CPU_S)))
    heads: list[dict[str, Any] | None] = []
    at = 0
    try:
        for size in header["sizes"]:
            date, sender = head_of(body[at : at + size])
            heads.append(
                {
                    "date": date.isoformat() if date else "",
                    "sender": asdict(sender) if sender else None,
                }
            )
            at += size
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return {"ok": True, "heads": heads}


def _bookings(header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return what a program found to be booked, JSON-LD, as the lines that markup becomes."""
    from samantha.workers.reading.bookings import MOST, booked, flat

    signal.setitimer(signal.ITIMER_PROF, float(header.get("cpu_s", CPU_S)))
    try:
        blocks = booked(flat(json.loads(body)))[:MOST]
    except (ValueError, RecursionError):
        return {"ok": False, "reason": "what it said is no JSON"}, b""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return {"ok": True}, "\n\n".join(blocks).encode("utf-8", "replace")


def _import_all() -> None:
    """Load every library and table while files can still be opened, by using each once."""
    import encodings
    import pkgutil

    from samantha.workers.reading import formats, warmth

    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in ("mbcs", "oem", "cp65001"):
            __import__(f"encodings.{module.name}")
    for untrusted_bytes, name, media in warmth.samples():
        formats.read(untrusted_bytes, name, media)


if __name__ == "__main__":
    main()
