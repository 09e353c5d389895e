"""The plugin `briefing`: a page for tomorrow's meeting, and silence for routine ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samantha_plugins.briefing import Config, plugin

from samantha.api import Appointment, Document, Silence, Suggestion, WriteDocument
from samantha.api.testing import ME, context, document, mail, moment

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 5, 4, 5, tzinfo=UTC)
CALENDAR = replace(document("/cal/x.ics", "Summary: Harbour plan\nStart: x"), format="ics")
MEETING = Appointment(
    "1@x.example",
    "Harbour plan",
    datetime(2026, 5, 5, 10, tzinfo=VIENNA),
    datetime(2026, 5, 5, 11, tzinfo=VIENNA),
    CALENDAR.id,
    location="Room 5",
    people=("bob@work.example", ME.addresses[0]),
)
ASKED = "Can you send the *sketches*?"
BOB = mail(
    f"Hello Anna. {ASKED}",
    sender="bob@work.example",
    sender_name="Bob",
    subject="Sketches",
    date=NOW - timedelta(days=3),
    signals=[("question", {}, ASKED)],
)
PLAN = document("/home/a/harbour notes.txt", "text", modified=NOW - timedelta(days=2))
OLD = document("/home/a/harbour old.txt", "text", modified=NOW - timedelta(days=90))


def asked(
    meeting: Appointment = MEETING,
    documents: Sequence[Document] = (CALENDAR, BOB, PLAN, OLD),
    kind: str = "day",
) -> list[Suggestion | Silence]:
    everything = context(documents, Config(), zone=VIENNA, calendar=(meeting,))
    return list(plugin.suggest(moment((), now=NOW, kind=kind), everything))


def test_tomorrows_meeting_gets_a_page() -> None:
    """Last mails, open points and changed files stand on one page, quoted as evidence."""
    (found,) = asked()
    assert isinstance(found, Suggestion) and isinstance(found.action, WriteDocument)
    assert found.title == "A page for tomorrow 10:00: Harbour plan"
    assert found.why == "With Bob: last mails, 1 open points, 1 changed files."
    assert found.action.body == (
        "# Harbour plan\n\n2026-05-05 10:00 Room 5\n\n## Bob\n\n"
        "- 2026-05-01 **Sketches**: Hello Anna. Can you send the \\*sketches\\*?\n\n"
        "## Open points\n\n- Can you send the \\*sketches\\*?\n\n"
        "## Changed files\n\n- 2026-05-02 /home/a/harbour notes.txt\n"
    )
    assert found.expires == MEETING.start
    assert [e.quote for e in found.evidence][:2] == ["Summary: Harbour plan", ASKED]


SILENT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"repeats": True}, "a routine meeting"),
    ({"all_day": True}, "a whole day"),
    ({"people": (ME.addresses[0],)}, "nobody else is invited"),
    ({"people": ("x@stranger.example",)}, "nobody of it wrote to you"),
    ({"people": tuple(f"p{n}@x.example" for n in range(20))}, "20 people"),
)


@pytest.mark.parametrize(("change", "reason"), SILENT, ids=[r for _, r in SILENT])
def test_it_keeps_silent(change: dict[str, Any], reason: str) -> None:
    """Routine, whole-day, lonely and crowded meetings get no page."""
    (told,) = asked(replace(MEETING, **change))
    assert isinstance(told, Silence) and reason in told.reason


def test_only_tomorrow_and_only_as_a_day_begins() -> None:
    """The day after tomorrow is left for tomorrow; a mail is no occasion."""
    later = replace(
        MEETING, start=MEETING.start + timedelta(days=1), end=MEETING.end + timedelta(days=1)
    )
    assert asked(later) == [] and asked(kind="documents") == []
