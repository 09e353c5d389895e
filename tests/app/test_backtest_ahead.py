"""Reading ahead of a replay: the same documents, whatever becomes of the processes that read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from samantha.adapters.maildir import MaildirSource
from samantha.adapters.reader import JailedReader
from samantha.api.types import Document, Identity
from samantha.app.backtest_ahead import BATCH, AheadReader
from samantha.core.exclusions import Exclusions
from samantha.core.intake import Event
from samantha.core.ports import Unreadable
from samantha.signals.analyze import analyze

ANNA = Identity(("Anna Berg",), ("anna@berg.example",))
ZONE = "Europe/Vienna"


def box(root: Path, mails: int) -> Path:
    """A Maildir of so many short mails."""
    for place in ("cur", "new", "tmp"):
        (root / place).mkdir(parents=True)
    for number in range(mails):
        text = (
            f"From: Cem Abel <cem@abel.example>\nTo: Anna Berg <anna@berg.example>\n"
            f"Subject: The plan {number}\nDate: Mon, 3 Mar 2025 09:{number % 60:02}:00 +0000\n"
            f"Message-ID: <{number}@abel.example>\n\nHello Anna,\n\n"
            f"could you send me page {number} of the plan by Friday?\n\nBest wishes,\nCem\n"
        )
        (root / f"cur/{number:03}.host:2,S").write_text(text, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def reader() -> Iterator[JailedReader]:
    made = JailedReader()
    yield made
    made.close()


def planned(root: Path) -> list[Event]:
    """The mails of a Maildir, as a replay asks for them."""
    source = MaildirSource("mail", str(root), Exclusions(()))
    return [Event("mail", path, "mail", stat, "inbox") for path, stat in sorted(source.scan())]


def asked(reader: AheadReader, event: Event) -> Document:
    return reader.read(event.path, event.source, event.media, event.folder)


def in_turn(reader: JailedReader, event: Event) -> Document:
    return reader.read(event.path, event.source, event.media, event.folder)


def test_what_was_read_ahead_is_what_is_read_in_turn(tmp_path: Path, reader: JailedReader) -> None:
    """Every field is that of the reader's document, and what the rules see is in it already."""
    events = planned(box(tmp_path / "Mail", mails=BATCH + 3))
    odd = tmp_path / "Mail/cur/odd\udcff.host:2,S"
    odd.write_bytes(b"From: a@b.example\nSubject: \xff\xfe\n\n\xf0 K\xc3\xa4se\n")
    events.append(Event("mail", str(odd), "mail", None, "inbox"))
    ahead = AheadReader(reader, events, ANNA, ZONE, hands=2)
    try:
        for event in events:
            alone = in_turn(reader, event)
            seen = analyze(alone, ANNA, ZoneInfo(ZONE), None)
            found = asked(ahead, event)
            assert found.analysis == seen and found.analysis.language in ("en", "")
            assert found.text == alone.text and found.mail == alone.mail
            assert (found.id, found.path, found.fingerprint, found.modified, found.words) == (
                alone.id,
                alone.path,
                alone.fingerprint,
                alone.modified,
                alone.words,
            )
    finally:
        ahead.close()


def test_what_cannot_be_read_is_told_with_its_reason(tmp_path: Path, reader: JailedReader) -> None:
    """A mail that has gone, and a link, are refused as the reader refuses them."""
    gone = Event("mail", str(tmp_path / "gone"), "mail", None)
    link = Event("mail", str(tmp_path / "link"), "mail", None)
    (tmp_path / "link").symlink_to("/etc/hostname")
    ahead = AheadReader(reader, [gone, link], ANNA, ZONE, hands=1)
    try:
        for event in (gone, link):
            with pytest.raises(Unreadable) as alone:
                in_turn(reader, event)
            with pytest.raises(Unreadable) as found:
                asked(ahead, event)
            assert found.value.reason == alone.value.reason
    finally:
        ahead.close()


def test_a_process_that_dies_costs_nothing(tmp_path: Path, reader: JailedReader) -> None:
    """Killed over its work, it leaves the documents to be read in their turn."""
    events = planned(box(tmp_path / "Mail", mails=3 * BATCH))
    ahead = AheadReader(reader, events, ANNA, ZONE, hands=1)
    try:
        assert asked(ahead, events[0]).id == in_turn(reader, events[0]).id
        for number in ahead.processes():
            os.kill(number, signal.SIGKILL)
        texts = [asked(ahead, event).text for event in events[1:]]
        assert texts == [in_turn(reader, event).text for event in events[1:]]
    finally:
        ahead.close()


def test_the_end_does_not_wait_for_what_is_being_read(tmp_path: Path, reader: JailedReader) -> None:
    """Closed while much is on its way, it leaves no process behind; the reader stays."""
    events = planned(box(tmp_path / "Mail", mails=12 * BATCH))
    ahead = AheadReader(reader, events, ANNA, ZONE, hands=2)
    asked(ahead, events[0])
    running = ahead.processes()
    ahead.close()
    assert running and not [n for n in running if Path(f"/proc/{n}").exists()]
    assert in_turn(reader, events[-1]).media == "mail"


def test_few_mails_start_no_process(tmp_path: Path, reader: JailedReader) -> None:
    """A past of some mails is read as fast without."""
    events = planned(box(tmp_path / "Mail", mails=2))
    ahead = AheadReader(reader, events, ANNA, ZONE)
    try:
        assert asked(ahead, events[0]).analysis.signals == () and not ahead.processes()
    finally:
        ahead.close()
