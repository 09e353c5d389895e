"""What single sentences of a mail do: asked, promised, arranged, thanked, called off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from samantha.api import Document, Identity, Region, Signal
from samantha.api.testing import ME, mail
from samantha.api.types import Person
from samantha.signals.facts import facts

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
NORA = Identity(("Anna Berg",), ("anna@berg.example",))


def seen_in(document: Document) -> tuple[Signal, ...]:
    return facts(document, ZONE, "en", ME)


def quotes(text: str, kind: str) -> list[str]:
    return [s.quote for s in seen_in(mail(text, date=NOW)) if s.kind == kind]


REQUESTS = (
    "Could you send me the plan for the harbour wall by Friday?",
    "Please sign the form and bring it on Monday.",
    "Let me know if the boat is ready.",
    "I need you to look at the second page.",
    "Kannst du mir den Schlüssel vorbeibringen?",
    "Bitte überweisen Sie den Betrag bis Freitag.",
    "Gib mir bitte Bescheid, ob das Boot fertig ist.",
    "Können Sie mir die Unterlagen noch heute schicken?",
)
NO_REQUESTS = (
    "The plan for the harbour wall came on Friday.",
    "I sent the form on Monday.",
    "We had a lovely time on the island.",
    "Das Boot ist seit gestern fertig.",
    "Vielen Dank für die schönen Tage auf der Insel.",
)
COMMITMENTS = (
    "I'll send you the plan by Friday.",
    "I will call the harbour master tomorrow.",
    "I'm happy to draft the letter.",
    "Will do.",
    "Ich schicke dir den Plan bis Freitag.",
    "Ich werde den Hafenmeister morgen anrufen.",
    "Wir kümmern uns darum.",
)
NO_COMMITMENTS = (
    "I sent you the plan on Friday.",
    "Will you send me the plan?",
    "She will be glad to hear it.",
    "Ich habe dir den Plan geschickt.",
)
MEETINGS = (
    "The meeting is on Monday at 10 am in room 4.",
    "Shall we meet for lunch on Thursday at noon?",
    "Our conference call has been moved to Friday at 3pm.",
    "Treffen wir uns am Donnerstag um 18 Uhr?",
    "Die Besprechung ist am Montag um 10 Uhr in Raum 4.",
)
NO_MEETINGS = (
    "The boat was painted green.",
    "I read the second chapter and liked it.",
    "Das Boot wurde grün gestrichen.",
)


@pytest.mark.parametrize(
    ("kind", "text", "is_there"),
    [
        *(("request", t, True) for t in REQUESTS),
        *(("request", t, False) for t in NO_REQUESTS),
        *(("commitment", t, True) for t in COMMITMENTS),
        *(("commitment", t, False) for t in NO_COMMITMENTS),
        *(("event_sentence", t, True) for t in MEETINGS),
        *(("event_sentence", t, False) for t in NO_MEETINGS),
    ],
)
def test_a_sentence_is_told_from_its_like(kind: str, text: str, is_there: bool) -> None:
    """A plain request, promise or meeting is seen in both languages; what only looks so is not."""
    assert quotes(text, kind) == ([text] if is_there else [])


REAL_QUESTIONS = (
    "Which of the two boats do you want?",
    "Do you need a lift to the harbour?",
    "What do you need from the shop?",
)


@pytest.mark.parametrize("text", REAL_QUESTIONS)
def test_wanting_and_needing_can_be_asked_for(text: str) -> None:
    """A question about what somebody wants is no figure of speech of an advertisement."""
    assert quotes(text, "request") == quotes(text, "question") == [text]


LATER = (
    "Let me check with the harbour master.",
    "The corrected plan will follow on Monday.",
    "Our team will repair the crane.",
    "It is not ready yet, but will be sent tomorrow.",
    "Ich drucke die Plakate im Büro.",
    "Du bekommst den Plan am Montag.",
)


@pytest.mark.parametrize("text", LATER)
def test_what_will_come_is_promised(text: str) -> None:
    """Who will find out, and what will follow, is a promise, if a weaker one."""
    assert quotes(text, "commitment") == [text]


def test_a_lone_sentence_asks_more_readily_than_one_of_many() -> None:
    """Few write one sentence only to tell something, so that its certainty is higher."""
    text = "We need two more chairs."
    others = "The boat was painted. It is green now. The harbour is frozen."
    alone, among = (
        [s.confidence for s in seen_in(mail(t, date=NOW)) if s.kind == "request"]
        for t in (text, f"{text} {others}")
    )
    assert alone and (not among or alone[0] > among[0])


def test_in_a_mail_about_a_meeting_plans_are_about_it() -> None:
    """ "I can probably come a day later" speaks of the meeting that the subject names."""
    text = "I might stay a day longer. The ferry is cheap."
    about = mail(text, subject="Our meeting in Porto", date=NOW)
    assert [s.quote for s in seen_in(about) if s.kind == "event_sentence"] in (
        ["I might stay a day longer."],
        ["I might stay a day longer.", "The ferry is cheap."],
    )
    assert quotes(text, "event_sentence") == []


def test_quotes_and_signatures_say_nothing() -> None:
    """What an earlier mail asked, or what stands under a name, is not asked again."""
    text = "It is done.\n> Could you send me the plan?\n-- \nPlease call me at any time."
    at, to = text.index(">"), text.index("--")
    regions = (
        Region("body", 0, at), Region("quote", at, to), Region("signature", to, len(text)),
    )  # fmt: skip
    found = seen_in(replace(mail(text, date=NOW), regions=regions))
    assert not [s for s in found if s.kind in ("request", "question", "needs_answer")]


def test_a_date_in_the_sentence_is_when_it_is_due() -> None:
    """The due day is read against the day of the mail; without a day it is None."""
    found = seen_in(mail("Could you send it by 4 December 2026? Could you call Tom?", date=NOW))
    due = [s.value["due"] for s in found if s.kind == "request"]  # type: ignore[index]
    assert due == ["2026-12-04", None]


ASKED: tuple[tuple[dict[str, object], str, str], ...] = (
    ({}, "Could you send it?", "user"),
    ({}, "Anna, could you send it?", "user"),
    ({"sender": "anna@berg.example", "to": ("b@c.example",)}, "Could you send it?", "other"),
    ({"to": ("b@c.example",)}, "Could you send it?", "unknown"),
)


@pytest.mark.parametrize(("header", "text", "who"), ASKED)
def test_who_is_asked(header: dict[str, object], text: str, who: str) -> None:
    """The only receiver is asked; a mail of the user's own asks others; else it is not known."""
    found = seen_in(mail(text, date=NOW, **header))  # type: ignore[arg-type]
    assert [s.value["of"] for s in found if s.kind == "request"] == [who]  # type: ignore[index]


