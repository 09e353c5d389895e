"""From a suggestion to bytes on the disk: engine, store, builder and the real executor."""

from __future__ import annotations

import hashlib
import mailbox
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import Home, RecordingExecutor, filing, suggestion

from samantha.adapters.executor import WorkerExecutor
from samantha.api import AssembleManuscript, Document, DraftMail, Remind, Suggestion, UserError
from samantha.api.testing import document
from samantha.core.outbox import recover, run_outbox, undo
from samantha.core.payload import Blob, Effect, Payload
from samantha.core.ports import Executor, Offer, OfferState, OutboxState, Refused


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path, drafts=str(tmp_path / "Mail"))
    yield made
    made.close()


@pytest.fixture
def executor() -> Iterator[WorkerExecutor]:
    made = WorkerExecutor()
    yield made
    made.close()


def tree(home: Home) -> dict[str, str]:
    found = {}
    for path in sorted(home.root.rglob("*")):
        if "data" not in path.relative_to(home.root).parts:
            digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path)] = digest
    return found


def submission(home: Home) -> tuple[Suggestion, list[Document]]:
    """Return a proposal of two letters for an open call."""
    call = home.mail(
        "We read letters until June. Send them to call@press.example.",
        sender="editor@press.example",
        message_id="<call@press.example>",
        signals=[("open_call", {"address": "call@press.example"}, "We read letters")],
    )
    pieces = [home.file(f"{n}.txt", f"Dear Ann,\n\nletter {n}.\n\nYours,\nAnna\n") for n in (1, 2)]
    action = AssembleManuscript(
        title="Two Letters",
        pieces=tuple(p.id for p in pieces),
        piece_titles=("One", "Two"),
        outlet="The Press",
        to="call@press.example",
        subject="Letters",
        cover="Dear editors,",
        language="en",
    )
    sources = (call.id, *(p.id for p in pieces))
    return replace(suggestion(call, action), sources=sources), pieces


def yes(home: Home, offer: Offer) -> None:
    """Review, confirm each item and accept."""
    home.decisions.review(offer.id)
    confirmed: list[str] = []
    while missing := home.decisions.unconfirmed(offer.id, confirmed):
        confirmed.append(missing[0])
    home.decisions.accept(offer.id, via="test", seen_hash=offer.payload_hash, confirmed=confirmed)


def carry_out(home: Home, executor: WorkerExecutor) -> list[OutboxState]:
    ended = run_outbox(home.state, executor, home.clock, "test", stale=home.engine.stale)
    return [entry.state for entry in ended]


def test_a_manuscript_waits_for_its_yes_and_is_then_there_whole(
    home: Home, executor: WorkerExecutor
) -> None:
    """Nothing before the yes; then docx, pdf and draft, as shown; undo takes all back."""
    proposal, _ = submission(home)
    (offer,) = home.suggest(proposal)
    before = tree(home)
    assert carry_out(home, executor) == [] and tree(home) == before
    payload = home.state.payload(offer.payload_hash)
    assert payload is not None
    yes(home, offer)
    assert carry_out(home, executor) == [OutboxState.DONE]
    for effect in payload.effects[:2]:
        assert hashlib.sha256(Path(effect.target).read_bytes()).hexdigest() == effect.sha256
    ((_, draft),) = mailbox.Maildir(home.root / "Mail" / ".Drafts", create=False).items()
    assert draft["To"] == "call@press.example" and "D" in draft.get_flags()
    assert undo(home.state, executor, offer.id, home.clock) == ""
    assert tree(home) == before


def test_class_c_needs_the_review_and_every_confirmation(home: Home) -> None:
    """No yes unseen, none with an item missing, none to another hash."""
    proposal, _ = submission(home)
    (offer,) = home.suggest(proposal)
    assert offer.approval_class == "C"
    with pytest.raises(UserError, match="look at it whole"):
        home.decisions.accept(offer.id, via="test")
    _, payload = home.decisions.review(offer.id)
    items = home.decisions.unconfirmed(offer.id)
    assert "to call@press.example" in items
    assert "call@press.example was found in a mail" in items
    assert [i for i in items if i.startswith("attachment ")] == [
        "attachment Berg - Two Letters.docx"
    ]
    for left_out in range(len(items)):
        some = items[:left_out] + items[left_out + 1 :]
        with pytest.raises(UserError, match="confirmation"):
            home.decisions.accept(offer.id, via="test", confirmed=some)
    with pytest.raises(UserError, match="changed since"):
        home.decisions.accept(offer.id, via="test", seen_hash="0" * 64, confirmed=items)
    assert home.state.outbox() == [] and payload.hash == offer.payload_hash


