"""Plugin bills: one reminder for one bill, a warning where something differs, else silence."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from samantha.api import (
    FORWARDED,
    Document,
    Identity,
    Kind,
    Person,
    Region,
    Remind,
    Silence,
    Suggestion,
)
from samantha.api.testing import ME, context, document, mail, moment

FOLDER = Path(__file__).parents[2] / "plugins" / "bills"
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
IBAN = "DE89370400440532013000"
OTHER_IBAN = "GB82WEST12345698765432"
BERLIN = ZoneInfo("Europe/Berlin")


def load() -> Any:
    name = "bills_under_test"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
        )
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


PLUGIN = load().plugin


def text_of(issuer: str, number: str, amount: str, due: str, iban: str, more: str = "") -> str:
    lines = [issuer]
    lines += [f"Invoice number: {number}"] if number else []
    lines += [f"Total amount due: EUR {amount}"] if amount else []
    lines += [f"Due date: {due}"] if due else []
    lines += [f"IBAN {iban}"] if iban else []
    return "\n".join([*lines, more])


def signals_of(
    issuer: str, number: str, amount: str, due: str, iban: str, extra: Iterable[Any] = ()
) -> list[Any]:
    found: list[Any] = [("issuer", issuer, issuer)]
    if number:
        found.append(("invoice_number", number, number))
    if amount:
        value = {"amount": amount, "currency": "EUR"}
        found.append(("amount_due", value, f"Total amount due: EUR {amount}"))
    if due:
        found.append(("due_date", due, f"Due date: {due}"))
    if iban:
        found.append(("iban", iban, f"IBAN {iban}"))
    return [*found, *extra]


def bill(
    *,
    issuer: str = "Nordsund Energy",
    number: str = "NE-204417",
    amount: str = "84.40",
    due: str = "2026-12-04",
    iban: str = IBAN,
    more: str = "",
    extra: Iterable[Any] = (),
    sender: str = "billing@nordsund.example",
    days_ago: int = 2,
    **rest: Any,
) -> Document:
    return mail(
        text_of(issuer, number, amount, due, iban, more),
        sender=sender,
        sender_name=rest.pop("sender_name", issuer),
        subject=rest.pop("subject", f"Your invoice {number}"),
        date=rest.pop("date", NOW - timedelta(days=days_ago)),
        signals=signals_of(issuer, number, amount, due, iban, extra),
        **rest,
    )


def pdf(path: str = "/home/a/Downloads/NE-204417.pdf", **fields: str) -> Document:
    said = {
        "issuer": "Nordsund Energy GmbH",
        "number": "NE-204417",
        "amount": "84.40",
        "due": "2026-12-04",
        "iban": IBAN,
        **fields,
    }
    author = said.pop("author", "other")
    return document(
        path,
        text_of(**said),
        author=author,
        kind=Kind.INVOICE,
        modified=NOW - timedelta(days=1),
        signals=signals_of(**said),
    )


def ask(
    about: list[Document],
    others: Iterable[Document] = (),
    *,
    now: datetime = NOW,
    kind: str = "documents",
    config: Any = None,
    identity: Identity = ME,
) -> tuple[list[Suggestion], list[Silence]]:
    where = context([*about, *others], config or PLUGIN.config(), zone=BERLIN, identity=identity)
    given = about if kind == "documents" else []
    answers = list(PLUGIN.suggest(moment(given, now=now, kind=kind), where))
    return (
        [a for a in answers if isinstance(a, Suggestion)],
        [a for a in answers if isinstance(a, Silence)],
    )


def one(about: list[Document], others: Iterable[Document] = (), **more: Any) -> Suggestion:
    offers, _ = ask(about, others, **more)
    assert len(offers) == 1
    return offers[0]


def action(offer: Suggestion) -> Remind:
    assert isinstance(offer.action, Remind)
    return offer.action


def test_a_bill_becomes_a_reminder_before_it_is_due() -> None:
    """The reminder comes three days before the due date at nine in the user's morning."""
    offer = one([bill()])
    assert offer.title == "Nordsund Energy: EUR 84.40 due Friday 4 December"
    assert action(offer).at == datetime(2026, 12, 1, 9, tzinfo=BERLIN)
    assert offer.expires == datetime(2026, 12, 4, 23, 59, 59, tzinfo=BERLIN)


