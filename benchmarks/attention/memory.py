"""State and index of a simulated year, in memory: what a year asks of them, and as they answer it.

SQLite takes nine tenths of a simulated year. `tests/benchmarks` lives through weeks on both and
compares all that was shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from samantha.api import Document
from samantha.api.types import Decision
from samantha.core.payload import Payload
from samantha.core.ports import Offer, OfferState, OutboxEntry

LIVE = (OfferState.OPEN, OfferState.HELD)
YES = (Decision.ACCEPTED, Decision.EDITED)


class Ledger:
    """The part of state.db that a year needs."""

    def __init__(self) -> None:
        self._offers: list[Offer] = []
        self._live: dict[int, None] = {}
        self._newest: dict[tuple[str, str], int] = {}
        self._payloads: dict[str, Payload] = {}
        self._decided: list[tuple[int, int, Decision, datetime]] = []
        self._answers: dict[tuple[str, str], list[tuple[Decision, datetime]]] = defaultdict(list)
        self._suppressed: dict[tuple[str, str], str] = {}
        self._settings: dict[str, str] = {}

    def add_offer(self, offer: Offer, payload: Payload) -> Offer:
        made = replace(offer, id=len(self._offers) + 1)
        self._offers.append(made)
        self._payloads[payload.hash] = payload
        self._newest[made.plugin, made.thing] = made.id
        if made.state in LIVE:
            self._live[made.id] = None
        return made

    def offer(self, offer_id: int) -> Offer | None:
        return self._offers[offer_id - 1]

    def offers(
        self,
        states: Iterable[OfferState] = (),
        *,
        since: datetime | None = None,
        shown_since: datetime | None = None,
    ) -> Sequence[Offer]:
        wanted = set(states)
        if wanted and wanted.issubset(LIVE):
            some: Iterable[Offer] = [self._offers[n - 1] for n in reversed(self._live)]
        else:
            some = reversed(self._offers)
        found = []
        for one in some:
            # No offer of a year lives longer than 31 days, so none is shown later than that.
            if shown_since is not None and (shown_since - one.created).days > 31:
                break
            if since is not None and one.created < since:
                break
            if wanted and one.state not in wanted:
                continue
            if shown_since is not None and (one.shown_at is None or one.shown_at < shown_since):
                continue
            found.append(one)
        return found

    def offer_for(self, plugin: str, thing: str) -> Offer | None:
        number = self._newest.get((plugin, thing))
        return None if number is None else self._offers[number - 1]

    def update_offer(self, offer_id: int, **fields: Any) -> None:
        offer = self._offers[offer_id - 1]
        if "state" in fields and offer.state not in LIVE:
            return
        self._offers[offer_id - 1] = replace(offer, **fields)
        if fields.get("state", offer.state) not in LIVE:
            self._live.pop(offer_id, None)
        if fields.get("state") is OfferState.EXPIRED:
            assert offer.expires is not None
            self._note(offer, Decision.EXPIRED, offer.expires)

    def payload(self, payload_hash: str) -> Payload | None:
        return self._payloads.get(payload_hash)

    def decide(
        self,
        offer_id: int,
        decision: Decision,
        *,
        at: datetime,
        via: str,
        payload_hash: str = "",
        snoozed_until: datetime | None = None,
    ) -> bool:
        offer = self._offers[offer_id - 1]
        if offer.state not in LIVE or (offer.expires is not None and offer.expires <= at):
            return False
        if decision in YES and payload_hash != offer.payload_hash:
            return False
        self._note(offer, decision, at)
        if decision is Decision.SNOOZED:
            self._offers[offer_id - 1] = replace(offer, snoozed_until=snoozed_until)
            return True
        self._offers[offer_id - 1] = replace(offer, state=OfferState.DECIDED, snoozed_until=None)
        self._live.pop(offer_id, None)
        if decision is Decision.DISMISSED:
            reason = f"you dismissed it (offer {offer.id}) (thing:{offer.plugin}:{offer.thing})"
            self._suppressed[offer.plugin, offer.thing] = reason
        return True

    def _note(self, offer: Offer, decision: Decision, at: datetime) -> None:
        self._decided.append((len(self._decided) + 1, offer.id, decision, at))
        if decision not in (Decision.SNOOZED, Decision.EXPIRED):
            self._answers[offer.plugin, offer.kind].append((decision, at))

    def answers(self, plugin: str, kind: str, limit: int) -> Sequence[tuple[Decision, datetime]]:
        return self._answers[plugin, kind][-limit:][::-1]

    def suppressed(self, plugin: str, thing: str, kind: str = "") -> str:
        return self._suppressed.get((plugin, thing), "")

    def suppressions(self) -> Sequence[Any]:
        return ()

    def outbox(self, states: Iterable[object] = ()) -> Sequence[OutboxEntry]:
        return ()

    def outbox_for(self, offer_id: int) -> OutboxEntry | None:
        return None

    def audit(self, trace: str, arrow: str, at: datetime, **detail: object) -> None:
        return None

    def setting(self, key: str, default: str = "") -> str:
        return self._settings.get(key, default)

    def set_setting(self, key: str, value: str) -> None:
        self._settings[key] = value

    def history_mark(self) -> tuple[int, int, int, int]:
        return len(self._decided), len(self._decided), 0, 0

    def decided_after(self, number: int) -> Sequence[tuple[int, Offer, Decision, datetime]]:
        return [(n, self._offers[o - 1], d, at) for n, o, d, at in self._decided[number:]]

    def close(self) -> None:
        return None


class Shelf:
    """The part of index.db that a year needs: single documents, whom nobody answers."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    def put(self, rows: Iterable[tuple[Document, Any, Any]]) -> None:
        for document, _, _ in rows:
            self._documents[str(document.id)] = document

    def document(self, name: str) -> Document | None:
        return self._documents.get(str(name))

    def thread(self, name: str) -> Sequence[Document]:
        found = self.document(name)
        return (found,) if found is not None else ()

    def mails_with(self, address: str) -> Sequence[Document]:
        return ()

    def by_fingerprint(self, fingerprint: str) -> Sequence[Document]:
        return ()

    def keep_silences(self, *anything: object) -> None:
        return None

    def close(self) -> None:
        return None
