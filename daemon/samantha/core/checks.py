"""The ordered checks that lead to a verdict; the first that answers decides.

First what speaks against a thing for good (drop), then what speaks against this moment (hold). The
desktop is asked last, and so only when all else would let a thing be shown. Each answer carries its
reason in words, because `samantha silence` and `samantha why` print it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from samantha.api.types import Document, Verdict
from samantha.core.attention import Answer, Candidate, Policy, Situation
from samantha.core.text import percent

URGENT_MARK = "urgent:"
URGENT = f"{URGENT_MARK} goes beyond today's budget, once a day"
SHOWN = "within budget, outside quiet hours"
TRIAL_MARK = "tried again:"
TRIAL = f"{TRIAL_MARK} you were not asked about this kind for long, and may think otherwise by now"
BETWEEN_TRIALS = timedelta(days=7)
"""At most one kind is tried again in so long."""
LEISURE = 0.6
"""How much what has time counts beside what is pressing."""
SOON, LATE = timedelta(days=2), timedelta(days=30)
"""What ends sooner is as pressing as can be; what ends later has time."""

Check = Callable[[Candidate, Situation, Policy], Answer | None]


def _drop(reason: str) -> Answer:
    return Answer(Verdict.DROP, reason)


def _hold(reason: str) -> Answer:
    return Answer(Verdict.HOLD, reason)


# --- what speaks against the thing ---------------------------------------------------------


def _past(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if candidate.expires is not None and candidate.expires <= situation.now:
        return _drop("its time has passed")
    return None


def _unwanted(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    return _drop(situation.suppressed) if situation.suppressed else None


def _names(candidate: Candidate) -> tuple[str, str]:
    return candidate.plugin, f"{candidate.plugin}/{candidate.kind}"


def _not_asked_for(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    plugin, kind = _names(candidate)
    if not policy.kinds or plugin in policy.kinds or kind in policy.kinds:
        return None
    return _drop(f"{kind} is not among attention.kinds in config.toml")


def _muted(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    for name in _names(candidate):
        if name in policy.muted:
            return _drop(f"{name} is muted in config.toml")
    return None


def _source_muted(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    for entry in policy.muted_sources:
        if any(comes_from(document, entry) for document in candidate.documents):
            return _drop(f"what comes from {entry} is muted in config.toml")
    return None


def comes_from(document: Document, entry: str) -> bool:
    """Tell whether a document comes from a folder, source, sender, domain or mailing list.

    ``/home/anna/Old``, ``downloads``, ``news@shop.example``, ``@shop.example``,
    ``users.lists.example``.
    """
    if entry.startswith("/"):
        return document.path == entry or document.path.startswith(entry.rstrip("/") + "/")
    if entry == document.source:
        return True
    mail, wanted = document.mail, entry.lower()
    if mail is None:
        return False
    sender = mail.sender.address.lower() if mail.sender is not None else ""
    if wanted.startswith("@"):
        domain = sender.rpartition("@")[2]
        return domain == wanted[1:] or domain.endswith("." + wanted[1:])
    if "@" in wanted:
        return sender == wanted
    return bool(mail.list_id) and wanted == mail.list_id.lower().rpartition("<")[2].rstrip("> ")


def _same(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    return _drop(situation.same) if situation.same else None


def _done(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    return _drop(situation.done) if situation.done else None


def _ruled_out(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if candidate.estimate is not None and candidate.ruled and candidate.estimate.chance <= 0:
        return _drop(candidate.estimate.reason or "a rule of yours says no")
    return None


def _unsure(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    sure = max(candidate.confidence, candidate.chance)
    needed, told = policy.needed(f"{candidate.plugin}/{candidate.kind}")
    if sure < needed:
        return _drop(f"not sure enough: {percent(sure)}, needs {percent(needed)}{told}")
    return None


# --- what speaks against the moment --------------------------------------------------------


def _paused(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if situation.paused_until is not None and situation.now < situation.paused_until:
        return _hold("paused")
    return None


def _quiet(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    local = situation.now.astimezone(policy.zone)
    if policy.quiet is not None and policy.quiet.covers(local.time()):
        return _hold(f"quiet hours until {policy.quiet.end:%H:%M}")
    if local.weekday() in policy.quiet_days:
        return _hold("a quiet day")
    return None


def _resting(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    until = situation.rests_until
    if until is None or situation.now >= until or candidate.ruled:
        return None
    day = until.astimezone(policy.zone)
    key = f"rest:{candidate.plugin}:{candidate.kind}"
    return _hold(
        f"you dismissed several of this kind in a row: it rests until {day.day} {day:%B} ({key})"
    )


def pressing(candidate: Candidate, now: datetime) -> float:
    """Return how much it matters that something is said now, from ``LEISURE`` to 1."""
    if candidate.urgent:
        return 1.0
    if candidate.expires is None:
        return LEISURE
    left = min(max(candidate.expires - now, SOON), LATE)
    return 1.0 - (1.0 - LEISURE) * ((left - SOON) / (LATE - SOON))


def worth(candidate: Candidate, now: datetime) -> float:
    """Return the value of showing it now: the chance that it is wanted, by how it presses."""
    return candidate.chance * pressing(candidate, now)


def _not_worth_it(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if worth(candidate, situation.now) >= policy.cost or candidate.ruled:
        return None
    if _on_trial(candidate, situation, policy):
        return None
    learned = candidate.estimate.reason if candidate.estimate is not None else ""
    told = f"not worth an interruption: {percent(candidate.chance)} that you want it"
    return _hold(f"{told}, {learned}" if learned else told)


def _on_trial(candidate: Candidate, situation: Situation, policy: Policy) -> bool:
    """Tell whether it may be shown to learn whether its kind is still unwanted."""
    if candidate.estimate is None or not candidate.estimate.trial:
        return False
    tried = situation.tried
    rested = tried is None or situation.now - tried >= BETWEEN_TRIALS
    return rested and not over_budget(situation, policy)


def _in_a_meeting(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    ends = situation.meeting() if policy.meetings else None
    if ends is None or ends <= situation.now:
        return None
    return _hold(f"a meeting until {ends.astimezone(policy.zone):%H:%M}")


def _being_written(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    touched = situation.touched
    if touched is None or not timedelta() <= situation.now - touched < policy.writing:
        return None
    return _hold("a document it rests on is being written")


def over_budget(situation: Situation, policy: Policy) -> str:
    """Return which budget is used up, in words, or ''."""
    if situation.shown_today >= policy.budget:
        return f"today's budget of {policy.budget} is used up"
    if situation.shown_this_hour >= policy.per_hour:
        return f"this hour's budget of {policy.per_hour} is used up"
    return ""


def _budget(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    over = over_budget(situation, policy)
    allowed = policy.urgent_beyond_budget and policy.budget > 0 and policy.per_hour > 0
    if not over or (candidate.urgent and allowed and situation.urgent_over_budget_today < 1):
        return None
    return _hold(over)


def _desktop(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    if not (policy.do_not_disturb or policy.full_screen or policy.sharing or policy.away):
        return None
    presence = situation.presence()
    if policy.do_not_disturb and presence.do_not_disturb:
        return _hold("the desktop is set to do not disturb")
    if policy.full_screen and presence.full_screen:
        return _hold("a window fills the screen")
    if policy.sharing and presence.screen_shared:
        return _hold("your screen is being shared or recorded")
    if policy.sharing and presence.camera:
        return _hold("your camera is on")
    if policy.away and presence.locked:
        return _hold("the screen is locked")
    if policy.away and presence.idle is not None and presence.idle >= policy.away:
        return _hold("you are away")
    return None


AGAINST_THE_THING: tuple[Check, ...] = (
    _past,
    _unwanted,
    _not_asked_for,
    _muted,
    _source_muted,
    _ruled_out,
    _same,
    _done,
    _unsure,
)
AGAINST_THE_MOMENT: tuple[Check, ...] = (
    _paused,
    _quiet,
    _resting,
    _not_worth_it,
    _budget,
    _being_written,
    _in_a_meeting,
    _desktop,
)


def refuse(candidate: Candidate, situation: Situation, policy: Policy) -> Answer | None:
    """Return why a thing is not shown at any moment; None if nothing speaks against it."""
    return _first(AGAINST_THE_THING, candidate, situation, policy)


def attend(candidate: Candidate, situation: Situation, policy: Policy) -> Answer:
    """Return the verdict of the first check that has one; show if none has."""
    against = refuse(candidate, situation, policy) or _first(
        AGAINST_THE_MOMENT, candidate, situation, policy
    )
    if against is not None:
        return against
    if over_budget(situation, policy):
        return Answer(Verdict.SHOW, URGENT)
    tried = worth(candidate, situation.now) < policy.cost and not candidate.ruled
    return Answer(Verdict.SHOW, TRIAL if tried else SHOWN)


def closed(situation: Situation, policy: Policy) -> str:
    """Return why nothing at all is shown for hours, as far as the clock says it, or ''."""
    return _against_anything((_paused, _quiet), situation, policy)


def disturbs(situation: Situation, policy: Policy) -> str:
    """Return why nothing at all is shown at this moment, whatever it is, or ''."""
    return _against_anything((_paused, _quiet, _in_a_meeting, _desktop), situation, policy)


def _against_anything(checks: tuple[Check, ...], situation: Situation, policy: Policy) -> str:
    anything = Candidate("", "", 1.0, urgent=True, expires=None)
    answer = _first(checks, anything, situation, policy)
    return answer.reason if answer is not None else ""


def _first(
    checks: tuple[Check, ...], candidate: Candidate, situation: Situation, policy: Policy
) -> Answer | None:
    for check in checks:
        answer = check(candidate, situation, policy)
        if answer is not None:
            return answer
    return None