def test_the_payment_is_ready_to_paste() -> None:
    """Payee, account, amount and reference stand in a line each."""
    assert action(one([bill()])).copy_text.splitlines() == [
        "Payee: Nordsund Energy",
        "IBAN: DE89 3704 0044 0532 0130 00",
        "Amount: EUR 84.40",
        "Reference: NE-204417",
    ]


def test_every_field_is_quoted_exactly() -> None:
    """Amount, due date, number, issuer and account are evidence, each an exact span."""
    seen = bill()
    offer = one([seen])
    quotes = [e.quote for e in offer.evidence]
    assert quotes[:2] == ["Total amount due: EUR 84.40", "Due date: 2026-12-04"]
    assert {"NE-204417", "Nordsund Energy", f"IBAN {IBAN}"} <= set(quotes)
    assert all(seen.text[e.start : e.end] == e.quote for e in offer.evidence)


def test_a_near_due_date_reminds_soon() -> None:
    """Where the planned morning has passed, the reminder comes in two hours, and is urgent."""
    offer = one([bill(due="2026-11-24")])
    assert NOW < action(offer).at <= NOW + timedelta(hours=2)
    assert offer.urgent


def test_days_and_hour_can_be_set() -> None:
    """The configuration moves the reminder."""
    config = PLUGIN.config(days_before=5, hour=18)
    assert action(one([bill()], config=config)).at == datetime(2026, 11, 29, 18, tzinfo=BERLIN)


def test_a_bill_overdue_by_days_is_still_told() -> None:
    """A few days late it is worth a word, and says that it is late."""
    offer = one([bill(due="2026-11-19", days_ago=20)])
    assert "was due Thursday 19 November" in offer.title
    assert "overdue by 4 days" in offer.why
    assert offer.expires is not None and offer.expires > NOW


def test_the_title_is_never_too_long() -> None:
    """A long issuer is cut, amount and day are not."""
    offer = one([bill(issuer="The Very Old and Honourable Society of Lamplighters " * 2)])
    assert len(offer.title) <= 80
    assert offer.title.endswith("EUR 84.40 due Friday 4 December")


def test_mail_and_pdf_are_one_bill() -> None:
    """Both documents name the same thing and make one offer, whichever comes first."""
    offers, silent = ask([bill(), pdf()])
    assert len(offers) == 1
    assert [s.reason for s in silent] == ["the same bill as in another document"]
    assert one([pdf()], [bill()]).thing == one([bill()]).thing == offers[0].thing
    assert one([pdf()], [bill()]).action == offers[0].action


def test_a_mail_without_account_takes_it_from_the_pdf() -> None:
    """What the mail leaves out is read, and quoted, from the file of the same bill."""
    offer = one([bill(iban="")], [pdf()])
    assert "DE89 3704" in action(offer).copy_text
    assert pdf().id in offer.sources


def test_a_reminder_of_a_bill_is_the_same_thing() -> None:
    """A dunning mail, even with a fee, does not make a second offer of the same bill."""
    again = bill(subject="Payment reminder", amount="89.40", days_ago=0)
    assert one([again], [bill()]).thing == one([bill()]).thing


def test_a_number_in_the_subject_alone_still_names_the_bill() -> None:
    """A mail that names its bill only in the subject is the same bill as the PDF."""
    terse = bill(number="", subject="Your invoice NE-204417")
    assert one([terse]).thing == one([bill()]).thing


def test_two_bills_are_two_offers() -> None:
    """Another number of the same issuer is another bill."""
    offers, _ = ask([bill(), bill(number="NE-204418", amount="12.00")])
    assert len({o.thing for o in offers}) == 2


def test_a_day_that_begins_repeats_the_same_offer() -> None:
    """A day's look gives the same thing in the same bytes, and nothing once its time came."""
    first = one([bill()])
    later = one([bill()], kind="day", now=NOW + timedelta(days=3))
    assert (later.thing, later.action) == (first.thing, first.action)
    assert ask([bill()], kind="day", now=NOW + timedelta(days=9)) == ([], [])


