"""Plugin promises: a reminder for the day, the file on the day, silence once it is kept or off."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from plugin_loading import ask, plugin_named, woken

from samantha.api import Document, DraftMail, Remind, Suggestion
from samantha.api.testing import ME, context, document, mail, moment

PLUGIN = plugin_named("promises").plugin
BERT = "bert@else.example"
SENT = datetime(2026, 4, 14, 9, tzinfo=UTC)
NOW = SENT + timedelta(minutes=5)
FRIDAY = datetime(2026, 4, 17, 7, tzinfo=UTC)
PROMISE = "I will send you the harbour plan by Friday."
VIENNA = ZoneInfo("Europe/Vienna")


def own(sentence: str = PROMISE, due: str | None = "2026-04-17", **more: Any) -> Document:
    text = f"Hi Bert,\n\nGood to see you. {sentence}\n\nAnna\n"
    header = more.pop("header", {})
    seen = [("commitment", {"due": due, "by": "user"}, sentence)] if sentence else []
    values = {
        "sender": ME.addresses[0], "to": [BERT], "folder": "sent", "subject": "The harbour",
        "message_id": "<sent@me>", "date": SENT, **more,
    }  # fmt: skip
    values.setdefault("signals", seen)
    made = mail(text, **values)
    assert made.mail is not None
    return replace(made, mail=replace(made.mail, **header))


def later(text: str = "Here it is.", hours: float = 30, **more: Any) -> Document:
    values = {
        "sender": ME.addresses[0], "to": [BERT], "folder": "sent", "subject": "Re: The harbour",
        "message_id": "<later@me>", "in_reply_to": "<sent@me>", **more,
    }  # fmt: skip
    return mail(text, date=SENT + timedelta(hours=hours), **values)


def called_off() -> Document:
    text = "No need any more, thank you."
    return mail(text, sender=BERT, subject="Re: The harbour", in_reply_to="<sent@me>",
                date=SENT + timedelta(hours=20), signals=[("cancelled", {}, text)])  # fmt: skip


def file(name: str = "Harbour plan.pdf", days: float = 1, **more: Any) -> Document:
    return document(f"/home/a/D/{name}", "Moorings", modified=FRIDAY - timedelta(days=days), **more)


def test_a_promise_by_a_day_becomes_a_reminder() -> None:
    """It comes on the morning of that day, with the sentence."""
    (one,) = ask(PLUGIN, own(), [], NOW, zone=VIENNA)[0]
    assert isinstance(one.action, Remind)
    assert one.action.at == datetime(2026, 4, 17, 7, tzinfo=UTC)
    assert PROMISE in one.action.text
    assert one.title == "Remind you on Friday of what you promised bert@else.example?"
    assert [e.quote for e in one.evidence] == [PROMISE]
    assert one.confidence >= 0.7


def on_the_day(*known: Document) -> list[Suggestion]:
    """Ask at the time for which the promise's wake was left, with all that was there by then."""
    promised, *_ = known
    (occasion,) = woken(PLUGIN, promised, [promised], NOW, zone=VIENNA) or [moment([], now=FRIDAY)]
    answers = PLUGIN.suggest(occasion, context(known, PLUGIN.config(), zone=VIENNA))
    return [one for one in answers if isinstance(one, Suggestion)]


def test_it_asks_to_be_woken_on_the_morning_of_the_day() -> None:
    """Only for what is to be sent, and only while the day lies ahead."""
    (occasion,) = woken(PLUGIN, own(), [], NOW, zone=VIENNA)
    assert occasion.now == datetime(2026, 4, 17, 2, tzinfo=UTC)
    assert [d.id for d in occasion.documents] == ["<sent@me>"]
    assert woken(PLUGIN, own("I will call you on Friday."), [], NOW, zone=VIENNA) == []
    assert woken(PLUGIN, own(), [], FRIDAY, zone=VIENNA) == []


