"""Contracts: expiry, effective date, notice period and renewal term, as lawyers noted them.

Each PDF is read as a file. Only answers that are a plain date or length count: "perpetual" and
half dates are left out, and so are contracts without the answer. We say one value, the surest
signal; dates are equal, and lengths are equal with thirty days to a month and twelve months to a
year.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

from benchmarks.quality.figures import Figure, found_share
from benchmarks.quality.product import best, product

NAME = "cuad_contracts"
FIELDS = {
    "expiration_date": ("expiry", "expiry", "≥ 80 %"),
    "notice_period": ("notice period", "notice_period", "≥ 75 %"),
    "effective_date": ("effective date", "effective_date", ""),
    "renewal_term": ("renewal term", "renewal_term", ""),
}
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)")
_LENGTH = re.compile(r"(?i)(\d+)\s*(day|week|month|year)")
_ISO = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 360}


def measure(data: Path) -> list[Figure]:
    """Return the share that is right for each field."""
    total = dict.fromkeys(FIELDS, 0)
    found = dict.fromkeys(FIELDS, 0)
    right = dict.fromkeys(FIELDS, 0)
    folder = data / NAME
    with (
        (folder / "gold.tsv").open(encoding="utf-8") as stream,
        product(zone="America/New_York") as a,
    ):
        for row in csv.DictReader(stream, delimiter="\t"):
            golds = {field: _gold(field, row.get(field) or "") for field in FIELDS}
            document = a.read(folder / row["file"])
            for field, gold in golds.items():
                if gold is None:
                    continue
                total[field] += 1
                signal = best(document, FIELDS[field][1])
                found[field] += signal is not None
                right[field] += signal is not None and _said(field, signal.value) == gold
    return [
        found_share(NAME, FIELDS[f][0], right[f], found[f], total[f], target=FIELDS[f][2])
        for f in FIELDS
    ]


def _gold(field: str, words: str) -> str | int | None:
    if field.endswith("_date"):
        found = _DATE.fullmatch(words.strip())
        if not found:
            return None
        month, day, year = (int(g) for g in found.groups())
        year += 0 if year > 99 else 1900 if year > 50 else 2000
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return None
    lengths = {int(n) * _DAYS[unit.lower()] for n, unit in _LENGTH.findall(words)}
    return lengths.pop() if len(lengths) == 1 else None


def _said(field: str, value: object) -> str | int | None:
    if field.endswith("_date"):
        return str(value)[:10]
    found = _ISO.match(str(value))
    if not found:
        return None
    years, months, weeks, days = (int(g or 0) for g in found.groups())
    return 360 * years + 30 * months + 7 * weeks + days