def test_what_a_mail_says_and_its_paper_adds_is_one_thing() -> None:
    """A number that is read later, with the file, makes no second offer of the same bill."""
    terse, whole = bill(number="", subject="Your bill"), bill()
    assert one([terse]).thing == one([whole]).thing
    offers, _ = ask([bill(), bill(number="NE-204418", days_ago=1)])
    assert len({o.thing for o in offers}) == 2


def test_a_demand_after_the_due_day_is_offered_again() -> None:
    """The first day went by unpaid: the reminder's own sum and day are what counts now."""
    first = bill(days_ago=30, due="2026-11-10")
    demand = bill(days_ago=1, amount="89.40", due="2026-12-04", subject="Reminder NE-204417")
    found = one([demand], [first])
    assert "89.40" in found.title and found.thing.endswith("2026-12-04")


PAID = ("paid", True, "has been paid")
SILENT: tuple[tuple[str, Document, str], ...] = (
    ("paid", bill(more="It has been paid.", extra=[PAID]), "paid already"),
    ("receipt", bill(kind=Kind.RECEIPT), "a receipt"),
    (
        "credit note",
        bill(more="Credit note", extra=[("credit_note", True, "Credit note")]),
        "credit note",
    ),
    (
        "direct debit",
        bill(more="By direct debit.", extra=[("direct_debit", True, "By direct debit")]),
        "direct debit",
    ),
    ("long past", bill(due="2026-10-30", days_ago=40), "due long ago"),
    ("spam", bill(folder="spam"), "spam folder"),
    ("trash", bill(folder="trash"), "trash"),
    ("draft", bill(folder="drafts"), "a draft"),
    ("own mail", bill(sender=ME.addresses[0], folder="sent"), "you sent it"),
    ("own address", bill(sender=ME.addresses[0]), "you sent it"),
    ("own name", pdf(issuer="Anna Berg"), "your own invoice"),
    ("own studio", pdf(issuer="Studio Anna Berg"), "your own invoice"),
    ("quote", bill(subject="Your quotation Q-12"), "a quote"),
    ("offer", bill(subject="Unser Angebot 12"), "a quote"),
    ("pro forma", pdf(issuer="Pro forma invoice"), "a quote"),
    ("newsletter", bill(kind=Kind.NEWSLETTER, due=""), "newsletter"),
    ("no due date", bill(due=""), "when it is due"),
    ("no amount", bill(amount=""), "what is to be paid"),
    (
        "told of",
        mail(
            "Remember when the bill was 80 euros and due on 1 December?",
            sender="lena@ortiz.example",
            sender_name="Lena",
            date=NOW - timedelta(days=2),
            signals=[
                ("amount_due", {"amount": "80", "currency": "EUR"}, "80 euros"),
                ("due_date", "2026-12-01", "due on 1 December"),
            ],
        ),
        "only tells of a bill",
    ),
    ("nothing", bill(amount="0.00"), "nothing is to be paid"),
    (
        "phishing",
        bill(
            number="",
            subject="Payment problem",
            more="URGENT: your account will be suspended. Click here: http://pay.example/x",
            sender="service@pay-now.example",
        ),
        "phishing",
    ),
)


@pytest.mark.parametrize(("seen", "reason"), [s[1:] for s in SILENT], ids=[s[0] for s in SILENT])
def test_it_stays_silent_and_says_why(seen: Document, reason: str) -> None:
    """What is not for the user to pay raises no offer, and the reason names the case."""
    offers, silent = ask([seen])
    assert offers == []
    assert [s.document for s in silent] == [seen.id]
    assert reason in silent[0].reason


def test_a_list_without_a_number_is_a_newsletter() -> None:
    """Prices in bulk mail are no bill; a bill with a number is one even from a mailing system."""
    seen = bill(number="")
    assert seen.mail is not None
    weak = tuple(replace(s, confidence=0.8) for s in seen.analysis.signals)
    bulk = replace(seen, mail=replace(seen.mail, list_unsubscribe=True))
    assert ask([replace(bulk, analysis=replace(bulk.analysis, signals=weak))])[0] == []
    numbered = bill()
    assert numbered.mail is not None
    assert len(ask([replace(numbered, mail=replace(numbered.mail, list_unsubscribe=True))])[0]) == 1


