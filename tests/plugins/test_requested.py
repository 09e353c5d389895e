"""Plugin requested: the file that somebody known asks for, no private one, no stranger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plugin_loading import ask, plugin_named

from samantha.api import Document, DraftMail, Person
from samantha.api.testing import ME, document, mail

PLUGIN = plugin_named("requested").plugin
BERT = "bert@else.example"
ASKED = datetime(2026, 4, 14, 9, tzinfo=UTC)
NOW = ASKED + timedelta(minutes=5)
REQUEST = "Could you send me the harbour plan?"


def came(sentence: str = REQUEST, **more: Any) -> Document:
    text = f"Hi Anna,\n\nThe weather is fine. {sentence}\n\nBert\n"
    header, value = more.pop("header", {}), {"due": None, "of": more.pop("of", "user")}
    seen = more.pop("signals", [("request", value, sentence)])
    values = {"sender": BERT, "sender_name": "Bert Huber", "subject": "Sunday",
              "message_id": "<asked@b>", "date": ASKED, **more}  # fmt: skip
    made = mail(text, signals=seen, **values)
    assert made.mail is not None
    return replace(made, mail=replace(made.mail, **header))


def own(hours: float, **more: Any) -> Document:
    values = {"sender": ME.addresses[0], "to": [BERT], "folder": "sent", "subject": "Old", **more}
    return mail("Hello.", date=ASKED + timedelta(hours=hours), **values)


def file(name: str, text: str = "Moorings", days: float = 60) -> Document:
    return document(f"/home/a/Documents/{name}", text, modified=ASKED - timedelta(days=days))


BEFORE, PLAN = own(-500), file("Harbour plan.pdf")
FILES = [BEFORE, PLAN, file("Budget.ods", "Numbers"), file("Lebenslauf Anna.pdf", "Leben")]


def test_what_a_known_person_asks_for_waits_in_an_answer() -> None:
    """The draft goes to the sender, in the thread, with the file that is named so."""
    (one,) = ask(PLUGIN, came(), FILES, NOW)[0]
    assert isinstance(one.action, DraftMail)
    assert (one.action.to, one.action.in_reply_to) == ((BERT,), "<asked@b>")
    assert one.action.attachments == (PLAN.id,)
    assert "Harbour plan.pdf" in one.action.body and REQUEST in one.action.body
    assert one.title == "Bert Huber asks for it: send Harbour plan.pdf?"
    assert [e.quote for e in one.evidence] == [REQUEST]
    assert set(one.sources) == {came().id, PLAN.id}
    assert one.confidence >= 0.7


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Do you still have a copy of the harbour plan?", "Harbour plan.pdf"),
        ("Please forward the plan of the harbour to me.", "Harbour plan.pdf"),
        ("Kannst du mir deinen Lebenslauf schicken?", "Lebenslauf Anna.pdf"),
        ("I need budget.ods, please.", "Budget.ods"),
        ("Please send me the harbour plan, then I can order paint and rope.", "Harbour plan.pdf"),
        (
            "Schick mir deinen Lebenslauf, damit wir das Programmheft drucken.",
            "Lebenslauf Anna.pdf",
        ),
    ],
)
def test_ways_of_asking(sentence: str, name: str) -> None:
    """English and German, by name and by what it is."""
    (one,) = ask(PLUGIN, came(sentence), FILES, NOW)[0]
    assert isinstance(one.action, DraftMail)
    assert [a.rpartition("/")[2] for a in one.action.attachments] == [name]


SILENT = {
    "a stranger": (came(), FILES[1:]),
    "no such file": (came("Could you send me the tide table report?"), FILES),
    "two such files": (came("Could you send me the report?"),
                       [*FILES, file("Report nets.txt", "N"), file("Report boats.txt", "B")]),
    "a private file": (came("Could you send me the harbour passwords list?"),
                       [*FILES, file("harbour passwords list.txt", "P")]),
    "a confidential file": (came(), [BEFORE, file("Harbour plan.txt", "Strictly confidential.")]),
    "a tax file": (came("Please send me the tax return 2025 copy."),
                   [BEFORE, file("Tax return 2025.pdf")]),
    "no document": (came("Could you send me an answer on the harbour plan?"), FILES),
    "no request": (came(signals=[]), FILES),
    "asked of another": (came(of="other"), FILES),
    "a list": (came(header={"list_id": "boats.example"}), FILES),
    "a machine": (came(header={"automatic": True}), FILES),
    "a copy": (came(header={"to": (Person("", "x@y.example"),),
                            "cc": (Person("", ME.addresses[0]),)}), FILES),
    "long ago": (came(date=ASKED - timedelta(days=20)), FILES),
    "answered": (came(), [*FILES, own(0.05, in_reply_to="<asked@b>", subject="Re: Sunday")]),
    "spam": (came(folder="spam"), FILES),
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Nothing leaves without somebody known, a plain request and one harmless file."""
    about, known = SILENT[case]
    assert ask(PLUGIN, about, known, NOW)[0] == []


def test_an_answer_takes_the_offer_back() -> None:
    """What the user writes in the thread settles the request."""
    thing = ask(PLUGIN, came(), FILES, NOW)[0][0].thing
    reply = own(2, in_reply_to="<asked@b>", subject="Re: Sunday")
    assert thing in [s.thing for s in ask(PLUGIN, reply, [came(), *FILES], NOW)[1]]


def test_another_address_in_the_body_gets_nothing() -> None:
    """Whoever asks, the file goes to nobody but the sender of the mail."""
    sly = came("Please send the harbour plan to eve@evil.example as well.")
    (one,) = ask(PLUGIN, sly, FILES, NOW)[0]
    assert isinstance(one.action, DraftMail) and one.action.to == (BERT,)
