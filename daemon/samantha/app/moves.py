"""Which files were moved after a yes, and what the user then did with them."""

from __future__ import annotations

from collections.abc import Sequence

from samantha.api.types import Moved
from samantha.core.consent import YES
from samantha.core.ports import Index, Offer, OutboxState, State

_MOST = 300


def moves(state: State, index: Index) -> Sequence[Moved]:
    """Return the newest moves of files, newest first."""
    found: list[Moved] = []
    for offer, decision, at, _ in state.decisions():
        if decision not in YES:
            continue
        if offer.action.get("type") != "move_file" or len(found) >= _MOST:
            continue
        source, target, fingerprint = _told(offer, state)
        entry = state.outbox_for(offer.id)
        if not fingerprint or entry is None:
            continue
        back = entry.state is OutboxState.UNDONE
        if entry.state is OutboxState.DONE:
            places = {d.path for d in index.by_fingerprint(fingerprint)}
            back = bool(places) and target not in places
        if back or entry.state is OutboxState.DONE:
            found.append(Moved(fingerprint, source, target, at, back))
    return found


def _told(offer: Offer, state: State) -> tuple[str, str, str]:
    """Return from where, to where and which bytes, as the payload has it."""
    payload = state.payload(offer.payload_hash)
    for effect in payload.effects if payload is not None else ():
        if effect.type == "move_file":
            return effect.source, effect.target, effect.sha256
    return "", "", ""
