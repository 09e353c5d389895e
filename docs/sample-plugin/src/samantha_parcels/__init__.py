"""Reminds you to collect a parcel before it goes back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from samantha.api import Context, Document, Evidence, Moment, Plugin, Remind, Silence, Suggestion

from .words import WAITS, code_in, last_day, shown


@dataclass(frozen=True, slots=True)
class Config:
    """``[plugins.parcels]`` of config.toml."""

    days_before: int = 1
    """How many days before the last one you are reminded."""
    hour: int = 9


def suggest(moment: Moment, context: Context) -> Iterator[Suggestion | Silence]:
    """Look at each mail that came."""
    for mail in moment.documents:
        yield _about(mail, moment, context)


def _about(mail: Document, moment: Moment, context: Context) -> Suggestion | Silence:
    found = WAITS.search(mail.text)
    if found is None or mail.analysis.author == "user":
        return Silence(mail.id, "no parcel waits")
    last = last_day(mail)
    if last is None:
        return Silence(mail.id, "it does not say until when the parcel is kept")
    day = date.fromisoformat(str(last.value))
    before = day - timedelta(days=context.config.days_before)
    at = datetime.combine(before, time(context.config.hour), context.zone)
    if at <= moment.now:
        return Silence(mail.id, "the last day is too near or past")
    code = code_in(mail.text)
    return Suggestion(
        kind="parcel",
        thing=f"{mail.mail.sender.address if mail.mail and mail.mail.sender else ''} {day} {code}",
        title=f"Collect your parcel by {day:%A} {day.day} {day:%B}",
        why="The mail says that a parcel waits for you, and until when.",
        evidence=(
            Evidence(mail.id, found[0], *found.span()),
            Evidence(mail.id, last.quote, last.start, last.end),
        ),
        action=Remind(at, shown((f"Collect your parcel, by {day}", code)), copy_text=code),
        confidence=0.85,
        expires=datetime.combine(day, time(23, 59), context.zone),
    )


plugin = Plugin(Config, suggest)
