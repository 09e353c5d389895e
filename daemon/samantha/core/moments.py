"""The moments that no document brings: a time that was wished for, a thread that went quiet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TypeGuard

from samantha.api.correspondence import working_days_before
from samantha.api.plugin import Answer, Moment, MomentKind, Quiet, Silence, Wake
from samantha.api.types import Document, DocumentId, Suggestion
from samantha.core.ports import Index, State
from samantha.core.shape import misshapen_wake
from samantha.core.text import thing_key

MOST_WAKES = 1_000
"""Of one plugin; beyond them the furthest away are given up."""
MOST_DOCUMENTS = 20
"""Of one wake."""
AT_ONCE = 50
"""Wakes of one plugin in one moment: no more than proposals of it are looked at, as a wake does not
come twice. The next look brings more."""
SOONEST = timedelta(minutes=15)
"""A wake before that is put off until then: a plugin cannot keep the machine busy by itself."""
MORNING = time(4)
"""When a day begins."""
CAUGHT_UP = 3
"""Working days of pauses (a holiday, a laptop in a drawer) that a morning makes up for."""
MOST_DAYS = 250
MOST_SIGNALS = 20
_TRIED = timedelta(days=7)
"""For so long a plugin that fails over a moment gets its wakes again."""


class Wakes:
    """The wishes of plugins to be asked again; they lie in the index, with their documents."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._asked: set[tuple[str, Wake]] = set()
        """Those that a plugin was asked about and has not answered yet."""

    # --- what is asked ----------------------------------------------------------------------

    def due(self, now: datetime, plugins: Collection[str]) -> dict[str, Moment]:
        """Return the moment of each of these plugins that has a wake whose time has come."""
        wakes: dict[str, list[Wake]] = {}
        for plugin, wake in self._index.wakes(now, plugins):
            some = wakes.setdefault(plugin, [])
            if len(some) < AT_ONCE and (plugin, wake) not in self._asked:
                some.append(wake)
        self._asked |= {(name, wake) for name, some in wakes.items() for wake in some}
        return {name: self._moment(some, now) for name, some in wakes.items() if some}

    def _moment(self, wakes: Sequence[Wake], now: datetime) -> Moment:
        names = dict.fromkeys(name for wake in wakes for name in wake.documents)
        found = (self._index.document(name) for name in names)
        documents = tuple(one for one in found if one is not None)
        return Moment(MomentKind.TIME_REACHED, now, documents, tuple(wakes))

    # --- what is answered -------------------------------------------------------------------

    def answered(
        self, plugin: str, moment: Moment, answers: Sequence[Answer], media: Collection[str]
    ) -> tuple[list[Suggestion | Silence], list[str]]:
        """Keep and take back the wakes among a plugin's answers, in their order.

        Returns the other answers, and why a wake was not kept.
        """
        rest: list[Suggestion | Silence] = []
        refused: list[str] = []
        for answer in answers:
            if isinstance(answer, Wake):
                reason = self._wished(plugin, answer, moment.now, media)
                refused += [reason] if reason else []
                continue
            if isinstance(answer, Silence) and isinstance(answer.thing, str) and answer.thing:
                self._index.cancel_wake(plugin, thing_key(answer.thing))
            rest.append(answer)
        return rest, list(dict.fromkeys(refused))

    def again(self, plugin: str, moment: Moment) -> None:
        """Let the wakes of a moment come again."""
        self._asked -= {(plugin, wake) for wake in moment.wakes}

    def over(self, plugin: str, moment: Moment, *, failed: bool = False) -> None:
        """Take the wakes of a moment as done; those of a plugin that failed come again."""
        self.again(plugin, moment)
        wakes = [w for w in moment.wakes if not failed or w.at < moment.now - _TRIED]
        if wakes:
            self._index.woken(plugin, wakes)

    def _wished(self, plugin: str, wake: Wake, now: datetime, media: Collection[str]) -> str:
        """Keep a wake, or return why not."""
        if reason := not_kept(wake, now, self._index.document, media):
            return f"a wake was not kept: {reason}"
        at = max(wake.at, now + SOONEST)
        kept = replace(wake, at=at, thing=thing_key(wake.thing))
        given_up = self._index.keep_wake(plugin, kept, MOST_WAKES)
        return f"more than {MOST_WAKES} wakes: the furthest away was given up" if given_up else ""


