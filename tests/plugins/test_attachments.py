"""Plugin attachments: a claim without a file is told at once, with the likely file or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plugin_loading import ask, plugin_named

from samantha.api import Document, DraftMail, Person, Region, Remind
from samantha.api.testing import ME, context, document, mail, moment

PLUGIN = plugin_named("attachments").plugin
BERT = "bert@else.example"
SENT = datetime(2026, 4, 14, 9, tzinfo=UTC)
NOW = SENT + timedelta(minutes=5)
CLAIM = "I have attached the harbour plan."


def own(sentence: str = CLAIM, after: str = "Anna", **more: Any) -> Document:
    text = f"Hi Bert,\n\n{sentence}\n\n{after}\n"
    header = more.pop("header", {})
    seen = more.pop("signals", [("attached_claim", {}, sentence)] if sentence else [])
    values = {
        "sender": ME.addresses[0], "to": [BERT], "folder": "sent", "subject": "Sunday",
        "message_id": "<sent@me>", "date": SENT, **more,
    }  # fmt: skip
    made = mail(text, signals=seen, **values)
    assert made.mail is not None
    return replace(made, mail=replace(made.mail, **header))


def file(name: str, days: float = 30, text: str = "The plan") -> Document:
    return document(f"/home/a/Documents/{name}", text, modified=SENT - timedelta(days=days))


PLAN = file("Harbour plan.pdf")


def test_the_second_mail_brings_the_likely_file() -> None:
    """A draft in the thread, to the same people, with the file that is named so."""
    about = own(header={"cc": (Person("", "cora@else.example"),)})
    (one,) = ask(PLUGIN, about, [PLAN, file("Budget.ods")], NOW)[0]
    assert isinstance(one.action, DraftMail)
    assert one.action.to == (BERT, "cora@else.example")
    assert one.action.attachments == (PLAN.id,)
    assert one.action.in_reply_to == "<sent@me>"
    assert "Harbour plan.pdf" in one.action.body
    assert set(one.sources) == {about.id, PLAN.id}
    assert [e.quote for e in one.evidence] == [CLAIM]
    assert one.urgent and one.confidence >= 0.8


def test_without_a_likely_file_there_is_a_reminder() -> None:
    """A second mail without the file would be the same mistake again."""
    (one,) = ask(PLUGIN, own(), [file("Budget.ods")], NOW)[0]
    assert isinstance(one.action, Remind)
    assert one.action.at > NOW and CLAIM in one.action.text


@pytest.mark.parametrize("name", ["Harbour plan passwords.pdf", "tax harbour plan.pdf"])
def test_a_private_file_is_never_attached(name: str) -> None:
    """Where the likely file is private, there is a reminder."""
    (one,) = ask(PLUGIN, own(), [file(name)], NOW)[0]
    assert isinstance(one.action, Remind)


def test_a_german_mail_is_mended_in_german() -> None:
    """The second mail has the language of the first."""
    sentence = "Im Anhang findest du den Hafenplan."
    (one,) = ask(PLUGIN, own(sentence, language="de"), [file("Hafenplan.pdf")], NOW)[0]
    assert isinstance(one.action, DraftMail)
    assert "Hafenplan.pdf" in one.action.body and "Anhang" in one.action.body


def quoted() -> Document:
    made = own("")
    start = made.text.index("Anna")
    regions = (Region("body", 0, start), Region("quote", start, len(made.text)))
    return replace(made, regions=regions)


SILENT = {
    "a file is there": own(attachments=["plan.pdf"]),
    "no claim": own(""),
    "the claim is quoted": quoted(),
    "a link in place of a file": own("The attached plan is at https://cloud.example/x."),
    "a cloud link elsewhere": own(after="https://cloud.example/x\nAnna"),
    "a stub of a file": own(after="<<Plan.doc>>"),
    "a stub of another program": own(after=" - Plan.doc"),
    "the text stands below": own("The attached text is copied below."),
    "sent to oneself": own(to=[ME.addresses[0]]),
    "a draft": own(folder="drafts"),
    "sent long ago": own(date=SENT - timedelta(days=3)),
    "hardly sure": own(signals=[]),
}


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Nothing is told where nothing was forgotten, or it is too late."""
    said, silent = ask(PLUGIN, SILENT[case], [PLAN], NOW)
    assert said == []
    if SILENT[case].mail and SILENT[case].mail.folder == "sent":
        assert silent[0].reason


def later(**more: Any) -> Document:
    values = {"message_id": "<b@me>", "date": SENT + timedelta(minutes=2), **more}
    return own("", attachments=["plan.pdf"], **values)


def test_what_was_sent_since_is_not_missing() -> None:
    """The user has noticed, in the thread or in a new mail."""
    for sent in (later(in_reply_to="<sent@me>"), later(subject="Here it is")):
        assert ask(PLUGIN, own(), [PLAN, sent], NOW)[0] == []


def test_the_users_own_second_mail_takes_the_offer_back() -> None:
    """A file on its way to the same person settles it."""
    offered = ask(PLUGIN, own(), [PLAN], NOW)[0][0].thing
    silences = ask(PLUGIN, later(), [own(), PLAN], NOW)[1]
    assert offered in [s.thing for s in silences]


def test_a_folder_that_keeps_no_files_tells_nothing() -> None:
    """Where no sent copy ever has its file, a missing one means nothing."""
    old = [
        own(message_id=f"<o{n}@me>", subject=f"S{n}", date=SENT - timedelta(days=n + 9))
        for n in range(6)
    ]
    assert ask(PLUGIN, own(), [PLAN, *old], NOW)[0] == []
    kept = own(message_id="<k@me>", date=SENT - timedelta(days=8), attachments=["x.pdf"])
    assert len(ask(PLUGIN, own(), [PLAN, *old, kept], NOW)[0]) == 1


def test_a_day_says_nothing() -> None:
    """It is told at once or not at all."""
    day = moment([], now=NOW, kind="day")
    assert list(PLUGIN.suggest(day, context([own(), PLAN], PLUGIN.config()))) == []
