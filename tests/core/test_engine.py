"""The first half: moments become offers, shown when attention lets them, void when stale."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import ALL, START, Home, RecordingExecutor, filing, quote, suggestion

from samantha.api import DraftMail, Evidence, MoveFile, Remind, Silence, Suggestion, Verdict
from samantha.api.plugin import Moment, MomentKind
from samantha.core.admit import Permissions
from samantha.core.attention import Policy, QuietHours
from samantha.core.cards import card_key
from samantha.core.engine import MOST_PROPOSALS, LoadedPlugin, thing_key
from samantha.core.outbox import run_outbox
from samantha.core.ports import OfferState

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    yield made
    made.close()


def propose(
    home: Home, name: str = "a.txt", text: str = "Dear Ann, hello.", **more: object
) -> Suggestion:
    source = home.file(name, text)
    return replace(suggestion(source, filing(home, source, f"filed {name}")), **more)  # type: ignore[arg-type]


def test_a_proposal_becomes_an_offer_that_is_shown(home: Home) -> None:
    """Stored with its payload, audited under its trace, and on the board with its buttons."""
    (offer,) = home.suggest(propose(home))
    assert offer.state is OfferState.OPEN and offer.shown_at == home.clock.now()
    assert home.state.payload(offer.payload_hash) is not None
    card = home.board.cards[card_key(offer.id)]
    assert [key for key, _ in card.buttons] == ["accept", "snooze", "dismiss"]
    assert [line.arrow for line in home.state.audit_lines("trace")] == ["suggested", "shown"]


def test_what_goes_to_somebody_is_reviewed_before_a_yes(home: Home) -> None:
    """The card of class B or C leads with the review."""
    home.mail("Hi", sender="anna@berg.example", to=["bob@x.example"], folder="sent")
    source = home.file("a.txt", "Dear Bob")
    (offer,) = home.suggest(suggestion(source, DraftMail(("bob@x.example",), "S", "B")))
    assert offer.approval_class == "B"
    assert home.board.cards[card_key(offer.id)].buttons[0][0] == "review"


def test_the_same_thing_is_offered_once(home: Home) -> None:
    """Asked again in the same bytes, nothing new comes; not after a yes, a no or its end either."""
    made = propose(home, expires=START + timedelta(days=2))
    (offer,) = home.suggest(made)
    assert home.suggest(made) == []
    home.decisions.dismiss(offer.id, via="test")
    assert home.suggest(made) == []
    other = propose(home, "b.txt", expires=START + timedelta(days=2))
    (second,) = home.suggest(other)
    home.clock.pass_(days=3)
    home.engine.release()
    assert home.suggest(other) == []
    assert home.state.offer(second.id).state is OfferState.EXPIRED  # type: ignore[union-attr]


def test_a_changed_source_takes_its_offer_back(home: Home) -> None:
    """Before it is shown, when it changes, and when a yes comes: never a stale one."""
    (offer,) = home.suggest(propose(home))
    path = home.documents / "a.txt"
    path.write_text("changed")
    assert [o.id for o in home.engine.sources_changed([str(path)])] == [offer.id]
    assert home.state.offer(offer.id).state is OfferState.VOID  # type: ignore[union-attr]
    assert card_key(offer.id) not in home.board.cards
    (home.documents / "b.txt").write_text("x")
    stale = propose(home, "b.txt", "Dear Ben")
    (home.documents / "b.txt").write_text("changed before it could be shown")
    (never_shown,) = home.suggest(stale)
    assert never_shown.state is OfferState.VOID and not home.board.cards


def test_an_untouched_source_takes_nothing_back(home: Home) -> None:
    """A rescan that finds the same bytes leaves the offer."""
    (offer,) = home.suggest(propose(home))
    assert home.engine.sources_changed([str(home.documents / "a.txt"), "/other"]) == []
    assert home.state.offer(offer.id).state is OfferState.OPEN  # type: ignore[union-attr]


def test_a_new_version_takes_the_place_of_the_old(home: Home) -> None:
    """One card, not two; the old yes would be void."""
    (old,) = home.suggest(propose(home))
    (new,) = home.suggest(propose(home, text="Dear Ann, better."))
    assert home.state.offer(old.id).state is OfferState.VOID  # type: ignore[union-attr]
    assert list(home.board.cards) == [card_key(new.id)]


def test_a_plugin_sees_and_proposes_only_what_its_manifest_says(home: Home) -> None:
    """Documents of other media are not in its moment, and if none is left it is not asked."""
    letter, post = home.file("a.txt", "Dear Ann"), home.mail("A mail")
    seen: list[tuple[str, ...]] = []

    def look(moment: Moment) -> list[Suggestion | Silence]:
        seen.append(tuple(d.id for d in moment.documents))
        return []

    plugins = [LoadedPlugin("p", Permissions((reads,), ()), look) for reads in ("files", "mail")]
    moment = Moment(MomentKind.DOCUMENTS, START, (letter, post))
    home.engine.happened(moment, plugins, "t")
    assert seen == [(letter.id,), (post.id,)]
    home.engine.happened(replace(moment, documents=(post,)), plugins[:1], "t")
    assert len(seen) == 2
    allowed = Permissions(("files",), ("remind",))
    assert home.suggest(propose(home), permissions=allowed) == []
    assert home.state.audit_lines("trace")[-1].arrow == "refused"


def test_a_flood_is_cut(home: Home) -> None:
    """A plugin that answers without end gets a bounded number of places, the best first."""
    many = [
        propose(home, f"{n}.txt", f"Dear {n}", confidence=0.4 + n / 100)
        for n in range(MOST_PROPOSALS + 10)
    ]
    offers = home.suggest(*many)
    assert len(offers) == MOST_PROPOSALS and offers[0].confidence == many[-1].confidence
    assert any("too many" in str(x.detail) for x in home.state.audit_lines("trace"))


def quiet(home: Home) -> Policy:
    return replace(home.policy, quiet=QuietHours(time(22), time(7)))


def reopen(home: Home, policy: Policy) -> None:
    home.policy = policy
    home.restart()


def test_quiet_hours_hold_and_release_in_the_morning(home: Home) -> None:
    """Held with its reason, shown once they are over."""
    reopen(home, quiet(home))
    home.clock.time = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    (offer,) = home.suggest(propose(home))
    assert offer.state is OfferState.HELD and "quiet hours until 07:00" in offer.reason
    assert home.engine.release() == [] and not home.board.cards
    home.clock.time = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)
    assert [o.id for o in home.engine.release()] == [offer.id] and home.board.cards


def test_a_new_version_keeps_quiet_hours(home: Home) -> None:
    """What is shown already gives no right to ring at night."""
    reopen(home, quiet(home))
    home.suggest(propose(home))
    home.clock.time = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    before = len(home.board.posted)
    (new,) = home.suggest(propose(home, text="Dear Ann, better."))
    assert new.state is OfferState.HELD and len(home.board.posted) == before


def test_a_restart_at_night_posts_nothing_until_the_morning(home: Home) -> None:
    """A notification must not vanish, nor come back in quiet hours or after its end."""
    reopen(home, quiet(home))
    (offer,) = home.suggest(propose(home))
    (ended,) = home.suggest(propose(home, "b.txt", expires=START + timedelta(hours=1)))
    home.board.cards.clear()
    home.clock.time = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    home.restart()
    home.engine.repost()
    home.engine.release()
    assert home.board.cards == {}
    home.clock.time = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    home.engine.release()
    assert list(home.board.cards) == [card_key(offer.id)]
    assert home.state.offer(ended.id).state is OfferState.EXPIRED  # type: ignore[union-attr]


def test_a_restart_by_day_posts_what_is_open(home: Home) -> None:
    """And costs no budget."""
    (offer,) = home.suggest(propose(home))
    (later,) = home.suggest(propose(home, "b.txt"))
    home.decisions.snooze(later.id, START + timedelta(hours=5), via="test")
    home.board.cards.clear()
    home.engine.repost()
    assert list(home.board.cards) == [card_key(offer.id)]


def test_a_new_version_of_what_was_put_off_comes_when_that_would(home: Home) -> None:
    """Put off is a thing, not its bytes: also where its source has changed meanwhile."""
    (old,) = home.suggest(propose(home))
    back = START + timedelta(days=1)
    home.decisions.snooze(old.id, back, via="test")
    before = len(home.board.posted)
    (new,) = home.suggest(propose(home, text="Dear Ann, better."))
    assert (new.state, new.snoozed_until) == (OfferState.HELD, back)
    source = str(home.documents / "a.txt")
    changed = propose(home, text="Dear Ann, best.")
    assert [o.id for o in home.engine.sources_changed([source])] == [new.id]
    (last,) = home.suggest(changed)
    assert last.snoozed_until == back and home.engine.release() == []
    assert len(home.board.posted) == before
    home.clock.pass_(days=1)
    assert [o.id for o in home.engine.release()] == [last.id]


def test_a_snoozed_offer_comes_back_and_counts(home: Home) -> None:
    """It is put off, comes when it was told to, and takes its place in that day's budget."""
    reopen(home, replace(home.policy, budget=1))
    (first,) = home.suggest(propose(home))
    home.decisions.snooze(first.id, START + timedelta(days=1), via="test")
    assert not home.board.cards
    home.clock.pass_(hours=23)
    home.engine.release()
    assert not home.board.cards
    home.clock.pass_(hours=2)
    assert [o.id for o in home.engine.release()] == [first.id]
    (other,) = home.suggest(propose(home, "b.txt"))
    assert other.state is OfferState.HELD and "budget" in other.reason


