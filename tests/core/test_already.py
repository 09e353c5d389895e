"""What the user has done by themselves is offered no longer: each type of action has its trace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from builders import START, Home, filing, suggestion

from samantha.api import Document, DraftMail, Evidence, Remind
from samantha.api.actions import Action, AddEvent, PrepareTrip
from samantha.core.ports import Offer, OfferState

DAY = timedelta(days=1)
ANNA, BOB, SHOP = "anna@berg.example", "bob@x.example", "bills@shop.example"
SUM = {"amount": "12.50", "currency": "EUR"}
NUMBER = ("invoice_number", "A-1", "A-1")
MEETING = AddEvent("Dinner with Bob", START + 3 * DAY, START + 3 * DAY + timedelta(hours=2))


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    # Bob is somebody whom Anna has written to.
    written(made, BOB, "Hello", START - 30 * DAY)
    yield made
    made.close()


def written(
    home: Home, to: str, subject: str, at: datetime, *, by: str = ANNA, folder: str = "sent",
    attachments: tuple[str, ...] = (),
) -> Document:  # fmt: skip
    return home.mail(
        f"{subject}, {at}, {folder}", sender=by, to=[to], subject=subject, date=at,
        folder=folder, attachments=attachments,
    )  # fmt: skip


def entry(home: Home, title: str, start: str, **more: object) -> Document:
    value = {"start": start, "title": title, "invitation": True, **more}
    text = f"{title} {start} {more}"
    seen = [("event", value, title)]
    return home.file(f"{len(text)}-{title}.ics", text, signals=seen)


def shown(home: Home, source: Document, action: Action, **more: object) -> Offer:
    (offer,) = home.suggest(suggestion(source, action, **more))
    assert offer.state is OfferState.OPEN, offer.reason
    home.clock.pass_(hours=1)
    return offer


def looked_at_again(home: Home, offer: Offer, *came: Document, moved: bool = False) -> str:
    """What becomes of an open offer when something has come; its reason, '' while it is open."""
    home.engine.came(came, moved=moved)
    home.clock.pass_(hours=1)
    home.engine.release()
    now = home.state.offer(offer.id)
    assert now is not None
    if now.state is OfferState.OPEN:
        return ""
    assert now.state is OfferState.DROPPED and not home.board.cards
    return now.reason


Later = Callable[[Home], Document]


@pytest.mark.parametrize(
    ("later", "told"),
    [
        (lambda h: written(h, BOB, "AW: Re: The  budget", h.clock.now()), "about it since"),
        (lambda h: written(h, BOB, "Oh", h.clock.now(), attachments=("Plan.PDF",)), "the file to"),
        (lambda h: written(h, BOB, "Lunch", h.clock.now()), ""),
        (lambda h: written(h, BOB, "The budget", START - DAY), ""),
        (lambda h: written(h, BOB, "The budget", h.clock.now(), folder="drafts"), ""),
        (lambda h: written(h, BOB, "The budget", h.clock.now(), folder="spam"), ""),
        (lambda h: written(h, "eve@x.example", "The budget", h.clock.now()), ""),
        (lambda h: written(h, ANNA, "The budget", h.clock.now(), by=BOB, folder="inbox"), ""),
    ],
)  # fmt: skip
def test_a_mail_to_the_same_person_about_it_is_it(home: Home, later: Later, told: str) -> None:
    """The same subject, whatever stands before it, or the same file; not another mail to them, not
    one of before, no draft, none to somebody else, and none that they wrote."""
    plan = home.file("plan.pdf", "The plan.")
    asked = home.mail("Please send me the plan.", sender=BOB, subject="Plan", date=START - DAY)
    draft = DraftMail((BOB,), "The budget", "Here it is.", attachments=(str(plan.id),))
    offer = shown(home, asked, draft, sources=(asked.id, plan.id))
    told_now = looked_at_again(home, offer, later(home))
    assert (told in told_now) if told else told_now == ""


def test_a_file_that_was_moved_by_hand_is_not_moved_again(home: Home) -> None:
    """Into the folder that was proposed: it lies there already. Elsewhere: it was moved. A copy
    elsewhere changes nothing while the file is where it was."""
    paper = home.file("a.txt", "Dear Ann, hello.")
    offer = shown(home, paper, filing(home, paper))
    copy = replace(paper, id=f"{home.documents}/copy.txt", path=f"{home.documents}/copy.txt")
    home.put(copy)
    assert looked_at_again(home, offer, copy) == ""
    there = f"{home.documents}/Filed/other name.txt"
    home.put(replace(paper, id=there, path=there))
    assert looked_at_again(home, offer, moved=True) == "the file lies there already"
    other = home.file("b.txt", "Dear Ann, once more.")
    second = shown(home, other, filing(home, other, "b.txt"))
    elsewhere = f"{home.documents}/Else/b.txt"
    home.put(replace(other, id=elsewhere, path=elsewhere))
    home.index.forget_paths("files", [str(other.path)])
    assert looked_at_again(home, second, moved=True) == "you have moved the file yourself"


@pytest.mark.parametrize(
    ("title", "start", "more", "stands"),
    [
        ("dinner (Bob)", "2026-03-05T11:00:00", {"zone": "Europe/Vienna"}, True),
        ("DINNER", "2026-03-05T10:00:00+00:00", {}, True),
        ("Dentist", "2026-03-05T10:00:00+00:00", {}, False),
        ("Dinner with Bob", "2026-03-05T10:00:00", {"zone": "Europe/Vienna"}, False),
        ("Dinner with Bob", "2026-03-05T10:00:00+00:00", {"status": "CANCELLED"}, False),
        ("Dinner with Bob", "2026-03-05", {"all_day": True}, True),
        ("Dinner with Bob", "soon", {}, False),
    ],
)
def test_an_entry_that_was_made_by_hand_stands(
    home: Home, title: str, start: str, more: dict[str, object], stands: bool
) -> None:
    """It begins when the proposed one does, in whatever zone, and is called something like it."""
    asked = home.mail("Dinner on Thursday?", sender=BOB, date=START - DAY)
    offer = shown(home, asked, MEETING)
    told = looked_at_again(home, offer, entry(home, title, start, **more))
    assert told == ("it stands in your calendar" if stands else "")


def test_a_journey_stands_when_all_of_it_does_and_an_invitation_is_no_entry(home: Home) -> None:
    """One of two entries is not enough; the file that an offer quotes is not the calendar."""
    invitation = entry(home, "Dinner with Bob", "2026-03-05T10:00:00+00:00")
    first = shown(home, invitation, MEETING)
    assert looked_at_again(home, first, invitation) == ""
    home.decisions.dismiss(first.id, via="test")
    mail = home.mail("Your booking", sender=BOB, date=START - DAY)
    back = replace(MEETING, title="Flight home", start=START + 9 * DAY, end=START + 10 * DAY)
    offer = shown(home, mail, PrepareTrip("Rome", (MEETING, back)))
    assert looked_at_again(home, offer, invitation) == ""
    flight = entry(home, "Flight", "2026-03-11T10:00:00+00:00")
    assert looked_at_again(home, offer, flight) == "all stands in your calendar"


@pytest.mark.parametrize(
    ("number", "signals", "sender", "paid"),
    [
        ("", [("amount", SUM, "EUR 12.50")], SHOP, True),
        ("", [("amount", SUM, "EUR 12.50")], BOB, False),
        ("", [("amount", {**SUM, "amount": "9.00"}, "EUR 12.50")], SHOP, False),
        ("A-1", [("invoice_number", "A-1", "A-1")], BOB, True),
        ("A-1", [("invoice_number", "A-2", "A-1"), ("amount", SUM, "EUR 12.50")], SHOP, False),
        ("A-1", [NUMBER, ("amount", SUM, "EUR 12.50")], BOB, True),
        ("A-1", [NUMBER, ("amount", {**SUM, "amount": "9.00"}, "EUR 12.50")], BOB, False),
    ],
)
def test_a_bill_that_was_paid_is_not_reminded_of(
    home: Home, number: str, signals: list[tuple[str, object, str]], sender: str, paid: bool
) -> None:
    """By its number where it has one, else by sender and sum: the same sum comes every month.

    The number of another bill that is like it does not name it: there the sum differs."""
    owed = [("amount_due", SUM, "EUR 12.50")]
    numbered = [*owed, ("invoice_number", number, "A-1")] if number else owed
    text = "Invoice A-1: EUR 12.50 is due."
    bill = home.mail(text, sender=SHOP, date=START - DAY, signals=numbered)
    at = text.index("EUR")
    owes = Evidence(bill.id, text[at : at + 9], at, at + 9)
    offer = shown(home, bill, Remind(START + 9 * DAY, "Pay the shop"), evidence=(owes,))
    receipt = home.mail(
        "Thank you, paid: A-1, EUR 12.50.", sender=sender, date=home.clock.now(),
        signals=[("paid", True, "paid"), *signals],
    )  # fmt: skip
    assert looked_at_again(home, offer, receipt) == ("it was paid since" if paid else "")


@pytest.mark.parametrize(
    ("folder", "quoted"), [("spam", "EUR 12.50"), ("inbox", "Cancel by May.")], ids=["spam", "day"]
)
def test_what_is_not_told_in_earnest_and_what_is_not_paid_stays(
    home: Home, folder: str, quoted: str
) -> None:
    """A receipt among the spam says nothing; the last day to cancel, which stands in a bill, is not
    over when the bill is paid."""
    text = "Invoice A-1: EUR 12.50 is due. Cancel by May."
    owed = [("amount_due", SUM, "EUR 12.50"), NUMBER]
    bill = home.mail(text, sender=SHOP, date=START - DAY, signals=owed)
    at = text.index(quoted)
    said = Evidence(bill.id, quoted, at, at + len(quoted))
    offer = shown(home, bill, Remind(START + 9 * DAY, "Think of the shop"), evidence=(said,))
    receipt = home.mail(
        "Thank you, paid: A-1.", sender=SHOP, date=home.clock.now(), folder=folder,
        signals=[("paid", True, "paid"), NUMBER],
    )  # fmt: skip
    assert looked_at_again(home, offer, receipt) == ""


def test_what_is_done_is_not_suggested_anew_until_it_is_lifted(home: Home) -> None:
    """The plugin proposes it again: it stays dropped, and told once. Lifted, it comes."""
    asked = home.mail("Dinner on Thursday?", sender=BOB, date=START - DAY)
    offer = shown(home, asked, MEETING)
    made = entry(home, "Dinner", "2026-03-05T10:00:00+00:00")
    assert looked_at_again(home, offer, made)
    assert home.suggest(suggestion(asked, MEETING)) == []
    home.index.forget_paths("files", [made.path])
    assert home.state.lift(f"offer:{offer.id}")
    (again,) = home.suggest(suggestion(asked, MEETING))
    assert again.state is OfferState.OPEN and again.id != offer.id


def test_news_of_other_things_ask_nothing(home: Home) -> None:
    """A mail between others is no reason to look for what the user has done."""
    asked = home.mail("Please send me the plan.", sender=BOB, date=START - DAY)
    offer = shown(home, asked, DraftMail((BOB,), "The plan", "Here."))
    written(home, BOB, "The plan", home.clock.now())
    other = home.mail("Hello", sender=SHOP, date=home.clock.now())
    assert looked_at_again(home, offer, other) == ""
    assert "since" in looked_at_again(home, offer, home.mail("Thanks", sender=BOB))
