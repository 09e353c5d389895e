"""Attention: whether to speak now, later or not at all, and why.

An ordered list of checks; the first that answers decides. Each answer carries its reason in
words, because `samantha silence` and `samantha why` print it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from samantha.api.errors import UserError
from samantha.api.types import Verdict
from samantha.core.text import inert


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
    """The user's settings that attention obeys."""

    zone: tzinfo
    budget: int = 3
    quiet: QuietHours | None = None
    muted: frozenset[str] = frozenset()
    """Plugin names, or ``plugin/kind``."""
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """What attention looks at."""

    plugin: str
    kind: str
    confidence: float
    urgent: bool
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class Situation:
    """How things are at this moment."""

    now: datetime
    shown_today: int = 0
    urgent_over_budget_today: int = 0
    paused_until: datetime | None = None
    suppressed: str = ""
    """Why the user does not want this thing, from the state."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A verdict with its reason."""

    verdict: Verdict
    reason: str


Check = Callable[[Candidate, Situation, Policy], Answer | None]


def _past(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if candidate.expires is not None and candidate.expires <= situation.now:
        return Answer(Verdict.DROP, "its time has passed")
    return None


def _unwanted(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if situation.suppressed:
        return Answer(Verdict.DROP, situation.suppressed)
    return None


def _muted(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    for name in (candidate.plugin, f"{candidate.plugin}/{candidate.kind}"):
        if name in policy.muted:
            return Answer(Verdict.DROP, f"{name} is muted in config.toml")
    return None


def _unsure(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if candidate.confidence < policy.threshold:
        percent = round(candidate.confidence * 100)
        return Answer(
            Verdict.DROP, f"not sure enough: {percent} %, needs {round(policy.threshold * 100)} %"
        )
    return None


def _paused(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if situation.paused_until is not None and situation.now < situation.paused_until:
        return Answer(Verdict.HOLD, "paused")
    return None


def _quiet(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    local = situation.now.astimezone(policy.zone).time()
    if policy.quiet is not None and policy.quiet.covers(local):
        return Answer(Verdict.HOLD, f"quiet hours until {policy.quiet.end:%H:%M}")
    return None


def _budget(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if situation.shown_today < policy.budget:
        return None
    if candidate.urgent and situation.urgent_over_budget_today < 1 and policy.budget > 0:
        return Answer(Verdict.SHOW, "urgent: goes beyond today's budget, once a day")
    return Answer(Verdict.HOLD, f"today's budget of {policy.budget} is used up")


CHECKS: tuple[Check, ...] = (_past, _unwanted, _muted, _unsure, _paused, _quiet, _budget)


def attend(candidate: Candidate, situation: Situation, policy: Policy) -> Answer:
    """Return the verdict of the first check that has one; show if none has."""
    for check in CHECKS:
        answer = check(candidate, situation, policy)
        if answer is not None:
            return answer
    return Answer(Verdict.SHOW, "within budget, outside quiet hours")


def may_ring(
    now: datetime, policy: Policy, paused_until: datetime | None, due: datetime | None = None
) -> bool:
    """Tell whether a reminder or the digest may be shown now, or waits as everything does.

    A reminder that the user had set for a time in the quiet hours comes in the quiet hours.
    """
    if paused_until is not None and now < paused_until:
        return False
    if policy.quiet is None or not policy.quiet.covers(now.astimezone(policy.zone).time()):
        return True
    return due is not None and policy.quiet.covers(due.astimezone(policy.zone).time())


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
