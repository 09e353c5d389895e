"""Finished pieces meet an outlet: a manuscript and a cover mail that only wait for a yes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from samantha.api import (
    AssembleManuscript,
    Collection,
    Context,
    DocumentId,
    Moment,
    MomentKind,
    Plugin,
    Silence,
    Suggestion,
)

from .calls import Call, calls_of
from .cover import cover_mail, day, piece_title, title_of
from .evidence import evidence_of
from .matching import CREATIVE, PLURAL, Fit, fit
from .sent import already_made
from .words import about_work


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.letters]``."""

    min_pieces: int = 3
    min_words: int = 300
    rest_days: int = 2
    known_days: int = 180
    """How long a submission to an outlet without a dated call is remembered."""


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Offer each body of finished work to the outlet that fits it best."""
    if not _concerns(moment):
        return
    calls = calls_of(context, moment.now)
    looked_at = {d.id for d in moment.documents}
    for collection in context.library.collections(CREATIVE):
        for left_out, reason in collection.left_out:
            if left_out in looked_at:
                yield Silence(left_out, reason)
        yield from _for_collection(collection, calls, moment, context)


def _concerns(moment: Moment) -> bool:
    if moment.kind is not MomentKind.DOCUMENTS:
        return True
    return any(d.signals("open_call") for d in moment.documents)


def _for_collection(
    collection: Collection, calls: list[Call], moment: Moment, context: Context
) -> Iterator[Suggestion | Silence]:
    config: Config = context.config
    about = collection.pieces[0].document.id if collection.pieces else DocumentId(collection.key)
    few = _not_ready(collection, moment, config)
    if few:
        pieces = {p.document.id for p in collection.pieces}
        concerned = [d.id for d in moment.documents if d.id in pieces or d.signals("open_call")]
        for one in concerned or [about]:
            yield Silence(one, few)
        return
    fits: list[Fit] = []
    for call in calls:
        found = fit(collection, call, moment.now, context)
        why_not = found if isinstance(found, str) else already_made(found, context, moment.now)
        if why_not:
            yield Silence(call.document.id if call.document else about, why_not)
        elif isinstance(found, Fit):
            fits.append(found)
    if not fits:
        if not calls:
            yield Silence(about, "finished, but no outlet is known")
        return
    fits.sort(key=lambda f: (-f.confidence, f.call.deadline or moment.now + timedelta(days=9999)))
    yield _suggestion(fits[0], fits[1:], context, moment)
    for other in fits[1:]:
        silent = other.call.document.id if other.call.document else about
        yield Silence(silent, f"“{fits[0].call.outlet.name}” fits the same pieces better")


def _not_ready(collection: Collection, moment: Moment, config: Config) -> str:
    pieces = [p.document for p in collection.pieces]
    if len(pieces) < config.min_pieces:
        return f"too few finished pieces: {len(pieces)} of {config.min_pieces}"
    words = sum(d.words for d in pieces)
    if words < config.min_words:
        return f"too short so far: {words} of {config.min_words} words"
    newest = max(d.modified for d in pieces)
    if moment.now - newest < timedelta(days=config.rest_days):
        return f"still being written: a piece changed in the last {config.rest_days} days"
    return ""


def _suggestion(best: Fit, others: list[Fit], context: Context, moment: Moment) -> Suggestion:
    call, pieces = best.call, best.pieces
    title = title_of(best.collection, pieces, best.language)
    about = about_work(best, context)
    subject, cover = cover_mail(best, title, context.identity, context.zone, about)
    action = AssembleManuscript(
        title=title,
        pieces=tuple(d.id for d in pieces),
        piece_titles=tuple(piece_title(d) for d in pieces),
        outlet=call.outlet.name,
        to=call.outlet.address,
        subject=subject,
        cover=cover,
        language=best.language,
        attach=best.attach,
        anonymous=call.outlet.anonymous,
    )
    sources = [call.document.id] if call.document else []
    urgent = call.deadline is not None and call.deadline - moment.now < timedelta(days=3)
    return Suggestion(
        kind="submission",
        thing=f"{best.collection.key} → {call.key}",
        title=_title(best, context),
        why=_why(best, others, about),
        evidence=evidence_of(call, pieces),
        action=action,
        confidence=best.confidence,
        expires=call.deadline,
        urgent=urgent,
        sources=(*sources, *(d.id for d in pieces)),
    )


def _title(best: Fit, context: Context) -> str:
    deadline = best.call.deadline
    closes = f" (closes {day(deadline.astimezone(context.zone), 'en')})" if deadline else ""
    start = f"Your {len(best.pieces)} {PLURAL[best.collection.kind]} fit “"
    if len(best.pieces) == 1:
        start = f"One of your {PLURAL[best.collection.kind]} fits “"
    room = 80 - len(start) - len(closes) - 1
    name = best.call.outlet.name
    if len(name) > room:
        name = name[: room - 1].rstrip() + "…"
    return f"{start}{name}”{closes}"


def _why(best: Fit, others: list[Fit], about: str) -> str:
    words = " ".join(reason[0].upper() + reason[1:] + "." for reason in best.reasons)
    if others:
        names = ", ".join(f"“{o.call.outlet.name}”" for o in others[:3])
        words += f" They would also fit {names}."
    if about:
        words += " A paragraph of the cover mail is the local model's draft: read it."
    return words


plugin = Plugin(Config, suggest, collections=CREATIVE)
