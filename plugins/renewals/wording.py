"""The words of an offer, and the letter that cancels, in the language of the contract."""

from __future__ import annotations

from datetime import date

from samantha.api.phrases import day as plain_day

from .deadline import Deadline
from .ending import Ending

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NAMES = {"insurance": "insurance policy", "domain": "domain or certificate"}
_ENDS = {
    "contract": "the contract ends",
    "subscription": "the subscription ends",
    "trial": "the trial ends",
    "membership": "the membership ends",
    "insurance": "the policy ends",
    "warranty": "the warranty ends",
    "return": "last day to return it is",
    "domain": "it expires",
}
_UNITS = {"D": "day", "W": "week", "M": "month", "Y": "year"}


def day(value: date, today: date) -> str:
    """Return a day in words, with the year where it is another or far off."""
    in_words = plain_day(value, "en")
    year = f" {value.year}" if value.year != today.year or abs((value - today).days) > 180 else ""
    return f"{_DAYS[value.weekday()]} {in_words.rpartition(' ')[0]}{year}"


def title(ending: Ending, due: Deadline, today: date, *, letter: bool = False) -> str:
    """Return the title, at most 80 characters."""
    if letter:
        return _fitted(ending.party, f": cancellation ready, last safe day {day(due.last, today)}")
    if ending.renews or ending.notice or ending.cancel_by:
        return _fitted(ending.party, f": last safe day to cancel is {day(due.last, today)}")
    return _fitted(ending.party, f": {_ENDS[_what(ending)]} {day(due.last, today)}")


def _what(ending: Ending) -> str:
    return ending.what if ending.what in _ENDS else "contract"


def _fitted(name: str, rest: str) -> str:
    room = 80 - len(rest)
    return (name if len(name) <= room else name[: max(1, room - 1)].rstrip() + "…") + rest


def why(ending: Ending, due: Deadline, today: date) -> str:
    """Return the reasons in sentences."""
    name = _NAMES.get(_what(ending), _what(ending))
    if _what(ending) == "return":
        return f"What you bought can be returned until {day(due.last, today)}; then no more."
    said = [f"The {name} ({ending.party}) runs until {day(due.end, today)}."]
    if ending.renews:
        span = f" for {length(ending.renewal)}" if ending.renewal else ""
        said.append(f"It renews by itself{span}.")
    if due.rounds:
        said.append("The first term is over; this is the end of the one that runs now.")
    if ending.cancel_by and not due.rounds:
        said.append(f"It says that it can be called off until {day(due.last, today)}.")
    elif ending.notice:
        said.append(
            f"With {length(ending.notice)} of notice and a day to spare, the last safe day is "
            f"{day(due.last, today)}."
        )
    return " ".join(said)


def length(duration: str) -> str:
    """Return an ISO 8601 duration of one unit in words."""
    number, unit = duration[1:-1], _UNITS.get(duration[-1:], "day")
    return f"{number} {unit}{'' if number == '1' else 's'}"


def reminder(ending: Ending, due: Deadline, today: date) -> str:
    """Return the text of the reminder."""
    number = f" ({ending.number})" if ending.number else ""
    if ending.renews or ending.notice or ending.cancel_by:
        return (
            f"{ending.party}{number}: {day(due.last, today)} is the last safe day to cancel before "
            f"{due.end.isoformat()}."
        )
    return f"{ending.party}{number}: {_ENDS[_what(ending)]} {day(due.last, today)}."


def letter(ending: Ending, due: Deadline, name: str) -> tuple[str, str]:
    """Return subject and body of a cancellation, in the language of the contract."""
    language = ending.document.analysis.language
    end = plain_day(due.end, language)
    if language == "de":
        number = f" {ending.number}" if ending.number else ""
        return f"Kündigung des Vertrags{number}", (
            f"Guten Tag,\n\nhiermit kündige ich den Vertrag{number} fristgerecht zum {end}, "
            "hilfsweise zum nächstmöglichen Zeitpunkt.\n\nBitte bestätigen Sie mir den Eingang "
            "dieser Kündigung und den Tag, an dem der Vertrag endet.\n\nMit freundlichen Grüßen\n"
            f"{name}\n"
        )
    number = f" {ending.number}" if ending.number else ""
    return f"Cancellation of contract{number}", (
        f"Hello,\n\nI hereby give notice that I do not wish to renew the contract{number}. Please "
        f"end it on {end} or, failing that, on the next possible date.\n\nPlease confirm that you "
        f"have received this notice, and the day on which the contract ends.\n\nKind regards,\n"
        f"{name}\n"
    )
