"""The story of an offer in plain words: from the change that began it to what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from samantha.core.ports import AuditLine, Offer, State
from samantha.core.text import percent

Detail = Mapping[str, Any]

_VIA = {
    "cli": "on the command line",
    "notification": "on the notification",
    "web": "in the inbox",
    "inbox": "in the inbox",
    "clock": "",
}
_VERDICTS = {"show": "to be shown", "hold": "held back", "drop": "dropped"}


def trace_of(state: State, offer: Offer) -> list[AuditLine]:
    """Return the lines of an offer and of the versions it was edited from, oldest first."""
    lines = list(state.audit_lines(offer.trace))
    family = {offer.id}
    for line in reversed(lines):
        if line.arrow == "edited" and line.detail.get("became") in family:
            family.add(int(line.detail["offer"]))
    kinds = {"read", "judged", "refused"}
    return [
        line
        for line in lines
        if line.detail.get("offer") in family
        or ("offer" not in line.detail and line.arrow in kinds and _same_plugin(line, offer))
    ]


def _same_plugin(line: AuditLine, offer: Offer) -> bool:
    return bool(line.detail.get("plugin", offer.plugin) == offer.plugin)


def told(lines: Sequence[AuditLine]) -> list[tuple[AuditLine, str]]:
    """Return each line with a sentence that says what happened."""
    return [(line, sentence(line)) for line in lines]


def sentence(line: AuditLine) -> str:
    """Return what a line of the audit says, as a sentence."""
    say = _SENTENCES.get(line.arrow)
    if say is not None:
        return say(line.detail)
    detail = ", ".join(
        f"{key} {value}"
        for key, value in line.detail.items()
        if key not in ("offer", "payload") and value != ""
    )
    return f"{line.arrow.replace('_', ' ').capitalize()}: {detail}." if detail else line.arrow


def _count(number: object, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _read(detail: Detail) -> str:
    parts = [_count(detail.get("documents", 0), "document", "documents") + " came or changed"]
    if detail.get("gone"):
        parts.append(f"{detail['gone']} went")
    if detail.get("unreadable"):
        parts.append(f"{detail['unreadable']} could not be read")
    return ", ".join(parts) + "."


def _suggested(detail: Detail) -> str:
    verdict = _VERDICTS.get(str(detail.get("verdict")), str(detail.get("verdict")))
    chance = detail.get("chance")
    sure = f", {percent(float(chance))} that you want it" if isinstance(chance, int | float) else ""
    return f"The plugin {detail.get('plugin')} suggested it{sure}; {verdict}: {detail['reason']}."


def _judged(detail: Detail) -> str:
    passes = "let it pass" if detail.get("passes") else "was against it"
    return f"It was a close call: the local model looked at it and {passes}."


def _shown(detail: Detail) -> str:
    if detail.get("posted"):
        return "It was shown as a notification."
    return "It was put among your offers; there was no notification."


def _by_you(what: str, then: str = "") -> Callable[[Detail], str]:
    def say(detail: Detail) -> str:
        via = _VIA.get(str(detail.get("via", "")), "")
        return f"{what} {via}".rstrip() + f"{then}."

    return say


def _ended(what: str) -> Callable[[Detail], str]:
    def say(detail: Detail) -> str:
        reason = str(detail.get("reason", ""))
        return f"{what}: {reason}." if reason else f"{what}."

    return say


def _refused(detail: Detail) -> str:
    if "offer" in detail:
        return _ended("It was not carried out, nothing was done")(detail)
    return f"Another suggestion of {detail.get('plugin')} was refused: {detail.get('reason')}."


_SENTENCES: Mapping[str, Callable[[Detail], str]] = {
    "read": _read,
    "judged": _judged,
    "suggested": _suggested,
    "shown": _shown,
    "reviewed": _by_you("You looked at the whole of it"),
    "edited": lambda d: f"You edited offer {d['offer']}: it became offer {d['became']}.",
    "accepted": _by_you("You said yes"),
    "dismissed": _by_you("You said no", ": it does not come back"),
    "never": _by_you("You said", ": never this kind"),
    "snoozed": _by_you("You put it off"),
    "expired": _ended("Its time passed without an answer"),
    "dropped": _ended("It was dropped"),
    "void": _ended("It was taken back"),
    "claimed": lambda d: "The work began.",
    "released": lambda d: "The work had broken off before anything was done, and was begun anew.",
    "waits": _ended("It could not be carried out yet"),
    "done": lambda d: "It was done.",
    "refused": _refused,
    "failed": _ended("It failed"),
    "unknown": _ended("It is not known whether it was done"),
    "cancelled": lambda d: "You took your yes back before anything was done.",
    "undoing": lambda d: "Taking it back began.",
    "undone": lambda d: "It was taken back.",
    "undo_failed": _ended("It could not be taken back"),
    "reminder_cancelled": lambda d: "It is settled: its reminder was cancelled.",
}
