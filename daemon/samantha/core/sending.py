"""When a yes to a mail may be carried out: after the hold, not in a pause, not too many an hour.

What can be told from the state alone is told from it, so that any process comes to the same answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from samantha.core.payload import Payload
from samantha.core.ports import Clock, OutboxEntry, OutboxState, State

HOLD = timedelta(seconds=30)
"""How long a yes to a mail can still be taken back."""
MOST_AN_HOUR = 20
GIVE_UP = timedelta(days=1)
"""A mail that could not be sent within this time is not sent any more."""
_RECENT = "sending/recent"
_RETRY = "sending/retry/"
_HELD = "sending/held/"
_FIRST_RETRY = timedelta(minutes=1)
_LAST_RETRY = timedelta(minutes=30)


def sends(payload: Payload) -> bool:
    """Tell whether a payload hands a mail to somebody else."""
    return any(effect.type == "send_mail" for effect in payload.effects)


def needs_server(payload: Payload) -> bool:
    """Tell whether a payload can only be carried out with a mail server."""
    return any(effect.type in ("send_mail", "append_mail") for effect in payload.effects)


class Gate:
    """Says for each approved entry from when on it may begin."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self.next: datetime | None = None
        """When to ask again, as of the last look; None when nothing waits."""

    def waiting(self, entries: Iterable[OutboxEntry]) -> dict[int, datetime]:
        """Return the entries that must wait, with the time at which to ask again."""
        now, found = self._clock.now(), dict[int, datetime]()
        for entry in entries:
            payload = self._state.payload(entry.payload_hash)
            if entry.state is OutboxState.APPROVED and payload is not None and sends(payload):
                until = self._until(entry, now)
                if until > now:
                    found[entry.id] = until
        self.next = min(found.values(), default=None)
        return found

    def _until(self, entry: OutboxEntry, now: datetime) -> datetime:
        until = [now, self._held_from(entry, now) + HOLD]
        paused = self._state.setting("paused_until")
        if paused:
            until.append(datetime.fromisoformat(paused))
        recent = self._recent(now)
        if len(recent) >= MOST_AN_HOUR:
            until.append(recent[-MOST_AN_HOUR] + timedelta(hours=1))
        retry = self._state.setting(f"{_RETRY}{entry.id}")
        if retry:
            at = datetime.fromisoformat(json.loads(retry)["at"])
            # Further away it can only be by a clock that was set back.
            until.append(at if at <= now + _LAST_RETRY else now)
        return max(until)

    def _held_from(self, entry: OutboxEntry, now: datetime) -> datetime:
        """Return when the hold began; anew if the clock was set back before it."""
        if entry.approved_at is not None and entry.approved_at <= now:
            return entry.approved_at
        known = self._state.setting(f"{_HELD}{entry.id}")
        if known and datetime.fromisoformat(known) <= now:
            return datetime.fromisoformat(known)
        self._state.set_setting(f"{_HELD}{entry.id}", now.isoformat())
        return now

    def _recent(self, now: datetime) -> list[datetime]:
        known = json.loads(self._state.setting(_RECENT) or "[]")
        hour = now - timedelta(hours=1)
        return sorted(at for at in map(datetime.fromisoformat, known) if hour < at <= now)

    def sending(self) -> None:
        """Count a mail that is about to be handed over."""
        now = self._clock.now()
        kept = [at.isoformat() for at in (*self._recent(now), now)]
        self._state.set_setting(_RECENT, json.dumps(kept[-MOST_AN_HOUR:]))

    def failed(self, entry: OutboxEntry) -> bool:
        """Note that a mail could not be handed over now; False when it is time to give up."""
        now = self._clock.now()
        if entry.approved_at is not None and now - entry.approved_at > GIVE_UP:
            return False
        before = json.loads(self._state.setting(f"{_RETRY}{entry.id}") or '{"tries": 0}')
        tries = int(before["tries"]) + 1
        wait = min(_LAST_RETRY, _FIRST_RETRY * 2 ** min(tries - 1, 10))
        told = {"tries": tries, "at": (now + wait).isoformat()}
        self._state.set_setting(f"{_RETRY}{entry.id}", json.dumps(told))
        return True
