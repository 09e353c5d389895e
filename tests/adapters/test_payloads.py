"""Payloads: the final bytes, built before anybody is asked, inside the folders that were given."""

from __future__ import annotations

import email
import email.policy
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from builders import ME, START, SetClock
from hypothesis import given
from hypothesis import strategies as st

from samantha.adapters.payload_places import drafts_folder, file_name
from samantha.adapters.payloads import MAX_ATTACHED, PayloadBuilder
from samantha.api import (
    AssembleManuscript,
    Document,
    DraftMail,
    Kind,
    MoveFile,
    Outlet,
    Remind,
    UserError,
)
from samantha.api.testing import document, mail
from samantha.core.payload import Payload

CALL = mail(
    "We read letters until June. Send them to call@press.example.",
    sender="editor@press.example",
    message_id="<call@press.example>",
    signals=[("open_call", {"address": "call@press.example"}, "We read letters")],
)


class Desk:
    """A builder over real folders."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.docs = root / "docs"
        self.out = root / "out"
        self.docs.mkdir()
        self.builder = self.make()

    def make(self, drafts: str = "", **more: Any) -> PayloadBuilder:
        values: dict[str, Any] = {
            "contact": ("Harbour Street 4",),
            "allowed": lambda address: address == "bob@friends.example",
            "outlets": (Outlet("Post", "post@quiet.example"),),
            "roots": (str(self.docs),),
            **more,
        }
        return PayloadBuilder(self.out, drafts, ME, SetClock(), **values)

    def file(self, name: str, text: str = "Dear Ann, hello there.", **more: Any) -> Document:
        path = self.docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return document(str(path), text, kind=more.pop("kind", Kind.LETTER), **more)

    def build(self, action: Any, *sources: Document) -> Payload:
        return self.builder.build(action, {d.id: d for d in sources})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield Desk(tmp_path)


def work(*pieces: Document, **more: Any) -> AssembleManuscript:
    made = AssembleManuscript(
        title="Five Letters",
        pieces=tuple(p.id for p in pieces),
        piece_titles=tuple(f"Piece {n}" for n, _ in enumerate(pieces, 1)),
        outlet="The Press",
        to="call@press.example",
        subject="Letters",
        cover="Dear editors,",
        language="en",
        attach=("docx", "pdf"),
    )
    return replace(made, **more)


def test_a_reminder_is_one_effect_of_class_a(desk: Desk) -> None:
    """Time in UTC, text and what is to be pasted, and nothing that leaves the machine."""
    at = datetime.fromisoformat("2026-05-01T09:00:00+02:00")
    payload = desk.build(Remind(at, "Pay", "IBAN AT00"), desk.file("a.txt"))
    (effect,) = payload.effects
    assert (effect.type, effect.at) == ("add_reminder", "2026-05-01T07:00:00+00:00")
    assert (effect.text, effect.copy_text) == ("Pay", "IBAN AT00")
    assert payload.approval_class == "A" and not payload.envelope and not payload.blobs


def test_a_reminder_may_come_more_than_once(desk: Desk) -> None:
    """Each time is an effect of its own, so that one of them can be cancelled; six at most."""
    times = [START + timedelta(days=n) for n in range(1, 9)]
    payload = desk.build(Remind(times[0], "Cancel", again=tuple(times[1:])), desk.file("a.txt"))
    assert [e.at for e in payload.effects] == [t.isoformat() for t in times[:6]]
    assert {e.text for e in payload.effects} == {"Cancel"}


@pytest.mark.parametrize(
    "wrong",
    [
        Remind(START, "now is past"),
        Remind(START - timedelta(days=1), "x"),
        Remind((START + timedelta(days=1)).replace(tzinfo=None), "x"),
        Remind(START + timedelta(days=1), "  "),
        Remind(START + timedelta(days=2), "x", again=(START + timedelta(days=1),)),
    ],
)
def test_a_reminder_that_cannot_come_is_refused(desk: Desk, wrong: Remind) -> None:
    """No zone, no text, or a time that has passed."""
    with pytest.raises(UserError):
        desk.build(wrong)


def test_a_move_stays_inside_the_folders_that_were_given(desk: Desk) -> None:
    """Source by its content, target below a root or the output folder."""
    source = desk.file("in/scan.txt")
    for folder in (desk.docs / "bills", desk.out / "x"):
        payload = desk.build(MoveFile(source.path, str(folder), "Bill.txt"), source)
        (effect,) = payload.effects
        assert effect.target == f"{folder}/Bill.txt" and effect.sha256 == source.fingerprint


HOSTILE_NAMES = ["", ".", "..", "../x", "a/b", "a\0b", "x\ny", "a\u202eb", "CON:", "x " * 100, " a"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_file_name_is_refused(desk: Desk, name: str) -> None:
    """A name is one plain part of a path (I7)."""
    source = desk.file("scan.txt")
    with pytest.raises(UserError):
        desk.build(MoveFile(source.path, str(desk.docs), name), source)


@pytest.mark.parametrize(
    "folder", ["/etc", "{docs}/../up", "{docs}/.ssh", "{docs}/link", "/", "{docs}x", "", "rel"]
)
def test_a_hostile_target_folder_is_refused(desk: Desk, folder: str) -> None:
    """Outside, above, through a link, into secrets: not prepared at all (I7)."""
    (desk.docs / "link").symlink_to("/tmp")
    source = desk.file("scan.txt")
    with pytest.raises(UserError):
        desk.build(MoveFile(source.path, folder.format(docs=desk.docs), "x.txt"), source)


@pytest.mark.parametrize(
    "name",
    [
        *(".ssh/id_rsa", "id_ed25519", "server.pem", "x.key", ".env", ".env.local", "a.kdbx"),
        *("my.P12", ".gnupg/x", ".aws/credentials", ".netrc", "login.keyring"),
    ],
)
def test_secrets_are_neither_moved_nor_attached(desk: Desk, name: str) -> None:
    """Even when a document of that name came to be a source (I7)."""
    source = desk.file(name)
    with pytest.raises(UserError):
        desk.build(MoveFile(source.path, str(desk.docs), "ok.txt"), source)
    with pytest.raises(UserError):
        desk.build(DraftMail(("bob@friends.example",), "S", "B", attachments=(source.id,)), source)


def test_a_file_that_is_no_source_is_not_touched(desk: Desk) -> None:
    """Only what was read, admitted and fingerprinted can be moved or attached."""
    desk.file("other.txt")
    path = str(desk.docs / "other.txt")
    for action in (
        MoveFile(path, str(desk.docs), "x.txt"),
        DraftMail(("bob@friends.example",), "S", "B", attachments=(path,)),
        work(CALL, attach=("docx",), pieces=(path,)),
    ):
        with pytest.raises(UserError):
            desk.build(action, CALL)


def test_an_attachment_is_the_file_that_was_read(desk: Desk) -> None:
    """Changed since, a link, a pipe, a folder, or gone: refused, and never waited for."""
    source = desk.file("a.txt")
    action = DraftMail(("bob@friends.example",), "S", "B", attachments=(source.id,))
    payload = desk.build(action, source)
    assert payload.approval_class == "C" and payload.action["attached"] == ["a.txt"]
    path = Path(source.path)
    path.write_text("changed")
    with pytest.raises(UserError):
        desk.build(action, source)
    for replace_it in (
        lambda: path.symlink_to("/etc/passwd"),
        lambda: os.mkfifo(path),
        path.mkdir,
        lambda: None,
    ):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
        replace_it()
        with pytest.raises(UserError):
            desk.build(action, source)


def test_attachments_have_a_bound(desk: Desk) -> None:
    """What no mail server takes is not prepared."""
    sources = [desk.file(f"{n}.txt", chr(97 + n) * (MAX_ATTACHED // 2 + 1)) for n in range(2)]
    action = DraftMail(("bob@friends.example",), "S", "B", attachments=[s.id for s in sources])  # type: ignore[arg-type]
    with pytest.raises(UserError):
        desk.build(action, *sources)


def test_a_draft_says_what_was_asked_to_whom_it_may(desk: Desk) -> None:
    """Envelope, bytes and card agree; without a recipient there is no draft."""
    source = desk.file("a.txt")
    payload = desk.build(DraftMail(("bob@friends.example",), "Hello", "Body"), source)
    assert payload.envelope == ("bob@friends.example",) and payload.approval_class == "B"
    (effect,) = payload.effects
    assert effect.target == f"{desk.out}/Hello.eml" and effect.sha256 == payload.blobs[0].sha256
    with pytest.raises(UserError):
        desk.build(DraftMail((), "Hello", "Body"), source)
    with pytest.raises(UserError):
        desk.build(DraftMail(("eve@evil.example",), "Hello", "Body"), source)


def test_a_manuscript_is_two_files_and_a_cover_mail_that_carries_them(desk: Desk) -> None:
    """What the mail attaches are the very bytes that are written beside it."""
    pieces = [desk.file(f"{n}.txt", f"Dear Ann, letter {n}.") for n in range(3)]
    payload = desk.build(work(*pieces), CALL, *pieces)
    docx, pdf, cover = payload.blobs
    assert [b.role for b in payload.blobs] == ["manuscript_docx", "manuscript_pdf", "cover_mail"]
    assert docx.name == "Berg - Five Letters.docx" and pdf.data.startswith(b"%PDF")
    message = email.message_from_bytes(cover.data, policy=email.policy.default)
    assert isinstance(message, EmailMessage) and message["To"] == "call@press.example"
    attached = [a.get_payload(decode=True) for a in message.iter_attachments()]
    assert attached == [docx.data, pdf.data]
    assert payload.approval_class == "C" and payload.envelope == ("call@press.example",)
    assert payload.action["attached"] == [docx.name, pdf.name]
    assert {e.sha256 for e in payload.effects} == {b.sha256 for b in payload.blobs}
    assert set(payload.sources) == {CALL.id, *(p.id for p in pieces)}


@pytest.mark.parametrize(
    "change",
    [
        {"formats": ("odt",)},
        {"formats": ()},
        {"formats": ("docx",), "attach": ("pdf",)},
        {"piece_titles": ("One",)},
        {"pieces": (), "piece_titles": ()},
        {"to": "boss@evil.example"},
        {"to": "call@press.example\nBcc: x@evil.example"},
    ],
)
def test_a_manuscript_that_makes_no_sense_is_refused(desk: Desk, change: dict[str, Any]) -> None:
    """Formats, pieces and recipient are what they can be."""
    pieces = [desk.file(f"{n}.txt") for n in range(2)]
    with pytest.raises(UserError):
        desk.build(work(*pieces, **change), CALL, *pieces)


def test_the_same_piece_stands_once(desk: Desk) -> None:
    """A model that repeats itself makes no longer book."""
    piece = desk.file("a.txt")
    with pytest.raises(UserError):
        desk.build(work(piece, piece), CALL, piece)


def test_an_anonymous_manuscript_has_no_name_in_its_files_nor_on_them(desk: Desk) -> None:
    """The mail says who sends it; the files that judges open do not."""
    piece = desk.file("a.txt", "Dear Ann,\n\nIt froze.\n\nYours,\nAnna Berg\n")
    payload = desk.build(work(piece, anonymous=True, title="Letters by Anna Berg"), CALL, piece)
    docx, pdf, cover = payload.blobs
    assert docx.name == "Letters by […].docx" and "Berg" not in pdf.name
    assert b"Anna" not in docx.data and b"anna@" not in pdf.data and b"Anna" in cover.data


def test_the_same_action_and_sources_give_the_same_hash_on_any_day(desk: Desk) -> None:
    """An offer that still holds is the same offer tomorrow, and not a new one."""
    pieces = [desk.file(f"{n}.txt") for n in range(2)]
    first = desk.build(work(*pieces), CALL, *pieces)
    later = desk.make()
    later._clock = SetClock(START + timedelta(days=40))
    sources = {d.id: d for d in (*reversed(pieces), CALL)}
    assert later.build(work(*pieces), sources).hash == first.hash


def test_one_byte_in_a_source_changes_the_hash(desk: Desk) -> None:
    """A yes is to a version."""
    piece = desk.file("a.txt", "Dear Ann, one.")
    action = work(piece)
    first = desk.build(action, CALL, piece).hash
    changed = desk.file("a.txt", "Dear Ann, two.")
    assert desk.build(action, CALL, changed).hash != first


def test_a_taken_folder_gets_a_number(desk: Desk) -> None:
    """An earlier submission is never written into."""
    piece = desk.file("a.txt")
    target = desk.build(work(piece), CALL, piece).effects[0].target
    Path(target).parent.mkdir(parents=True)
    again = desk.build(work(piece), CALL, piece).effects[0].target
    assert Path(again).parent.name == Path(target).parent.name + " (2)"


@given(st.text(st.characters(), max_size=300))
def test_a_file_name_is_one_plain_part(untrusted_text: str) -> None:
    """Whatever a title says, the name is short, visible and stays in its folder."""
    name = file_name(untrusted_text, "Draft")
    assert name and "/" not in name and "\0" not in name and len(name.encode()) <= 120
    assert not name.startswith(".") and name == name.strip() and name.isprintable()


def test_a_draft_goes_into_the_drafts_folder_of_the_maildir(desk: Desk, tmp_path: Path) -> None:
    """A whole Maildir, a drafts folder or none: each known by its look."""
    (tmp_path / "Mail" / ".Entwürfe" / "cur").mkdir(parents=True)
    assert drafts_folder("") == ""
    assert drafts_folder(str(tmp_path / "Mail")) == str(tmp_path / "Mail" / ".Entwürfe")
    assert drafts_folder(str(tmp_path / "Other")) == str(tmp_path / "Other" / ".Drafts")
    assert drafts_folder(str(tmp_path / "M" / ".Drafts")) == str(tmp_path / "M" / ".Drafts")
    builder = desk.make(drafts=str(tmp_path / "Mail"))
    source = desk.file("a.txt")
    payload = builder.build(
        DraftMail(("bob@friends.example",), "Hello", "Body"), {source.id: source}
    )
    assert payload.effects[0].target == str(tmp_path / "Mail" / ".Entwürfe")
    assert b"X-Unsent" not in payload.blobs[0].data


def test_dates_come_from_the_sources(desk: Desk) -> None:
    """The newest source dates the files: the day of building would change the bytes."""
    piece = desk.file("a.txt", modified=datetime(2026, 1, 5, 7, 8, 9, tzinfo=UTC))
    payload = desk.build(DraftMail(("bob@friends.example",), "H", "B"), piece)
    assert b"\nDate: Mon, 05 Jan 2026 07:08:09 +0000\n" in payload.blobs[0].data
