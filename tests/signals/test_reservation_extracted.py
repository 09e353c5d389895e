"""What KItinerary's extractor told, beside markup and the own rules: each booking once, quoted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest
from tests.signals.test_reservation_layouts import CODE, DAY, booked

from samantha.api import Document, Region
from samantha.api.testing import document, mail
from samantha.signals.facts import facts
from samantha.signals.reservation_marked import EXTRACTED, REGION
from samantha.signals.reservations import worth_extracting

TEXT = "Booking QX7RT2 is confirmed.\nFlight QA 512 from Alton to Bexley\nMon 4 May 2026\n"
BLOCK = (
    "Reservation: FlightReservation\nStart: 2026-05-04T07:10:00+02:00\n"
    "End: 2026-05-04T10:05:00+01:00\nFrom: Alton\nTo: Bexley\nNumber: QX7RT2\nName: QA 512"
)


def told(text: str, block: str, name: str = EXTRACTED) -> Document:
    """Return a mail with lines below its text that the reader wrote, as a region of their own."""
    whole = f"{text}\n\n{block}"
    spans = (Region("body", 0, len(text)), Region("attachment", len(text) + 2, len(whole), name))
    return replace(mail(whole, date=DAY), regions=spans)


def test_what_the_extractor_knows_is_quoted_from_the_mail() -> None:
    """Its hours and zones, and as evidence the words of the mail that name what is booked."""
    found = told(TEXT, BLOCK)
    (value,) = booked(found)
    assert value["start"] == "2026-05-04T07:10:00+02:00"
    assert value["end"] == "2026-05-04T10:05:00+01:00"
    (signal,) = [s for s in facts(found, UTC, "en") if s.kind == "reservation"]
    assert signal.quote == "Booking QX7RT2 is confirmed.\nFlight QA 512 from Alton to Bexley"


def test_what_no_text_says_is_quoted_from_the_extractor() -> None:
    """A code in a picture: the lines of the extractor are the evidence, in their own region."""
    found = told("Your ticket QX7RT2 is attached, have a good trip.", BLOCK)
    (signal,) = [s for s in facts(found, UTC, "en") if s.kind == "reservation"]
    assert signal.quote == BLOCK
    assert signal.start >= found.regions[1].start


def test_markup_is_told_first_and_alone() -> None:
    """Where the sender marked it up, nothing else speaks of it."""
    found = told(TEXT, BLOCK, REGION)
    longer = f"{found.text}\n\n{BLOCK.replace('07:10', '09:10')}"
    regions = (*found.regions, Region("attachment", len(found.text) + 2, len(longer), EXTRACTED))
    (value,) = booked(replace(found, text=longer, regions=regions))
    assert value["start"] == "2026-05-04T07:10:00+02:00"


def test_own_rules_tell_what_the_extractor_does_not_know() -> None:
    """A stay beside its flight is told as well; the flight not twice; hours fill a bare day."""
    stay = "Hotel Lakeview\nCheck-in: 4 May 2026\nCheck-out: 6 May 2026\n2 nights\n"
    plain = "Departure: Alton 4 May 2026, 07:10\nArrival: Bexley 4 May 2026, 10:05\n"
    bare = BLOCK.replace("T07:10:00+02:00", "").replace("End: 2026-05-04T10:05:00+01:00\n", "")
    found = booked(told(f"{TEXT}{plain}{stay}", bare))
    assert [(v["type"], v["start"], v["end"]) for v in found] == [
        ("FlightReservation", "2026-05-04T07:10:00", "2026-05-04T10:05:00"),
        ("LodgingReservation", "2026-05-04", "2026-05-06"),
    ]


def test_a_cancelled_booking_is_cancelled_whatever_the_extractor_says() -> None:
    """It takes every ticket for confirmed; the mail knows better."""
    block = f"{BLOCK}\nStatus: ReservationConfirmed"
    (value,) = booked(told(f"Your booking was cancelled.\n{TEXT}", block))
    assert value["status"] == "ReservationCancelled"


def test_a_text_cannot_pass_for_the_extractor() -> None:
    """Lines like those of the reader are text like any other in a mail's body."""
    assert booked(mail(f"Look at this:\n\n{BLOCK.replace('Flight', 'Taxi')}", date=DAY)) == []


PDF = ("ticket.pdf",)


def of_list(found: Document) -> Document:
    """Return the mail as a list's."""
    assert found.mail is not None
    return replace(found, mail=replace(found.mail, list_id="deals.example"))


@pytest.mark.parametrize(
    ("found", "worth"),
    [
        (mail(TEXT, date=DAY), True),
        (mail("Your ticket is attached.", date=DAY, attachments=PDF), True),
        (mail(f"Your boarding pass\n{CODE}", date=DAY), True),
        (mail("The minutes are attached.", date=DAY, attachments=PDF), False),
        (mail("Shall we have a trip to the lake?", date=DAY), False),
        (of_list(mail(TEXT, date=DAY)), False),
        (mail(TEXT, date=DAY, folder="spam"), False),
        (told("Hello", BLOCK, REGION), False),
        (document("/h/notes.md", TEXT), False),
        (replace(document("/h/scan.pdf", ""), format="pdf"), True),
    ],
)
def test_only_what_may_be_a_booking_is_worth_asking(found: Document, worth: bool) -> None:
    """Words of a booking with its number or hours, a ticket attached, no markup; never a list."""
    assert worth_extracting(found) is worth
