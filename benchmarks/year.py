"""A year of mail as somebody gets it, and what it costs to live through it again.

`python benchmarks/year.py FOLDER [MAILS]` writes a Maildir of talks, lists, newsletters, notices,
bills, bookings and invitations, with what its owner sent. `--replay` also runs `samantha backtest`
over it and prints the processor time of the command and its workers. The same number of mails is
the same year, byte for byte.
"""

from __future__ import annotations

import argparse
import email.utils
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

START = datetime(2025, 1, 1, 6, tzinfo=UTC)
YEAR = timedelta(days=364)
OWNER = ("Mara Lindqvist", "mara@lindqvist.example")
FIRST = "Ada Bela Cem Dora Emil Fenja Gero Hilda Ivo Jale Kuno Lena Milo Nora Otis Pia".split()  # noqa: SIM905
LAST = "Abel Brandt Castor Diehl Ehlers Fabian Grote Hansen Ibsen Jost Keller Lorenz".split()  # noqa: SIM905
SHOPS = "Birke Kobalt Lotse Marlin Nordlicht Orchard Pinecone Quayside Regatta Sundial".split()  # noqa: SIM905
NOUNS = "report plan survey budget draft schedule floor roof invoice room garden boiler".split()  # noqa: SIM905
ADJECTIVES = "new old short final second open large quiet early late printed shared".split()  # noqa: SIM905
DAYS = "Monday Tuesday Wednesday Thursday Friday".split()  # noqa: SIM905
PLAIN = (
    "The {a} {n} is on the table and I think the {n2} will follow {d}.",
    "We looked at the {n} again and found two lines that do not agree with the {a} {n2}.",
    "Nothing has changed since {d}, so the {n} stays as it is for now.",
    "It took {k} hours and cost about {k} euros more than the {n2} said.",
    "They moved the {a} {n} to the other building, which is why nobody found it.",
    "The weather held, the {n} is dry, and the {n2} can wait until {d}.",
    "Wir haben den Plan noch einmal gelesen und finden ihn im Ganzen gut.",
    "As far as I can see the {n} has {k} pages, of which {k2} are about the {n2}.",
    "I was told that the {a} {n} had been sold before the {n2} was finished.",
    "In the end the {n} was cheaper than the {n2}, and it came a week earlier.",
)
ASKING = (
    "Could you send me the {a} {n} by {d}?",
    "What do you think of the {a} {n}?",
    "Please let me know whether the {n} is still free on {d}.",
    "When can we have the {n2}, and who will bring the {n}?",
    "Kannst du mir bis {d} sagen, ob der Plan so bleibt?",
)
PROMISES = (
    "I will send you the {a} {n} by {d}.",
    "I'll check the {n} and get back to you on {d}.",
    "I have attached the {a} {n}.",
)
MEETINGS = (
    "Let us meet on {d} at {h}:30 in room {k} to talk about the {n}.",
    "The next meeting about the {n2} is on {d}, {h}:00 to {h2}:00, in the {a} hall.",
)