def test_a_file_the_user_sent_is_their_own_invoice() -> None:
    """A PDF that went out attached to the user's own mail is somebody else's to pay."""
    sent = mail("Here is my invoice.", sender=ME.addresses[0], attachments=["NE-204417.pdf"])
    offers, silent = ask([pdf()], [sent])
    assert offers == [] and "you sent this file" in silent[0].reason


def test_a_later_receipt_settles_the_bill() -> None:
    """A mail that came later, says paid and names the number, closes the matter."""
    receipt = mail(
        "Payment received for NE-204417.",
        date=NOW - timedelta(days=1),
        signals=[("paid", True, "Payment received")],
    )
    offers, silent = ask([bill()], [receipt])
    assert offers == [] and silent[0].reason.startswith("paid:")
    other = mail(
        "Payment received for NE-1.",
        date=NOW - timedelta(days=1),
        signals=[("paid", True, "Payment received")],
    )
    assert len(ask([bill()], [other])[0]) == 1
    for text, folder in (("NE-2044171", "inbox"), ("NE-204417", "spam")):
        more = mail(
            f"Payment received for {text}.",
            date=NOW - timedelta(days=1),
            folder=folder,
            signals=[("paid", True, "Payment received")],
        )
        assert len(ask([bill()], [more])[0]) == 1


def test_the_users_own_answer_settles_the_bill() -> None:
    """A reply in the thread that says "I have paid" is believed."""
    seen = bill()
    answer = mail(
        "I have paid it this morning.",
        sender=ME.addresses[0],
        in_reply_to=str(seen.id),
        date=NOW - timedelta(hours=1),
    )
    offers, silent = ask([seen], [answer])
    assert offers == [] and "you answered" in silent[0].reason


def earlier(count: int = 3, **more: Any) -> list[Document]:
    return [
        bill(
            number=f"NE-20{n}",
            due=(date(2026, 4, 4) + timedelta(days=30 * n)).isoformat(),
            days_ago=230 - 30 * n,
            **more,
        )
        for n in range(count)
    ]


def test_earlier_bills_are_named() -> None:
    """The offer says that there were bills before and that the account is the same."""
    offer = one([bill()], earlier())
    assert "3 earlier bills from them with the same account" in offer.why


def test_a_changed_account_warns_instead() -> None:
    """Another IBAN than before: the title says so and there is nothing to copy."""
    offer = one([bill(iban=OTHER_IBAN)], earlier())
    assert offer.kind == "account_differs"
    assert "account differs" in offer.title
    assert action(offer).copy_text == ""
    assert "Do not pay" in offer.why and "GB82 WEST" in offer.why


def test_another_sender_under_the_same_name_warns_instead() -> None:
    """A bill that claims a known issuer but comes from a new domain is not offered for payment."""
    offer = one([bill(sender="billing@nordsund-pay.example.net", iban="")], earlier())
    assert "sender differs" in offer.title
    assert action(offer).copy_text == ""
    assert "nordsund.example" in offer.why


def test_a_subdomain_is_the_same_sender() -> None:
    """Mail systems change subdomains; that is no warning."""
    assert one([bill(sender="no-reply@mail.nordsund.example")], earlier()).kind == "bill"


def test_spam_teaches_nothing() -> None:
    """A forged bill in the spam folder does not make its account a known one."""
    forged = [replace_folder(b, "spam") for b in earlier(iban=OTHER_IBAN)]
    assert one([bill()], forged).kind == "bill"


def replace_folder(seen: Document, folder: str) -> Document:
    assert seen.mail is not None
    return replace(seen, mail=replace(seen.mail, folder=folder))


def test_an_unusual_amount_is_pointed_out() -> None:
    """Twice the usual amount and more is said, half as much again is not."""
    assert "unusual" in one([bill(amount="284.40")], earlier()).why
    assert "unusual" not in one([bill(amount="120.00")], earlier()).why