class QuietThreads:
    """Threads in which nothing has come for as many working days as a plugin says.

    What went quiet since it was last told of, once each working morning; how far that has come is
    kept as the time of the mails, so that another number of days neither repeats nor leaves out.
    """

    def __init__(self, index: Index, state: State, zone: tzinfo) -> None:
        self._index = index
        self._state = state
        self._zone = zone
        self._asked: dict[str, datetime] = {}
        """How far those plugins will have been told that have not answered yet."""

    def pending(self, now: datetime, wishes: Mapping[str, Quiet]) -> bool:
        """Tell whether there is a plugin whose threads were not looked at this morning."""
        morning = self._morning(now)
        return morning is not None and any(
            self._is_behind(name, wish, morning) for name, wish in wishes.items()
        )

    def due(self, now: datetime, wishes: Mapping[str, Quiet]) -> dict[str, Moment]:
        """Return the moment of each plugin for which threads went quiet."""
        morning, found = self._morning(now), dict[str, Moment]()
        if morning is None:
            return found
        for name, wish in wishes.items():
            if not self._is_behind(name, wish, morning):
                continue
            until, last = self._until(morning, wish), self._told(name)
            since = working_days_before(morning, wish.days + CAUGHT_UP + 1, self._zone)
            if last is not None and since < last < until:
                since = last
            mails = self._index.quiet(wish.signals, author=wish.author, since=since, until=until)
            if mails:
                self._asked[name] = until
                found[name] = Moment(MomentKind.THREAD_QUIET, now, tuple(mails))
            else:
                self._keep(name, until)
        return found

    def again(self, plugin: str, moment: Moment) -> None:
        """Let a plugin be told again."""
        if moment.kind is MomentKind.THREAD_QUIET:
            self._asked.pop(plugin, None)

    def over(self, plugin: str, moment: Moment, *, failed: bool = False) -> None:
        """Take a plugin as told; one that failed is told again."""
        if moment.kind is MomentKind.THREAD_QUIET:
            until = self._asked.pop(plugin, None)
            if until is not None and not failed:
                self._keep(plugin, until)

    def _morning(self, now: datetime) -> datetime | None:
        """Return when this working day began; None before that, and at the weekend."""
        day = now.astimezone(self._zone).date()
        morning = datetime.combine(day, MORNING, self._zone).astimezone(UTC)
        return morning if day.weekday() < 5 and morning <= now else None

    def _is_behind(self, plugin: str, wish: Quiet, morning: datetime) -> bool:
        """Tell whether a plugin has not been told of what is quiet by a morning.

        Who was told up to a later mail wanted fewer days before; up to a mail that is still to come
        is what a clock has left behind that was wrong.
        """
        last = self._told(plugin)
        far_enough = last is not None and self._until(morning, wish) <= last <= morning
        return not far_enough and plugin not in self._asked

    def _until(self, morning: datetime, wish: Quiet) -> datetime:
        return working_days_before(morning, wish.days, self._zone)

    def _told(self, plugin: str) -> datetime | None:
        kept = self._state.setting(f"quiet/{plugin}")
        return datetime.fromisoformat(kept) if kept else None

    def _keep(self, plugin: str, until: datetime) -> None:
        self._state.set_setting(f"quiet/{plugin}", until.isoformat())


def is_wish(wish: object) -> TypeGuard[Quiet]:
    """Tell whether a wish to be told of quiet threads is one that can be kept."""
    return (
        type(wish) is Quiet
        and wish.author in ("user", "other")
        and type(wish.days) is int
        and 0 <= wish.days <= MOST_DAYS
        and isinstance(wish.signals, tuple)
        and 0 < len(wish.signals) <= MOST_SIGNALS
        and all(isinstance(one, str) and len(one) <= 100 for one in wish.signals)
    )


def not_kept(
    wake: Wake,
    now: datetime,
    find: Callable[[DocumentId], Document | None],
    media: Collection[str],
) -> str:
    """Return why a plugin that sees these media cannot leave a wake, or ''."""
    if field := misshapen_wake(wake):
        return f"its {field} is not a proper value"
    if not wake.thing.strip() or not 0 < len(wake.documents) <= MOST_DOCUMENTS:
        return f"it has to name a thing and one to {MOST_DOCUMENTS} documents"
    if wake.at <= now:
        return "its time does not lie ahead"
    documents = [find(one) for one in wake.documents]
    if any(one is None or one.media not in media for one in documents):
        return "it names a document that the plugin cannot read"
    return ""