def test_a_name_called_out_is_the_one_who_is_asked() -> None:
    """ "Jonas, could you" in a mail to Anna and Jonas asks Jonas."""
    one = mail("Jonas, could you send it?", date=NOW)
    assert one.mail is not None
    both = replace(one.mail, to=(*one.mail.to, Person("Jonas Weil", "j@weil.example")))
    found = seen_in(replace(one, mail=both))
    assert [s.value["of"] for s in found if s.kind == "request"] == ["other"]  # type: ignore[index]


def test_an_answer_is_owed_to_a_person_who_asks_the_user() -> None:
    """A question of one person to the user needs an answer; lists and machines need none."""
    one = mail("Could you come at six?", date=NOW)
    assert one.mail is not None
    assert [s.quote for s in seen_in(one) if s.kind == "needs_answer"] == ["Could you come at six?"]
    for changed in (
        replace(one.mail, list_id="harbour.list.example"),
        replace(one.mail, automatic=True),
        replace(one.mail, sender=Person("", "no-reply@shop.example")),
        replace(one.mail, sender=Person("", "anna@berg.example")),
    ):
        assert not [s for s in seen_in(replace(one, mail=changed)) if s.kind == "needs_answer"]


STANDING = (
    ("attached_claim", "I have attached the plan.", True),
    ("attached_claim", "Please find the plan attached.", True),
    ("attached_claim", "Anbei der Plan.", True),
    ("attached_claim", "Im Anhang findest du den Plan.", True),
    ("attached_claim", "Vous trouverez ci-joint les photos.", True),
    ("attached_claim", "Te adjunto los dibujos.", True),
    ("attached_claim", "Could you send it as an attachment?", False),
    ("attached_claim", "I will send it as an attachment tomorrow.", False),
    ("attached_claim", "In deiner Mail war nichts angehängt.", False),
    ("attached_claim", "I am very attached to this boat.", False),
    ("attached_claim", "I can't open your attachment.", False),
    ("cancelled", "The meeting on Friday is cancelled.", True),
    ("cancelled", "Die Probe fällt leider aus.", True),
    ("cancelled", "Ich muss unser Treffen leider absagen.", True),
    ("cancelled", "If you cancel before Friday, nothing is charged.", False),
    ("cancelled", "The meeting is on Friday.", False),
)


