"""What the codes on tickets say where they were read as text: boarding passes, French tickets.

``boarding_pass`` knows the mandatory items of IATA Resolution 792 (Bar Coded Boarding Pass, fixed
widths), ``rides`` the fixed widths of the code on French railway tickets: two stations as UIC
country and station codes, train and day. No library for Python is kept that reads either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from samantha.signals.reservation_words import FLIGHT, TRAIN, Told, value_of, year_of_ticket


@dataclass(frozen=True, slots=True)
class Leg:
    """One flight of a boarding pass; its day has no year."""

    traveller: str
    number: str
    come: str
    go: str
    flight: str
    day_of_year: int

    def day(self, near: date, *, to_come: bool = False) -> date | None:
        """Return its date in the year that lies nearest to a day, or that comes next."""
        if not 1 <= self.day_of_year <= 366:
            return None
        years = (near.year - 1, near.year, near.year + 1)
        days = [date(y, 1, 1) + timedelta(days=self.day_of_year - 1) for y in years]
        ahead = [d for d in days if d >= near - timedelta(days=7)] if to_come else []
        return ahead[0] if ahead else min(days, key=lambda d: abs((d - near).days))


_PASS = re.compile(
    r"(?<![A-Z0-9])M(?P<legs>[1-4])(?P<name>[A-Z][A-Z/ .'-]{19})[E ](?=[A-Z0-9 ]{7})"
)
_LEG = re.compile(
    r"(?P<pnr>[A-Z0-9 ]{7})(?P<come>[A-Z]{3})(?P<go>[A-Z]{3})(?P<line>[A-Z0-9]{2}[A-Z0-9 ])"
    r"(?P<flight>\d{4}[A-Z ]|[0-9 ]{5})(?P<day>\d{3})[A-Z][A-Z0-9 ]{4}[0-9A-Z ]{5}[0-9A-Z ]"
    r"(?P<size>[0-9A-F]{2})?"
)


def boarding_pass(text: str) -> tuple[list[Leg], tuple[int, int]]:
    """Return the flights of the first boarding pass's code in a text, and where it stands."""
    found: list[Leg] = []
    head = _PASS.search(text)
    if head is None:
        return found, (0, 0)
    family, _, given = head["name"].strip().partition("/")
    at = end = head.end()
    for _ in range(int(head["legs"])):
        leg = _LEG.match(text, at)
        if leg is None:
            break
        flight = leg["flight"].strip().lstrip("0")
        name = f"{leg['line'].strip()} {flight}" if flight else ""
        who = f"{given} {family}".strip()
        found.append(Leg(who, leg["pnr"].strip(), leg["come"], leg["go"], name, int(leg["day"])))
        end = leg.end()
        # As much follows that is conditional as two hexadecimal digits say.
        at = end + int(leg["size"] or "0", 16)
    return found, (head.start(), end)


_STATION = r"[A-Z]{2}[A-Z0-9]{3}"
_RIDE = rf"(?P<come{{0}}>{_STATION})(?P<go{{0}}>{_STATION})(?P<train{{0}}>\d{{5}})"
_FRENCH = re.compile(
    rf"(?m)^i0CV(?P<pnr>[A-Z0-9]{{6}})\d{{15}}/\d\d/\d{{4}}{_RIDE.replace('{0}', '')}"
    rf"(?P<day>\d\d)/(?P<month>\d\d)(?:.{{0,80}}?\d{_RIDE.replace('{0}', '2')}$)?"
)


def coded(text: str, near: date, *, to_come: bool = False) -> Iterator[Told]:
    """Return the journeys that a code in the text stands for; their hours it does not say."""
    legs, span = boarding_pass(text[:60_000])
    for leg in legs:
        day = leg.day(near, to_come=to_come)
        if day is not None:
            ends = {"from": leg.come, "to": leg.go, "place": leg.come}
            more = {"number": leg.number, "name": leg.flight, "traveller": leg.traveller}
            yield value_of(FLIGHT, day.isoformat(), **ends, **more), span
    ticket = _FRENCH.search(text[:60_000])
    if ticket is None:
        return
    month, number = int(ticket["month"]), int(ticket["day"])
    day = year_of_ticket(near, month, number, to_come=to_come)
    if day is None:
        return
    for ride in ("", "2"):
        if ticket[f"come{ride}"]:
            come, go = ticket[f"come{ride}"], ticket[f"go{ride}"]
            train = ticket[f"train{ride}"].lstrip("0")
            more = {"from": come, "to": go, "place": come, "number": ticket["pnr"], "name": train}
            yield value_of(TRAIN, day.isoformat(), **more), ticket.span()
