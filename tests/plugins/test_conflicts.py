"""Plugin conflicts: both lines side by side where two papers cannot both be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from plugin_loading import ask, plugin_named

from samantha.api import Document, DraftMail, Kind, MoveFile, Remind
from samantha.api.testing import document, mail

PLUGIN = plugin_named("conflicts").plugin
NOW = datetime(2026, 4, 14, 9, tzinfo=UTC)
SHOP = "orders@shop.example"


def parts(amount: str, due: str, number: str, issuer: str, more: str) -> tuple[str, list[Any]]:
    text = f"{issuer}\nInvoice {number}\nTotal due: EUR {amount}\nDue {due}\n{more}\n"
    return text, [
        ("issuer", issuer, issuer),
        ("invoice_number", number, f"Invoice {number}"),
        ("amount_due", {"amount": amount, "currency": "EUR"}, f"Total due: EUR {amount}"),
        ("due_date", due, f"Due {due}"),
    ]


def bill(
    amount: str = "40.00", due: str = "2026-05-01", *, number: str = "SW-77",
    issuer: str = "Stadtwerke", more: str = "", days: float = 3, **rest: Any,
) -> Document:  # fmt: skip
    text, signals = parts(amount, due, number, issuer, more)
    values = {"sender": "mia@stadtwerke.example", "subject": "Your bill", "kind": Kind.INVOICE,
              "message_id": f"<{amount}{due}{days}@sw>", **rest}  # fmt: skip
    return mail(text, date=NOW - timedelta(days=days), signals=signals, **values)


def paper(name: str, amount: str = "40.00", due: str = "2026-05-01", **more: Any) -> Document:
    text, signals = parts(amount, due, "SW-77", "Stadtwerke", more.pop("more", ""))
    return document(f"/home/a/Bills/{name}", text, kind=Kind.INVOICE, signals=signals,
                    modified=NOW - timedelta(days=more.pop("days", 2)), **more)  # fmt: skip


def one(about: Document, *known: Document) -> Any:
    said, _ = ask(PLUGIN, about, list(known), NOW)
    assert len(said) == 1
    return said[0]


def test_a_bill_and_its_paper_that_differ_are_shown_side_by_side() -> None:
    """Both sums are quoted, and the draft asks the person who sent the later one."""
    found = one(bill("45.00", days=1), paper("a.pdf"))
    assert [e.quote for e in found.evidence] == ["Total due: EUR 40.00", "Total due: EUR 45.00"]
    assert found.title == "Two papers on SW-77 disagree: EUR 40.00 or EUR 45.00"
    assert isinstance(found.action, DraftMail)
    assert found.action.to == ("mia@stadtwerke.example",)
    assert found.action.body.count("> Total due") == 2
    assert found.kind == "amount_differs"


def test_a_machine_is_not_asked() -> None:
    """Where no person sent the later paper, there is a reminder."""
    assert isinstance(
        one(bill("45.00", sender="no-reply@sw.example"), paper("a.pdf")).action, Remind
    )
    assert isinstance(one(paper("b.pdf", "45.00", days=1), bill()).action, Remind)


def test_two_due_dates_are_shown() -> None:
    """The same sum until two days: which of them holds?"""
    found = one(bill(due="2026-05-09", days=1), paper("a.pdf"))
    assert found.kind == "due_date_differs"
    assert [e.quote for e in found.evidence] == ["Due 2026-05-01", "Due 2026-05-09"]


def test_a_german_sender_is_asked_in_german() -> None:
    """The draft has the language of the mail."""
    action = one(bill("45.00", days=1, language="de"), paper("a.pdf")).action
    assert "Welche von beiden gilt?" in action.body


SILENT = {
    "they agree": [bill(days=1), paper("a.pdf")],
    "another number": [bill("45.00", number="SW-78"), paper("a.pdf")],
    "another issuer": [bill("45.00", issuer="Nordsund"), paper("a.pdf")],
    "versions of a file": [paper("bill v2.pdf", "45.00", days=1), paper("bill v1.pdf")],
    "a correction": [bill("45.00", more="This corrected invoice replaces the first.", days=1),
                     paper("a.pdf")],
    "a dunning letter": [bill("45.00", more="Mahnung mit Mahngebühr", days=1), paper("a.pdf")],
    "long ago": [bill("45.00", days=1), paper("a.pdf", days=300)],
    "spam": [bill("45.00", days=1, folder="spam"), paper("a.pdf")],
}  # fmt: skip


@pytest.mark.parametrize("case", SILENT)
def test_silence(case: str) -> None:
    """Versions, corrections and other papers do not contradict each other."""
    about, *known = SILENT[case]
    assert ask(PLUGIN, about, known, NOW)[0] == []


def order(number: str, hours: float, *, amount: str = "59.90", **more: Any) -> Document:
    text = f"Thank you for your order.\nOrder number: {number}\nTotal: EUR {amount}\n"
    signals = [("amount", {"amount": amount, "currency": "EUR"}, f"EUR {amount}")]
    values = {"sender": SHOP, "subject": f"Order confirmation {number}",
              "message_id": f"<{number}@shop>", **more}  # fmt: skip
    return mail(text, date=NOW - timedelta(hours=hours), signals=signals, **values)


def test_an_order_that_went_out_twice_is_told() -> None:
    """Two confirmations of one sum within days, under two numbers."""
    found = one(order("A-1002", 1), order("A-1001", 5))
    assert found.title == "Ordered twice? EUR 59.90, orders A-1001, A-1002"
    assert isinstance(found.action, Remind)
    assert [e.quote for e in found.evidence] == ["EUR 59.90", "EUR 59.90"]


@pytest.mark.parametrize(
    "known",
    [order("A-1002", 5, message_id="<x@shop>"), order("A-1001", 5, amount="12.00"),
     order("A-1001", 24 * 9), order("A-1001", 5, sender="other@shop.example"),
     order("A-1001", 5, subject="Shipped: order A-1001")],
)  # fmt: skip
def test_other_orders_are_no_double(known: Document) -> None:
    """The same order again, another sum, another week, another shop, shipping news."""
    assert ask(PLUGIN, order("A-1002", 1), [known], NOW)[0] == []


def file(path: str, text: str = "Minutes of the club. " * 200) -> Document:
    return document(path, text, modified=NOW - timedelta(days=1))


def test_a_copy_in_the_same_folder_can_be_set_aside() -> None:
    """The one that its name calls a copy moves; undo brings it back."""
    kept, spare = file("/home/a/D/minutes.txt"), file("/home/a/D/minutes (1).txt")
    for about, known in ((kept, spare), (spare, kept)):
        found = one(about, known)
        assert found.action == MoveFile(str(spare.id), "/home/a/D/Duplicates", "minutes (1).txt")
        assert len(found.evidence) == 2


@pytest.mark.parametrize(
    ("one_", "other"),
    [("/home/a/D/minutes.txt", "/home/a/E/minutes.txt"),
     ("/home/a/Backup/minutes.txt", "/home/a/Backup/minutes (1).txt"),
     ("/home/a/D/minutes.txt", "/home/a/D/protocol.txt")],
)  # fmt: skip
def test_copies_that_may_be_meant_stay(one_: str, other: str) -> None:
    """In two folders, in a backup, or under a name of its own, a copy has a purpose."""
    said, silent = ask(PLUGIN, file(one_), [file(other)], NOW)
    assert said == [] and silent[0].reason.startswith("the same file lies there twice")


def test_small_files_are_alike_by_nature() -> None:
    """Empty forms and licences are no duplicates worth a word."""
    pair = [file("/home/a/D/x.txt", "short"), file("/home/a/D/x (1).txt", "short")]
    assert ask(PLUGIN, pair[0], pair[1:], NOW)[0] == []


def test_a_batch_tells_each_thing_once() -> None:
    """Both papers of a pair in one moment are one offer."""
    pair = [bill("45.00", days=1), paper("a.pdf")]
    things = [ask(PLUGIN, about, pair, NOW)[0][0].thing for about in pair]
    assert len(set(things)) == 1


def appointment(at: str, days: float, more: str = "", **rest: Any) -> Document:
    text = f"Your appointment for the check-up is on {at}.{more}"
    value = {"start": at, "end": None, "location": "", "title": "Your appointment"}
    values = {"sender": "desk@dentist.example", "subject": "Your appointment", **rest}
    return mail(text, date=NOW - timedelta(days=days), message_id=f"<{at}{days}@d>",
                signals=[("event", value, text[:60])], **values)  # fmt: skip


def test_two_times_of_one_appointment_are_shown() -> None:
    """Ten o'clock in the first letter, half past eleven in the reminder: the desk is asked."""
    found = one(appointment("2026-05-12T11:30", 1), appointment("2026-05-12T10:00", 8))
    assert found.kind == "time_differs"
    assert found.title.endswith("your appointment disagree: 2026-05-12 10:00 or 2026-05-12 11:30")
    assert isinstance(found.action, DraftMail) and "our appointment" in found.action.body
    again = {"subject": "Reminder of your appointment"}
    assert one(appointment("2026-05-13T10:00", 1, **again), appointment("2026-05-12T10:00", 8))


