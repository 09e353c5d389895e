"""Scanned receipts as text: known for receipts, with date and total, and left alone.

The lines of the boxes are joined, top to bottom, and read as a text file. Kind: ``receipt``.
Total: the surest ``amount`` is the labelled one. Date: a ``date`` signal is the labelled day, in
either order of day and month where both can be. Company: the ``issuer`` and the label, one part of
the other. Left alone: no plugin suggests anything about it.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from benchmarks.quality.figures import Figure, found_share, share
from benchmarks.quality.product import best, letters_and_digits, product

NAME = "sroie_receipts"
MOST = 150
"""Receipts that are scored: the first by name."""


def measure(data: Path) -> list[Figure]:
    """Return the share that is right for kind, total and date, and that is left alone."""
    kinds = totals = companies = said_company = dates = silent = said_total = said_date = count = (
        dated
    ) = 0
    with product(zone="Asia/Kuala_Lumpur") as home:
        for path in sorted((data / NAME / "key").glob("*.json"))[:MOST]:
            box = data / NAME / "box" / f"{path.stem}.csv"
            gold = json.loads(path.read_text("utf-8", "replace"))
            document = home.text(_text(box), f"{path.stem}.txt", model=True)
            if document is None:
                continue
            count += 1
            kinds += str(document.analysis.kind) == "receipt"
            amount = best(document, "amount_due", "amount")
            said_total += amount is not None
            value = amount.value if amount is not None else {}
            totals += isinstance(value, dict) and _money(value.get("amount")) == _money(
                gold["total"]
            )
            issuer = best(document, "issuer")
            said_company += issuer is not None
            one = letters_and_digits(issuer.value if issuer else "")
            other = letters_and_digits(gold.get("company", ""))
            companies += bool(one and other) and (one in other or other in one)
            days = _days(str(gold.get("date", "")))
            found = {str(s.value)[:10] for s in document.signals("date")}
            dated += bool(days)
            said_date += bool(days) and bool(found)
            dates += bool(found & days)
            silent += not home.suggestions(document, datetime(2019, 1, 1, tzinfo=UTC))
    return [
        share(NAME, "kind is receipt", kinds, count),
        found_share(NAME, "total", totals, said_total, count),
        found_share(NAME, "company", companies, said_company, count),
        found_share(NAME, "date", dates, said_date, dated),
        share(NAME, "left alone", silent, count),
    ]


def _text(box: Path) -> str:
    lines = box.read_text("utf-8", "replace").splitlines()
    return "\n".join(line.split(",", 8)[8] for line in lines if line.count(",") >= 8)


def _money(value: object) -> Decimal | None:
    found = re.search(r"\d[\d,]*(?:\.\d+)?", str(value or ""))
    return Decimal(found[0].replace(",", "")) if found else None


def _days(words: str) -> set[str]:
    """Return the days that a label can mean."""
    found: set[str] = set()
    numbers = [int(n) for n in re.findall(r"\d+", words)]
    for shape in ("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%b %d, %Y"):
        with suppress(ValueError):
            found.add(datetime.strptime(words.strip().title(), shape).date().isoformat())
    if len(numbers) == 3 and not re.search(r"[A-Za-z]", words):
        orders = ((0, 1, 2), (1, 0, 2), (2, 1, 0)) if numbers[0] <= 31 else ((2, 1, 0),)
        for day, month, year in orders:
            full = numbers[year] + (2000 if numbers[year] < 100 else 0)
            with suppress(ValueError):
                found.add(date(full, numbers[month], numbers[day]).isoformat())
    return found
