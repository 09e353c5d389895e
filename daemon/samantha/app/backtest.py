"""`samantha backtest`: the user's own past, lived through again with the clock turned back.

Everything runs as in the daemon but for the clock, the order in which sources deliver, and the
notifier. State and index lie in a folder of their own that goes with the run; no text leaves the
machine, whatever the configuration says of a model server.
"""

from __future__ import annotations

import difflib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from samantha.adapters.clock import SystemClock
from samantha.adapters.reader import JailedReader
from samantha.api.errors import UserError
from samantha.api.types import Person
from samantha.app.assembly import assemble, calendar_source, make_source
from samantha.app.backtest_ahead import AheadReader
from samantha.app.backtest_git import GitHistory, git_sections
from samantha.app.backtest_later import later_of
from samantha.app.backtest_replay import Counts, Replay, SetClock
from samantha.app.backtest_report import Row, things, verdict_reasons
from samantha.app.backtest_sources import sections_of, user_of
from samantha.app.backtest_timeline import Arrival, Progress, arrivals_of, in_order, span_of
from samantha.app.config import Config, load
from samantha.app.mail import mail_link, mail_sources
from samantha.app.places import Places
from samantha.app.plugin_finding import found as found_plugins
from samantha.app.session import Quiet
from samantha.core.intake import Event, Intake

if TYPE_CHECKING:
    from samantha.app.assembly import Assembly


PREFIX = "samantha-backtest-"
IN_MEMORY = 4 * 2**30
"""Bytes that must be free for a run in memory: an index of 100,000 mails has some 600 MB."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; empty values are found out."""

    sources: tuple[Path, ...] = ()
    git: tuple[Path, ...] = ()
    identities: tuple[str, ...] = ()
    start: datetime | None = None
    """A time without a zone is the user's."""
    end: datetime | None = None
    days: int = 0
    """Only so many days up to the end; 0: all."""
    now: datetime | None = None
    """Nothing after this moment exists, not even to see what the user did later."""
    plugins: tuple[str, ...] = ()
    budget: int | None = None
    zone: str = ""
    model: bool = True
    """False: without the embedded model, which takes most of the time that a large past does."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a backtest."""

    rows: tuple[Row, ...]
    counts: Counts
    config: Config
    start: datetime
    end: datetime
    folders: dict[str, str]
    """Where the folders that were laid out for the run really lie."""
    notes: tuple[str, ...] = ()
    """What was found out or went wrong, for the user."""


def backtest(options: Options, progress: Progress) -> Result:
    """Replay a past and return every suggestion, with what the user later did."""
    place = _passing_place() or tempfile.gettempdir()
    sweep(Path(place))
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=place) as folder:
        places = _places(Path(folder))
        config = _config(options, Path(folder))
        histories = [
            GitHistory(given, section)
            for given, section in zip(
                options.git, config.sources[-len(options.git) :], strict=False
            )
        ]
        own = not (options.sources or options.git)
        arrivals, senders = _arrivals(config, places, histories, progress, own)
        config, notes = _known_user(config, senders)
        start, end = _period(options, config.zone(), arrivals)
        clock = SetClock(start)
        planned = [one.there for one in arrivals if one.there is not None]
        with _assembled(config, places, clock, options, planned) as a:
            replay = Replay(a, clock, start, end, progress)
            replay.run(arrivals)
            found = things(a.state.offers(), verdict_reasons(a.state.audit_lines()))
            if options.now is None:
                replay.learn(arrivals)
            progress("Comparing with what you did", 0, 0)
            identity, moves = config.identity(), replay.moves
            rows = tuple(
                replace(row, later=later_of(row.first, a.index, identity, moves)) for row in found
            )
            notes += [
                f"Plugin {r.manifest.name} failed {r.failures} times: {r.last_failure}."
                for r in a.running
                if r.failures
            ]
        folders = {
            str(one.root): str(given.expanduser().absolute())
            for given, one in zip(options.git, histories, strict=True)
        }
        return Result(rows, replay.counts, config, start, end, folders, tuple(notes))


# --- configuration -------------------------------------------------------------------------


def _passing_place() -> str | None:
    """Return where a folder for the run is best: in memory, where there is room; None: no matter.

    Nothing of it need outlive the run, and what was read of mails need not touch the disk.
    """
    memory = Path("/dev/shm")  # noqa: S108 (the folder made in it is private)
    try:
        room = os.statvfs(memory)
    except OSError:
        return None
    roomy = room.f_bavail * room.f_frsize >= IN_MEMORY
    return str(memory) if roomy and os.access(memory, os.W_OK) else None


