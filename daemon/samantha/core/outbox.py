"""The outbox: carries approved payloads out, each step written down before it can commit.

``approved → claimed → committing → done | refused | failed | unknown``. A crash leaves an entry in
one of the first three; ``recover`` says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from samantha.core.consent import MAX_RECIPIENTS, YES
from samantha.core.payload import Effect, Payload
from samantha.core.ports import (
    Clock,
    Executor,
    NotYet,
    Offer,
    OfferState,
    OutboxEntry,
    OutboxState,
    Refused,
    State,
)
from samantha.core.sending import Gate, needs_server, sends

UNDOING = "undoing"
TRIES = 3
"""How often one effect is tried when the executor dies over it."""


_UNSURE = {
    "send_mail": "it was being sent when the work broke off, so it may have gone out; it was not "
    "found in Sent: look there, or ask the recipient, before you send it again"
}

Stale = Callable[[Offer], str]
"""Tells why an offer no longer rests on what it quoted, or ''."""
Lane = Literal["all", "disk", "mail"]
"""Which entries are meant: a mail server may hang, and what only concerns this disk goes on."""


def run_outbox(
    state: State,
    executor: Executor,
    clock: Clock,
    owner: str,
    *,
    stale: Stale = lambda offer: "",
    gate: Gate | None = None,
    lane: Lane = "all",
) -> list[OutboxEntry]:
    """Carry out all of a lane that is approved; return the entries that came to an end.

    ``stale`` is asked once more before an entry is begun: a yes may have waited for hours.
    ``gate`` knows which mails are still held, and afterwards when to ask again.
    """
    gate = gate or Gate(state, clock)
    ended = []
    for entry in _waiting(state, OutboxState.APPROVED, lane):
        # Asked for each anew: the ones before it may have used the hour up.
        if gate.waiting([entry]) or not state.claim(entry.id, owner):
            continue
        state.audit(entry.trace, "claimed", clock.now(), offer=entry.offer)
        end = _Run(state, executor, clock, entry, gate).begin(stale)
        if end is not None:
            ended.append(end)
    gate.waiting(_waiting(state, OutboxState.APPROVED, lane))
    return ended


def _waiting(state: State, which: OutboxState, lane: Lane) -> Sequence[OutboxEntry]:
    entries = state.outbox([which])
    if lane == "all":
        return entries

    def lane_of(entry: OutboxEntry) -> Lane:
        payload = state.payload(entry.payload_hash)
        return "mail" if payload is not None and needs_server(payload) else "disk"

    return [entry for entry in entries if lane_of(entry) == lane]


def recover(
    state: State, executor: Executor, clock: Clock, lane: Lane = "all"
) -> list[OutboxEntry]:
    """After a start, settle what an earlier process left behind; return what came to an end.

    Claimed is safe to try again. Committing is looked up: done goes on, not done is carried out
    under the same key, and what cannot be told becomes unknown, which is shown and never retried.
    """
    for entry in _waiting(state, OutboxState.CLAIMED, lane):
        state.progress(entry.id, OutboxState.APPROVED)
        state.audit(entry.trace, "released", clock.now(), offer=entry.offer)
    return [
        _Run(state, executor, clock, entry, Gate(state, clock)).resume()
        for entry in _waiting(state, OutboxState.COMMITTING, lane)
    ]


def undo(state: State, executor: Executor, offer_id: int, clock: Clock) -> str:
    """Take back what an offer did, the last effect first; return '' or why it could not be."""
    entry = state.outbox_for(offer_id)
    if entry is None:
        return "nothing was carried out"
    if entry.state is OutboxState.UNDONE:
        return "it was taken back already"
    if entry.state is OutboxState.APPROVED:
        return _cancel(state, entry, clock)
    if any(step["effect"]["type"] == "send_mail" for step in entry.undo):
        return "it was sent, and that cannot be taken back"
    if entry.state is not OutboxState.DONE and not (
        entry.state is OutboxState.FAILED and entry.undo
    ):
        return f"it is {entry.state}, so there is nothing to take back"
    left, problem = list(entry.undo), ""
    begun = _begun(state, entry)
    while left and not problem:
        step = len(left) - 1
        # Durable before anything is taken back, so that a killed undo can be ended later.
        state.audit(entry.trace, UNDOING, clock.now(), offer=offer_id, step=step)
        problem = _undo_one(state, executor, entry, step, again=step in begun)
        if not problem:
            left.pop()
            if entry.state is OutboxState.DONE:
                state.progress(entry.id, OutboxState.DONE, undo=left)
    now = clock.now()
    if problem:
        state.audit(entry.trace, "undo_failed", now, offer=offer_id, reason=problem)
        return problem
    state.progress(entry.id, OutboxState.UNDONE, undo=[])
    state.audit(entry.trace, "undone", now, offer=offer_id)
    return ""


def _cancel(state: State, entry: OutboxEntry, clock: Clock) -> str:
    """Take back a yes before anything was done; whoever claims the entry first has it."""
    if not state.claim(entry.id, "undo"):
        return "it is being carried out"
    state.progress(entry.id, OutboxState.REFUSED, reason="you took your yes back")
    state.audit(entry.trace, "cancelled", clock.now(), offer=entry.offer)
    return ""


def _begun(state: State, entry: OutboxEntry) -> set[int]:
    """Return the steps whose undo was begun and never heard of again, or went well."""
    begun: set[int] = set()
    for line in state.audit_lines(entry.trace):
        if line.detail.get("offer") != entry.offer:
            continue
        if line.arrow == UNDOING:
            begun.add(int(line.detail["step"]))
        elif line.arrow == "undo_failed":
            # The last one begun gave a reason; the ones before it are taken back.
            begun.discard(min(begun, default=-1))
    return begun


def _undo_one(
    state: State, executor: Executor, entry: OutboxEntry, step: int, *, again: bool
) -> str:
    effect, facts = entry.undo[step]["effect"], entry.undo[step]["facts"]
    if effect["type"] == "add_reminder":
        if state.cancel_reminder(str(facts["key"])) or again:
            return ""
        return "the reminder has already come"
    problem = ""
    for _ in range(TRIES):
        try:
            problem = executor.undo(effect, facts)
            break
        except OSError as failure:
            problem, again = str(failure), True
    if problem and again:
        key = f"{entry.payload_hash}:{entry.offer}:{step}"
        return "" if executor.reconcile(effect, key) == "not_done" else problem
    return problem


def _same_submission(left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    """Tell whether two manuscripts are of the same pieces, in any order, for the same place."""
    if left.get("type") != right.get("type"):
        return False
    if set(left.get("pieces", ())) != set(right.get("pieces", ())):
        return False
    names = {str(a.get("outlet", "")).strip().casefold() for a in (left, right)}
    addresses = {str(a.get("to", "")).strip().casefold() for a in (left, right)}
    return len(names) == 1 or (len(addresses) == 1 and "" not in addresses)


def _made(done: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return where the files of an action lie now: the draft itself, not its folder."""
    places = (step["facts"].get("path") or step["facts"].get("target") for step in done)
    return [str(place) for place in places if place]


