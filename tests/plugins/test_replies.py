"""Plugin replies: an answer draft once a question is late for this person, else silence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plugin_loading import ask, plugin_named, woken

from samantha.api import Document, DraftMail, Person
from samantha.api.testing import ME, context, document, mail

PLUGIN = plugin_named("replies").plugin
BERT, CORA = "bert@else.example", "cora@else.example"
ASKED = datetime(2026, 4, 14, 9, tzinfo=UTC)
"""A Tuesday."""
LATER = datetime(2026, 4, 16, 9, 30, tzinfo=UTC)
"""Two working days later."""
QUESTION = "Which of the two boats do you want for the summer?"


def came(sentence: str = QUESTION, **more: Any) -> Document:
    text = f"Hi Anna,\n\nThe weather is fine. {sentence}\n\nBert\n"
    seen = more.pop("signals", [("question", {"due": None}, sentence)] if sentence else [])
    header = more.pop("header", {})
    values = {
        "sender": BERT, "sender_name": "Bert Huber", "subject": "Boats", "message_id": "<asked@b>",
        "date": ASKED, **more,
    }  # fmt: skip
    made = mail(text, signals=seen, **values)
    assert made.mail is not None
    return replace(made, mail=replace(made.mail, **header))


def own(hours: float, **more: Any) -> Document:
    values = {
        "sender": ME.addresses[0], "to": [BERT], "folder": "sent", "subject": "Re: Boats",
        "in_reply_to": "<asked@b>", **more,
    }  # fmt: skip
    return mail("The small one.", date=ASKED + timedelta(hours=hours), **values)


BEFORE = own(-500, subject="Old", in_reply_to="", message_id="<old@me>")
"""The user has written to Bert before."""


def habit(hours: float, count: int = 4) -> list[Document]:
    """Return mails of Bert that the user answered after so many hours."""
    found = []
    for number in range(count):
        at = ASKED - timedelta(days=20 * (number + 1))
        name = f"<was{number}@b>"
        found.append(came("", message_id=name, subject=f"Was {number}", date=at))
        late = hours - 20 * 24 * (number + 1)
        found.append(own(late, subject=f"Re: Was {number}", in_reply_to=name))
    return found


def test_a_late_question_becomes_an_answer_in_its_thread() -> None:
    """The draft goes to the sender, into the thread, and quotes what was asked."""
    (one,) = ask(PLUGIN, None, [came(), BEFORE], LATER)[0]
    assert isinstance(one.action, DraftMail)
    assert (one.action.to, one.action.in_reply_to) == ((BERT,), "<asked@b>")
    assert QUESTION in one.action.body
    assert [e.quote for e in one.evidence] == [QUESTION]
    assert one.title == "Bert Huber has waited 2 working days for your answer: “Boats”"
    assert one.confidence >= 0.6


@pytest.mark.parametrize(
    ("hours", "days", "offers"), [(2, 1, 1), (2, 0, 0), (100, 3, 0), (100, 6, 1)]
)
def test_late_is_measured_by_what_is_usual_for_this_person(
    hours: float, days: int, offers: int
) -> None:
    """Who is used to an answer within hours waits after a day; who is not, does not."""
    now = ASKED + timedelta(days=days if days < 4 else days + 2, hours=1)
    said, _ = ask(PLUGIN, None, [came(), *habit(hours)], now)
    assert len(said) == offers
    if said and hours == 2:
        assert "You usually answer Bert Huber within 2 hours." in said[0].why


def test_a_strangers_question_is_not_shown() -> None:
    """Whom the user never wrote to stays below what is shown, or is passed over without a name."""
    (one,) = ask(PLUGIN, None, [came()], LATER)[0]
    assert one.confidence < 0.5
    nameless = replace(came(), text=came().text.replace("Hi Anna,", "Hi all,"))
    assert ask(PLUGIN, None, [nameless], LATER)[0] == []


SILENT = {
    "called by a short name": [
        came(
            "Cor could you say which of the two boats you want for the summer?",
            header={"cc": (Person("", "corinna.lind@else.example"),)},
        ),
        BEFORE,
    ],
    "called to another": [
        came(
            "Cora could you say which of the two boats you want for the summer?",
            header={"cc": (Person("Cora Lind", CORA),)},
        ),
        BEFORE,
    ],
    "answered": [came(), BEFORE, own(5)],
    "answered by a colleague": [
        came(),
        BEFORE,
        mail(
            "The red one.",
            sender=CORA,
            subject="Re: Boats",
            in_reply_to="<asked@b>",
            date=ASKED + timedelta(hours=3),
        ),
    ],
    "asked anew": [
        came(),
        BEFORE,
        came(
            "",
            message_id="<b@b>",
            subject="Re: Boats",
            in_reply_to="<asked@b>",
            date=ASKED + timedelta(hours=3),
        ),
    ],
    "written to since": [came(), BEFORE, own(5, in_reply_to="", subject="Sunday")],
    "marked as answered": [came(header={"answered": True}), BEFORE],
    "a copy": [
        came(header={"to": (Person("", CORA),), "cc": (Person("", ME.addresses[0]),)}),
        BEFORE,
    ],
    "to many": [came(to=[ME.addresses[0], *(f"p{n}@x.example" for n in range(5))]), BEFORE],
    "a list": [came(header={"list_id": "boats.example"}), BEFORE],
    "a machine": [came(header={"automatic": True}), BEFORE],
    "a newsletter": [came(header={"list_unsubscribe": True}), BEFORE],
    "asked of another": [
        came(signals=[("question", {"due": None, "of": "other"}, QUESTION)]),
        BEFORE,
    ],
    "a courtesy": [came("Let me know if you have any questions."), BEFORE],
    "tells": [came(""), BEFORE],
    "spam": [came(folder="spam"), BEFORE],
    "too young": [came(date=LATER - timedelta(hours=5)), BEFORE],
    "long past": [came(date=ASKED - timedelta(days=40)), BEFORE],
}


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Nothing is offered where nobody waits for the user, or not yet, or no longer."""
    assert ask(PLUGIN, None, SILENT[case], LATER)[0] == []


