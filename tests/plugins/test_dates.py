"""The plugin `dates`: which mails become an entry, what it says, and when it keeps silent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from samantha_plugins.dates import Config, plugin

from samantha.api import (
    AddEvent,
    Appointment,
    Document,
    DocumentId,
    Person,
    Silence,
    Suggestion,
)
from samantha.api.testing import ME, context, mail, moment
from samantha.api.testing import document as paper

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
SENTENCE = "We meet on Thursday at 3pm in room 5."
VALUE = {
    "start": "2026-05-07T15:00:00",
    "end": None,
    "location": "room 5",
    "title": "Planning",
}
INVITE = {**VALUE, "invitation": True, "uid": "1@x.example", "method": "REQUEST"}
KNOWN = mail("Thanks!", sender=ME.addresses[0], to=["bob@work.example"], folder="sent")


def meeting(text: str = SENTENCE, quote: str = "", **more: Any) -> Document:
    """Return a mail from Bob that names a meeting."""
    value = {**VALUE, **more.pop("value", {})}
    sure = more.pop("sure", 0.85)
    given = {"sender": "bob@work.example", "sender_name": "Bob", "subject": "Planning", "date": NOW}
    made = mail(text, **{**given, **more}, signals=[("event", value, quote or text)])
    signals = tuple(replace(s, confidence=sure) for s in made.analysis.signals)
    return replace(made, analysis=replace(made.analysis, signals=signals))


def asked(
    *documents: Document,
    others: Sequence[Document] = (KNOWN,),
    calendar: Sequence[Appointment] = (),
    now: datetime = NOW,
    config: Config | None = None,
) -> list[Suggestion | Silence]:
    everything = context(
        [*documents, *others], config or Config(), zone=VIENNA, calendar=tuple(calendar)
    )
    return list(plugin.suggest(moment(documents, now=now), everything))


def offered(*documents: Document, **more: Any) -> list[Suggestion]:
    return [a for a in asked(*documents, **more) if isinstance(a, Suggestion)]


def reasons(*documents: Document, **more: Any) -> list[str]:
    return [a.reason for a in asked(*documents, **more) if isinstance(a, Silence)]


def entry(title: str, start: str, minutes: int = 60, **more: Any) -> Appointment:
    at = datetime.fromisoformat(start).replace(tzinfo=VIENNA)
    end = at + timedelta(minutes=minutes)
    return Appointment("u", title, at, end, DocumentId("/cal/x.ics"), **more)


def test_a_meeting_in_a_sentence_becomes_an_entry() -> None:
    """Day, time and place of the sentence are the entry's, in the user's zone."""
    (found,) = offered(meeting())
    assert found.title == "Planning: Thu 7 May 15:00, room 5"
    assert found.evidence[0].quote == SENTENCE
    assert found.why == "Bob names day and time. Your calendar is free then."
    at = datetime(2026, 5, 7, 15, tzinfo=VIENNA)
    assert found.action == AddEvent(
        "Planning",
        at,
        at + timedelta(hours=1),
        zone="Europe/Vienna",
        location="room 5",
        notes=f"From the mail “Planning” (Bob)\n{SENTENCE}",
    )
    assert found.expires == at + timedelta(minutes=1)


def test_a_german_mail_is_answered_in_german() -> None:
    """The offer speaks the language of the mail."""
    (found,) = offered(meeting("Wir treffen uns am Donnerstag um 15 Uhr.", language="de"))
    assert found.title == "Planning: Do 7. Mai 15:00, room 5"
    assert "Der Kalender ist dann frei." in found.why


def test_what_it_clashes_with_is_named() -> None:
    """Another appointment at that time stands in the reason; a whole-day one does not."""
    there = [entry("Dentist", "2026-05-07T15:30"), entry("Birthday", "2026-05-07T00:00", 1440)]
    there[1] = replace(there[1], all_day=True)
    (found,) = offered(meeting(), calendar=there)
    assert found.why == "Bob names day and time. It clashes with “Dentist” (15:30–16:30)."


def test_an_invitation_is_offered_whoever_sends_it() -> None:
    """A calendar file needs no acquaintance, keeps its zone and its rule."""
    value = {**INVITE, "zone": "Europe/London", "repeats": "FREQ=WEEKLY;COUNT=3"}
    (found,) = offered(meeting(value=value), others=())
    assert isinstance(found.action, AddEvent)
    assert (found.kind, found.action.zone) == ("invitation", "Europe/London")
    assert found.action.repeats == "FREQ=WEEKLY;COUNT=3" and found.thing == "event 1@x.example"


def test_an_update_is_the_same_thing_and_a_cancellation_settles_it() -> None:
    """The offer of an invitation is replaced by its update and taken back when it is cancelled."""
    first, update = (
        offered(meeting(value={**INVITE, "start": f"2026-05-07T{h}:00:00"}))[0] for h in (15, 16)
    )
    assert first.thing == update.thing
    gone = asked(meeting(value={**INVITE, "method": "CANCEL"}))
    assert gone == [Silence(gone[0].document, "it is cancelled", first.thing)]  # type: ignore[union-attr]


SILENT = (
    (meeting(sender="x@stranger.example"), "from somebody you never wrote to"),
    (meeting(to=["all@work.example"]), "it is not addressed to you"),
    (meeting(folder="spam"), "it lies in the spam folder"),
    (meeting(sender=ME.addresses[0], folder="sent"), "you wrote it yourself"),
    (meeting(to=[*ME.addresses, *(f"p{n}@w.example" for n in range(12))]), "many people"),
    (meeting("Would Thursday at 3pm work for you?"), "a proposal"),
    (meeting("The Thursday 3pm meeting is cancelled."), "it was called off"),
    (meeting(sure=0.5), "not sure enough"),
    (meeting(value={"start": "2026-05-01T15:00:00"}), "it is past"),
    (meeting(value={"start": "2028-05-01T15:00:00"}), "more than a year away"),
    (meeting("Register now! Thursday 3pm"), "an advertisement or a public event"),
    (meeting(value={**INVITE, "method": "REPLY"}), "an answer to an invitation"),
)


@pytest.mark.parametrize(("document", "reason"), SILENT, ids=[r for _, r in SILENT])
def test_it_keeps_silent(document: Document, reason: str) -> None:
    """What is not the user's, not fixed, past or unsure is not offered, and the reason is told."""
    assert offered(document) == []
    (told,) = reasons(document)
    assert reason in told


