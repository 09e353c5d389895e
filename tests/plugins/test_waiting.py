"""Plugin waiting: one follow-up for a question that nobody answered, silence everywhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from plugin_loading import ask, plugin_named, woken

from samantha.api import Document, DraftMail, Person
from samantha.api.testing import ME, context, mail

PLUGIN = plugin_named("waiting").plugin
BERT, CORA = "bert@else.example", "cora@else.example"
ASKED = datetime(2026, 4, 13, 9, tzinfo=UTC)
"""A Monday."""
LATER = datetime(2026, 4, 20, 9, 30, tzinfo=UTC)
"""Five working days later."""
QUESTION = "Could you send me the plan of the harbour?"


def own(sentence: str = QUESTION, **more: Any) -> Document:
    text = f"Hi Bert,\n\nThe weather has turned. {sentence}\n\nAnna\n"
    seen = more.pop("signals", [("question", {"due": None}, sentence)] if sentence else [])
    values = {
        "sender": ME.addresses[0], "to": [BERT], "folder": "sent", "subject": "The plan",
        "message_id": "<asked@me>", "date": ASKED, **more,
    }  # fmt: skip
    return mail(text, signals=seen, **values)


def came(hours: float, **more: Any) -> Document:
    values = {"sender": BERT, "subject": "Re: The plan", "in_reply_to": "<asked@me>", **more}
    return mail("Here you are.", date=ASKED + timedelta(hours=hours), **values)


def test_a_quiet_question_becomes_a_follow_up_in_its_thread() -> None:
    """The draft goes to who was asked, into the thread, and quotes the question."""
    said, _ = ask(PLUGIN, None, [own()], LATER)
    (one,) = said
    assert isinstance(one.action, DraftMail)
    assert one.action.to == (BERT,)
    assert one.action.in_reply_to == "<asked@me>"
    assert QUESTION in one.action.body
    assert [e.quote for e in one.evidence] == [QUESTION]
    assert one.title == "No answer from bert@else.example in 5 working days: “The plan”"
    assert one.confidence > 0.6
    assert one.expires is not None and one.expires > LATER


def test_a_german_question_is_followed_up_in_german() -> None:
    """The draft is written in the language of the mail."""
    sentence = "Könntest du mir den Plan schicken?"
    said, _ = ask(PLUGIN, None, [own(sentence, language="de")], LATER)
    assert isinstance(said[0].action, DraftMail)
    assert "ich komme auf meine Mail vom 13. April" in said[0].action.body


def test_who_has_answered_before_is_surer_to_answer() -> None:
    """Confidence grows with a person who answers."""
    known = [own(), *exchange(1)]
    assert ask(PLUGIN, None, known, LATER)[0][0].confidence > (
        ask(PLUGIN, None, [own()], LATER)[0][0].confidence
    )


def exchange(count: int, days: float = 1) -> list[Document]:
    """Return mails of the user that Bert answered, long before."""
    found = []
    for number in range(count):
        sent = ASKED - timedelta(days=30 * (number + 1))
        found.append(own("", message_id=f"<old{number}@me>", subject=f"Old {number}", date=sent))
        found.append(
            mail("Yes.", sender=BERT, subject=f"Re: Old {number}", date=sent + timedelta(days=days),
                 in_reply_to=f"<old{number}@me>")
        )  # fmt: skip
    return found


def alias() -> Document:
    """Return a mail that the user has sent from another address."""
    sent = own("", sender="anna@old.example", message_id="<alias@me>", subject="Old",
               date=ASKED - timedelta(days=9))  # fmt: skip
    return replace(sent, analysis=replace(sent.analysis, author="user"))


SILENT = {
    "answered in the thread": [own(), came(20)],
    "answered by a colleague": [own(), came(20, sender=CORA)],
    "asked again already": [own(), own("", message_id="<b@me>", in_reply_to="<asked@me>",
                                       date=ASKED + timedelta(hours=30))],
    "heard from the person elsewhere": [own(), came(20, in_reply_to="", subject="Lunch")],
    "asks nothing": [own("")],
    "offers help": [own("Let me know if you have any questions.")],
    "offers help in German": [own("Melden Sie sich, wenn Sie Fragen haben.")],
    "is small talk": [own("How are you?")],
    "wants a call, not a mail": [
        own("Please call me.", signals=[("request", {"due": None}, "Please call me.")])
    ],
    "asks about a day that is over": [
        own("Will you come on Wednesday?",
            signals=[("question", {"due": "2026-04-15"}, "Will you come on Wednesday?")])
    ],
    "tells somebody to do something": [
        own("Pls get me a copy.", signals=[("request", {"due": None}, "Pls get me a copy.")])
    ],
    "curses": [own("What the hell are you thinking?")],
    "hardly asks": [own(signals=[])],
    "went to many": [own(to=[f"p{n}@else.example" for n in range(5)])],
    "went to oneself": [own(to=[ME.addresses[0]])],
    "went to an alias of one's own": [own(to=["anna@old.example"]), alias()],
    "went to a machine": [own(to=["no-reply@shop.example"])],
    "is a draft": [own(folder="drafts")],
    "is long past": [own(date=ASKED - timedelta(days=30))],
    "is too young": [own(date=LATER - timedelta(days=2))],
    "the person is slow": [own(), *exchange(4, days=12)],
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Nothing is offered where nobody waits, or not yet, or no longer."""
    assert ask(PLUGIN, None, SILENT[case], LATER)[0] == []