@dataclass(slots=True)
class Year:
    """One owner's year: mails with the moment at which each came, and where it lies."""

    chance: random.Random
    made: list[tuple[datetime, str, bytes]] = field(default_factory=list)
    _people: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = [f"{first} {last}" for first in FIRST for last in LAST]
        self._people = [
            (name, f"{name.replace(' ', '.').lower()}@{self._pick(SHOPS).lower()}.example")
            for name in self.chance.sample(names, 80)
        ]

    def _pick(self, choices: Sequence[str]) -> str:
        return self.chance.choice(choices)

    def _some_day(self) -> datetime:
        day = START + timedelta(days=self.chance.randrange(YEAR.days))
        return day + timedelta(minutes=self.chance.randrange(900))

    def _person(self) -> tuple[str, str]:
        # A few are written with all the time.
        return self._people[min(int(self.chance.expovariate(0.06)), len(self._people) - 1)]

    def _said(self, form: str) -> str:
        n, n2 = self.chance.sample(NOUNS, 2)
        hour = self.chance.randrange(8, 17)
        return form.format(
            a=self._pick(ADJECTIVES),
            n=n,
            n2=n2,
            d=self._pick(DAYS),
            k=self.chance.randrange(2, 90),
            k2=self.chance.randrange(2, 9),
            h=hour,
            h2=hour + 1,
        )

    def _text(self, least: int, most: int, *more: str) -> str:
        lines = [self._said(self._pick(PLAIN)) for _ in range(self.chance.randint(least, most))]
        for form in more:
            lines.insert(self.chance.randrange(len(lines) + 1), self._said(form))
        at = range(0, len(lines), 4)
        return "\n\n".join("\n".join(lines[i : i + 4]) for i in at)

    def _topic(self) -> str:
        return f"The {self._pick(ADJECTIVES)} {self._pick(NOUNS)} {self.chance.randrange(900)}"

    def _put(
        self,
        at: datetime,
        sender: tuple[str, str],
        to: tuple[str, str],
        subject: str,
        body: str,
        *,
        answered: str = "",
        html: bool = False,
        ics: str = "",
        **headers: str,
    ) -> str:
        """Write one mail; return its Message-ID."""
        name = f"<{len(self.made)}.{self.chance.randrange(10**9)}@{sender[1].partition('@')[2]}>"
        message = EmailMessage()
        message["From"] = email.utils.formataddr(sender)
        message["To"] = email.utils.formataddr(to)
        message["Subject"] = subject
        message["Date"] = email.utils.format_datetime(at)
        message["Message-ID"] = name
        if answered:
            message["In-Reply-To"] = answered
            message["References"] = answered
        for header, value in headers.items():
            message[header.replace("_", "-")] = value
        message.set_content(body, subtype="html" if html else "plain", cte="8bit")
        if ics:
            message.add_attachment(
                ics.encode(), maintype="text", subtype="calendar", filename="invite.ics"
            )
        self.made.append((at, "sent" if sender == OWNER else "", message.as_bytes()))
        return name

    # --- what comes -------------------------------------------------------------------------

    def talk(self) -> None:
        """Somebody and the owner write to and fro; the last one often waits in vain."""
        at, other, subject = self._some_day(), self._person(), self._topic()
        sides = [other, OWNER] if self.chance.random() < 0.6 else [OWNER, other]
        answered, before = "", ""
        for turn in range(self.chance.randint(1, 6)):
            sender, to = sides[turn % 2], sides[(turn + 1) % 2]
            more = [self._pick(ASKING)] if self.chance.random() < 0.45 else []
            if sender == OWNER and self.chance.random() < 0.2:
                more.append(self._pick(PROMISES))
            if self.chance.random() < 0.1:
                more.append(self._pick(MEETINGS))
            own = self._text(2, 14, *more)
            first = to[0].partition(" ")[0]
            quoted = "\n".join(f"> {line}" for line in before.splitlines())
            said = f"\n\nOn {at:%d %b %Y}, {to[0]} wrote:\n{quoted}" if before else ""
            body = f"Hello {first},\n\n{own}\n\nBest wishes,\n{sender[0]}{said}\n"
            reply = f"Re: {subject}" if answered else subject
            answered = self._put(at, sender, to, reply, body, answered=answered)
            before = own
            at += timedelta(hours=self.chance.expovariate(1 / 30))

    def list_thread(self) -> None:
        """People of a mailing list talk; the owner reads along."""
        at, subject = self._some_day(), self._topic()
        group = self._pick(SHOPS).lower()
        to = (f"{group} users", f"{group}-users@lists.example")
        answered, before = "", ""
        for _ in range(self.chance.randint(1, 9)):
            sender = self._people[self.chance.randrange(len(self._people))]
            more = [self._pick(ASKING)] if self.chance.random() < 0.4 else []
            own = self._text(2, 16, *more)
            quoted = "\n".join(f"> {line}" for line in before.splitlines())
            said = f"On {at:%d %b %Y}, somebody wrote:\n{quoted}\n\n" if before else ""
            answered = self._put(
                at,
                sender,
                to,
                f"Re: [{group}] {subject}" if answered else f"[{group}] {subject}",
                f"{said}{own}\n-- \n{sender[0]}\n",
                answered=answered,
                List_Id=f"{group} users <{group}-users.lists.example>",
                List_Unsubscribe=f"<mailto:{group}-users-leave@lists.example>",
                Precedence="list",
            )
            before = own
            at += timedelta(hours=self.chance.expovariate(1 / 9))

    def newsletter(self) -> None:
        """A shop or a paper writes to all its readers, in HTML."""
        shop = self._pick(SHOPS)
        parts = "".join(
            f"<tr><td><h2>{self._topic()}</h2><p>{self._text(3, 6)}</p>"
            f'<a href="https://{shop.lower()}.example/{self.chance.randrange(10**6)}">Read more</a>'
            "</td></tr>"
            for _ in range(self.chance.randint(3, 9))
        )
        body = (
            f"<html><body><table>{parts}</table><p>You receive this newsletter because you "
            "subscribed. Unsubscribe at any time.</p></body></html>"
        )
        self._put(
            self._some_day(),
            (f"{shop} News", f"news@{shop.lower()}.example"),
            OWNER,
            f"{shop} weekly: {self._topic()}",
            body,
            html=True,
            List_Unsubscribe=f"<https://{shop.lower()}.example/leave>",
        )

    def notice(self) -> None:
        """A machine tells that something happened."""
        shop = self._pick(SHOPS)
        number = self.chance.randrange(10**7)
        body = (
            f"Your parcel {number} has left the depot.\n\n{self._text(1, 3)}\n\n"
            "This mail was sent by a machine; please do not answer.\n"
        )
        self._put(
            self._some_day(),
            (shop, f"no-reply@{shop.lower()}.example"),
            OWNER,
            f"Parcel {number} is on its way",
            body,
            Auto_Submitted="auto-generated",
        )

    def bill(self) -> None:
        """A bill with number, amount, due date and account; some are paid later."""
        at, shop = self._some_day(), self._pick(SHOPS)
        number = f"{shop[:2].upper()}-{self.chance.randrange(10**6):06}"
        amount = f"{self.chance.randrange(9, 900)}.{self.chance.randrange(100):02}"
        due = at + timedelta(days=self.chance.choice((10, 14, 30)))
        sender = (f"{shop} Ltd.", f"billing@{shop.lower()}.example")
        body = (
            f"Dear {OWNER[0]},\n\nplease find below our invoice for {self._topic().lower()}.\n\n"
            f"Invoice number: {number}\nInvoice date: {at:%d %B %Y}\nTotal due: EUR {amount}\n"
            f"Due date: {due:%d %B %Y}\nIBAN: DE89 3704 0044 0532 0130 00\n\n{self._text(1, 3)}\n"
        )
        first = self._put(at, sender, OWNER, f"Invoice {number}", body)
        if self.chance.random() < 0.4:
            thanks = f"Thank you, we have received your payment of EUR {amount} for {number}.\n"
            paid = at + timedelta(days=self.chance.randrange(2, 9))
            self._put(paid, sender, OWNER, f"Re: Invoice {number}", thanks, answered=first)

    def receipt(self) -> None:
        """A shop confirms what was bought and paid."""
        at, shop = self._some_day(), self._pick(SHOPS)
        number = self.chance.randrange(10**6)
        lines = "\n".join(
            f"1 x {self._pick(ADJECTIVES)} {self._pick(NOUNS)}  EUR {self.chance.randrange(3, 80)}"
            for _ in range(self.chance.randint(1, 6))
        )
        body = f"Thank you for your order {number}.\n\n{lines}\n\nPaid by card on {at:%d %B %Y}.\n"
        sender = (shop, f"orders@{shop.lower()}.example")
        self._put(at, sender, OWNER, f"Your order {number}", body)

    def booking(self) -> None:
        """A hotel confirms some nights."""
        at, shop = self._some_day(), self._pick(SHOPS)
        come = at + timedelta(days=self.chance.randrange(5, 90))
        leave = come + timedelta(days=self.chance.randrange(1, 6))
        body = (
            f"Dear guest,\n\nyour booking is confirmed.\n\nHotel {shop}\n"
            f"Booking number: {self.chance.randrange(10**8)}\nCheck-in: {come:%d %B %Y}, 15:00\n"
            f"Check-out: {leave:%d %B %Y}, 11:00\nAddress: Harbour Road 8\n"
        )
        sender = (f"Hotel {shop}", f"stay@hotel-{shop.lower()}.example")
        self._put(at, sender, OWNER, f"Your booking at Hotel {shop}", body)

    def invitation(self) -> None:
        """An appointment comes as a calendar file."""
        at, other = self._some_day(), self._person()
        start = (at + timedelta(days=self.chance.randrange(1, 20))).replace(minute=0)
        topic = self._topic()
        ics = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//year//EN\r\nMETHOD:REQUEST\r\n"
            f"BEGIN:VEVENT\r\nUID:{self.chance.randrange(10**9)}@year.example\r\n"
            f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
            f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}\r\nSUMMARY:{topic}\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"
        )
        self._put(at, other, OWNER, f"Invitation: {topic}", self._text(1, 2), ics=ics)

    def fill(self, count: int) -> Iterator[tuple[datetime, str, bytes]]:
        """Yield so many mails in the order in which they came."""
        shares: tuple[tuple[Callable[[], None], float], ...] = (
            (self.talk, 0.11),
            (self.list_thread, 0.065),
            (self.newsletter, 0.15),
            (self.notice, 0.1),
            (self.bill, 0.02),
            (self.receipt, 0.03),
            (self.booking, 0.004),
            (self.invitation, 0.01),
        )
        kinds, weights = zip(*shares, strict=True)
        while len(self.made) < count:
            self.chance.choices(kinds, weights)[0]()
        return iter(sorted(self.made[:count], key=lambda one: one[0]))