def test_lists_and_programmes_are_not_appointments() -> None:
    """A mailing list's date is for everybody, and so is a programme of many."""
    listed = meeting()
    assert listed.mail is not None
    listed = replace(listed, mail=replace(listed.mail, list_id="dev.lists.example"))
    assert "a mailing list" in reasons(listed)[0]
    text = "Mon 3pm. Tue 3pm. Wed 3pm."
    signals = [
        ("event", {**VALUE, "start": f"2026-05-1{n}T15:00:00"}, q)
        for n, q in enumerate(("Mon 3pm.", "Tue 3pm.", "Wed 3pm."))
    ]
    many = mail(text, sender="bob@work.example", date=NOW, signals=signals)
    assert reasons(many) == ["a programme of 3 dates, not an appointment"]


def test_what_the_calendar_has_is_not_offered() -> None:
    """The same hour under a title with the same words is known already."""
    assert (
        "in the calendar already"
        in reasons(meeting(), calendar=[entry("Planning round", "2026-05-07T15:00")])[0]
    )


def test_a_yes_of_the_user_makes_a_proposal_an_appointment() -> None:
    """The user's own answer counts, quoted beside the proposal; a no does not."""
    proposal = meeting("Would Thursday at 3pm work?", message_id="<p@work.example>")
    for text, count in (("Yes, see you then.", 1), ("Sorry, I can't make it.", 0)):
        answer = mail(
            text, sender=ME.addresses[0], to=["bob@work.example"], folder="sent",
            in_reply_to="<p@work.example>", date=NOW + timedelta(hours=1),
        )  # fmt: skip
        found = offered(answer, others=[proposal, KNOWN], now=NOW + timedelta(hours=2))
        assert len(found) == count
        if found:
            assert [e.document for e in found[0].evidence] == [proposal.id, answer.id]
            assert found[0].why.startswith("You said yes to Bob.")


@pytest.mark.parametrize(
    ("who", "text", "reason"),
    [
        (ME.addresses[0], "Unfortunately I can't make it.", "you declined"),
        ("bob@work.example", "The meeting is postponed.", "called off or moved"),
    ],
)
def test_how_the_thread_went_on_counts(who: str, text: str, reason: str) -> None:
    """An appointment that was declined or called off later is not offered."""
    first = meeting(message_id="<p@work.example>")
    later = mail(text, sender=who, in_reply_to="<p@work.example>", date=NOW + timedelta(hours=1))
    (silent,) = [a for a in asked(first, others=[KNOWN, later]) if isinstance(a, Silence)]
    assert reason in silent.reason and silent.thing == "event 2026-05-07T13:00 planning"


def test_an_appointment_of_the_users_own_needs_no_acquaintance() -> None:
    """A practice that confirms "your appointment" is heard."""
    text = "Your appointment is confirmed for Thursday at 3pm."
    assert len(offered(meeting(text, sender="desk@practice.example"))) == 1