def test_unsure_readings_stay_silent() -> None:
    """Where amount and date were hardly readable nothing is offered."""
    seen = bill()
    weak = tuple(replace(s, confidence=0.5) for s in seen.analysis.signals)
    unsure = replace(seen, analysis=replace(seen.analysis, signals=weak))
    offers, silent = ask([unsure])
    assert offers == [] and "not sure enough" in silent[0].reason


def test_documents_without_bills_are_passed_over_quietly() -> None:
    """A letter and a plain mail are no concern of this plugin; a receipt and an invoice are."""
    letter = document("/home/a/1.txt", "Dear Ann", kind=Kind.LETTER)
    receipt = document("/home/a/r.pdf", "Total 5", kind=Kind.RECEIPT)
    bare = document("/home/a/i.pdf", "Invoice", kind=Kind.INVOICE)
    offers, silent = ask([letter, mail("Hello"), receipt, bare])
    assert offers == []
    assert {s.document for s in silent} == {receipt.id, bare.id}


@pytest.mark.parametrize("hostile", ["‮" * 200, "a" * 5_000, "\n\n", "{}%s\x1b[31m", "🧾"])
def test_hostile_names_do_no_harm(hostile: str) -> None:
    """Whatever a stranger calls himself, the offer keeps its form."""
    offers, _ = ask([bill(issuer="X " + hostile)])
    for offer in offers:
        assert len(offer.title) <= 80
        assert 0 < len(offer.thing) <= 400


def passed_on(seen: Document) -> Document:
    """Return a mail in which a friend passes the bill on."""
    assert seen.mail is not None
    place = (Region("attachment", 0, len(seen.text), FORWARDED),)
    mail_of = replace(seen.mail, sender=Person("Tom Brandt", "tom@friend.example"))
    return replace(seen, mail=mail_of, regions=place)


def test_a_bill_that_a_friend_passes_on_is_not_the_friends() -> None:
    """Its sender is not compared with earlier ones; the offer says who passed it on."""
    offer = one([passed_on(bill())], earlier())
    assert offer.kind == "bill"
    assert "Tom Brandt passed it on to you." in offer.why
    nameless = passed_on(bill())
    without = tuple(s for s in nameless.analysis.signals if s.kind != "issuer")
    nameless = replace(nameless, analysis=replace(nameless.analysis, signals=without))
    offers, silent = ask([nameless])
    assert offers == [] and silent[0].reason == "it does not say who is to be paid"


def test_bait_that_is_passed_on_is_bait() -> None:
    """Pressure and a link without a number count in a forward as well."""
    bait = bill(number="", more="URGENT: click here https://x.example", subject="Your bill")
    offers, silent = ask([passed_on(bait)])
    assert offers == [] and "phishing" in silent[0].reason


def test_a_statement_sent_like_a_newsletter_is_a_bill_where_it_is_plain() -> None:
    """Amount and day at their labels are enough without a number; not so on a mailing list."""
    statement = bill(number="", subject="Your statement is ready", kind=Kind.NEWSLETTER)
    assert statement.mail is not None
    sent = replace(statement, mail=replace(statement.mail, list_unsubscribe=True))
    assert one([sent]).kind == "bill"
    listed = replace(statement, mail=replace(statement.mail, list_id="news.example"))
    weak = tuple(replace(s, confidence=0.8) for s in sent.analysis.signals)
    unsure = replace(sent, analysis=replace(sent.analysis, signals=weak))
    for seen in (listed, unsure):
        offers, silent = ask([seen])
        assert offers == [] and silent[0].reason == "a newsletter or a list, not a bill"


def test_a_machine_that_says_what_the_bill_was_asks_for_it() -> None:
    """A supplier's own mail is no letter that tells of a bill."""
    told = mail(
        "Your latest bill was 45.00 pounds and is due on 1 December.",
        sender="noreply@energy.example",
        sender_name="Energy",
        date=NOW - timedelta(days=2),
        signals=[
            ("amount_due", {"amount": "45.00", "currency": "GBP"}, "45.00 pounds"),
            ("due_date", "2026-12-01", "due on 1 December"),
        ],
    )
    (found,), _ = ask([told])
    assert "GBP 45.00" in found.title
