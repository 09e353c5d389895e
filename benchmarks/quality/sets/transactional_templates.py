"""Service mails by type: what their kind is, and which of them lead to a suggestion.

The placeholders are filled with the values below. Kind: ``invoice`` is an invoice and ``receipt``
a receipt (``dunning`` asks for a card, not for a payment by the reader, and is left out). Bills
may be suggested for the invoice alone; every suggestion on another mail, of any plugin, is a nag.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from benchmarks.quality.figures import Figure, share
from benchmarks.quality.product import NOW, product

NAME = "transactional_templates"
VALUES = {
    "name": "Anna",
    "product_name": "Quill",
    "purchase_date": "12 January 2026",
    "due_date": "2 February 2026",
    "date": "12 January 2026",
    "total": "EUR 48.00",
    "amount": "EUR 48.00",
    "description": "Quill, yearly plan",
    "invoice_id": "2026-0117",
    "receipt_id": "R-2026-0117",
    "credit_card_statement_name": "QUILL",
    "credit_card_brand": "Visa",
    "credit_card_last_four": "4242",
    "trial_length": "14",
    "trial_end_date": "29 January 2026",
}
KINDS = {"invoice": "invoice", "receipt": "receipt"}


def measure(data: Path) -> list[Figure]:
    """Return kinds that are right, and mails that are rightly left alone."""
    typed = right = other = silent = unbooked = read = 0
    told: list[str] = []
    with product() as home:
        for path in sorted((data / NAME).rglob("*")):
            if path.suffix not in (".txt", ".html") or path.name == "ORIGIN.txt":
                continue
            body = _filled(path.read_text(encoding="utf-8"))
            subject = path.stem.replace("-", " ").capitalize()
            mail = home.mail_file(
                body,
                subject=f"{subject} from Quill",
                sender="Quill <billing@quill.example>",
                to="Anna Berg <anna@berg.example>",
                date=NOW,
                html=path.suffix == ".html",
            )
            document = home.read(mail, "mail", model=True)
            if document is None:
                continue
            read += 1
            unbooked += not document.signals("reservation")
            if path.stem in KINDS:
                typed += 1
                right += str(document.analysis.kind) == KINDS[path.stem]
            if path.stem != "invoice":
                other += 1
                made = home.suggestions(document, NOW + timedelta(hours=1))
                silent += not made
                told += [f"{path.stem}: {s['plugin']}" for s in made]
    note = ", ".join(sorted(set(told))[:6])
    return [
        share(NAME, "kind of invoices and receipts", right, typed),
        share(NAME, "other mails left alone", silent, other, note=note),
        share(NAME, "no booking seen in any", unbooked, read),
    ]


def _filled(text: str) -> str:
    plain = re.sub(r"\{\{\s*[#/^][^}]*\}\}", "", text)
    filled = re.sub(
        r"\{\{\s*(\w+)\s*\}\}", lambda m: VALUES.get(m[1], "https://quill.example"), plain
    )
    return filled.replace("[Product Name]", "Quill").replace("[Company Name, LLC]", "Quill Ltd")