def test_a_day_that_was_slept_through_is_past() -> None:
    """The wake comes late then, and says so: nothing is drafted for a day that is over."""
    (occasion,) = woken(PLUGIN, own(), [], NOW, zone=VIENNA)
    late = replace(occasion, now=FRIDAY + timedelta(days=1))
    where = context([own(), file()], PLUGIN.config(), zone=VIENNA)
    assert list(PLUGIN.suggest(late, where)) == []


def test_on_the_day_the_finished_file_waits_in_a_draft() -> None:
    """The draft goes into the thread, with the file that is named so."""
    (one,) = on_the_day(own(), file())
    assert isinstance(one.action, DraftMail)
    assert one.action.to == (BERT,)
    assert one.action.in_reply_to == "<sent@me>"
    assert one.action.attachments == (file().id,)
    assert "Harbour plan.pdf" in one.action.body and PROMISE in one.action.body
    assert one.thing != ask(PLUGIN, own(), [], NOW)[0][0].thing


def test_a_german_promise_is_kept_in_german() -> None:
    """The draft has the language of the mail."""
    promised = own("Ich schicke dir den Hafenplan bis Freitag.", language="de")
    (one,) = on_the_day(promised, file("Hafenplan.pdf"))
    assert isinstance(one.action, DraftMail) and "habe ich geschrieben" in one.action.body


ON_THE_DAY = {
    "no file": [own()],
    "another file": [own(), file("Budget.ods")],
    "an unfinished file": [own(), file("Harbour plan.md", finished=False)],
    "a private file": [own(), file("Harbour plan passwords.pdf")],
    "kept": [own(), file(), later(attachments=["plan.pdf"])],
    "kept elsewhere": [own(), file(), later(attachments=["p.pdf"], subject="Plan", in_reply_to="")],
    "kept by a link": [own(), file(), later("Here: https://cloud.example/plan")],
    "called off": [own(), file(), called_off()],
    "nothing to send": [own("I will call you on Friday."), file("Call.pdf")],
}


@pytest.mark.parametrize("case", ON_THE_DAY)
def test_silence_on_the_day(case: str) -> None:
    """No draft without a finished file that is clearly meant, nor for what is done or off."""
    assert on_the_day(*ON_THE_DAY[case]) == []


SILENT = {
    "no day": own(due=None),
    "today": own(due="2026-04-14"),
    "a past day": own(due="2026-04-10"),
    "the day of what is arranged": own("I'll have Cora set up a meeting Friday to discuss it."),
    "a hope": own("I hope to send you the plan by Friday."),
    "a condition": own("If I find it, I will send it by Friday."),
    "a vague day": own("I will call you in a week or so."),
    "this very day": own("I will send it today."),
    "a farewell": own("I will talk to you on Friday."),
    "a maybe": own("I might send it by Friday."),
    "where one will be": own("I will be in Houston on Friday."),
    "a question": own("Shall I send it by Friday?"),
    "nothing in particular": own("I will enjoy Friday."),
    "not a promise": own(""),
    "to many": own(to=[f"p{n}@x.example" for n in range(6)]),
    "to oneself": own(to=[ME.addresses[0]]),
    "a draft": own(folder="drafts"),
}


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Only what the user will surely do by a coming day is worth a word."""
    said, silent = ask(PLUGIN, SILENT[case], [], NOW)
    assert said == []
    if case != "a draft":
        assert silent[0].reason


@pytest.mark.parametrize(
    ("sentence", "mail_", "settled"),
    [
        (PROMISE, later(attachments=["plan.pdf"]), True),
        (PROMISE, later("See you on Sunday."), False),
        ("I will call Cora by Friday.", later("I have called her."), True),
        (PROMISE, called_off(), True),
    ],
)
def test_what_keeps_or_ends_a_promise(sentence: str, mail_: Document, settled: bool) -> None:
    """Something sent keeps it, a word calls it off; small talk does neither."""
    promised = own(sentence)
    thing = ask(PLUGIN, promised, [], NOW)[0][0].thing
    silences = ask(PLUGIN, mail_, [promised], NOW + timedelta(days=2))[1]
    assert (thing in [s.thing for s in silences]) is settled
