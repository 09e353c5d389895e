"""What was not said, in few lines: offers held or dropped, and what plugins kept to themselves."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from samantha.api.types import Verdict
from samantha.core.ports import Offer, OfferState, Unsaid

EXAMPLES = 3
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_NUMBER = re.compile(r"\d[\d.,:/-]*")
_KEY = re.compile(r"\(((?:thing|kind|rest):.+)\)$", re.DOTALL)

_SETTINGS = (
    ("what comes from", "muted_sources"),
    ("muted in config", "muted"),
    ("not among attention.kinds", "kinds"),
    ("not sure enough", "threshold"),
)
"""Words of a reason, and the setting that they come from."""


@dataclass(frozen=True, slots=True)
class Unspoken:
    """One reason of one plugin, with how much it kept back and the newest of it."""

    plugin: str
    reason: str
    documents: int
    newest: datetime
    titles: tuple[str, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Offers of one plugin that are held, dropped or void for one reason, newest first."""

    plugin: str
    state: OfferState
    reason: str
    offers: tuple[Offer, ...]
    type_this: str
    """What lets them through; '' where nothing does."""


def unspoken(found: Iterable[Unsaid]) -> list[Unspoken]:
    """Bring together reasons that differ in a quote or a number alone; newest first."""
    groups: dict[tuple[str, str], list[Unsaid]] = {}
    for one in found:
        groups.setdefault((one.plugin, _pattern(one.reason)), []).append(one)
    told = []
    for (plugin, pattern), some in groups.items():
        some.sort(key=lambda one: one.newest, reverse=True)
        titles = dict.fromkeys(one.title for one in some)
        told.append(
            Unspoken(
                plugin=plugin,
                reason=some[0].reason if len(some) == 1 else pattern,
                documents=sum(one.documents for one in some),
                newest=some[0].newest,
                titles=tuple(titles)[:EXAMPLES],
                path=some[0].path,
            )
        )
    return sorted(told, key=lambda one: one.newest, reverse=True)


def _pattern(reason: str) -> str:
    return _NUMBER.sub("…", _QUOTED.sub("“…”", reason))


def withheld(offers: Iterable[Offer], since: datetime | None = None) -> list[Withheld]:
    """Return what is held, dropped or taken back, each thing once, in groups, newest first.

    ``offers`` are all there are: a thing that was offered again is not withheld. ``since``: only
    what was suggested since then.
    """
    newest: dict[tuple[str, str], Offer] = {}
    for offer in sorted(offers, key=lambda one: (one.created, one.id)):
        newest[(offer.plugin, offer.thing)] = offer
    groups: dict[tuple[str, OfferState, str], list[Offer]] = {}
    for offer in sorted(newest.values(), key=lambda one: (one.created, one.id), reverse=True):
        if since is not None and offer.created < since:
            break
        if offer.state in (OfferState.HELD, OfferState.DROPPED, OfferState.VOID):
            key = (offer.plugin, offer.state, _pattern(_plain(offer)))
            groups.setdefault(key, []).append(offer)
    return [
        Withheld(
            plugin,
            state,
            _plain(some[0]) if len(some) == 1 else reason,
            tuple(some),
            remedy(some[0]),
        )
        for (plugin, state, reason), some in groups.items()
    ]


def _plain(offer: Offer) -> str:
    """Return the reason without the key that lifts it: that is told as what to type."""
    return _KEY.sub("", offer.reason).strip()


def remedy(offer: Offer) -> str:
    """Return what to type so that an offer is heard after all, or ''."""
    key = _KEY.search(offer.reason)
    if key is not None:
        return f"samantha lift {shlex.quote(key[1])}"
    if offer.state is OfferState.HELD:
        return "samantha resume" if offer.reason == "paused" else f"samantha show {offer.id}"
    if offer.verdict is Verdict.DROP:
        for words, setting in _SETTINGS:
            if words in offer.reason:
                return f"samantha config path   # attention.{setting} is there"
    return ""
