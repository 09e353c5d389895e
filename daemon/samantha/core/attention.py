"""Attention: what decides whether to speak now, later or not at all.

Here are the values: the user's settings, what is looked at, how things are, and the answer. The
ordered checks that lead from these to a verdict are in ``core/checks.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from samantha.api.errors import UserError
from samantha.api.types import Document, Verdict
from samantha.core.learning import RULED, Estimate
from samantha.core.marks import Threshold, unmarked
from samantha.core.ports import Presence
from samantha.core.text import inert

MARKED = " after your marks in the setup"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A daily stretch without notifications; may cross midnight. Equal ends mean none."""

    start: time
    end: time

    def covers(self, moment: time) -> bool:
        """Tell whether a local time lies in it."""
        if self.start == self.end:
            return False
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Policy:
    """The user's settings that attention obeys; `docs/attention.md` tells what each one changes."""

    zone: tzinfo
    budget: int = 3
    quiet: QuietHours | None = None
    muted: frozenset[str] = frozenset()
    """Plugin names, or ``plugin/kind``."""
    threshold: float = 0.5
    started: Threshold = unmarked
    """Where the threshold of a kind starts instead, after the marks of the setup."""
    budget_hour: int | None = None
    """None: two thirds of the day's, rounded up."""
    urgent_beyond_budget: bool = True
    quiet_days: frozenset[int] = frozenset()
    """Weekdays without notifications, Monday is 0."""
    kinds: frozenset[str] = frozenset()
    """If it names any, nothing else is shown: plugin names, or ``plugin/kind``."""
    muted_sources: tuple[str, ...] = ()
    """Folders, sources, senders, domains and mailing lists about which nothing is shown."""
    cost: float = 0.3
    cooldown_after: int = 3
    cooldown: timedelta = timedelta(days=14)
    do_not_disturb: bool = True
    full_screen: bool = True
    sharing: bool = True
    meetings: bool = True
    away: timedelta = timedelta(minutes=5)
    """Untouched for so long the user is away; nothing: that is not looked at."""
    writing: timedelta = timedelta(minutes=5)
    """A document that changed so lately is being written; nothing: that is not looked at."""

    @property
    def per_hour(self) -> int:
        """How many things may be shown in an hour."""
        return math.ceil(self.budget * 2 / 3) if self.budget_hour is None else self.budget_hour

    def needed(self, kind: str) -> tuple[float, str]:
        """Return how sure a kind (``plugin/kind``) must be, and what says so if not `threshold`."""
        started = self.started(kind)
        return (self.threshold, "") if started is None else (started, MARKED)

    def is_quiet(self, moment: datetime) -> bool:
        """Tell whether a moment lies in the quiet hours or on a quiet day."""
        local = moment.astimezone(self.zone)
        within = self.quiet is not None and self.quiet.covers(local.time())
        return within or local.weekday() in self.quiet_days


@dataclass(frozen=True, slots=True)
class Candidate:
    """What attention looks at."""

    plugin: str
    kind: str
    confidence: float
    """How sure the plugin is."""
    urgent: bool
    expires: datetime | None
    estimate: Estimate | None = None
    """What was learned of the likes of it; None: nothing."""
    documents: tuple[Document, ...] = ()
    """What it rests on."""

    @property
    def chance(self) -> float:
        """How probable it is that the user wants it."""
        return self.confidence if self.estimate is None else self.estimate.chance

    @property
    def ruled(self) -> bool:
        """Whether a rule of the user says that it is wanted, or that it is not."""
        return self.estimate is not None and self.estimate.weight >= RULED


def _unknown() -> Presence:
    return Presence()


def _free() -> datetime | None:
    return None


@dataclass(frozen=True, slots=True)
class Situation:
    """How things are at this moment. What costs a question is asked by the check that needs it."""

    now: datetime
    shown_today: int = 0
    urgent_over_budget_today: int = 0
    paused_until: datetime | None = None
    suppressed: str = ""
    """Why the user does not want this thing, from the state."""
    shown_this_hour: int = 0
    same: str = ""
    """Which other offer says the same, in words."""
    done: str = ""
    """What shows that the user has done it already."""
    rests_until: datetime | None = None
    """Until when its kind rests after dismissals in a row."""
    touched: datetime | None = None
    """When a document it rests on was last seen to change."""
    tried: datetime | None = None
    """When a kind that had been held back was last tried again."""
    meeting: Callable[[], datetime | None] = _free
    """When the meeting ends that runs now; None: there is none."""
    presence: Callable[[], Presence] = _unknown


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str


def may_ring(
    now: datetime, policy: Policy, paused_until: datetime | None, due: datetime | None = None
) -> bool:
    """Tell whether a reminder or the digest may be shown now, or waits as everything does.

    A reminder that the user had set for a time in the quiet hours, or for a quiet day, comes then.
    """
    if paused_until is not None and now < paused_until:
        return False
    return not policy.is_quiet(now) or (due is not None and policy.is_quiet(due))


def day_start(now: datetime, zone: tzinfo) -> datetime:
    """Return the beginning of the user's calendar day, in UTC."""
    local = now.astimezone(zone)
    # Where clocks go back over midnight there are two of them; the day begins with the first.
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight.astimezone(now.tzinfo)


def snooze_until(now: datetime, zone: tzinfo, words: str = "") -> datetime:
    """Return when a snoozed offer comes back: ``2h``, ``3d`` or tomorrow at nine."""
    length = re.fullmatch(r"([0-9]{1,4})([hd])", words)
    if length:
        hours = int(length[1]) * (24 if length[2] == "d" else 1)
        return now + timedelta(hours=hours)
    if words:
        raise UserError(
            f"'{inert(words, 20)}' is not a length such as 2h or 3d.", "Nothing was changed."
        )
    tomorrow = now.astimezone(zone) + timedelta(days=1)
    nine = tomorrow.replace(hour=9, minute=0, second=0, microsecond=0, fold=0)
    return nine.astimezone(now.tzinfo)
