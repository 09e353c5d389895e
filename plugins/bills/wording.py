"""The words of an offer: its title, its reasons, and the payment ready to be copied."""

from __future__ import annotations

from datetime import date

from .bill import Bill
from .history import Compared, spaced

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def day(value: date, today: date) -> str:
    """Return a day in words, with the year where it is another."""
    year = f" {value.year}" if value.year != today.year and abs((value - today).days) > 180 else ""
    return f"{_DAYS[value.weekday()]} {value.day} {_MONTHS[value.month - 1]}{year}"


def money(bill: Bill) -> str:
    """Return the amount with its currency."""
    return f"{bill.currency} {bill.amount:,.2f}"


def title(bill: Bill, compared: Compared, today: date) -> str:
    """Return the title, at most 80 characters."""
    if compared.account:
        return _fitted(bill.issuer, ": the account differs from earlier bills, check first")
    if compared.sender:
        return _fitted(bill.issuer, ": the sender differs from earlier bills, check first")
    assert bill.due is not None
    verb = "was due" if bill.due < today else "due"
    return _fitted(bill.issuer, f": {money(bill)} {verb} {day(bill.due, today)}")


def _fitted(issuer: str, rest: str) -> str:
    name = " ".join(issuer.split())
    room = 80 - len(rest)
    return (name if len(name) <= room else name[: room - 1].rstrip() + "…") + rest


def why(bill: Bill, compared: Compared, today: date) -> str:
    """Return the reasons in sentences."""
    assert bill.due is not None
    number = f" {bill.number}" if bill.number else ""
    said = [f"Bill{number} of {bill.issuer} over {money(bill)}, due {day(bill.due, today)}."]
    mail = bill.document.mail
    if bill.passed_on and mail is not None and mail.sender is not None:
        said.append(f"{mail.sender.name or mail.sender.address} passed it on to you.")
    if bill.due < today:
        late = (today - bill.due).days
        said.append(f"It is overdue by {late} day{'s' if late > 1 else ''}.")
    differs = "; ".join(t for t in (compared.account, compared.sender) if t)
    if differs:
        said.append(f"Do not pay before you have asked them: {differs}.")
    elif compared.earlier:
        same = " with the same account" if bill.ibans else ""
        count = compared.earlier
        said.append(f"{count} earlier bill{'s' if count > 1 else ''} from them{same}.")
    else:
        said.append("No earlier bill from them to compare it with.")
    if compared.amount:
        said.append(compared.amount)
    return " ".join(said)


def reminder(bill: Bill, compared: Compared, today: date) -> str:
    """Return the text of the reminder."""
    assert bill.due is not None
    number = f" ({bill.number})" if bill.number else ""
    if compared.suspicious:
        return f"Ask {bill.issuer} about bill{number} before paying: account or sender differs."
    return f"Pay {bill.issuer} {money(bill)}{number} by {day(bill.due, today)}."


def payment(bill: Bill) -> str:
    """Return payee, account, amount and reference, a line each."""
    lines = [f"Payee: {bill.issuer}"]
    if len(bill.ibans) == 1:
        lines.append(f"IBAN: {spaced(bill.ibans[0])}")
    elif bill.ibans:
        lines.append(f"IBAN: one of {', '.join(spaced(i) for i in bill.ibans[:4])}")
    lines.append(f"Amount: {bill.currency} {bill.amount:.2f}")
    if bill.number:
        lines.append(f"Reference: {bill.number}")
    return "\n".join(lines)
