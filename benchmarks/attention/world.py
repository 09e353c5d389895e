"""The world of a simulated year: what could be suggested when, and what the user would want.

Its tastes were written down before any policy was tried in it; only how much comes up on a day, and
for how long, was cut afterwards, for the time it takes. What is known of rates:

- of notifications that are no messages 15 to 25 % are followed, of messages about 65 %
  (Pielot, Vradi, Park: Dismissed!, MobileHCI 2018; 794,525 notifications of 278 people);
- whether one is followed depends above all on the kind of content and on the sender
  (Mehrotra, Hendley, Musolesi: PrefMiner, UbiComp 2016);
- proactive suggestions at a good moment are taken up 52 %, in the middle of work dismissed 62 %
  (Kuo et al.: Developer Interaction Patterns with Proactive AI, 2026);
- simulated users accept 64 to 78 % of what assistants propose (PARE-Bench, 2026).

So people loathe some kinds, senders and folders altogether, love others, and care little for the
rest. A plugin is as sure as is right for the average user, and a little surer than that. None of
the hidden preferences is told to anybody but the oracle.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)
MAIL_KINDS = (
    "bills/bill", "waiting/follow_up", "replies/answer", "promises/promise", "dates/meeting",
    "renewals/notice", "newsletters/leave",
)  # fmt: skip
FILE_KINDS = (
    "filing/move", "letters/manuscript", "conflicts/version", "requested/file", "trips/folder",
)  # fmt: skip
KINDS = MAIL_KINDS + FILE_KINDS
SENDERS = tuple(f"person{n}@place{n % 7}.example" for n in range(30))
FOLDERS = tuple(f"/home/anna/Place{n}" for n in range(10))
HOURS = (9, 17)
LOATHED, BETWEEN, LOVED = (0.02, 0.10), (0.30, 0.70), (0.80, 0.95)
"""How often something of a class of taste is wanted."""
FAVOUR = 1.5
"""By so much, in log-odds, is wanted more what comes from somebody who is loved."""
AMONG, PAIR = 0.4, 0.6
"""How far people and places lie apart that are neither, and each of them within one kind."""
URGENT = 0.05
READS_DIGEST, PICKS, WEEDS = 0.3, 0.5, 0.15
"""On so many days the digest is read; what is wanted in it is then taken, what is not put away."""


@dataclass(frozen=True, slots=True)
class World:
    """What differs between worlds; the first is the one that is reported, the others try it."""

    name: str = "base"
    steep: float = 1.0
    """By this all log-odds of tastes are multiplied: flatter below 1."""
    rethought: int = 3
    """So many kinds, of twelve, are judged anew in the course of the year, on days of their own."""
    claim: float = 0.7
    """How much of a plugin's sureness is true."""
    noise: float = 1.0
    """By this slips, silence and putting off are multiplied."""
    a_day: float = 4.0
    """What comes up on a day."""


BASE = World()
OTHERS = (
    World("flatter tastes", steep=0.6),
    World("steeper tastes", steep=1.5),
    World("nothing rethought", rethought=0),
    World("all rethought", rethought=12),
    World("plugins that know little", claim=0.3),
    World("twice the noise", noise=2.0),
    World("a quiet life", a_day=2.0),
    World("a busy life", a_day=8.0),
)


@dataclass(frozen=True, slots=True)
class Temper:
    """What sort of a user somebody is."""

    name: str
    kinds: tuple[float, float] = (0.35, 0.30)
    """Of how many kinds they loathe, and love; of people and folders likewise."""
    people: tuple[float, float] = (0.10, 0.10)
    folders: tuple[float, float] = (0.10, 0.10)
    ignored: float = 0.12
    """Of what is shown they leave so much alone."""
    slips: float = 0.03
    """So often the answer is the other one."""
    later: float = 0.05
    """So often they put off what they want."""
    silent: bool = False
    """They never dismiss: what they do not want they let expire."""
    turns: bool = False
    """In the middle of the year they love what they loathed, and the other way round."""


TEMPERS = (
    Temper("even"),
    Temper("yes to everything", kinds=(0.0, 1.0), people=(0.0, 0.0), folders=(0.0, 0.0)),
    Temper("no to nearly all", kinds=(0.85, 0.15)),
    Temper("turns in mid-year", turns=True),
    Temper("never dismisses", silent=True),
    Temper("goes by people", kinds=(0.0, 0.0), people=(0.35, 0.35)),
    Temper("goes by folders", kinds=(0.1, 0.1), folders=(0.35, 0.35)),
    Temper("puts off", later=0.35),
    Temper("careless", slips=0.12, ignored=0.30),
)


@dataclass(frozen=True, slots=True)
class Chance:
    """Something that could be suggested."""

    number: int
    at: datetime
    kind: str
    sender: str
    """'' where it is about a file."""
    folder: str
    """'' where it is about a mail."""
    confidence: float
    wanted: float
    """The hidden probability that this user says yes, if they answer."""
    urgent: bool
    expires: datetime
    yes: bool
    """What they will answer, if they answer."""
    ignored: bool
    later: bool
    """They put it off once."""
    picked: bool
    """They take it up, or put it away, if they see it in a digest."""


