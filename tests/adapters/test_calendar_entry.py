"""Calendar entries: exactly the approved properties, written once, taken back whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import START, Home, suggestion
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from samantha.adapters.calendar_entry import entry_bytes, entry_id, entry_told, problem_of
from samantha.adapters.executor import WorkerExecutor
from samantha.api import AddEvent, PrepareTrip, UserError, WriteDocument
from samantha.api.types import Verdict
from samantha.core.outbox import run_outbox, undo
from samantha.core.ports import OutboxState

VIENNA = ZoneInfo("Europe/Vienna")
AT = datetime(2026, 5, 3, 15, tzinfo=VIENNA)
PLAIN = AddEvent("Meeting", AT, AT + timedelta(hours=1), zone="Europe/Vienna", location="Room 5")

TEXTS = st.text(max_size=60) | st.sampled_from(
    (
        "x\r\nATTENDEE:mailto:evil@x.example",
        "x\nBEGIN:VALARM\nACTION:PROCEDURE\nEND:VALARM",
        "x\\nEND:VEVENT",
        "a;b,c:d\\e",
        "x\u2028URL:http://evil.example",
        "\ud800x",
        "SUMMARY:second",
    )
)


@settings(deadline=None)
@given(TEXTS, TEXTS, TEXTS, st.booleans(), st.sampled_from(["", "Europe/Vienna", "Asia/Tokyo"]))
def test_no_value_becomes_a_property(
    title: str, place: str, notes: str, whole_day: bool, zone: str
) -> None:
    """Whatever a stranger's text holds, the entry has the approved properties and no others."""
    entry = AddEvent("T" + title, AT, None, whole_day, zone, place, notes)
    data = entry_bytes(entry, START)
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    known = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "DESCRIPTION"}
    assert set(event.keys()) <= known and not event.subcomponents
    assert str(event["UID"]) == entry_id(entry)
    if not whole_day:
        assert event["DTSTART"].dt == AT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SUMMARY:Meeting", b"SUMMARY:Meeting\r\nATTENDEE:mailto:x@y.example"),
        (b"T150000", b"T160000"),
        (b"LOCATION:Room 5", b"LOCATION:Room 6"),
        (b"END:VEVENT", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:2\r\nEND:VEVENT"),
        (b"END:VTIMEZONE", b"X-EVIL:1\r\nEND:VTIMEZONE"),
        (b"END:VCALENDAR", b"METHOD:REQUEST\r\nEND:VCALENDAR"),
    ],
)
def test_the_second_parser_finds_every_change(old: bytes, new: bytes) -> None:
    """Bytes that say more, less or other than what was approved are found out."""
    data = entry_bytes(PLAIN, START)
    assert problem_of(data, PLAIN) == ""
    assert old in data
    assert problem_of(data.replace(old, new, 1), PLAIN)


@pytest.mark.parametrize(
    "bad",
    [
        replace(PLAIN, title=" \u200b "),
        replace(PLAIN, end=AT),
        replace(PLAIN, end=AT + timedelta(days=900)),
        replace(PLAIN, zone="Mars/Base"),
        replace(PLAIN, repeats="FREQ=WEEKLY\r\nURL:http://evil.example"),
        replace(PLAIN, repeats="FREQ=SECONDLY"),
    ],
)
def test_what_makes_no_entry_is_refused(bad: AddEvent) -> None:
    """An entry without a title, that ends before it begins, or repeats oddly is not built."""
    with pytest.raises(UserError):
        entry_bytes(bad, START)


def test_the_same_values_give_the_same_bytes() -> None:
    """The UID comes of the action alone, so that the same entry is one file."""
    assert entry_bytes(PLAIN, START) == entry_bytes(replace(PLAIN), START)
    assert entry_id(PLAIN) != entry_id(replace(PLAIN, location="Room 6"))


