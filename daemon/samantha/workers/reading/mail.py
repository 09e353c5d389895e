"""Mail: header values, new text told from quotes, attachments read by the same readers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from samantha.adapters.flowed import unflowed
from samantha.api.types import FORWARDED, Attachment, Mail, Person, Region
from samantha.core.ports import Unreadable
from samantha.workers.reading.addresses import people
from samantha.workers.reading.bookings import REGION
from samantha.workers.reading.forwarding import unmarked
from samantha.workers.reading.html import read_markup
from samantha.workers.reading.mime import Headers, Part, parse, split_header, unencode
from samantha.workers.reading.plain import decode
from samantha.workers.reading.quoting import regions
from samantha.workers.reading.reading import MAX_TITLE, Reading, clean, one_line, tidy
from samantha.workers.reading.unsubscribe import unsubscription

MAX_ATTACHMENTS_READ = 10
MAX_ATTACHMENT_BYTES = 10 * 2**20
MAX_ATTACHMENTS_NAMED = 100
_ID = re.compile(r"<[^<>\s]{1,250}>")
_HTML_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)

ReadAttached = Callable[[str, str, bytes], Reading]
"""Reads (name, media type, bytes) or raises ``Unreadable``."""


@dataclass(slots=True)
class _Found:
    """What a walk over the parts collects."""

    bodies: list[str] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    bookings: list[str] = field(default_factory=list)


def read_mail(untrusted_bytes: bytes, read_attached: ReadAttached) -> Reading:
    """Read one mail."""
    root = parse(untrusted_bytes)
    found = _Found()
    _collect(root, found)
    reading = _compose(found, read_attached, _one(root.headers, "subject"))
    if not root.headers and not reading.text:
        raise Unreadable("damaged: no mail inside")
    reading.mail = _header(root, found, untrusted_bytes)
    reading.title = reading.mail.subject
    return reading


def head_of(untrusted_bytes: bytes) -> tuple[datetime | None, Person | None]:
    """Return date and sender from the beginning of a mail: all of its header, at least.

    Where ``Date`` says nothing usable, the newest ``Received`` does. Never raises ``Unreadable``.
    """
    data = untrusted_bytes
    if data.startswith(b"From "):
        data = data[data.find(b"\n") + 1 :]
    try:
        headers, _ = split_header(data)
    except Unreadable:
        return None, None
    senders = people(headers.get("from", []))
    received = _one(headers, "received").rpartition(";")[2].strip()
    date = _date(_one(headers, "date")) or _date(received)
    return date, senders[0] if senders else None


def _collect(part: Part, found: _Found) -> None:
    if part.content_type == "multipart/alternative" and part.children:
        _choose(part, found)
    elif part.content_type == "message/rfc822" and part.depth > 0:
        found.attached.append(part)
    elif part.children:
        for child in part.children:
            _collect(child, found)
    elif _is_text(part):
        text = _text(part, found.bookings)
        if text:
            found.bodies.append(text)
    elif not part.content_type.startswith(("multipart/", "message/delivery-status")):
        found.attached.append(part)


def _choose(part: Part, found: _Found) -> None:
    """Take one of several forms of the same text: plain, unless it is a mere stub of the page."""
    forms: list[tuple[str, str]] = []
    for child in part.children:
        inner = _Found()
        _collect(child, inner)
        kinds = {leaf.content_type for leaf in child.walk()}
        if inner.bodies:
            forms.append(("html" if "text/html" in kinds else "plain", "\n\n".join(inner.bodies)))
        found.attached += inner.attached
        found.bookings += inner.bookings
    plain = next((text for kind, text in forms if kind == "plain"), "")
    page = next((text for kind, text in reversed(forms) if kind == "html"), "")
    stub = len(plain) < 200 and len(page) > 5 * len(plain) + 200
    chosen = page if stub or not plain else plain
    if chosen:
        found.bodies.append(chosen)


def _is_text(part: Part) -> bool:
    inline = part.disposition != "attachment" and not (part.filename and part.depth > 0)
    return inline and part.content_type in ("text/plain", "text/html", "text/enriched", "text")


def _text(part: Part, bookings: list[str]) -> str:
    content = part.content()
    if part.content_type == "text/html":
        charset = part.charset
        if not charset:
            found = _HTML_CHARSET.search(content[:4096].decode("latin-1"))
            charset = found.group(1) if found else ""
        page = read_markup(decode(content, charset), mark_quotes=True)
        bookings.extend(page.bookings)
        return page.text
    text = decode(content, part.charset)
    if part.flowed and part.content_type == "text/plain":
        # Its writer's program broke the sentences: they are seen whole again.
        text = unflowed(clean(text), delsp=part.delsp)
    return tidy(text)


def _compose(found: _Found, read_attached: ReadAttached, subject: str) -> Reading:
    text = unmarked(tidy("\n\n".join(found.bodies)), subject)
    spans = list(regions(text, subject))
    unread: list[str] = []
    left: list[str] = []
    tried = 0
    parts = list(found.attached)
    for part in parts:
        if tried >= MAX_ATTACHMENTS_READ:
            unread.append(f"more than {MAX_ATTACHMENTS_READ} attachments")
            break
        name = _name(part)
        if part.left_out:
            if part.readable:
                left.append(name)
            continue
        if part.content_type == "message/rfc822":
            tried += 1
            inner = _mail_inside(part)
            parts += inner.attached
            text = _with_passed_on(text, part, inner, spans)
            continue
        try:
            attached, counted = _attached(part, name, read_attached, found.bookings)
            tried += counted
        except Unreadable as error:
            unread.append(f"{name}: {error.reason}")
            tried += not error.reason.startswith("not a format")
            continue
        if attached:
            start = len(text) + 2 if text else 0
            text = f"{text}\n\n{attached}" if text else attached
            spans.append(Region("attachment", start, len(text), name))
    if found.bookings:
        booked = "\n\n".join(dict.fromkeys(found.bookings))
        start = len(text) + 2 if text else 0
        text = f"{text}\n\n{booked}" if text else booked
        spans.append(Region("attachment", start, len(text), REGION))
    meta = {"unread_attachments": one_line("; ".join(unread))} if unread else {}
    if left:
        meta["left_on_server"] = one_line("; ".join(left))
    return Reading(text=text, meta=meta, regions=tuple(spans), format="eml")


def _mail_inside(part: Part) -> _Found:
    """Return the texts and attachments of a mail that is attached whole."""
    inner = _Found()
    for child in part.children:
        _collect(child, inner)
    return inner


def _attached(
    part: Part, name: str, read_attached: ReadAttached, bookings: list[str]
) -> tuple[str, int]:
    if len(part.untrusted_body) > MAX_ATTACHMENT_BYTES * 4 // 3:
        raise Unreadable("larger than 10 MiB")
    content = part.content()
    if not content.strip():
        return "", 0
    reading = read_attached(name, part.content_type, content)
    bookings.extend(reading.bookings)
    return reading.text.strip("\n"), 1


def _with_passed_on(text: str, part: Part, inner: _Found, spans: list[Region]) -> str:
    """Return the text with an attached mail below it; its regions are added to ``spans``.

    What is new in that mail was passed on; its header lines are a quote.
    """
    headers = part.children[0].headers if part.children else {}
    fields = [(n, _one(headers, n.lower())[:500]) for n in ("From", "Date", "Subject")]
    header = "".join(f"{name}: {value}\n" for name, value in fields if value)
    body = unmarked(clean("\n\n".join(inner.bodies)).strip("\n"))
    if not body:
        return text
    start = len(text) + 2 if text else 0
    inside = start + len(header) + bool(header)
    if header:
        spans.append(Region("quote", start, inside - 2))
    for one in regions(body, _one(headers, "subject"), 1):
        spans.append(
            Region("attachment", inside + one.start, inside + one.end, FORWARDED)
            if one.role == "body"
            else Region(one.role, inside + one.start, inside + one.end, one.name)
        )
    gap, between = ("\n\n" if text else ""), ("\n" if header else "")
    return f"{text}{gap}{header}{between}{body}"


def _name(part: Part) -> str:
    if part.filename:
        return part.filename.replace("/", "_")
    if part.content_type == "message/rfc822" and part.children:
        return _one(part.children[0].headers, "subject")[:200] or "mail"
    return {"text/calendar": "invitation.ics", "text/html": "page.html"}.get(
        part.content_type, part.content_type.replace("/", " ")[:60]
    )


def _header(root: Part, found: _Found, untrusted_bytes: bytes) -> Mail:
    headers = root.headers
    senders = people(headers.get("from", []))
    message_id = _ids(headers, "message-id")[:1]
    if not message_id:
        digest = hashlib.sha256(untrusted_bytes).hexdigest()[:32]
        message_id = (f"<{digest}@local.invalid>",)
    replied = _ids(headers, "in-reply-to")[:1]
    list_id = re.search(r"<([^<>\s]{1,250})>", _one(headers, "list-id"))
    leave_to, leave_subject = unsubscription(headers.get("list-unsubscribe", []))
    return Mail(
        message_id=message_id[0],
        sender=senders[0] if senders else None,
        to=people(headers.get("to", [])),
        cc=people(headers.get("cc", [])),
        reply_to=people(headers.get("reply-to", [])),
        subject=_one(headers, "subject")[:MAX_TITLE],
        date=_date(_one(headers, "date")),
        in_reply_to=replied[0] if replied else "",
        references=_ids(headers, "references")[-100:],
        list_id=(list_id.group(1) if list_id else _one(headers, "list-id")[:250]).lower(),
        list_unsubscribe="list-unsubscribe" in headers,
        automatic=_automatic(root),
        attachments=tuple(
            Attachment(_name(part), part.content_type[:100], _size(part))
            for part in found.attached[:MAX_ATTACHMENTS_NAMED]
        ),
        unsubscribe_to=leave_to,
        unsubscribe_subject=leave_subject,
    )


def _size(part: Part) -> int:
    size = part.left_out or len(part.untrusted_body)
    return size * 3 // 4 if part.encoding == "base64" else size


def _one(headers: Headers, name: str) -> str:
    values = headers.get(name, [])
    return one_line(unencode(values[0]), 1000) if values else ""


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    return tuple(_ID.findall(clean(" ".join(headers.get(name, [])[:5]))))


def _automatic(root: Part) -> bool:
    headers = root.headers
    submitted = _one(headers, "auto-submitted").lower()
    return bool(
        (submitted and not submitted.startswith("no"))
        or _one(headers, "precedence").lower() in ("bulk", "list", "junk")
        or "x-auto-response-suppress" in headers
        or root.content_type == "multipart/report"
    )


def _date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value[:200])
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    return date if 1970 <= date.year <= 2200 else None
