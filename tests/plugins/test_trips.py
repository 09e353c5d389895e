"""The plugin `trips`: bookings become entries and a folder; updates replace, the rest is silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samantha_plugins.trips import Config, plugin

from samantha.api import (
    AddEvent,
    Appointment,
    Document,
    PrepareTrip,
    Region,
    Silence,
    Suggestion,
)
from samantha.api.testing import ME, context, mail, moment
from samantha.api.types import DocumentId

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 5, 1, 9, tzinfo=UTC)
OUT = {
    "type": "FlightReservation",
    "start": "2026-05-10T07:10:00+02:00",
    "end": "2026-05-10T10:05:00+01:00",
    "from": "Vienna",
    "to": "Lisbon",
    "place": "Vienna",
    "number": "QX7RT2",
    "name": "OS 451",
    "status": "Confirmed",
}
BACK = {**OUT, "start": "2026-05-14T11:00:00+01:00", "end": "", "from": "Lisbon", "to": "Vienna"}
STAY = {
    **OUT, "type": "LodgingReservation", "start": "2026-05-10", "end": "2026-05-14", "from": "",
    "to": "", "place": "Casa Azul, Rua 1, Lisbon", "name": "Casa Azul", "number": "H-12345",
}  # fmt: skip


def confirmation(*values: dict[str, Any], sure: float = 0.95, **more: Any) -> Document:
    """Return a mail with these reservations."""
    text = "\n".join(f"Leg {n}." for n in range(len(values)))
    seen = [("reservation", v, f"Leg {n}.") for n, v in enumerate(values)]
    given = {"sender": "no-reply@air.example", "subject": "Your trip", "date": NOW}
    made = mail(text, **{**given, **more}, signals=seen)
    signals = tuple(replace(s, confidence=sure) for s in made.analysis.signals)
    return replace(made, analysis=replace(made.analysis, signals=signals))


def asked(
    *documents: Document,
    others: Sequence[Document] = (),
    calendar: Sequence[Appointment] = (),
    now: datetime = NOW,
) -> list[Suggestion | Silence]:
    everything = context([*documents, *others], Config(), zone=VIENNA, calendar=tuple(calendar))
    return list(plugin.suggest(moment(documents, now=now), everything))


def offered(*documents: Document, **more: Any) -> list[Suggestion]:
    return [a for a in asked(*documents, **more) if isinstance(a, Suggestion)]


def there(title: str, start: str, hours: int = 1) -> Appointment:
    at = datetime.fromisoformat(start).replace(tzinfo=VIENNA)
    return Appointment("u", title, at, at + timedelta(hours=hours), DocumentId("/cal/x.ics"))


def test_a_booking_of_two_legs_is_two_entries_and_a_folder() -> None:
    """Each leg is an entry in the user's zone; the mail is the ticket."""
    booked = confirmation(OUT, BACK)
    (found,) = offered(booked)
    assert found.title == "Flight OS 451 Vienna – Lisbon, 10 May (+1)"
    assert found.why == "2 entries, booking QX7RT2."
    assert found.thing == "trip qx7rt2" and found.kind == "trip"
    assert isinstance(found.action, PrepareTrip)
    assert found.action.title == "2026-05-10 Lisbon" and found.action.tickets == (booked.id,)
    assert found.action.entries[0] == AddEvent(
        "Flight OS 451 Vienna – Lisbon",
        datetime(2026, 5, 10, 7, 10, tzinfo=VIENNA),
        datetime(2026, 5, 10, 11, 5, tzinfo=VIENNA),
        zone="Europe/Vienna",
        location="Vienna",
        notes="Booking number: QX7RT2",
    )
    assert [e.quote for e in found.evidence] == ["Leg 0.", "Leg 1."]


def test_a_stay_is_whole_days() -> None:
    """A hotel is an entry over its nights, until the day of leaving."""
    (found,) = offered(confirmation(STAY, language="de"))
    assert isinstance(found.action, PrepareTrip)
    (entry,) = found.action.entries
    assert entry.title == "Unterkunft: Casa Azul" and entry.whole_day
    assert (entry.start.day, entry.end.day if entry.end else 0) == (10, 14)
    assert found.title == "Unterkunft: Casa Azul, 10.05."


def test_what_it_clashes_with_is_named() -> None:
    """A meeting during the flight stands in the reason."""
    (found,) = offered(confirmation(OUT), calendar=[there("Team day", "2026-05-10T09:00")])
    assert "It clashes with “Team day” (10.05. 09:00)." in found.why


