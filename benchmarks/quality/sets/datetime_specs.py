"""Phrases with a date and a reference date, in English and German (French is told, not aimed at).

Each phrase is the body of a mail dated at the reference. Only cases of one plain day count: those
typed ``date`` whose value is one day, in the future or the past reading. We are right when a
``date`` signal that overlaps the phrase is one of these readings. Cases that the set itself calls
not supported by its own reference program are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.figures import Figure, found_share
from benchmarks.quality.product import product

from samantha.api.types import Document

NAME = "datetime_specs"
LANGUAGES = {"English": "≥ 85 %", "German": "≥ 85 %", "French": ""}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def measure(data: Path) -> list[Figure]:
    """Return the share of phrases that are understood for each language and file."""
    figures = []
    for language, target in LANGUAGES.items():
        right = found = total = 0
        with product() as home:
            for words, reference, phrase, days in _cases(data / NAME / language):
                document = home.mail(words, date=reference)
                said = _said(document, phrase)
                total += 1
                found += bool(said)
                right += bool(said & days)
        figures.append(found_share(NAME, f"dates, {language}", right, found, total, target=target))
    return figures


def _cases(folder: Path) -> Iterator[tuple[str, datetime, str, set[str]]]:
    """Yield (text, reference, phrase, the days it can mean), each text once."""
    seen: set[tuple[str, str]] = set()
    for path in sorted(folder.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8-sig")):
            reference = (case.get("Context") or {}).get("ReferenceDateTime")
            if not reference or "python" in str(case.get("NotSupported", "")):
                continue
            for result in case.get("Results") or ():
                days = _days(result)
                key = (case["Input"], str(result.get("Text")))
                if days and key not in seen:
                    seen.add(key)
                    moment = datetime.fromisoformat(reference[:19]).replace(tzinfo=UTC)
                    yield case["Input"], moment, str(result["Text"]), days


def _days(result: dict[str, Any]) -> set[str]:
    kind = str(result.get("TypeName") or result.get("Type") or "")
    if kind.rpartition(".")[2] != "date":
        return set()
    value = result.get("Value") or result.get("Resolution") or {}
    if not isinstance(value, dict):
        return set()
    found = [
        str((value.get(key) or {}).get("date", ""))
        for key in ("FutureResolution", "PastResolution")
    ]
    found += [str(v.get("value", "")) for v in value.get("values") or () if v.get("type") == "date"]
    return {day for day in found if _DAY.fullmatch(day)}


def _said(document: Document | None, phrase: str) -> set[str]:
    if document is None:
        return set()
    start = document.text.lower().find(phrase.lower())
    end = start + len(phrase) if start >= 0 else len(document.text)
    return {
        str(s.value)[:10]
        for s in document.signals("date")
        if s.start < end and s.end > max(0, start)
    }