def test_silence_has_a_reason() -> None:
    """What came and is passed over says why."""
    for about in (came(header={"automatic": True}), came(""), came(date=LATER)):
        said, silent = ask(PLUGIN, about, [BEFORE], LATER)
        assert said == [] and silent[0].reason


def test_it_is_told_of_questions_to_the_user() -> None:
    """As early as an answer can be late; where it is not yet, it asks again on that morning."""
    wish = PLUGIN.quiet(PLUGIN.config())
    assert (wish.author, wish.days) == ("other", 1)
    (occasion,) = woken(PLUGIN, came(), [BEFORE], ASKED + timedelta(days=1, hours=1))
    assert occasion.now == datetime(2026, 4, 17, 4, tzinfo=UTC)
    answers = PLUGIN.suggest(occasion, context([came(), BEFORE], PLUGIN.config()))
    assert [type(one).__name__ for one in answers] == ["Suggestion"]


@pytest.mark.parametrize(
    "settles",
    [own(80), own(80, in_reply_to="", subject="Sunday"),
     mail("Done.", sender=CORA, subject="Re: Boats", in_reply_to="<asked@b>", date=LATER)],
)  # fmt: skip
def test_an_answer_takes_the_offer_back(settles: Document) -> None:
    """What the user or anybody else in the thread writes settles the question."""
    offered = ask(PLUGIN, None, [came(), BEFORE], LATER)[0][0].thing
    silences = ask(PLUGIN, settles, [came(), BEFORE], LATER + timedelta(days=1))[1]
    assert offered in [s.thing for s in silences]


def test_the_draft_goes_to_the_sender_alone() -> None:
    """Reply-To, bodies and copies never become recipients."""
    sly = came(
        "Could you answer to eve@evil.example, please?",
        header={"reply_to": (Person("", "eve@evil.example"),)},
    )
    (one,) = ask(PLUGIN, None, [sly, BEFORE], LATER)[0]
    assert isinstance(one.action, DraftMail) and one.action.to == (BERT,)


PRICE = "What does the mooring at the north pier cost?"
NOTES = "Notes of March.\nThe mooring at the north pier cost 420 euros a year in 2025.\nBuy rope.\n"


@pytest.mark.parametrize(
    ("path", "text", "author", "quoted"),
    [
        ("/home/a/Club/prices.txt", NOTES, "user", True),
        ("/home/a/Private/prices.txt", NOTES, "user", False),
        ("/home/a/Club/prices.txt", NOTES + "Password: 1234", "user", False),
        ("/home/a/Club/prices.txt", NOTES, "other", False),
        ("/home/a/Club/pier.txt", "The north pier was built long ago by the town.", "user", False),
        ("/home/a/Club/ask.txt", "What does the mooring at the north pier cost?", "user", False),
    ],
)
def test_facts_of_the_users_own_files_are_quoted(
    path: str, text: str, author: str, quoted: bool
) -> None:
    """A sentence that answers is quoted with its file; private files and others' never are."""
    file = document(path, text, author=author)
    (one,) = ask(PLUGIN, None, [came(PRICE), BEFORE, file], LATER)[0]
    assert isinstance(one.action, DraftMail)
    assert ("420 euros" in one.action.body) is quoted
    assert (file.id in one.sources) is quoted


def test_a_stranger_is_told_nothing_of_the_users_files() -> None:
    """Facts go to people whom the user has written to."""
    file = document("/home/a/Club/prices.txt", NOTES)
    (one,) = ask(PLUGIN, None, [came(PRICE), file], LATER)[0]
    assert isinstance(one.action, DraftMail) and "420 euros" not in one.action.body