def test_a_newer_mail_about_a_booking_takes_the_place_of_the_older() -> None:
    """Both name the same thing; only the newer is offered, with both as tickets."""
    old = confirmation(OUT, message_id="<old@air.example>", date=NOW - timedelta(days=1))
    moved = {**OUT, "start": "2026-05-10T08:10:00+02:00"}
    new = confirmation(moved, message_id="<new@air.example>")
    (found,) = offered(old, new)
    assert isinstance(found.action, PrepareTrip)
    assert found.action.entries[0].start.hour == 8
    assert found.action.tickets == (new.id, old.id)
    assert offered(old)[0].thing == found.thing


def test_a_cancellation_takes_the_offer_back() -> None:
    """A cancelled booking settles the thing, and its earlier confirmation is not offered."""
    off = confirmation({**OUT, "status": "ReservationCancelled"}, date=NOW + timedelta(hours=1))
    assert asked(off) == [Silence(off.id, "the booking is cancelled", "trip qx7rt2")]
    (silent,) = asked(confirmation(OUT), others=[off])
    assert isinstance(silent, Silence) and silent.reason == "the booking was cancelled later"


SILENT = (
    (confirmation({**OUT, "start": "2026-04-10T07:10:00", "end": ""}), "the trip is over"),
    (confirmation(OUT, folder="spam"), "not a mail you received"),
    (confirmation(OUT, sender=ME.addresses[0]), "not a mail you received"),
    (confirmation(OUT, sure=0.55), "not sure enough"),
)


@pytest.mark.parametrize(("document", "reason"), SILENT, ids=[r for _, r in SILENT])
def test_it_keeps_silent(document: Document, reason: str) -> None:
    """What is over, unwanted or unsure is not offered, and the reason is told."""
    (told,) = asked(document)
    assert isinstance(told, Silence) and reason in told.reason


def test_what_the_calendar_has_is_not_offered() -> None:
    """A leg that stands in the calendar is not entered again."""
    known = there("Vienna – Lisbon (OS 451)", "2026-05-10T07:10", 3)
    (told,) = asked(confirmation(OUT), calendar=[known])
    assert isinstance(told, Silence) and told.reason == "it is in the calendar already"


def test_a_newsletter_is_no_booking() -> None:
    """A list's offers have dates and hotels, too."""
    listed = confirmation(STAY)
    assert listed.mail is not None
    listed = replace(listed, mail=replace(listed.mail, list_id="deals.air.example"))
    assert offered(listed) == []


def test_a_journey_whose_time_has_changed_says_what_was_said_before() -> None:
    """Two papers of a booking disagree: the newer counts, the older time stands in the reason."""
    first = confirmation(OUT, message_id="<1@air.example>")
    later = {**OUT, "start": "2026-05-10T08:25:00+02:00"}
    again = confirmation(later, message_id="<2@air.example>", date=NOW + timedelta(hours=1))
    (found,) = offered(again, others=[first], now=NOW + timedelta(hours=2))
    assert "An earlier message said 10.05. 07:10." in found.why and found.thing == "trip qx7rt2"
    (same,) = offered(confirmation(OUT, message_id="<3@air.example>"), others=[])
    assert "earlier message" not in same.why


def test_a_change_after_the_yes_is_offered_by_itself() -> None:
    """The entry is in the calendar: the new time is no version of the offer that was accepted."""
    first = confirmation(OUT, message_id="<1@air.example>")
    later = {**OUT, "start": "2026-05-10T08:25:00+02:00"}
    again = confirmation(later, message_id="<2@air.example>", date=NOW + timedelta(hours=1))
    calendar = [there("Flight OS 451 Vienna – Lisbon", "2026-05-10T07:10", 4)]
    (found,) = offered(again, others=[first], calendar=calendar, now=NOW + timedelta(hours=2))
    assert found.thing == "trip qx7rt2 2026-05-10T08:25"


def test_two_travellers_are_one_entry() -> None:
    """A reservation for each traveller, one journey."""
    (found,) = offered(confirmation({**OUT, "traveller": "Ada"}, {**OUT, "traveller": "Ben"}))
    assert isinstance(found.action, PrepareTrip) and len(found.action.entries) == 1


def test_what_no_text_says_is_said_to_come_from_the_attachment() -> None:
    """KItinerary read a code in a picture: the offer quotes its lines, and says whose they are."""
    made = confirmation(OUT)
    region = Region("attachment", 0, len(made.text), "KItinerary/Reservation")
    (told,) = offered(replace(made, regions=(region,)))
    assert "Read from the attachment by KItinerary" in told.why
    (plain,) = offered(made)
    assert "KItinerary" not in plain.why