def test_an_entry_is_told_from_its_bytes() -> None:
    """The card tells title, times with zone and place as the bytes say them."""
    entry = replace(PLAIN, notes="one; two, three\nfour", repeats="FREQ=WEEKLY;BYDAY=SU")
    assert entry_told(entry_bytes(entry, START)) == [
        "Title: Meeting",
        "Start: 2026-05-03 15:00 Europe/Vienna",
        "End: 2026-05-03 16:00 Europe/Vienna",
        "Repeats: FREQ=WEEKLY;BYDAY=SU",
        "Place: Room 5",
        "Notes: one; two, three",
        "four",
    ]


def carried_out(home: Home, executor: WorkerExecutor, action: object, *sources: str) -> int:
    """Accept an offer with this action; return its id."""
    source = home.mail("See you on Sunday at three.")
    made = suggestion(source, action, sources=(source.id, *sources))  # type: ignore[arg-type]
    (offer,) = home.suggest(made)
    assert offer.verdict is Verdict.SHOW and offer.approval_class == "A"
    home.decisions.accept(offer.id, via="test")
    (entry,) = run_outbox(home.state, executor, home.clock, "t")
    assert entry.state is OutboxState.DONE, entry.reason
    return offer.id


def below(folder: Path) -> list[str]:
    """Return the files below a folder."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def executor() -> object:
    running = WorkerExecutor()
    yield running
    running.close()


def test_a_yes_writes_one_file_and_undo_takes_exactly_it(
    tmp_path: Path, executor: WorkerExecutor
) -> None:
    """The entry appears in the calendar folder beside others, and goes alone."""
    home = Home(tmp_path)
    calendar = home.out / "Calendar"
    calendar.mkdir(parents=True)
    (calendar / "other.ics").write_text("mine")
    offer = carried_out(home, executor, PLAIN)
    written = [name for name in below(calendar) if name != "other.ics"]
    assert written == [f"{entry_id(PLAIN)}.ics"]
    assert undo(home.state, executor, offer, home.clock) == ""
    assert below(calendar) == ["other.ics"]
    home.close()


def test_a_trip_is_entries_and_a_folder_of_tickets(
    tmp_path: Path, executor: WorkerExecutor
) -> None:
    """A mail and a file are copied into a new folder; undo leaves nothing of it."""
    home = Home(tmp_path)
    ticket = home.file("ticket.pdf", "a ticket")
    there = replace(PLAIN, title="Train to Graz")
    back = replace(there, title="Train to Vienna", start=AT + timedelta(days=2), end=None)
    trip = PrepareTrip("Graz in May", (there, back), (str(ticket.id),))
    offer = carried_out(home, executor, trip, ticket.id)
    found = below(home.out)
    assert "Trips/Graz in May/ticket.pdf" in found and len(found) == 3
    assert undo(home.state, executor, offer, home.clock) == ""
    assert below(home.out) == [] and ticket.path in [str(p) for p in home.documents.rglob("*")]
    home.close()


def test_a_page_is_written_below_the_output_folder(
    tmp_path: Path, executor: WorkerExecutor
) -> None:
    """A document is a new Markdown file; a folder that leads elsewhere is refused."""
    home = Home(tmp_path)
    carried_out(home, executor, WriteDocument("Brief: Ann", "# Ann\n\n- one\n", "Briefs"))
    assert below(home.out) == ["Briefs/Brief Ann.md"]
    with pytest.raises(UserError):
        home.builder.build(WriteDocument("T", "text", "../up"), {})
    home.close()


def test_an_entry_of_the_past_calendar_is_not_offered_twice(
    tmp_path: Path, executor: WorkerExecutor
) -> None:
    """What lies in the folder already is not prepared again."""
    home = Home(tmp_path)
    carried_out(home, executor, PLAIN)
    with pytest.raises(UserError, match="in the calendar already"):
        home.builder.build(PLAIN, {})
    home.close()


UTC_ENTRY = AddEvent("Call", datetime(2026, 5, 3, 13, tzinfo=UTC))


def test_an_entry_without_a_zone_is_written_in_utc() -> None:
    """No zone means UTC, and no time zone block."""
    data = entry_bytes(UTC_ENTRY, START)
    assert b"DTSTART:20260503T130000Z" in data and b"VTIMEZONE" not in data