LETTER = (
    "Hillside Practice\n\n{name}\n5 Mill Lane\n\nDear {name},\n\n"
    "your appointment with Dr Moor is on Thursday, 7 May 2026 at 3pm in room 5.\n\nRegards\n"
)


def letter(
    text: str = LETTER, name: str = "Anna Berg", form: str = "pdf", author: str = "other"
) -> Document:
    """Return a file that names an appointment."""
    whole = text.format(name=name)
    quote = next(line for line in whole.split("\n") if "7 May" in line or "7. Mai" in line)
    made = paper(
        f"/home/letter.{form}",
        whole,
        author=author,
        signals=[("event", VALUE, quote)],
        modified=NOW,
    )
    signals = tuple(replace(s, confidence=0.85) for s in made.analysis.signals)
    return replace(made, format=form, analysis=replace(made.analysis, signals=signals))


@pytest.mark.parametrize("form", ["txt", "pdf", "docx"])
def test_an_appointment_in_a_letter_on_the_disk_is_offered(form: str) -> None:
    """A scanned or downloaded letter to the user counts as a mail does, and is named."""
    (found,) = offered(letter(form=form))
    assert found.kind == "appointment" and found.title.endswith("Thu 7 May 15:00, room 5")
    assert found.why == f"“letter.{form}” names day and time. Your calendar is free then."
    assert isinstance(found.action, AddEvent)
    assert found.action.notes.startswith(f"From the file “letter.{form}”\nyour appointment")


def test_a_letter_that_expects_the_reader_is_heard() -> None:
    """An authority that gives an appointment without calling it the reader's own."""
    text = LETTER.replace("your appointment with Dr Moor is on", "we look forward to seeing you on")
    assert len(offered(letter(text))) == 1
    stranger = meeting("We look forward to seeing you on Thursday at 3pm.", sender="x@shop.example")
    assert offered(stranger) == []


def test_a_german_letter_is_heard() -> None:
    """The German words of a practice or an office."""
    text = (
        "Hausarztpraxis\n\n{name}\n\nSehr geehrte Frau Berg,\n\n"
        "Ihr Termin ist am Donnerstag, dem 7. Mai, um 15 Uhr.\n"
    )
    assert len(offered(letter(text))) == 1


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (letter(name="Ben Moor"), "does not name you"),
        (letter(author="user"), "you wrote it yourself"),
        (letter(form="ics"), "your calendar"),
        (letter("Minutes for {name}\nThe board met on 7 May 2026 at 3pm.\n"), "is yours"),
        (letter(LETTER + "Unsubscribe or register now.\n"), "an advertisement"),
    ],
    ids=["another", "own", "calendar", "minutes", "advertisement"],
)
def test_a_file_that_is_not_about_the_users_appointment_is_passed_over(
    made: Document, reason: str
) -> None:
    """Letters to others, own papers, calendars, minutes and advertisements."""
    assert offered(made) == [] and reason in reasons(made)[0]


def test_a_booking_is_left_to_the_plugin_of_bookings() -> None:
    """A flight's hours are no appointment beside the trip."""
    booking = {"type": "FlightReservation", "start": "2026-05-07T15:00:00"}
    text = "Your booking is confirmed: Thursday at 3pm."
    made = mail(
        text, sender="desk@air.example", subject="Your booking", date=NOW,
        signals=[("event", VALUE, text), ("reservation", booking, text)],
    )  # fmt: skip
    assert offered(made) == [] and "a booking" in reasons(made)[0]


def moved(text: str = "The meeting has moved to Friday at 4pm.") -> tuple[Document, Document]:
    """Return a meeting and the message of its thread that moves it."""
    first = meeting(message_id="<p@work.example>")
    later = meeting(
        text, value={"start": "2026-05-08T16:00:00"}, date=NOW + timedelta(hours=2),
        in_reply_to="<p@work.example>", message_id="<q@work.example>", subject="Re: Planning",
    )  # fmt: skip
    return first, later


@pytest.mark.parametrize(
    "text",
    [
        "The meeting has moved to Friday at 4pm.",
        "Let's do Friday at 4pm instead.",
        "Der Termin ist auf Freitag 16 Uhr verschoben.",
        "Let's make it Friday at 4pm.",
        "Dann doch lieber am Freitag um 16 Uhr.",
        "Le rendez-vous est reporté à vendredi 16h.",
    ],
)
def test_a_meeting_that_is_moved_replaces_its_offer(text: str) -> None:
    """The new time is offered under the first offer's name, and that is not taken back."""
    first, later = moved(text)
    (before,) = offered(first)
    after = asked(later, others=[first, KNOWN], now=NOW + timedelta(hours=3))
    (found,) = [a for a in after if isinstance(a, Suggestion)]
    assert found.thing == before.thing and "Fri 8 May 16:00" in found.title
    assert [a.thing for a in asked(first, others=[later, KNOWN]) if isinstance(a, Silence)] in (
        [""],
        [],
    )