@pytest.mark.parametrize(
    "later",
    [
        appointment("2026-05-12T10:00", 1),
        appointment("2026-05-12T11:30", 1, " It was moved."),
        appointment("2026-09-12T10:00", 1),
        appointment("2026-05-12T11:30", 1, sender="desk@garage.example", subject="Garage"),
        appointment("2026-04-13T11:30", 0),
    ],
    ids=["the same", "moved", "the next one", "somebody else's", "past"],
)
def test_other_appointments_are_not_compared(later: Document) -> None:
    """What agrees, says why it differs, or is another appointment is no conflict."""
    earlier = appointment("2026-04-13T10:00" if "04-13" in later.text else "2026-05-12T10:00", 8)
    assert ask(PLUGIN, later, [earlier], NOW)[0] == []


def test_a_reminder_of_what_was_moved_is_no_conflict() -> None:
    """It agrees with the newest word of the desk; one that repeats the first time does not."""
    first = appointment("2026-05-12T10:00", 9)
    moved = appointment("2026-05-12T11:30", 5, " It was moved.")
    again = {"subject": "Reminder of your appointment"}
    reminder = appointment("2026-05-12T11:30", 1, **again)
    assert ask(PLUGIN, reminder, [first, moved], NOW)[0] == []
    found = one(appointment("2026-05-12T10:00", 1, **again), first, moved)
    assert found.title.endswith("2026-05-12 11:30 or 2026-05-12 10:00")