def test_two_clicks_act_once(home: Home, executor: WorkerExecutor) -> None:
    """The second says that it was decided, and nothing happens twice."""
    source = home.file("a.txt", "Dear Ann")
    (offer,) = home.suggest(suggestion(source, filing(home, source)))
    home.decisions.accept(offer.id, via="notification")
    with pytest.raises(UserError, match="no longer open"):
        home.decisions.accept(offer.id, via="cli")
    assert carry_out(home, executor) == [OutboxState.DONE] and carry_out(home, executor) == []
    assert (home.documents / "Filed" / "filed.txt").read_text() == "Dear Ann"
    assert undo(home.state, executor, offer.id, home.clock) == ""
    assert (home.documents / "a.txt").exists() and not (home.documents / "Filed").exists()


def test_a_source_edited_before_the_yes_voids_the_offer(
    home: Home, executor: WorkerExecutor
) -> None:
    """A yes to what is no longer so is refused, told, and nothing is done."""
    proposal, pieces = submission(home)
    (offer,) = home.suggest(proposal)
    Path(pieces[0].path).write_text("Dear Ann, I changed my mind.")
    with pytest.raises(UserError, match="void"):
        yes(home, offer)
    found = home.state.offer(offer.id)
    assert found is not None and found.state is OfferState.VOID
    assert carry_out(home, executor) == []


def test_a_source_edited_between_yes_and_act_stops_it(home: Home, executor: WorkerExecutor) -> None:
    """The machine was off in between: what waits in the outbox is looked at again."""
    proposal, pieces = submission(home)
    (offer,) = home.suggest(proposal)
    yes(home, offer)
    before = tree(home)
    Path(pieces[1].path).write_text("Dear Ann, I changed my mind.")
    home.restart()
    assert carry_out(home, executor) == [OutboxState.REFUSED]
    assert tree(home).keys() == before.keys()


def test_an_offer_that_ended_cannot_be_accepted_nor_carried_out(
    home: Home, executor: WorkerExecutor
) -> None:
    """After the deadline there is silence, before and after the yes."""
    source, other = home.file("a.txt", "Dear Ann"), home.file("b.txt", "Dear Ben")
    ends = home.clock.now() + timedelta(hours=1)
    (late,) = home.suggest(suggestion(source, filing(home, source), expires=ends))
    (slow,) = home.suggest(suggestion(other, filing(home, other, "b2.txt"), expires=ends))
    home.decisions.accept(slow.id, via="test")
    home.clock.pass_(hours=2)
    with pytest.raises(UserError):
        home.decisions.accept(late.id, via="test")
    assert carry_out(home, executor) == [OutboxState.REFUSED]
    assert not (home.documents / "Filed").exists()