def test_a_list_is_no_person() -> None:
    """A question to a mailing list waits for nobody."""
    asked = own()
    assert asked.mail is not None
    asked = replace(asked, mail=replace(asked.mail, list_id="poets.lists.example"))
    assert ask(PLUGIN, asked, [], LATER)[1][0].reason == "it went to a list"


def test_an_address_through_which_list_mail_comes_is_a_list() -> None:
    """The user's own mail to a list has no mark of it; what came by way of it has."""
    asked = own(to=["poets@lists.example"])
    assert len(ask(PLUGIN, asked, [], LATER)[0]) == 1
    other = mail("Verse", sender=CORA, to=["poets@lists.example"], date=ASKED - timedelta(days=9))
    assert other.mail is not None
    other = replace(other, mail=replace(other.mail, list_id="poets.lists.example"))
    assert ask(PLUGIN, asked, [other], LATER)[1][0].reason == "it went to a list"


@pytest.mark.parametrize(
    ("sentence", "offers"),
    [("What does the new sail cost?", 0), ("When are you free for that?", 1)],
)
def test_what_will_be_talked_about_waits_for_no_mail(sentence: str, offers: int) -> None:
    """They said that they would talk: only when they would is still to be answered."""
    text = f"Hi Bert,\n\nlet's talk tomorrow. {sentence}\n\nAnna\n"
    asked = mail(
        text, sender=ME.addresses[0], to=[BERT], folder="sent", subject="Sail", date=ASKED,
        signals=[("question", {"due": None}, sentence)],
    )  # fmt: skip
    assert len(ask(PLUGIN, None, [asked], LATER)[0]) == offers


def test_a_question_to_a_circle_is_put_to_nobody() -> None:
    """“Hi all, does anybody know …” waits for no one person's answer."""
    sentence = "Does anybody know when the harbour opens?"
    asked = own(sentence)
    circle = mail(
        f"Hi all,\n\n{sentence}\n\nAnna\n", sender=ME.addresses[0], to=["boats@club.example"],
        folder="sent", date=ASKED, signals=[("question", {"due": None}, sentence)],
    )  # fmt: skip
    assert ask(PLUGIN, None, [circle], LATER)[0] == []
    assert len(ask(PLUGIN, None, [asked], LATER)[0]) == 1


def test_it_is_told_of_questions_that_the_user_has_put() -> None:
    """After as many working days as the configuration says."""
    wish = PLUGIN.quiet(PLUGIN.config(days=6))
    assert (wish.author, wish.days) == ("user", 6) and "question" in wish.signals


def test_who_usually_takes_longer_is_given_the_time() -> None:
    """The thread is quiet, but an offer comes only on the morning when their time is up."""
    slow = exchange(3, days=9)
    assert ask(PLUGIN, None, [own(), *slow], LATER)[0] == []
    (occasion,) = woken(PLUGIN, own(), slow, LATER)
    assert occasion.now == datetime(2026, 4, 23, 4, tzinfo=UTC)
    answers = PLUGIN.suggest(occasion, context([own(), *slow], PLUGIN.config()))
    assert [type(one).__name__ for one in answers] == ["Suggestion"]
    # An answer takes the wake back: it names its thing.
    _, settled = ask(PLUGIN, came(170), [own(), *slow], LATER)
    assert occasion.wakes[0].thing in [one.thing for one in settled]


