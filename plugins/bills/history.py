"""What earlier bills of the same issuer say about this one: account, sender, usual amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from .bill import Bill, same_bill, same_issuer


@dataclass(frozen=True, slots=True)
class Compared:
    """How a bill differs from the earlier ones; empty texts mean that it does not."""

    earlier: int
    account: str = ""
    sender: str = ""
    amount: str = ""

    @property
    def suspicious(self) -> bool:
        """Whether the bill must not be offered for payment."""
        return bool(self.account or self.sender)


def compare(bill: Bill, known: Sequence[Bill], unusual: float) -> Compared:
    """Compare a bill with the earlier ones that claim the same issuer."""
    earlier = [
        b
        for b in known
        if b.document.when < bill.document.when and same_issuer(b, bill) and not same_bill(b, bill)
    ]
    return Compared(
        earlier=len(earlier),
        account=_account(bill, earlier),
        sender=_sender(bill, earlier),
        amount=_amount(bill, earlier, unusual),
    )


def _account(bill: Bill, earlier: Sequence[Bill]) -> str:
    before = {iban for b in earlier for iban in b.ibans}
    if before and bill.ibans and not before.intersection(bill.ibans):
        return f"the account {spaced(bill.ibans[0])} is not the one of earlier bills"
    return ""


def _sender(bill: Bill, earlier: Sequence[Bill]) -> str:
    before = sorted({b.domain for b in earlier if b.domain})
    if before and bill.domain and bill.domain not in before:
        return f"it comes from {bill.domain}, earlier bills came from {', '.join(before[:2])}"
    return ""


def _amount(bill: Bill, earlier: Sequence[Bill], unusual: float) -> str:
    sums = [b.amount for b in earlier if b.amount and b.currency == bill.currency]
    if len(sums) < 2 or bill.amount is None:
        return ""
    usual = median(sums)
    if bill.amount > usual * round(unusual * 100) / 100:
        return f"The amount is unusual: earlier bills were about {bill.currency} {usual:,.2f}."
    return ""


def spaced(iban: str) -> str:
    """Return an IBAN in groups of four."""
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))