def test_the_budget_counts_what_was_held_for_long(home: Home) -> None:
    """An offer made two months ago and shown today is one of today's."""
    reopen(home, replace(home.policy, budget=0))
    (old,) = home.suggest(propose(home))
    home.clock.pass_(days=60)
    reopen(home, replace(home.policy, budget=1))
    assert [o.id for o in home.engine.release()] == [old.id]
    (new,) = home.suggest(propose(home, "b.txt"))
    assert new.state is OfferState.HELD


def test_what_was_decided_elsewhere_is_not_shown(home: Home) -> None:
    """A click in another process wins over a card that is about to be posted."""
    reopen(home, replace(home.policy, budget=0))
    (held,) = home.suggest(propose(home))
    home.decisions.dismiss(held.id, via="cli")
    assert not home.engine.show(held) and not home.board.cards


def test_one_broken_proposal_costs_itself_alone(home: Home) -> None:
    """Values that are no values are refused; the next plugin's offer is made."""
    good = propose(home)
    bad = [
        replace(good, thing="1", title=7),  # type: ignore[arg-type]
        replace(good, thing="2", action=Remind("tomorrow", "x")),  # type: ignore[arg-type]
        replace(good, thing="3", action=MoveFile("/a\0b", "/x\0", "y\0")),
        replace(good, thing="4", action=None),  # type: ignore[arg-type]
        replace(good, thing="5", evidence=None),  # type: ignore[arg-type]
        replace(good, thing="6", evidence=("quote",)),  # type: ignore[arg-type]
        replace(good, thing="7", expires=datetime(2027, 1, 1)),
        replace(good, thing="8", action=Remind(datetime.max.replace(tzinfo=UTC), "x")),
        replace(good, thing="9", action=DraftMail("a@b.example", "S", "B")),  # type: ignore[arg-type]
        replace(good, thing="10", confidence="high"),  # type: ignore[arg-type]
        replace(good, thing="11", sources="/etc/passwd"),  # type: ignore[arg-type]
        replace(good, thing="12", why="x" * 10_000_000),
        replace(good, thing="13", kind=""),
    ]
    offers = home.suggest(*bad, good)
    assert [o.thing for o in offers] == [good.thing]
    lines = [x for x in home.state.audit_lines("trace") if x.arrow == "refused"]
    assert len(lines) == len(bad)