def write(folder: Path, count: int) -> None:
    """Write a year as a Maildir with a folder of sent mail."""
    for box in (folder, folder / ".Sent"):
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
    for number, (at, role, text) in enumerate(Year(random.Random(7)).fill(count)):
        box = folder / ".Sent" if role == "sent" else folder
        path = box / "cur" / f"{int(at.timestamp())}.{number}.year:2,S"
        path.write_bytes(text)


def replay(folder: Path, more: Sequence[str] = ()) -> dict[str, object]:
    """Replay the year in a process of its own; return what it cost, workers included.

    ``load``: that of the machine before and after; beside others the time of the clock says little.
    """
    command = [sys.executable, "-m", "samantha", "backtest", "--source", str(folder)]
    before, load = resource.getrusage(resource.RUSAGE_CHILDREN), os.getloadavg()[0]
    started = time.monotonic()
    done = subprocess.run(
        [*command, "--zone", "Europe/Berlin", "--json", *more],
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "mails": sum(1 for p in folder.rglob("*:2,S")),
        "offers": len(done.stdout.splitlines()),
        "cpu_s": round(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            1,
        ),
        "wall_s": round(time.monotonic() - started, 1),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "peak_mb": round(after.ru_maxrss / 1024),
    }


def main() -> None:
    """Write a year, and replay it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("mails", type=int, nargs="?", default=20_000)
    parser.add_argument("--replay", action="store_true", help="run samantha backtest over it")
    given = parser.parse_args()
    if not given.folder.exists():
        write(given.folder, given.mails)
    if given.replay:
        print(json.dumps(replay(given.folder)))


if __name__ == "__main__":
    main()
