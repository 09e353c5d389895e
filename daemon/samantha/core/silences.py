"""What was not said, in few lines: offers held or dropped, and what plugins kept to themselves."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from samantha.api.types import Verdict
from samantha.core.attention import MARKED
from samantha.core.ports import Offer, OfferState, Unsaid

EXAMPLES = 3
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
_NUMBER = re.compile(r"\d[\d.,:/-]*")
_KEY = re.compile(r"\(((?:thing|kind|rest):.+)\)$", re.DOTALL)

FROM = "from:"
"""How the key of a suppression begins that is about somebody."""
_OTHER = re.compile(r"\(offer ([0-9]+)\b[^)]*\)$|^the same as offer ([0-9]+) ")
_FROM = re.compile(r"^you never want this kind from (\S+)$")
_DROPS = (
    ("what comes from", "muted_sources"),
    ("muted in config", "muted"),
    ("not among attention.kinds", "kinds"),
    ("not sure enough", "threshold"),
)
_HOLDS = (
    ("quiet hours", "quiet_hours"),
    ("a quiet day", "quiet_days"),
    ("not worth an interruption", "cost"),
    ("today's budget", "budget"),
    ("this hour's budget", "budget_hour"),
    ("is being written", "writing_minutes"),
    ("a meeting", "meetings"),
    ("do not disturb", "do_not_disturb"),
    ("fills the screen", "full_screen"),
    ("shared or recorded", "sharing"),
    ("camera is on", "sharing"),
    ("the screen is locked", "away_minutes"),
    ("you are away", "away_minutes"),
)
"""Words of a reason, and the setting that they come from."""
_OVER = "its time has passed"


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
    """Return what to type so that an offer is heard after all, or '' where nothing does."""
    key = _KEY.search(offer.reason)
    if key is not None:
        return f"samantha lift {shlex.quote(key[1])}"
    if offer.state is OfferState.HELD:
        return _let_go(offer)
    return _take_up(offer) if offer.verdict is Verdict.DROP else ""


def _let_go(offer: Offer) -> str:
    if offer.reason == "paused":
        return "samantha resume"
    setting = _setting(offer.reason, _HOLDS)
    return f"samantha show {offer.id}" + (f"   # attention.{setting} holds it" if setting else "")


def _take_up(offer: Offer) -> str:
    if offer.reason.endswith(MARKED):
        return f"samantha learn reset {shlex.quote(f'{offer.plugin}/{offer.kind}')}"
    if setting := _setting(offer.reason, _DROPS):
        return f"samantha config path   # attention.{setting} is there"
    if sender := _FROM.match(offer.reason):
        key = f"{FROM}{offer.plugin}:{offer.kind}:{sender[1]}"
        return f"samantha lift {shlex.quote(key)}"
    if other := _OTHER.search(offer.reason):
        return f"samantha why {other[1] or other[2]}"
    return "" if offer.reason == _OVER else f"samantha lift {offer.id}"


def _setting(reason: str, settings: Iterable[tuple[str, str]]) -> str:
    return next((setting for words, setting in settings if words in reason), "")