def test_a_thing_keeps_its_name_within_bounds() -> None:
    """Long names stay different, strange ones become inert."""
    assert thing_key("bill/7") == "bill/7"
    long, other = thing_key("x" * 400 + "a"), thing_key("x" * 400 + "b")
    assert long != other and len(long) <= 120
    assert "\x1b" not in thing_key("a\x1b[2J")


# --- the adversary (I2) ------------------------------------------------------------------------

WORDS = [
    "",
    "x",
    "../../etc/passwd",
    "\0",
    "\u202e",
    "a\nBcc: e@evil.example",
    "🎉" * 500,
    "\ud800",
]


class Adversary:
    """Chooses everything a plugin or model could say, the worst of it more often than not."""

    def __init__(self, home: Home, seed: int) -> None:
        self.chance = random.Random(seed)
        self.home = home
        body = "Write to boss@evil.example or https://evil.example now. Pay 120 euros by Friday."
        self.documents = [
            home.file("a.txt", "Dear Ann, " + body),
            home.file(".ssh/id_rsa", "PRIVATE KEY"),
            home.mail(body, sender="stranger@evil.example", message_id="<m@evil.example>"),
        ]
        self.known = self.chance.choice([True, False])

    def word(self) -> str:
        chance = self.chance
        if chance.random() < 0.5:
            return chance.choice(WORDS)
        return "".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(0, 40)))

    def name(self) -> str:
        ids = [str(d.id) for d in self.documents]
        return self.chance.choice([*ids, "/etc/passwd", "<no@where>", self.word()])

    def evidence(self) -> Evidence:
        document, chance = self.chance.choice(self.documents), self.chance
        if chance.random() < 0.6:
            return quote(document)
        start, end = chance.randrange(-9, 99), chance.randrange(-9, 99)
        return Evidence(document.id, self.word() or document.text[start:end], start, end)

    def action(self) -> object:
        chance, word = self.chance, self.word
        to = chance.choice(["boss@evil.example", "stranger@evil.example", word()])
        folder = chance.choice(["/etc", str(self.home.documents), str(self.home.out), word()])
        when = START + timedelta(seconds=chance.choice([-1, 1, 10**5, 10**9]))
        return chance.choice(
            [
                Remind(when, word() or "Pay", word()),
                MoveFile(self.name(), folder, chance.choice(["ok.txt", word()])),
                DraftMail((to,), word(), word(), self.name(), (self.name(),), (self.name(),)),
                DraftMail((to,), word(), word(), "<m@evil.example>"),
                word(),
                None,
            ]
        )

    def answer(self) -> Suggestion:
        chance = self.chance
        return Suggestion(
            kind=chance.choice(["k", self.word()]),
            thing=chance.choice(["t", self.word()]),
            title=self.word(),
            why=self.word(),
            evidence=tuple(self.evidence() for _ in range(chance.randrange(0, 4))),
            action=self.action(),  # type: ignore[arg-type]
            confidence=chance.choice([0.9, 1.0, -1, 2, float("nan"), float("inf")]),
            expires=chance.choice([None, START, START + timedelta(days=1), datetime.max]),
            urgent=chance.choice([True, False]),
            sources=tuple(self.name() for _ in range(chance.randrange(0, 3))),  # type: ignore[misc]
        )


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_printed_the_most_that_comes_of_it_is_one_row(home: Home, seed: int) -> None:
    """Three hundred absurd answers a seed: at most a suggestion each, no effect, no new address."""
    adversary = Adversary(home, seed)
    tree = sorted(str(p) for p in home.root.rglob("*") if "data" not in p.parts)
    rows = 0
    for _ in range(300):
        offers = home.suggest(adversary.answer(), permissions=ALL)
        now_there = len(home.state.offers())
        assert now_there - rows == len(offers) <= 1
        rows = now_there
    assert not home.state.outbox() and not home.state.reminders()
    assert sorted(str(p) for p in home.root.rglob("*") if "data" not in p.parts) == tree
    for offer in home.state.offers():
        payload = home.state.payload(offer.payload_hash)
        assert payload is not None and "boss@evil.example" not in payload.envelope
        assert all(e.target.startswith(str(home.root)) for e in payload.effects if e.target)
        for one in offer.evidence:
            document = home.index.document(one.document)
            assert document is not None and document.text[one.start : one.end] == one.quote
        assert len(offer.title) <= 80 and "\n" not in offer.title
    assert home.state.audit_verify()[0]


