"""Who asks, who waits, and how long: the rules that the plugins about mail share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samantha.api import Document, Kind, Person
from samantha.api.correspondence import (
    impersonal,
    next_working_day,
    shown_name,
    subject_of,
    to_others,
    usual,
    working_days,
    working_days_before,
)
from samantha.api.questions import asked_in
from samantha.api.testing import ME, context, mail

BERLIN = ZoneInfo("Europe/Berlin")
ASKS = [
    "What is the price?",
    "Could you send it?",
    "When are you available?",
    "Please let me know when you can come.",
    "Let me know when would be best for the roofers.",
    "Send me the list by Friday.",
    "Let me know if Tuesday suits you.",
    "Kannst du mir das schicken?",
    "Bitte geben Sie mir Bescheid.",
    "Do you need help on Monday?",
    "When do we sign?",
    "Which one is it?",
    "Wann kommt das Paket?",
]
TELLS = [
    "Let me know if you have any questions.",
    "Feel free to write.",
    "How are you?",
    "Okay?",
    "Please call if there is a problem.",
    "Bei Fragen melden Sie sich.",
    "Right?",
    "Don't hesitate to contact me.",
    "Should you need anything else, write to me.",
    "Get a dog?",
    "Gonna visit us?",
    "Did Rick fire you?",
    "(or is that wrong?)",
    "Or not, then?",
    "You have been there, right?",
    "Das war schön, oder?",
    "We will see Mr. Huber (or Berg?)",
    "Any questions?",
    "Bitte rufen Sie mich an.",
    "Please print this.",
    "Please let me know when it ships.",
    "Let me know when you are done with the roof.",
]


def asking(sentence: str) -> Document:
    kind = "question" if sentence.endswith("?") else "request"
    return mail(f"Hi.\n{sentence}\nBye", signals=[(kind, {"due": None}, sentence)])


@pytest.mark.parametrize("sentence", ASKS)
def test_what_waits_for_an_answer(sentence: str) -> None:
    """A question, or a request whose answer is a mail, waits."""
    found = asked_in(asking(sentence))
    assert found is not None and found.sureness >= 0.7
    assert found.evidence.quote == sentence


@pytest.mark.parametrize("sentence", TELLS)
def test_what_waits_for_nothing(sentence: str) -> None:
    """Courtesies, small talk and what is done without a mail do not wait."""
    found = asked_in(asking(sentence))
    assert found is None or found.sureness < 0.7


@pytest.mark.parametrize(
    ("sentence", "due", "days", "moot"),
    [("Could you send it?", None, 30, False), ("What about lunch with Bert?", None, 1, False),
     ("What about lunch with Bert?", None, 2, True), ("Is it ready for us?", "2026-04-14", 1, True),
     ("Are you free on Friday?", None, 2, False), ("Are you free on Friday?", None, 5, True),
     ("Bist du am Mittwoch da?", None, 3, True), ("Will you come?", "2026-04-15", 1, False),
     ("Will you come?", "2026-04-15", 3, True), ("Can you answer by Friday?", None, 9, False)],
)  # fmt: skip
def test_a_question_ends_with_the_day_it_asks_about(
    sentence: str, due: str | None, days: int, moot: bool
) -> None:
    """Lunch is over on the next day, Friday after Friday; a deadline that passes ends nothing."""
    found = asked_in(mail(sentence, signals=[("question", {"due": due}, sentence)]))
    assert found is not None
    assert found.is_moot(MONDAY.date(), MONDAY.date() + timedelta(days=days)) is moot


MONDAY = datetime(2026, 4, 13, 9, tzinfo=UTC)
FRIDAY = datetime(2026, 4, 17, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "hours", "days"),
    [(MONDAY, 5, 0), (MONDAY, 24, 1), (MONDAY, 23, 0), (MONDAY, 24 * 7, 5), (MONDAY, 24 * 14, 10),
     (FRIDAY, 24, 0), (FRIDAY, 48, 0), (FRIDAY, 71, 0), (FRIDAY, 72, 1), (FRIDAY, -3, 0)],
)  # fmt: skip
def test_working_days(start: datetime, hours: float, days: int) -> None:
    """Weekends do not count, and a day counts when its hour has come again."""
    assert working_days(start, start + timedelta(hours=hours), UTC) == days


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(BERLIN)),
    st.integers(1, 30),
)
def test_looking_back_is_the_other_way_round(moment: datetime, days: int) -> None:
    """From the time that is found, so many working days have passed, and no fewer."""
    assert working_days(working_days_before(moment, days, BERLIN), moment, BERLIN) == days


def test_the_next_working_day_has_the_users_hour() -> None:
    """Two working days after a Friday is a Tuesday, at nine where the user is."""
    assert next_working_day(FRIDAY, 2, BERLIN) == datetime(2026, 4, 21, 7, tzinfo=UTC)


def test_the_usual_time_is_that_of_three_answers_in_four() -> None:
    """One slow answer does not make somebody slow; two answers are no habit."""
    hours = [timedelta(hours=h) for h in (1, 2, 3, 4, 90)]
    assert usual(hours) == timedelta(hours=4)
    assert usual(hours[:2]) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [({}, ""), ({"list_id": "l.example"}, "list"), ({"automatic": True}, "machine"),
     ({"list_unsubscribe": True}, "newsletter"),
     ({"sender": Person("", "no-reply@x.example")}, "nobody reads"),
     ({"sender": Person("", "news@x.example")}, "nobody reads"),
     ({"sender": None}, "no sender")],
)  # fmt: skip
def test_who_is_no_person(change: dict[str, object], reason: str) -> None:
    """Lists, machines and newsletters are known by their header."""
    one = mail("Hello")
    assert one.mail is not None
    found = impersonal(replace(one, mail=replace(one.mail, **change)))
    assert reason in found and bool(found) == bool(reason)


def test_mass_mail_is_known_by_its_words_and_kind() -> None:
    """A mail that says how to leave, or reads like a newsletter, is from no person."""
    assert impersonal(mail("Hello. Click here to unsubscribe."))
    assert impersonal(mail("Hello", kind=Kind.NEWSLETTER))


@pytest.mark.parametrize(
    ("to", "cc", "reason"),
    [([ME.addresses[0]], [], ""), ([ME.addresses[0], "b@x.example"], [], ""),
     (["b@x.example"], [ME.addresses[0]], "you only have a copy"),
     (["b@x.example"], [], "it was not sent to you by name"),
     ([ME.addresses[0], *(f"p{n}@x.example" for n in range(4))], [], "it went to 5 people")],
)  # fmt: skip
def test_to_whom_a_mail_speaks(to: list[str], cc: list[str], reason: str) -> None:
    """Copies and mails to many do not speak to the user."""
    one = mail("Hello", to=to)
    assert one.mail is not None
    one = replace(one, mail=replace(one.mail, cc=tuple(Person("", c) for c in cc)))
    assert to_others(one, context([one], None)) == reason


def test_an_alias_of_the_user_is_the_user() -> None:
    """What came to an address from which the user's sent mail went speaks to them."""
    alias = replace(mail("x", sender=ME.addresses[0], folder="sent"))
    assert alias.mail is not None
    sender = Person("Anna", "anna@old.example")
    alias = replace(alias, mail=replace(alias.mail, sender=sender))
    one = mail("Hello", to=["anna@old.example"])
    assert to_others(one, context([one, alias], None)) == ""


@pytest.mark.parametrize(
    ("person", "name"),
    [
        (Person("Bert Huber", "b@x.example"), "Bert Huber"),
        (Person("Huber, Bert", "b@x.example"), "Bert Huber"),
        (Person("", "bert.huber@x.example"), "Bert Huber"),
        (Person("", "b7@x.example"), "b7@x.example"),
        (Person("b@x.example", "b@x.example"), "b@x.example"),
        (None, "somebody"),
    ],
)
def test_names_as_people_say_them(person: Person | None, name: str) -> None:
    """Directories turn names around; addresses are read where there is no name."""
    assert shown_name(person) == name


def test_the_subject_of_a_thread() -> None:
    """Re:, AW: and Fwd: are no part of it."""
    assert subject_of(mail("x", subject="Re: AW: Fwd: The  Plan")) == "the plan"
