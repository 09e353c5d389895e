"""Invoices: due date, amount due, number and issuer of PDFs, where they are visible in the text.

Each PDF is read as a file. The gold is the embedded XML (or the JSON beside it). A value counts
only if it can be read: the due date where the set says so, the others where their letters and
digits, or the amount in a usual spelling, stand in the text. We say one value, the surest; it must
be the same: dates and amounts equal, number and issuer equal in letters and digits, or one
beginning with the other (legal forms; a seller of several lines agrees in one). Credit notes, and
what is negative, must lead to no suggestion at all.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from benchmarks.quality.figures import Figure, found_share, share
from benchmarks.quality.product import Product, best, letters_and_digits, product

from samantha.api.types import Document

NAME = "invoices"
CREDIT_NOTE = "381"
_LINE = " ⏎ "
FIELDS = {
    "due": ("due date", "due_date"),
    "amount": ("amount", "amount_due"),
    "number": ("number", "invoice_number"),
    "issuer": ("issuer", "issuer"),
}


@dataclass(frozen=True, slots=True)
class _Gold:
    path: Path
    issue: str
    credit: bool
    values: dict[str, str]
    due_visible: bool


def measure(data: Path) -> list[Figure]:
    """Return the share that is right for each field, and suggestions on credit notes."""
    total = dict.fromkeys(FIELDS, 0)
    found = dict.fromkeys(FIELDS, 0)
    right = dict.fromkeys(FIELDS, 0)
    credits = silent = 0
    with product(zone="Europe/Berlin") as home:
        for gold in _golds(data / NAME):
            document = home.read(gold.path)
            if gold.credit:
                credits += 1
                silent += document is None or not _suggested(home, document, gold)
                continue
            for field, (_, kind) in FIELDS.items():
                if not _visible(gold, field, document):
                    continue
                total[field] += 1
                signal = best(document, kind)
                found[field] += signal is not None
                right[field] += signal is not None and _same(
                    field, gold.values[field], signal.value
                )
    figures = [
        found_share(NAME, FIELDS[f][0], right[f], found[f], total[f], target="≥ 95 %")
        for f in FIELDS
    ]
    return [*figures, share(NAME, "credit notes left alone", silent, credits, target="100 %")]


def _golds(folder: Path) -> Iterator[_Gold]:
    for row in _rows(folder / "zugferd_gold.tsv"):
        amount = row["payable"] or row["grand_total"]
        values = {
            "due": _day(row["due"]),
            "amount": amount,
            "number": row["number"],
            "issuer": row["seller"],
        }
        yield _Gold(
            folder / "zugferd" / row["file"],
            _day(row["issue"]),
            row["typecode"] == CREDIT_NOTE or amount.startswith("-"),
            values,
            row["due_visible_in_text"] == "True",
        )
    for path in sorted((folder / "invoice2data").glob("*.json")):
        loaded = json.loads(path.read_text(encoding="utf-8"))
        row = loaded[0] if isinstance(loaded, list) else loaded
        due = str(row.get("date_due") or row.get("due_date") or "")
        values = {
            "due": due,
            "amount": str(row.get("amount") or ""),
            "number": str(row.get("invoice_number") or ""),
            "issuer": str(row.get("issuer") or ""),
        }
        yield _Gold(path.with_suffix(".pdf"), str(row.get("date") or ""), False, values, bool(due))


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a table in which a seller's name may go on over lines."""
    text = path.read_text(encoding="utf-8")
    joined = re.sub(r"\n(?![^\t\n]*\.(?:pdf|PDF)\t|\Z)", _LINE, text)
    yield from csv.DictReader(joined.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


def _day(words: str) -> str:
    digits = re.sub(r"\D", "", words or "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if len(digits) == 8 else ""


def _visible(gold: _Gold, field: str, document: Document | None) -> bool:
    value = gold.values[field]
    if not value:
        return False
    if field == "due":
        return gold.due_visible
    if document is None:
        return True
    if field == "amount":
        return any(spelling in document.text for spelling in _spellings(value))
    shown = letters_and_digits(document.text)
    return any(letters_and_digits(one) in shown for one in value.split(_LINE))


def _spellings(value: str) -> set[str]:
    try:
        amount = Decimal(value).quantize(Decimal("0.01"))
    except InvalidOperation:
        return {value}
    english = f"{amount:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    plain = f"{amount:.2f}"
    return {english, german, plain, plain.replace(".", ","), german.replace(".", " ")}


def _same(field: str, gold: str, said: object) -> bool:
    if field == "amount":
        amount = said.get("amount") if isinstance(said, dict) else said
        try:
            return Decimal(str(amount)) == Decimal(gold)
        except InvalidOperation:
            return False
    if field == "due":
        return str(said)[:10] == gold
    other = letters_and_digits(said)
    golds = [letters_and_digits(one) for one in gold.split(_LINE)]
    return bool(other) and any(g and (g.startswith(other) or other.startswith(g)) for g in golds)


def _suggested(home: Product, document: Document, gold: _Gold) -> bool:
    issued = datetime.fromisoformat(gold.issue) if gold.issue else datetime(2020, 1, 1)
    return bool(home.suggestions(document, issued.replace(tzinfo=UTC) + timedelta(days=1)))