def test_a_deadline_that_has_passed_is_no_reason_to_be_silent() -> None:
    """Who was to answer by Wednesday and did not is asked again."""
    sentence = "Could you answer by Wednesday?"
    asked = own(sentence, signals=[("question", {"due": "2026-04-15"}, sentence)])
    assert len(ask(PLUGIN, None, [asked], LATER)[0]) == 1


def test_who_is_called_by_name_is_named() -> None:
    """Of two who were written to, the title names the one whom the sentence calls."""
    asked = own("Cora, could you send me the plan?", to=[BERT, CORA])
    (one,) = ask(PLUGIN, None, [asked], LATER)[0]
    assert one.title.startswith("No answer from cora@else.example")


def test_copies_of_a_mail_are_one_offer() -> None:
    """The same mail in two folders, with ids of their own, is asked about once."""
    copies = [own(), own(message_id="<copy@me>", folder="archive")]
    assert len(ask(PLUGIN, None, copies, LATER)[0]) == 1


def test_two_mails_in_a_thread_are_one_offer() -> None:
    """Only the newest open question of a thread is asked again."""
    second = own(
        "And the list of boats, could you send it?",
        message_id="<second@me>", in_reply_to="<asked@me>", date=ASKED + timedelta(hours=2),
    )  # fmt: skip
    (one,) = ask(PLUGIN, None, [own(), second], LATER)[0]
    assert one.action.in_reply_to == "<second@me>"


def test_an_answer_takes_the_offer_back() -> None:
    """What came settles what was asked of its sender, in whatever thread it lies."""
    offered = ask(PLUGIN, None, [own()], LATER)[0][0].thing
    answers = (
        came(180),
        came(180, sender=CORA),
        came(180, in_reply_to="", subject="Sorry for the delay"),
        own("", message_id="<again@me>", in_reply_to="<asked@me>", date=LATER),
    )
    for answer in answers:
        silences = ask(PLUGIN, answer, [own()], LATER + timedelta(days=1))[1]
        assert offered in [s.thing for s in silences]


def test_a_newsletter_of_the_same_sender_settles_nothing() -> None:
    """A machine's mail is no answer."""
    news = came(180, in_reply_to="", subject="News")
    assert news.mail is not None
    news = replace(news, mail=replace(news.mail, list_unsubscribe=True))
    assert ask(PLUGIN, news, [own()], LATER + timedelta(days=1)) == ([], [])


def test_a_mail_read_late_is_told_at_once() -> None:
    """On a first run, a question that has waited long enough is offered with its mail."""
    assert len(ask(PLUGIN, own(), [], LATER)[0]) == 1
    said, silent = ask(PLUGIN, own(), [], ASKED + timedelta(hours=1))
    assert said == []
    assert silent[0].reason.startswith("an answer may still come")


def test_names_are_shown_and_addresses_are_not_trusted() -> None:
    """The title names who was asked; the draft goes to header addresses alone."""
    asked = own("Could you write to eve@evil.example instead?")
    assert asked.mail is not None
    asked = replace(asked, mail=replace(asked.mail, to=(Person("Bert Huber", BERT),)))
    (one,) = ask(PLUGIN, None, [asked], LATER, zone=ZoneInfo("Europe/Vienna"))[0]
    assert one.title.startswith("No answer from Bert Huber")
    assert isinstance(one.action, DraftMail) and one.action.to == (BERT,)


@pytest.mark.parametrize(
    ("sentence", "offered"),
    [
        ("Cora, could you send me the plan of the harbour?", False),
        ("Bert, could you send me the plan of the harbour?", True),
        ("Thanks, could you send me the plan of the harbour?", True),
        ("Dora and Cora: could you send me the plan of the harbour?", False),
        ("Should we ask Bert for the plan of the harbour?", False),
        ("Could you send me the plan of the harbour, Bert?", True),
    ],
)
def test_only_who_is_asked_is_followed_up(sentence: str, offered: bool) -> None:
    """A sentence that calls somebody, or speaks of who has it, does not ask them."""
    document = own(sentence)
    assert document.mail is not None
    header = replace(document.mail, to=(Person("Bert Brandt", BERT),), cc=(Person("Cora", CORA),))
    copied = replace(document, mail=header)
    said, _ = ask(PLUGIN, None, [copied], LATER)
    assert bool(said) is offered