def test_a_folder_that_became_a_link_after_the_yes_is_not_followed(
    home: Home, executor: WorkerExecutor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Between yes and act somebody puts a link in the way: refused, nothing outside is touched."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    source = home.file("a.txt", "Dear Ann")
    (offer,) = home.suggest(suggestion(source, filing(home, source)))
    home.decisions.accept(offer.id, via="test")
    (home.documents / "Filed").symlink_to(elsewhere)
    assert carry_out(home, executor) == [OutboxState.REFUSED]
    assert list(elsewhere.iterdir()) == [] and (home.documents / "a.txt").exists()


def test_a_name_that_was_taken_after_the_yes_is_not_overwritten(
    home: Home, executor: WorkerExecutor
) -> None:
    """The user's own file of this name stays."""
    source = home.file("a.txt", "Dear Ann")
    (offer,) = home.suggest(suggestion(source, filing(home, source)))
    home.decisions.accept(offer.id, via="test")
    (home.documents / "Filed").mkdir()
    (home.documents / "Filed" / "filed.txt").write_text("mine")
    assert carry_out(home, executor) == [OutboxState.REFUSED]
    assert (home.documents / "Filed" / "filed.txt").read_text() == "mine"


def test_a_reminder_comes_once_and_can_be_taken_back(home: Home, executor: WorkerExecutor) -> None:
    """Accepted, stored under its key, cancelled by undo."""
    source = home.file("bill.txt", "120 euros are due on Friday")
    at = home.clock.now() + timedelta(days=2)
    (offer,) = home.suggest(suggestion(source, Remind(at, "Pay 120 euros")))
    home.decisions.accept(offer.id, via="test")
    assert carry_out(home, executor) == [OutboxState.DONE]
    assert recover(home.state, executor, home.clock) == []
    (reminder,) = home.state.reminders(due_by=at)
    assert reminder.text == "Pay 120 euros"
    assert undo(home.state, executor, offer.id, home.clock) == "" and not home.state.reminders()


def test_a_draft_to_a_friend_lies_in_the_drafts_and_is_taken_back(
    home: Home, executor: WorkerExecutor
) -> None:
    """Class B: looked at, then one yes; the tree is as before after undo."""
    home.mail("Hi", sender="anna@berg.example", to=["bob@x.example"], folder="sent")
    source = home.file("a.txt", "Dear Bob")
    (offer,) = home.suggest(suggestion(source, DraftMail(("bob@x.example",), "Größe", "Body")))
    before = tree(home)
    yes(home, offer)
    assert carry_out(home, executor) == [OutboxState.DONE]
    ((_, draft),) = mailbox.Maildir(home.root / "Mail" / ".Drafts", create=False).items()
    assert draft.get_payload(decode=True) == b"Body\n"
    assert undo(home.state, executor, offer.id, home.clock) == "" and tree(home) == before


def test_every_step_is_in_the_audit_and_no_content_is(home: Home, executor: WorkerExecutor) -> None:
    """`why` can tell the whole way, and the chain of lines holds no word of a document."""
    source = home.file("a.txt", "CANARY text of a letter")
    (offer,) = home.suggest(suggestion(source, filing(home, source), title="CANARY title"))
    home.decisions.accept(offer.id, via="test")
    carry_out(home, executor)
    undo(home.state, executor, offer.id, home.clock)
    lines = home.state.audit_lines("trace")
    arrows = [line.arrow for line in lines]
    assert arrows == ["suggested", "shown", "accepted", "claimed", "done", "undoing", "undone"]
    assert "CANARY" not in str([dict(line.detail) for line in lines])
    assert home.state.audit_verify()[0]


# --- the twin and the real one -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["real", "twin"])
def test_the_executors_twin_behaves_as_the_real_one(tmp_path: Path, kind: str) -> None:
    """Once by key, looked up, undone, and only with the proof of what was approved."""
    real = WorkerExecutor()
    executor: Executor = real if kind == "real" else RecordingExecutor()
    data = b"bytes"
    effect = Effect(
        "write_file", target=str(tmp_path / "a"), sha256=hashlib.sha256(data).hexdigest()
    )
    payload = Payload({"type": "test"}, "A", (effect,), (Blob("a", "draft", data),))
    proof = {"manifest": payload.manifest(), "approved": payload.hash, "again": False}
    key, plain = f"{payload.hash}:1:0", asdict(effect)
    try:
        assert executor.reconcile(plain, key) == "not_done"
        for wrong in ({**proof, "approved": ""}, {**proof, "manifest": "{}"}):
            with pytest.raises(Refused):
                executor.execute({**plain, **wrong}, data, key)
        with pytest.raises(Refused):
            executor.execute({**plain, **proof}, b"other", key)
        facts = executor.execute({**plain, **proof}, data, key)
        assert executor.execute({**plain, **proof}, data, key) == facts
        assert executor.reconcile(plain, key) == "done"
        with pytest.raises(Refused):
            executor.execute({**plain, **proof}, data, f"{payload.hash}:2:0")
        assert executor.undo(plain, facts) == "" and executor.undo(plain, facts) != ""
        assert executor.reconcile(plain, key) == "not_done"
    finally:
        real.close()


def test_a_document_of_another_home_is_no_source(home: Home) -> None:
    """What was never read cannot be named, quoted or moved."""
    stranger = document("/somewhere/else.txt", "Dear Ann")
    assert home.suggest(suggestion(stranger, filing(home, stranger))) == []
