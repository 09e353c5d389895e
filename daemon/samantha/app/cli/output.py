"""How the command line prints: inert text, local times in words, one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from samantha.core.text import inert

if TYPE_CHECKING:
    from samantha.api.types import Document
    from samantha.core.payload import Blob, Effect


def line(text: str = "") -> None:
    """Print one line, stripped of anything a terminal would act on."""
    out = inert(text, lines=True) if text else ""
    sys.stdout.write(out.encode(errors="replace").decode() + "\n")


def agreed(question: str, yes: bool) -> bool:
    """Ask the user; without a yes, and with nobody to ask, nothing is done."""
    if yes:
        return True
    import typer

    sys.stdout.flush()
    try:
        return typer.confirm(question, default=False)
    except typer.Abort:
        line()
        return False


def json_line(value: Mapping[str, Any]) -> None:
    """Print one JSON object on one line."""
    text = json.dumps(value, ensure_ascii=False, default=_json_value)
    sys.stdout.write(text.encode("utf-8", errors="replace").decode() + "\n")


def _json_value(value: object) -> str:
    """Return what JSON has no form for: a time in ISO 8601, anything else as it reads."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def bold(text: str) -> str:
    """Return text in bold on a terminal, plain elsewhere."""
    if not sys.stdout.isatty():
        return inert(text)
    return f"\x1b[1m{inert(text)}\x1b[0m"


def heading(text: str) -> None:
    """Print a heading, bold on a terminal."""
    sys.stdout.write(bold(text) + "\n")


def columns(rows: Iterable[tuple[str, ...]]) -> None:
    """Print rows in aligned columns; the last one is not padded."""
    cells = [tuple(inert(c) for c in row) for row in rows]
    if not cells:
        return
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]) - 1)]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        line("  ".join([*padded, row[-1]]).rstrip())


def when(moment: datetime | None, now: datetime, zone: tzinfo) -> str:
    """Return a time in the user's zone and words: ``today 14:05``, ``Friday``, ``3 March``."""
    if moment is None:
        return "never"
    local, today = moment.astimezone(zone), now.astimezone(zone)
    days = (local.date() - today.date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return f"{near[days]} {local:%H:%M}"
    if 1 < days < 7:
        return f"{local:%A %H:%M}"
    if local.year == today.year:
        return f"{local.day} {local:%B} {local:%H:%M}"
    return f"{local.day} {local:%B %Y} {local:%H:%M}"


def effect_told(effect: Effect, now: datetime, zone: tzinfo) -> str:
    """Return what one step of an action does, in words."""
    if effect.type == "write_file":
        return f"write {effect.target}"
    if effect.type == "move_file":
        return f"move {effect.source} to {effect.target}"
    if effect.type == "deliver_draft":
        return f"put a draft into {effect.target}"
    if effect.type == "send_mail":
        return f"send it through {effect.target}, half a minute after your yes"
    if effect.type == "append_mail":
        what = "a copy into Sent" if effect.target == "sent" else "a draft into Drafts"
        return f"put {what} of the account {effect.source}"
    due = datetime.fromisoformat(effect.at)
    return f"remind you {when(due, now, zone)}: {effect.text}"


def mail_told(data: bytes) -> list[str]:
    """Return the lines of a mail as parsed again from its final bytes, attachments named."""
    import email
    import email.policy

    from samantha.adapters.flowed import unflowed

    message = email.message_from_bytes(data, policy=email.policy.default)
    head = [f"{name}: {message[name]}" for name in ("From", "To", "Cc", "Subject") if message[name]]
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    if body is not None and body.get_param("format") == "flowed":
        text = unflowed(text)
    files = [f"[attached: {p.get_filename()}]" for p in message.iter_attachments()]
    return [*head, "", *text.splitlines(), *files]


def blob_told(blob: Blob) -> list[str]:
    """Return what a file of a payload says, in lines; nothing for files that are no text."""
    if blob.role in ("cover_mail", "draft"):
        return mail_told(blob.data)
    if blob.role == "calendar_entry":
        from samantha.adapters.calendar_entry import entry_told

        return entry_told(blob.data)
    return blob.data.decode("utf-8", "replace").splitlines() if blob.role == "page" else []


def place_told(name: str, document: Document | None) -> str:
    """Return what people call a source: a mail by its subject, a file by its path."""
    if document is None or document.mail is None:
        return name
    sender = document.mail.sender
    return f"{document.title} (mail from {sender.name or sender.address})" if sender else name


def size(count: int) -> str:
    """Return a number of bytes in human units."""
    value = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{count} B"


def ago(moment: datetime, now: datetime) -> str:
    """Return how long ago a moment was."""
    gone = max(now - moment, timedelta())
    if gone < timedelta(minutes=1):
        return "just now"
    if gone < timedelta(hours=1):
        return f"{gone.seconds // 60} min ago"
    if gone < timedelta(days=1):
        return f"{gone.seconds // 3600} h ago"
    return f"{gone.days} d ago"