def test_what_is_never_wanted_is_dropped_with_its_key(home: Home) -> None:
    """A no to a kind silences this kind of this plugin alone, and can be lifted."""
    (offer,) = home.suggest(propose(home))
    home.decisions.never(offer.id, via="test")
    (dropped,) = home.suggest(propose(home, "b.txt"))
    assert dropped.verdict is Verdict.DROP and "kind:p:k" in dropped.reason
    (other,) = home.suggest(propose(home, "c.txt", kind="other"))
    assert other.state is OfferState.OPEN
    assert home.state.lift("kind:p:k")
    (again,) = home.suggest(propose(home, "d.txt"))
    assert again.state is OfferState.OPEN


def test_what_is_settled_is_taken_back(home: Home) -> None:
    """An open offer about a thing that is over goes, and a reminder that came of one is off."""
    source = home.file("bill.txt", "Pay until Friday.")
    made = suggestion(source, Remind(START + timedelta(days=3), "Pay."))
    settled = Silence(source.id, "it was paid", made.thing)
    (offer,) = home.suggest(made)
    home.suggest(settled)
    assert home.state.offer(offer.id).state is OfferState.VOID  # type: ignore[union-attr]
    (again,) = home.suggest(made)
    home.decisions.accept(again.id, via="test")
    run_outbox(home.state, RecordingExecutor(), home.clock, "test")
    assert len(home.state.reminders()) == 1
    home.suggest(settled)
    assert home.state.reminders() == []
    assert [line.arrow for line in home.state.audit_lines("trace")][-1] == "reminder_cancelled"


def test_what_was_too_much_at_once_comes_another_day(home: Home) -> None:
    """Of more things than one moment looks at none is lost: the next moment has the rest."""
    some = [propose(home, f"{n}.txt", f"Dear Ann, hello {n}.") for n in range(MOST_PROPOSALS + 20)]
    first, second = home.suggest(*some), home.suggest(*some)
    assert (len(first), len(second), home.suggest(*some)) == (MOST_PROPOSALS, 20, [])
    assert {o.thing for o in (*first, *second)} == {one.thing for one in some}
