"""Edit before accept: a page is read back, admitted, built and hashed anew; the old is void."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import ALL, START, Home, RecordingExecutor, filing, suggestion
from hypothesis import given
from hypothesis import strategies as st

from samantha.adapters.payload_mail import values
from samantha.api import ACTION_TYPES, AddEvent, DraftMail, PrepareTrip, Remind, WriteDocument
from samantha.api.actions import Action, AssembleManuscript, MoveFile
from samantha.api.errors import UserError
from samantha.core.admit import Permissions
from samantha.core.outbox import run_outbox
from samantha.core.ports import Offer, OfferState, OutboxState
from samantha.core.rewriting import FORMS, action_from_page, action_of, page_of, rewritten

VIENNA = ZoneInfo("Europe/Vienna")
AT = datetime(2026, 5, 4, 9, 30, 17, tzinfo=UTC)
EVENT = AddEvent("Dentist", AT, AT + timedelta(hours=1), zone="Europe/Lisbon", notes="Bring it")
ACTIONS: tuple[Action, ...] = (
    Remind(AT, "Pay.\n\nIt is due.", "IBAN  DE1", (AT + timedelta(days=3),)),
    MoveFile("/a/b  c.pdf", "/a/Bills", "2026  bill.pdf"),
    DraftMail(("bob@x.example", "eve@x.example"), "Re: Lunch", "Hi\n\nBye", attachments=("/a/b",)),
    AssembleManuscript("T", ("/p",), ("P",), "Review", "e@r.example", "S", "Dear\n\nE", "en"),
    EVENT,
    PrepareTrip("Rome", (EVENT, replace(EVENT, end=None)), ("/t",)),
    WriteDocument("Brief", "# A\n\ntext", "Briefs"),
)  # fmt: skip


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: str(a.type))
def test_a_page_left_as_it_is_says_the_same_action(action: Action) -> None:
    """Stored, written as a page and read again, every action is what it was, to the second."""
    stored = action_of(values(action))
    assert stored == action
    assert action_from_page(page_of(action, VIENNA, "A\ntitle"), action, VIENNA) == action


def test_every_action_has_a_page_of_its_own_fields() -> None:
    """A new kind of action cannot be forgotten, nor a field be misspelt."""
    assert set(FORMS) == set(ACTION_TYPES) == {str(a.type) for a in ACTIONS}
    for name, form in FORMS.items():
        known = {f.name for f in fields(ACTION_TYPES[name])}
        assert {field for field, _ in form.lines} | ({form.body} - {""}) <= known


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200))
def test_any_body_comes_back_as_it_was_typed(body: str) -> None:
    """Lines that look like a heading or a note are text once the text has begun."""
    before = ACTIONS[2]
    assert isinstance(before, DraftMail)
    typed = page_of(before, VIENNA, "t").replace("Hi\n\nBye", f"# To: {body}\n\n{body}x")
    after = action_from_page(typed, before, VIENNA)
    assert after == replace(before, body=f"# To: {body}\n\n{body}x")


@pytest.mark.parametrize(
    ("number", "old", "new", "told"),
    [
        (2, "Subject:", "Bcc: eve@evil.example\nSubject:", "is none of: To, Subject, Attach"),
        (2, "Attach: /a/b", "Attach: /etc/passwd", "only what is there can stay"),
        (2, "To: bob", "To: x@y.example\nTo: bob", "stands there twice"),
        (0, "2026-05-04 11:30", "soon", "is no time such as"),
    ],
)
def test_a_line_that_says_nothing_known_is_refused(
    number: int, old: str, new: str, told: str
) -> None:
    """No header, no attachment and no time comes in that was not foreseen."""
    action = ACTIONS[number]
    page = page_of(action, VIENNA, "t").replace(old, new, 1)
    with pytest.raises(UserError, match=told.replace("?", r"\?")):
        action_from_page(page, action, VIENNA)


def test_times_are_the_ones_of_the_user_or_of_the_event() -> None:
    """A reminder is in the user's zone, an entry in its own; a later reminder stays later."""
    moved = action_from_page("At: 2026-05-08 08:00\n\nPay.", ACTIONS[0], VIENNA)
    assert isinstance(moved, Remind) and moved.again == ()
    assert moved.at == datetime(2026, 5, 8, 6, tzinfo=UTC) and moved.copy_text == "IBAN  DE1"
    entry = action_from_page("Title: D\nStart: 2026-05-08 08:00\nEnd:\nPlace:\n\n", EVENT, VIENNA)
    assert isinstance(entry, AddEvent) and entry.end is None and entry.notes == ""
    assert entry.start == datetime(2026, 5, 8, 7, tzinfo=UTC)


# --- with the real builder and state -------------------------------------------------------


def reply(home: Home) -> Offer:
    """Return an open draft to somebody the user has written to."""
    home.mail("Hi", sender="anna@berg.example", to=["bob@x.example"], folder="sent")
    home.mail("Hello", sender="anna@berg.example", to=["eve@x.example"], folder="sent")
    asked = home.mail("Are you free?", sender="bob@x.example")
    (offer,) = home.suggest(suggestion(asked, DraftMail(("bob@x.example",), "S", "Yes.")))
    return offer