class _Run:
    """One entry on its way."""

    def __init__(
        self, state: State, executor: Executor, clock: Clock, entry: OutboxEntry, gate: Gate
    ) -> None:
        self._gate = gate
        self._state = state
        self._executor = executor
        self._clock = clock
        self._entry = entry
        self._facts: list[Mapping[str, Any]] = list(entry.undo)

    def begin(self, stale: Stale) -> OutboxEntry | None:
        """Carry out a claimed entry from its first effect; None when it has to wait."""
        payload, problem = self._approved()
        offer = self._state.offer(self._entry.offer)
        changed = stale(offer) if payload is not None and offer is not None else ""
        if changed:
            return self._end(OutboxState.REFUSED, changed)
        if payload is None:
            return self._end(OutboxState.REFUSED, problem)
        if not sends(payload):
            return self._steps(payload, 0)
        try:
            self._prepare(payload)
        except Refused as refusal:
            return self._end(OutboxState.REFUSED, str(refusal))
        except (NotYet, OSError) as delay:
            return self._later(str(delay))
        return self._steps(payload, 0)

    def _prepare(self, payload: Payload) -> None:
        """Hand over what is to be sent, but for the byte that commits it."""
        for step, effect in enumerate(payload.effects):
            if effect.type == "send_mail":
                key = f"{payload.hash}:{self._entry.offer}:{step}"
                proof = {"manifest": payload.manifest(), "approved": payload.hash}
                data = self._data(payload, effect)
                self._executor.prepare({**asdict(effect), **proof}, data, key)

    def _later(self, reason: str) -> OutboxEntry | None:
        entry, now = self._entry, self._clock.now()
        if not self._gate.failed(entry):
            return self._end(OutboxState.REFUSED, f"it could not be sent for a day: {reason}")
        self._state.progress(entry.id, OutboxState.APPROVED, reason=reason)
        self._state.audit(entry.trace, "waits", now, offer=entry.offer, reason=reason)
        return None

    def resume(self) -> OutboxEntry:
        """Go on with an entry that was found committing."""
        payload, problem = self._approved(again=True)
        if payload is None:
            return self._end(OutboxState.UNKNOWN, problem)
        step = self._entry.step
        if len(self._facts) > step:
            step = len(self._facts)
        if step >= len(payload.effects):
            return self._end(OutboxState.DONE)
        return self._steps(payload, step, again=True)

    def _approved(self, *, again: bool = False) -> tuple[Payload | None, str]:
        """Return the payload if the yes to exactly its bytes still stands."""
        entry = self._entry
        offer = self._state.offer(entry.offer)
        if offer is None or offer.state is not OfferState.DECIDED:
            return None, "the offer is not decided"
        if not any(o.id == offer.id and d in YES for o, d, _, _ in self._state.decisions()):
            return None, "the offer was not accepted"
        payload = self._state.payload(entry.payload_hash)
        if payload is None or payload.hash != entry.payload_hash:
            return None, "its stored bytes are damaged"
        if offer.payload_hash != entry.payload_hash:
            return None, "the approval is for other bytes"
        if payload.approval_class != offer.approval_class:
            return None, "the approval is of another class"
        if len(payload.envelope) > MAX_RECIPIENTS or not payload.effects:
            return None, "the payload is not one that may be carried out"
        if not again and offer.expires is not None and self._clock.now() > offer.expires:
            return None, "its time has passed"
        if not again and self._submitted(payload):
            return None, "this work was already prepared for this outlet"
        return payload, ""

    def _submitted(self, payload: Payload) -> bool:
        """Tell whether the same pieces went to the same outlet before (I22)."""
        if payload.action.get("type") != "assemble_manuscript":
            return False
        for other in self._state.outbox([OutboxState.DONE, OutboxState.UNKNOWN]):
            earlier = self._state.payload(other.payload_hash)
            if earlier is None or other.id == self._entry.id:
                continue
            if _same_submission(earlier.action, payload.action):
                return True
        return False

    def _steps(self, payload: Payload, first: int, *, again: bool = False) -> OutboxEntry:
        for step in range(first, len(payload.effects)):
            effect = payload.effects[step]
            # Durable before anything can commit: after a crash this line says where to look.
            self._state.progress(
                self._entry.id, OutboxState.COMMITTING, step=step, undo=self._facts
            )
            ended = self._step(payload, effect, step, again=again)
            if ended is not None:
                return ended
            again = False
        return self._end(OutboxState.DONE)

    def _step(
        self, payload: Payload, effect: Effect, step: int, *, again: bool
    ) -> OutboxEntry | None:
        key = f"{payload.hash}:{self._entry.offer}:{step}"
        reason = _UNSURE.get(effect.type, "it cannot be told whether it was carried out")
        for _ in range(TRIES):
            if again and effect.type != "add_reminder" and self._lookup(effect, key) == "?":
                return self._end(OutboxState.UNKNOWN, reason)
            try:
                facts = self._carry(payload, effect, key, again=again)
            except Refused as problem:
                end = OutboxState.FAILED if self._facts else OutboxState.REFUSED
                return self._end(end, str(problem))
            except OSError as problem:
                again, reason = True, str(problem)
                continue
            self._facts.append({"effect": asdict(effect), "facts": dict(facts)})
            return None
        not_done = self._lookup(effect, key) == "not_done"
        return self._end(OutboxState.FAILED if not_done else OutboxState.UNKNOWN, reason)

    def _lookup(self, effect: Effect, key: str) -> str:
        return self._executor.reconcile(asdict(effect), key)

    def _carry(
        self, payload: Payload, effect: Effect, key: str, *, again: bool
    ) -> Mapping[str, Any]:
        if effect.type == "add_reminder":
            at = datetime.fromisoformat(effect.at)
            self._state.add_reminder(key, at, effect.text, effect.copy_text)
            return {"key": key}
        if effect.type == "send_mail" and not again:
            self._gate.sending()
        data = self._data(payload, effect)
        proof = {"manifest": payload.manifest(), "approved": payload.hash, "again": again}
        return self._executor.execute({**asdict(effect), **proof}, data, key)

    def _data(self, payload: Payload, effect: Effect) -> bytes:
        if effect.type == "move_file":
            return b""
        return next((b.data for b in payload.blobs if b.sha256 == effect.sha256), b"")

    def _end(self, end: OutboxState, reason: str = "") -> OutboxEntry:
        entry = self._entry
        if end is OutboxState.DONE:
            self._state.update_offer(entry.offer, files=_made(self._facts))
        self._state.progress(entry.id, end, step=len(self._facts), reason=reason, undo=self._facts)
        self._state.audit(
            entry.trace, str(end), self._clock.now(), offer=entry.offer, reason=reason
        )
        return self._state.outbox_for(entry.offer) or entry
