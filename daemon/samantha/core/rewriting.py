"""Rewriting: an action as a page that the user edits, and the page as an action again.

A page is lines of ``Name: value``, an empty line, and the long text below it. What has no line on
it cannot be changed; what was changed is admitted, built and hashed as if a plugin had said it.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime, tzinfo
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from samantha.api.actions import ACTION_TYPES, Action, AddEvent, Remind
from samantha.api.errors import UserError
from samantha.api.types import Document, DocumentId, Suggestion
from samantha.core.admit import Permissions, Refusal, admit
from samantha.core.payload import Payload
from samantha.core.ports import Builder, Offer
from samantha.core.shape import misshapen
from samantha.core.text import inert

EDITED_KEY = "edited"
"""Of an offer's action: the user has rewritten it."""
NOTE = "# "


@dataclass(frozen=True, slots=True)
class Form:
    """What of an action stands on the page: (field, name) a line, and the field below them."""

    lines: tuple[tuple[str, str], ...]
    body: str = ""


FORMS: Mapping[str, Form] = {
    "remind": Form((("at", "At"),), "text"),
    "move_file": Form((("folder", "Folder"), ("name", "Name"))),
    "draft_mail": Form((("to", "To"), ("subject", "Subject"), ("attachments", "Attach")), "body"),
    "assemble_manuscript": Form(
        (("title", "Title"), ("to", "To"), ("subject", "Subject")), "cover"
    ),
    "calendar_entry": Form(
        (("title", "Title"), ("start", "Start"), ("end", "End"), ("location", "Place")), "notes"
    ),
    "prepare_trip": Form((("title", "Title"),)),
    "write_document": Form((("title", "Title"),), "body"),
}
_ONLY_FEWER = frozenset({"attachments"})
"""Lists from which the user may take away, and to which nothing can be added."""


def page_of(action: Action, zone: tzinfo, title: str) -> str:
    """Return the page of an action."""
    form = FORMS[action.type]
    head = [f"{NOTE}{inert(title)}", f"{NOTE}Save to change what a yes does; {_told(form)}"]
    for field, name in form.lines:
        value = getattr(action, field)
        for one in value if isinstance(value, tuple) and field in _ONLY_FEWER else (value,):
            head.append(f"{name}: {_written(one, _zone(action, zone))}".rstrip())
    text = getattr(action, form.body) if form.body else ""
    return "\n".join(head) + "\n\n" + (text.rstrip("\n") + "\n" if form.body else "")


def _told(form: Form) -> str:
    below = "the text begins below the empty line" if form.body else "there is no more than this"
    return f"{below}. Lines with # are left out."


def _zone(action: Action, zone: tzinfo) -> tzinfo:
    return ZoneInfo(action.zone) if isinstance(action, AddEvent) and action.zone else zone


def _written(value: object, zone: tzinfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return " ".join(str(value or "").split())


def action_from_page(page: str, before: Action, zone: tzinfo) -> Action:
    """Return the action that a page says; raises ``UserError`` for a line that says nothing."""
    form = FORMS[before.type]
    head, _, body = page.replace("\r\n", "\n").partition("\n\n")
    said: dict[str, list[str]] = {}
    known = {name.casefold(): field for field, name in form.lines}
    for line in head.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, colon, value = line.partition(":")
        field = known.get(name.strip().casefold(), "")
        if not colon or not field:
            names = ", ".join(name for _, name in form.lines)
            raise UserError(
                f"The line '{inert(line, 60)}' is none of: {names}.", "Nothing was changed."
            )
        said.setdefault(field, []).append(value.strip())
    changed: dict[str, Any] = {}
    for field, name in form.lines:
        old, new = getattr(before, field), said.get(field, [])
        if field in _ONLY_FEWER:
            if not set(new) <= set(old):
                raise UserError(f"{name}: only what is there can stay.", "Nothing was changed.")
            changed[field] = tuple(one for one in old if one in new)
        elif len(new) > 1:
            raise UserError(f"{name} stands there twice.", "Nothing was changed.")
        else:
            changed[field] = _read(new[0] if new else "", old, name, _zone(before, zone))
    if form.body:
        changed[form.body] = body.strip("\n")
    after = replace(before, **changed)
    if isinstance(after, Remind):
        after = replace(after, again=tuple(t for t in after.again if t > after.at))
    return after


def _read(text: str, old: object, name: str, zone: tzinfo) -> object:
    if text == _written(old, zone):
        # Seconds, offsets and spaces that the page does not show stay as they are.
        return old
    if isinstance(old, tuple):
        return tuple(one.strip() for one in text.split(",") if one.strip())
    if isinstance(old, datetime) or (old is None and name == "End"):
        if not text and name == "End":
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as problem:
            raise UserError(
                f"{name}: '{inert(text, 40)}' is no time such as 2026-05-01 14:30.",
                "Nothing was changed.",
            ) from problem
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return text


# --- as it was stored ----------------------------------------------------------------------


def action_of(values: Mapping[str, Any]) -> Action:
    """Return the action that a payload holds as JSON values."""
    cls = ACTION_TYPES.get(str(values.get("type")))
    if cls is None:
        raise UserError("This offer cannot be edited.", "It is of a kind that is not known here.")
    made: Action = _value(values, cls)
    return made


def _value(value: Any, wanted: Any) -> Any:
    if get_origin(wanted) in (Union, types.UnionType):
        return None if value is None else _value(value, get_args(wanted)[0])
    if get_origin(wanted) is tuple:
        return tuple(_value(one, get_args(wanted)[0]) for one in value)
    if is_dataclass(wanted):
        hints = _hints(wanted)  # type: ignore[arg-type]
        named = {f.name: _value(value[f.name], hints[f.name]) for f in fields(wanted)}
        return wanted(**named)  # type: ignore[operator]
    return datetime.fromisoformat(value) if wanted is datetime else value


@cache
def _hints(wanted: Any) -> dict[str, Any]:
    return get_type_hints(wanted)


def rewritten(
    offer: Offer,
    before: Payload,
    action: Action,
    permissions: Permissions,
    document: Callable[[DocumentId], Document | None],
    builder: Builder,
    now: datetime,
) -> Payload:
    """Return the payload of an action in the user's words, admitted and built as any other."""
    sources = tuple(DocumentId(name) for name in before.sources)
    suggestion = replace(_as_suggestion(offer, action), sources=sources)
    wrong = misshapen(suggestion)
    if wrong:
        raise UserError(f"What it says now has no proper {wrong}.", "Nothing was changed.")
    admitted = admit(suggestion, permissions, document, now)
    if isinstance(admitted, Refusal):
        raise UserError(f"It cannot be changed: {admitted.reason}.", "Nothing was changed.")
    made = builder.build(action, admitted[1])
    return replace(made, action={**made.action, EDITED_KEY: True})


def suggestion_of(offer: Offer) -> Suggestion:
    """Return an offer as the suggestion that it was."""
    try:
        action = action_of(offer.action)
    except (UserError, KeyError, TypeError, ValueError):
        # Stored by another version: what is done with it is in its payload, unharmed.
        action = Remind(offer.created, offer.title)
    return _as_suggestion(offer, action)


def _as_suggestion(offer: Offer, action: Action) -> Suggestion:
    return Suggestion(
        kind=offer.kind,
        thing=offer.thing,
        title=offer.title,
        why=offer.why,
        evidence=offer.evidence,
        action=action,
        confidence=offer.confidence,
        expires=offer.expires,
        urgent=offer.urgent,
    )