@pytest.mark.parametrize(("kind", "text", "is_there"), STANDING)
def test_what_a_mail_says_of_itself(kind: str, text: str, is_there: bool) -> None:
    """That something is attached or called off is said plainly, or it is not seen."""
    assert quotes(text, kind) == ([text] if is_there else [])


def test_thanks_close_a_thread_only_when_nothing_else_is_asked() -> None:
    """A short answer of thanks is one; thanks beside a new question is not."""

    def thanks(text: str, subject: str) -> list[str]:
        found = seen_in(mail(text, subject=subject, date=NOW))
        return [s.quote for s in found if s.kind == "thanks"]

    assert thanks("Thanks, got it!", "Re: The plan") == ["Thanks, got it!"]
    assert thanks("Vielen Dank, alles angekommen.", "AW: Der Plan") != []
    assert thanks("Thanks! Could you send page two as well?", "Re: The plan") == []
    assert thanks("Thanks for your order.", "Your order") == []


def test_the_reason_is_told_in_the_words_of_the_sentence() -> None:
    """What a sentence was taken for can be shown: the words that spoke for it most."""
    found = seen_in(mail("Tom, could you send it? I'll pay on Monday.", date=NOW))
    told = {s.kind: s.value["because"] for s in found if s.kind in ("request", "commitment")}  # type: ignore[index]
    assert "could you" in told["request"]
    assert "i'll" in told["commitment"]


def test_the_day_of_a_promise_is_no_meeting() -> None:
    """ "On Monday" alone arranges nothing, not even beside a sentence that does."""
    text = "Shall we meet on 2 December at 10 am? I'll forward the plan on Monday."
    assert quotes(text, "event_sentence") == ["Shall we meet on 2 December at 10 am?"]


@pytest.mark.parametrize(
    "text",
    [
        "The new pump is available in two sizes.",
        "The bridge does not meet the safety standards of the county.",
        "Meeting these goals takes a generation.",
    ],
)
def test_what_is_to_be_had_or_is_good_enough_is_no_meeting(text: str) -> None:
    """Neither what can be bought nor what meets a demand is a meeting."""
    assert quotes(f"{text} The harbour was quiet all winter.", "event_sentence") == []


@pytest.mark.parametrize(
    "text",
    [
        "My flight to the congress lands at seven on Tuesday.",
        "Registration for the session on Friday closes at noon.",
        "I am available on Thursday morning.",
        "The meeting about standards is in the boat house.",
    ],
)
def test_getting_there_and_taking_part_speak_of_a_meeting(text: str) -> None:
    """Journeys, registrations and who is there belong to a meeting as its hour does."""
    assert quotes(f"{text} The harbour was quiet all winter.", "event_sentence") == [text]


def test_a_please_after_a_condition_asks() -> None:
    """What has to be the case first does not make a request less of one."""
    text = "If the rope is not there please ring the office."
    assert quotes(f"{text} The harbour was quiet all winter.", "request") == [text]
