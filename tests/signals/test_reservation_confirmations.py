"""Confirmations in many layouts, from airlines to small houses, each with what it books."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.signals.test_reservation_layouts import DAY, booked

from samantha.api.testing import mail
from samantha.workers.reading import formats

TABLE = Path(__file__).with_name("confirmations.toml")
MAILS: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["mail"]
HEAD = "From: A <a@b.example>\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"


@pytest.mark.parametrize("one", MAILS, ids=lambda one: " ".join(one["text"].split()[:6])[:48])
def test_what_a_confirmation_books_is_read(one: dict[str, Any]) -> None:
    """Type, start, end, place or origin, and destination, each quoted from the mail."""
    text = one["text"]
    if one["form"] == "html":
        text = formats.read((HEAD + text).encode(), "mail.eml", "mail").text
    found = booked(mail(text, date=DAY), one["language"])
    assert [
        [v["type"].removesuffix("Reservation"), v["start"], v["end"], v["place"], v["to"]]
        for v in found
    ] == one["wanted"]