def test_what_only_adds_a_meeting_is_another_offer() -> None:
    """A second meeting in a thread, and one whose first time was entered already, stand alone."""
    first, more = moved("A second meeting is on Friday at 4pm.")
    (found,) = offered(more, others=[first, KNOWN])
    assert found.thing != offered(first)[0].thing
    first, later = moved()
    there = [entry("Planning", "2026-05-07T15:00")]
    (found,) = offered(later, others=[first, KNOWN], calendar=there)
    assert found.thing != offered(first)[0].thing
    assert found.kind == "moved" and found.title.startswith("Moved: Planning")
    assert "Your calendar still has Thu 7 May 15:00" in found.why


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("I was at the theatre on Thursday at 3pm.", "what was"),
        ("We met on Thursday at 3pm and it went well.", "what was"),
        ("I am flying to Oslo on 7 May at 3pm, so that is that.", "whoever wrote it"),
        ("Please give it to Drew before his 3pm meeting on Thursday.", "whoever it speaks of"),
        ("Am Donnerstag haben wir ab 15 Uhr geschlossen.", "hours of a desk"),
    ],
)
def test_what_is_told_is_no_appointment(text: str, reason: str) -> None:
    """The past, the sender's own day and the hours of a desk are told, not arranged."""
    assert offered(meeting(text)) == [] and reason in reasons(meeting(text))[0]


@pytest.mark.parametrize(
    "text",
    [
        "I will pick you up on Thursday at 3pm.",
        "I'll call on Thursday at 3pm.",
        "We met today and will meet again on Thursday at 3pm.",
    ],
)
def test_what_a_sender_does_with_the_reader_is_an_appointment(text: str) -> None:
    """A call, a visit and the next meeting concern the user, though the sender speaks of both."""
    assert len(offered(meeting(text))) == 1


def test_a_copy_is_for_those_it_speaks_to() -> None:
    """Who only has a copy is told of a meeting of all, and not of somebody else's."""

    def copied(text: str) -> Document:
        made = meeting(text)
        assert made.mail is not None
        to = (Person("Rita", "rita@work.example"),)
        return replace(made, mail=replace(made.mail, to=to, cc=made.mail.to))

    assert "only have a copy" in reasons(copied("The team meets Thursday at 3pm."))[0]
    assert len(offered(copied("We meet on Thursday at 3pm."))) == 1


def test_the_newest_word_of_a_desk_is_entered() -> None:
    """A reminder that names another hour of the day takes the place of the first offer."""
    desk: dict[str, Any] = {"sender": "desk@dentist.example", "subject": "Your appointment"}
    first = meeting("Your appointment is on 7 May at 3pm.", message_id="<1@d>", **desk)
    again = meeting(
        "We remind you of your appointment on 7 May at 4pm.", message_id="<2@d>",
        value={"start": "2026-05-07T16:00:00"}, date=NOW + timedelta(hours=2), **desk,
    )  # fmt: skip
    (found,) = offered(again, others=[first], now=NOW + timedelta(hours=3))
    assert found.thing == offered(first)[0].thing and "16:00" in found.title


def test_whoever_passes_an_appointment_on_with_another_hour_moves_it() -> None:
    """Outside of the thread, under the same subject: the first offer gets the new hour."""
    first = meeting(message_id="<1@work.example>")
    later = meeting(
        "We have agreed to move this meeting to Thursday at 4pm.", message_id="<2@work.example>",
        value={"start": "2026-05-07T16:00:00"}, date=NOW + timedelta(hours=2),
        subject="Fwd: Planning", sender="cora@work.example",
    )  # fmt: skip
    known = mail("Hi!", sender=ME.addresses[0], to=["cora@work.example"], folder="sent")
    (found,) = offered(later, others=[first, known], now=NOW + timedelta(hours=3))
    assert found.thing == offered(first)[0].thing and "16:00" in found.title


@pytest.mark.parametrize(
    "text",
    [
        "We had to move the project meeting to Thursday at 3pm.",
        "Wir haben uns entschieden, das Treffen auf Donnerstag um 15 Uhr zu verlegen.",
    ],
)
def test_what_had_to_be_moved_is_still_to_come(text: str) -> None:
    """It is told in the past and lies ahead; what was is passed over."""
    assert len(offered(meeting(text))) == 1
    assert reasons(meeting("We had lunch on Thursday at 3pm.")) == ["it tells of what was"]