def change(home: Home, offer: Offer, permissions: Permissions = ALL, **fields: object) -> Offer:
    before, payload = home.decisions.editable(offer.id)
    action = replace(action_of(payload.action), **fields)  # type: ignore[arg-type]
    made = rewritten(
        before, payload, action, permissions, home.index.document, home.builder, home.clock.now()
    )
    return home.decisions.edit(offer.id, made, via="test")


def test_an_edit_voids_what_was_seen_and_needs_a_look_of_its_own(home: Home) -> None:
    """The old number cannot be accepted, its hash opens nothing, and the new one was not seen."""
    offer = reply(home)
    home.decisions.review(offer.id)
    new = change(home, offer, body="No.")
    assert home.state.offer(offer.id).state is OfferState.VOID  # type: ignore[union-attr]
    assert new.payload_hash != offer.payload_hash and new.reviewed_at is None
    with pytest.raises(UserError, match="no longer open"):
        home.decisions.accept(offer.id, via="test")
    with pytest.raises(UserError, match="look at it whole"):
        home.decisions.accept(new.id, via="test")
    home.decisions.review(new.id)
    with pytest.raises(UserError, match="has changed since"):
        home.decisions.accept(new.id, via="test", seen_hash=offer.payload_hash)
    home.decisions.accept(new.id, via="test", seen_hash=new.payload_hash)
    executor = RecordingExecutor()
    (entry,) = run_outbox(home.state, executor, home.clock, "test")
    assert entry.state is OutboxState.DONE
    assert {approved for approved, _ in executor.acts} == {new.payload_hash}
    blob = home.state.payload(new.payload_hash).blobs[0]  # type: ignore[union-attr]
    assert b"Tm8uCg==" in blob.data  # "No." as it will be sent
    arrows = [(row.arrow, row.detail.get("became")) for row in home.state.audit_lines("trace")]
    assert ("edited", new.id) in arrows


def test_an_edit_reaches_nobody_new_and_makes_the_class_again(home: Home) -> None:
    """Another known address is taken, a stranger's refused, and the offer is as it was."""
    offer = reply(home)
    with pytest.raises(UserError, match="not somebody the user knows"):
        change(home, offer, to=("mallory@evil.example",))
    assert home.state.offer(offer.id) == offer
    assert change(home, offer, to=("eve@x.example",)).approval_class == "B"


def test_an_edit_stays_inside_the_folders_and_the_permissions(home: Home) -> None:
    """A file goes nowhere outside, and a plugin's bounds bind the user's edit of its offer too."""
    source = home.file("a.txt", "Dear Ann, hello.")
    (offer,) = home.suggest(suggestion(source, filing(home, source)))
    with pytest.raises(UserError, match="outside the folders"):
        change(home, offer, folder="/etc")
    with pytest.raises(UserError, match="not a plain file name"):
        change(home, offer, name="../x.txt")
    with pytest.raises(UserError, match="may not propose"):
        change(home, offer, Permissions(("files",), ("remind",)), name="x.txt")
    new = change(home, offer, name="better.txt")
    assert new.files == (str(home.documents / "Filed" / "better.txt"),)


def test_the_plugins_next_word_does_not_replace_the_users(home: Home) -> None:
    """Suggested again with other bytes the edit stands; when its source changes it falls."""
    source = home.file("a.txt", "Dear Ann, hello.")
    made = suggestion(source, filing(home, source))
    (offer,) = home.suggest(made)
    new = change(home, offer, name="mine.txt")
    assert home.suggest(made) == []
    assert home.suggest(replace(made, action=filing(home, source, "other.txt"))) == []
    assert home.state.offer(new.id).state is OfferState.OPEN  # type: ignore[union-attr]
    (home.documents / "a.txt").write_text("changed")
    with pytest.raises(UserError, match="void"):
        home.decisions.accept(new.id, via="test")


def test_what_was_decided_elsewhere_or_changed_cannot_be_edited(home: Home) -> None:
    """An edit races with a decision as two decisions do: the first one counts."""
    source = home.file("a.txt", "Dear Ann, hello.")
    (offer,) = home.suggest(
        suggestion(source, filing(home, source), expires=START + timedelta(days=9))
    )
    before, payload = home.decisions.editable(offer.id)
    home.decisions.dismiss(offer.id, via="test")
    assert home.state.replace_offer(offer.id, replace(before, id=0), payload, "x") is None
    with pytest.raises(UserError, match="no longer open"):
        home.decisions.edit(offer.id, payload, via="test")
    other = home.file("b.txt", "Dear Ben, hello.")
    (second,) = home.suggest(suggestion(other, filing(home, other, "b2.txt")))
    (home.documents / "b.txt").write_text("changed")
    with pytest.raises(UserError, match="is void"):
        change(home, second, name="b3.txt")