def sweep(place: Path) -> None:
    """Remove the folders of this user's runs that were killed: they hold what was read of mails."""
    for folder in place.glob(f"{PREFIX}*-*"):
        number = folder.name.removeprefix(PREFIX).partition("-")[0]
        mine = not folder.is_symlink() and folder.stat().st_uid == os.getuid()
        if mine and number.isdigit() and not Path(f"/proc/{number}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _places(folder: Path) -> Places:
    """Return places for a run that leaves nothing behind; the converted model is shared."""
    real = Places.of_user()
    return Places(
        config=folder / "config",
        data=real.data if real.data.is_dir() else folder / "data",
        state=folder / "state",
        cache=real.cache,
        runtime=folder / "run",
    )


def _config(options: Options, folder: Path) -> Config:
    """Return the configuration of the run: the user's own only where no source is given."""
    if options.sources or options.git:
        config = Config()
        sections = (*sections_of(options.sources), *git_sections(options.git, folder / "laid-out"))
    else:
        config = load(Places.of_user().config_file)
        sections = config.sources
    if not sections and not config.accounts:
        raise UserError(
            "There is no past to replay: no source is given, and none is configured.",
            "A source is a folder, a Maildir, an mbox, or a folder of mails.",
            "samantha backtest --source ~/Maildir",
        )
    user = config.user
    if options.identities or options.zone:
        given = user_of(options.identities, options.zone or user.zone)
        user = given if options.identities else user.model_copy(update={"zone": given.zone})
    # Asked for at every moment: found out once.
    user = user.model_copy(update={"zone": user.zone or getattr(config.zone(), "key", "")})
    budget = config.attention.budget if options.budget is None else options.budget
    # A replay looks a few times a day: what is held for an hour or for minutes has no place in it.
    of_the_replay = {"budget": budget, "budget_hour": budget, "writing_minutes": 0}
    attention = type(config.attention)(**{**config.attention.model_dump(), **of_the_replay})
    model = config.model.model_copy(
        update={"endpoint": "", "enabled": config.model.enabled and options.model}
    )
    changes = {
        "sources": sections,
        "user": user,
        "attention": attention,
        "model": model,
        "plugins": _plugins(options.plugins, config),
    }
    return config.model_copy(update=changes)


def _plugins(wanted: Sequence[str], config: Config) -> dict[str, dict[str, object]]:
    """Return the plugins' tables with all but the wanted ones switched off."""
    if not wanted:
        return dict(config.plugins)
    known = {one.name for one in found_plugins(Places.of_user().plugins)}
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), 1)
            raise UserError(
                f"There is no plugin '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""),
                "Nothing was read.",
                "samantha plugins list",
            )
    return {
        name: {**config.plugins.get(name, {}), "enabled": name in wanted}
        for name in sorted(known | set(config.plugins))
    }


def _known_user(config: Config, senders: Counter[Person]) -> tuple[Config, list[str]]:
    """Take for the user who sent the sent mail, where nobody is named."""
    if config.user.addresses or config.user.names or not senders:
        return config, []
    addresses: Counter[str] = Counter()
    for person, count in senders.items():
        addresses[person.address] += count
    address = addresses.most_common(1)[0][0]
    names = [p.name for p, _ in senders.most_common() if p.address == address and p.name]
    user = config.user.model_copy(
        update={"addresses": (address,), "names": tuple(dict.fromkeys(names[:3]))}
    )
    told = f"{names[0]} <{address}>" if names else address
    note = f"Taken for you, by the sent mail: {told}. To name yourself: --identity."
    return config.model_copy(update={"user": user}), [note]


# --- the run -------------------------------------------------------------------------------


def _arrivals(
    config: Config,
    places: Places,
    histories: Sequence[GitHistory],
    progress: Progress,
    own: bool,
) -> tuple[list[Arrival], Counter[Person]]:
    """Return what came when, and who sent the sent mail.

    ``own``: with the copies of the configured accounts as they lie here, and the calendar.
    """
    laid_out = {history.name for history in histories}
    sources = [make_source(s, config, places) for s in config.sources if s.name not in laid_out]
    if own:
        sources += calendar_source(config, places)
        sources += mail_sources(config, places, mail_link(config, places))
    reader = JailedReader()
    try:
        found, senders = arrivals_of(
            sources, reader, SystemClock().now(), progress, config.identity().owns
        )
    finally:
        reader.close()
    for history in histories:
        section = next(s for s in config.sources if s.name == history.name)
        source = make_source(section, config, places)
        found += history.arrivals(source.wanted)
    return in_order(found), senders


def _period(
    options: Options, zone: tzinfo, arrivals: Sequence[Arrival]
) -> tuple[datetime, datetime]:
    def aware(moment: datetime | None) -> datetime | None:
        return moment.replace(tzinfo=zone) if moment and moment.tzinfo is None else moment

    start, end, now = aware(options.start), aware(options.end), aware(options.now)
    span = span_of(arrivals)
    if span is None and (start is None or (end or now) is None):
        raise UserError(
            "Nothing dated was found there, so there is no past to replay.",
            "Mails are placed by their date, files by their time of modification.",
            "samantha backtest --source PATH --from 2026-01-01 --to 2026-06-30",
        )
    ends = [moment for moment in (end, now) if moment is not None]
    last = min(ends) if ends else (span[1] if span else start)
    assert last is not None
    first = start or (span[0] if span else last)
    if options.days:
        first = (
            max(first, last - timedelta(days=options.days))
            if start
            else last - timedelta(days=options.days)
        )
    if first > last:
        raise UserError(
            "The period ends before it begins.",
            f"It would begin {first:%Y-%m-%d} and end {last:%Y-%m-%d}.",
            "samantha backtest --source PATH --from 2026-01-01 --to 2026-06-30",
        )
    return first, last


@contextmanager
def _assembled(
    config: Config, places: Places, clock: SetClock, options: Options, planned: Sequence[Event]
) -> Iterator[Assembly]:
    # To name a plugin is to want it tried; here it can propose, and nothing else.
    # Nobody decides in a replay, and that is no sign of anything.
    a = assemble(config, places, clock, Quiet(), options.plugins, learns=False)
    ahead = AheadReader(a.reader, planned, config.identity(), config.user.zone)
    a.intake = Intake(ahead, a.embedder, a.index, a.state, ahead.analyzed(a.analyze), a.clock)
    try:
        for row in a.listed:
            if row.name in options.plugins and row.reason:
                raise UserError(
                    f"The plugin {row.name} does not run: {row.reason}.",
                    "Nothing was replayed.",
                    "samantha plugins list",
                )
        yield a
    finally:
        ahead.close()
        a.close()