class User:
    """One user's hidden preferences."""

    def __init__(self, temper: Temper, world: World, seed: int, days: int) -> None:
        self.temper, self.world, self._days = temper, world, days
        self._tastes = random.Random(f"{seed} tastes of {temper.name}")
        self._random = random.Random(f"{seed} days of {temper.name}")
        draw = self._tastes
        self._order = draw.sample(KINDS, len(KINDS))
        classes = _classes(draw, len(KINDS), temper.kinds)
        self._kind = {k: self._taste(c) for k, c in zip(KINDS, classes, strict=True)}
        self._class = dict(zip(KINDS, classes, strict=True))
        self._place = self._places(SENDERS, temper.people)
        self._place |= self._places(FOLDERS, temper.folders)
        names = (*SENDERS, *FOLDERS)
        self._pair = {(k, n): draw.gauss(0, PAIR) for k in KINDS for n in names}
        self._changes = sorted(
            (draw.uniform(0.1, 0.9) * days, kind) for kind in draw.sample(KINDS, world.rethought)
        )
        self._turn = days * draw.uniform(0.45, 0.55) if temper.turns else math.inf

    def _taste(self, bounds: tuple[float, float]) -> float:
        return log_odds(self._tastes.uniform(*bounds)) * self.world.steep

    def _places(
        self, names: Sequence[str], shares: tuple[float, float]
    ) -> dict[str, tuple[bool, float]]:
        """Return of each whether it is loathed whatever it sends, and its part in the log-odds."""
        found = {}
        classes = _classes(self._tastes, len(names), shares)
        for name, bounds in zip(names, classes, strict=True):
            shift = FAVOUR if bounds is LOVED else self._tastes.gauss(0, AMONG)
            own = self._taste(LOATHED) if bounds is LOATHED else shift * self.world.steep
            found[name] = (bounds is LOATHED, own)
        return found

    def chances(self) -> Iterator[tuple[datetime, list[Chance]]]:
        """Yield each moment of the year with what comes up at it."""
        number, often = 0, self.world.a_day
        for day in range(self._days):
            self._rethink(day)
            for hour in HOURS:
                at = START + timedelta(days=day, hours=hour)
                came = []
                while self._random.random() < often / (often + len(HOURS)):
                    number += 1
                    came.append(self._chance(number, at))
                yield at, came

    def _rethink(self, day: int) -> None:
        while self._changes and self._changes[0][0] <= day:
            kind = self._changes.pop(0)[1]
            other = [c for c in (LOATHED, BETWEEN, LOVED) if c is not self._class[kind]]
            self._class[kind] = self._tastes.choice(other)
            self._kind[kind] = self._taste(self._class[kind])
        if day >= self._turn:
            self._turn = math.inf
            self._kind = {kind: -odds for kind, odds in self._kind.items()}

    def _chance(self, number: int, at: datetime) -> Chance:
        draw, temper, noise = self._random, self.temper, self.world.noise
        kind = self._order[_often(draw, len(KINDS), 0.7)]
        sender = SENDERS[_often(draw, len(SENDERS), 0.9)] if kind in MAIL_KINDS else ""
        folder = FOLDERS[_often(draw, len(FOLDERS), 0.9)] if kind in FILE_KINDS else ""
        odds = draw.gauss(0.5, 0.8)
        loathed, shift = self._place[sender or folder]
        own = self.world.claim * (odds - 0.5) + self._pair[kind, sender or folder] + shift
        wanted = chance_of(own if loathed else own + self._kind[kind])
        slips = min(0.5, temper.slips * noise)
        wanted = (1 - slips) * wanted + slips * (1 - wanted)
        urgent = draw.random() < URGENT
        left = timedelta(days=draw.uniform(0.6, 2) if urgent else draw.uniform(3, 21))
        yes, moods = draw.random() < wanted, [draw.random() for _ in range(3)]
        return Chance(
            number,
            at,
            kind,
            sender,
            folder,
            chance_of(odds),
            wanted,
            urgent,
            at + left,
            yes,
            moods[0] < temper.ignored * noise or (temper.silent and not yes),
            yes and moods[1] < temper.later * noise,
            moods[2] < (PICKS if yes else 0.0 if temper.silent else WEEDS),
        )

    def reads_digest(self) -> bool:
        """Tell whether they read today's digest."""
        return self._tastes.random() < READS_DIGEST


def _classes(
    draw: random.Random, count: int, shares: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return a class of taste for each, in the given shares, in a random order."""
    loathed, loved = round(count * shares[0]), round(count * shares[1])
    classes = [LOATHED] * loathed + [LOVED] * loved + [BETWEEN] * (count - loathed - loved)
    return draw.sample(classes, count)


def _often(draw: random.Random, count: int, power: float) -> int:
    """Draw a place in an order whose first come up much oftener than its last (Zipf)."""
    weights = [1 / (n + 1) ** power for n in range(count)]
    return draw.choices(range(count), weights)[0]


def chance_of(odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-odds))


def log_odds(chance: float) -> float:
    """Return the log-odds of a probability."""
    return math.log(chance / (1 - chance))
