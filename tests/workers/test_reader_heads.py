"""Dates and senders of many mails in one request to the jailed reader."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from samantha.adapters.reader import JailedReader
from samantha.workers.reading.mail import head_of

RECEIVED = (
    "Received: from a by b; Tue, 1 Apr 2025 08:00:00 +0200\n"
    "Received: from c by a; Mon, 31 Mar 2025 08:00:00 +0200\n"
)


@pytest.mark.parametrize(
    ("header", "date"),
    [
        ("Date: Fri, 08 Jul 2011 12:08:34 +0200\n", datetime(2011, 7, 8, 10, 8, 34, tzinfo=UTC)),
        (f"{RECEIVED}Date: long ago\n", datetime(2025, 4, 1, 6, tzinfo=UTC)),
        (RECEIVED, datetime(2025, 4, 1, 6, tzinfo=UTC)),
        (f"{RECEIVED}Date: Fri, 08 Jul 9999 12:08:34 +0200\n", datetime(2025, 4, 1, 6, tzinfo=UTC)),
        ("Subject: undated\n", None),
    ],
    ids=["date", "no date in it", "received", "absurd", "none"],
)
def test_the_date_is_that_of_the_header_or_of_the_last_hand(
    header: str, date: datetime | None
) -> None:
    """Date goes before Received, and what is no usable date counts for nothing."""
    found, sender = head_of(f"From: Anna <a@b.example>\n{header}\nBody\n".encode())
    assert found == date
    assert sender is not None and (sender.name, sender.address) == ("Anna", "a@b.example")


def test_one_bad_header_costs_no_other(tmp_path: Path) -> None:
    """A header without end, one with no field and a file that is gone are None or empty alone."""
    good = tmp_path / "good"
    good.write_text("From: a@b.example\nDate: Fri, 08 Jul 2011 12:08:34 +0000\n\nHi\n")
    endless = tmp_path / "endless"
    endless.write_bytes(b"X-Long: " + b"x" * 400_000 + b"\nFrom: a@b.example\n\n")
    empty = tmp_path / "empty"
    empty.touch()
    reader = JailedReader()
    try:
        paths = [endless, good, empty, tmp_path / "gone", good]
        heads = reader.heads([str(path) for path in paths])
    finally:
        reader.close()
    assert [h.date.year if h and h.date else 0 for h in heads] == [0, 2011, 0, 0, 2011]
