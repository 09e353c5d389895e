"""The joined parts: what the daemon, `run --once`, the demo and `inspect` work with."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path

from samantha.adapters.calendar_read import appointments
from samantha.adapters.eml_folder import EmlFolderSource
from samantha.adapters.executor import WorkerExecutor
from samantha.adapters.files import FilesSource
from samantha.adapters.imap import MailLink
from samantha.adapters.index import SqliteIndex
from samantha.adapters.kitinerary import KItinerary, installed
from samantha.adapters.llama import LlamaEmbedder
from samantha.adapters.maildir import MaildirSource, flagged_now
from samantha.adapters.mbox import MboxSource, message_at
from samantha.adapters.payloads import PayloadBuilder
from samantha.adapters.reader_bookings import BookingReader
from samantha.adapters.store import Store
from samantha.adapters.tree import TreeSource
from samantha.api.plugin import Context, Moment, MomentKind, Quiet
from samantha.api.types import Analysis, Document, Kind, Suggestion
from samantha.api.types import Collection as Bodies
from samantha.app.acquainting import acquaint
from samantha.app.attempt import attempt
from samantha.app.chosen_model import ChosenModel
from samantha.app.config import Config, SourceSection
from samantha.app.hosted import Hosted
from samantha.app.learning import Experience
from samantha.app.library import IndexLibrary
from samantha.app.mail import bring_attachments, mail_link, mail_sources
from samantha.app.mail_sending import first_built, outgoing_accounts
from samantha.app.marks import Marks
from samantha.app.moves import moves
from samantha.app.places import Places
from samantha.app.plugin_desk import Desk
from samantha.app.plugin_files import snapshot
from samantha.app.plugin_installing import recover
from samantha.app.plugin_lock import Lock
from samantha.app.plugin_troubles import Troubles
from samantha.app.plugin_turns import Turns
from samantha.app.plugins import Listed, PluginState, listed
from samantha.app.running import Running, load
from samantha.core.admit import Permissions
from samantha.core.attention import Policy
from samantha.core.consent import card_items
from samantha.core.decided import Decisions
from samantha.core.digest import Digests
from samantha.core.engine import Engine, LoadedPlugin
from samantha.core.exclusions import Exclusions
from samantha.core.intake import BATCH, Event, Intake, Taken
from samantha.core.judging import Judgement, judge_with
from samantha.core.learning import own_confidence
from samantha.core.ports import Clock, Desktop, Notifier, Offer, Presence, Stat
from samantha.core.reconcile import reconcile
from samantha.core.settle import Settled
from samantha.core.wording import Wording, word_with

log = logging.getLogger(__name__)
MAIL_SOURCES: dict[str, Callable[[str, str, Exclusions], TreeSource]] = {
    "maildir": MaildirSource,
    "mbox": MboxSource,
    "eml": EmlFolderSource,
}
AT_ONCE = 5_000
"""How many documents plugins are asked about at once: it bounds the memory of a first run."""


@dataclass(slots=True)
class Assembly:
    """One user's samantha, joined from its parts."""

    config: Config
    places: Places
    clock: Clock
    notifier: Notifier
    state: Store
    index: SqliteIndex
    reader: BookingReader
    embedder: LlamaEmbedder
    executor: WorkerExecutor
    mail: MailLink
    sources: tuple[TreeSource, ...]
    listed: list[Listed]
    running: list[Running]
    desk: Desk = field(default_factory=Desk)
    learns: bool = True
    """False: every chance is the plugin's own confidence, whatever the user did."""
    builder: PayloadBuilder = field(init=False)
    chosen: ChosenModel = field(init=False)
    turns: Turns = field(init=False)
    desktop: Desktop | None = field(default=None, init=False)
    """Of the daemon alone: who types a command is there."""
    _acquainting: Iterator[None] = field(init=False)
    experience: Experience = field(init=False)
    marks: Marks = field(init=False)
    engine: Engine = field(init=False)
    intake: Intake = field(init=False)
    decisions: Decisions = field(init=False)
    digests: Digests = field(init=False)

    def __post_init__(self) -> None:
        self.builder = PayloadBuilder(
            output_folder=self.config.output.folder,
            drafts=str(self.config.output.drafts or ""),
            identity=self.config.identity(),
            contact=self.config.user.contact,
            clock=self.clock,
            allowed=self.index.written_to,
            outlets=self.config.known_outlets(),
            zone=self.config.zone(),
            calendar=str(self.config.calendar_folder()),
            roots=tuple(str(s.path) for s in self.config.sources if s.kind == "files"),
            accounts=outgoing_accounts(self.config),
            dated=first_built(self.state, self.clock),
        )
        self.chosen = ChosenModel(self.places, self.state, self.config.model)
        self.turns = Turns(self.running, self.context, self.chosen, self.desk)
        self.experience = Experience(self.state, self.index, self.clock, self.config.identity())
        self.marks = Marks(self.state, self.clock, self.config.attention.threshold)
        self.engine = Engine(
            self.index,
            self.state,
            self.builder,
            self.notifier,
            self.clock,
            self._policy(),
            fingerprint_now,
            self._judge,
            self._word,
            chance=self.experience.chance if self.learns else own_confidence,
            presence=self._presence,
            meeting=self._meeting,
            collections=self._collections,
        )
        parts = (self.running, self.index, self.engine.wakes, self.context, _suggestible)
        self._acquainting = acquaint(*parts, self.clock.now)
        self.intake = Intake(
            self.reader, self.embedder, self.index, self.state, self.analyze, self.clock
        )
        self.digests = Digests(
            self.state,
            self.clock,
            self.config.zone(),
            time.fromisoformat(hour) if (hour := self.config.attention.digest) else None,
            self.engine.disturbed,
        )
        self.decisions = Decisions(self.state, self.engine, self.notifier, self.clock, card_items)

    def notices(self) -> list[str]:
        """Return what the databases had to mend when they were opened, for the user."""
        return [one for one in (self.state.notice, self.index.notice) if one]

    def analyze(self, document: Document, vector: bytes | None) -> Analysis:
        """Return what is seen in a document."""
        from samantha.signals.analyze import analyze

        return analyze(document, self.config.identity(), self.config.zone(), vector)

    def _policy(self) -> Policy:
        """Return the user's settings; where they name no threshold, it starts from their marks."""
        policy = self.config.policy()
        if not self.learns or self.config.sets_threshold():
            return policy
        return replace(policy, started=self.marks.threshold)

    # --- whether this is a moment ---------------------------------------------------------------

    def _presence(self) -> Presence:
        return Presence() if self.desktop is None else self.desktop.presence()

    def _meeting(self) -> datetime | None:
        """Return when the meeting ends that runs now by the user's calendar; None if none does."""
        now = self.clock.now()
        files = self.index.documents(media="file", signal="event")
        calendars = [d for d in files if d.format == "ics"]
        found = appointments(calendars, now, now + timedelta(minutes=1), self.config.zone())
        ends = [a.end for a in found if a.start <= now < a.end and not (a.all_day or a.free)]
        return max(ends, default=None)

    # --- what was missed --------------------------------------------------------------------

    def missed(self) -> list[Event]:
        """Compare the sources with the index: what a watcher may not have said."""
        events: list[Event] = []
        for source in self.sources:
            found = list(source.scan())
            plan = reconcile(
                self.index.known(source.name), found, key=source.key, unlisted=source.unlisted()
            )
            events.extend(self._event(source, path, stat) for path, stat in plan.new)
            events.extend(self._event(source, path, stat) for path, stat in plan.changed)
            events.extend(self._event(source, new, stat, old) for old, new, stat in plan.moved)
            events.extend(self._event(source, path, None) for path in plan.gone)
        return events

    def event_of(self, settled: Settled) -> Event:
        """Return the event of a change that has come to rest."""
        change = settled.change
        source = next(s for s in self.sources if s.name == change.source)
        return self._event(source, change.path, settled.stat, settled.moved_from)

    def _event(
        self, source: TreeSource, path: str, stat: Stat | None, moved_from: str = ""
    ) -> Event:
        return Event(
            source=source.name,
            path=path,
            media=source.media,
            stat=stat,
            folder=source.folder_role(path),
            moved_from=moved_from,
        )

    def take(self, events: Sequence[Event], trace: str) -> Iterator[Taken]:
        """Read events and void the offers whose sources changed."""
        for at in range(0, len(events), BATCH):
            taken = self._batch(events[at : at + BATCH])
            bring_attachments(self, taken.documents)
            self.engine.sources_changed([*taken.changed, *taken.gone])
            kinds = {kind for some in self._kinds_told().values() for kind in some}
            self.engine.grown.saw(taken.documents, [*taken.changed, *taken.gone], kinds)
            moved = any(event.moved_from for event in events[at : at + BATCH])
            self.engine.came(taken.documents, moved=moved)
            self.state.audit(
                trace,
                "read",
                self.clock.now(),
                documents=len(taken.documents),
                gone=len(taken.gone),
                unreadable=taken.unreadable,
            )
            yield taken

    def _batch(self, events: Sequence[Event]) -> Taken:
        """Take a batch; where one event breaks it, each alone, and the culprit is set aside."""
        parts: list[Taken] = []
        if not attempt(lambda: parts.extend(self.intake.take(events))):
            parts = [self._alone(event) for event in events]
        return Taken(
            tuple(d for t in parts for d in t.documents),
            tuple(name for t in parts for name in t.gone),
            sum(t.unreadable for t in parts),
            tuple(name for t in parts for name in t.changed),
        )

    def _alone(self, event: Event) -> Taken:
        parts: list[Taken] = []
        if attempt(lambda: parts.extend(self.intake.take([event]))):
            return parts[0]
        if event.stat is not None:
            reason = "it could not be looked at, by a defect of samantha"
            self.index.quarantine(event.source, event.path, event.stat, reason, 1)
        return Taken(unreadable=1)

    # --- plugins ----------------------------------------------------------------------------

    def plugins(self, trace: str = "") -> list[LoadedPlugin]:
        """Return the enabled plugins as the engine calls them."""
        return self.turns.loaded(trace)

    def arrived(self) -> list[Offer]:
        """Take what hosts ask and answer while nobody waits for them; return the offers made."""
        return self.turns.arrived(self.engine.happened)

    def _word(self, suggestion: Suggestion, sources: Mapping[str, Document]) -> Wording | None:
        self.chosen.fresh()
        wording = word_with(self.chosen.ask)(suggestion, sources)
        return replace(wording, where=self.chosen.where()) if wording is not None else None

    def _judge(self, suggestion: Suggestion, sources: Mapping[str, Document]) -> Judgement | None:
        self.chosen.fresh()
        judgement = judge_with(self.chosen.ask)(suggestion, sources)
        if judgement is None or not self.chosen.where():
            return judgement
        return replace(judgement, reason=f"{judgement.reason} {self.chosen.where()}".strip())

    def context(self, permissions: Permissions, config: object) -> Context:
        """Return what a plugin may use."""
        return Context(
            library=IndexLibrary(
                self.index,
                self.embedder,
                self.clock,
                permissions,
                self.config.identity(),
                partial(moves, self.state, self.index),
                self.config.zone(),
            ),
            config=config,
            identity=self.config.identity(),
            zone=self.config.zone(),
            outlets=self.config.known_outlets(),
            ask=self.chosen.ask,
        )

    def acquaint(self) -> bool:
        """Let new plugins look at a part of what was read before; False when they are through."""
        return any(True for _ in self._acquainting)

    def suggest(self, trace: str) -> list[Offer]:
        """Ask the plugins about all that came or changed and was not asked about yet."""
        while self.acquaint():
            pass
        made: list[Offer] = []
        while documents := self.index.unasked(AT_ONCE):
            wanted = tuple(d for d in documents if _suggestible(d))
            if wanted:
                moment = Moment(MomentKind.DOCUMENTS, self.clock.now(), wanted)
                made.extend(self.engine.happened(moment, self.plugins(trace), trace))
                made.extend(self.arrived())
            self.index.asked([d.id for d in documents])
        grown = self.engine.grown.due(self.clock.now(), self._kinds_told())
        return made + self._all_asked([], [grown], trace) if grown else made

    def day_began(self, trace: str) -> list[Offer]:
        """Ask the plugins as a day begins, and about what has come due by then."""
        moment = Moment(MomentKind.DAY, self.clock.now())
        return self._asked([(one, moment) for one in self.plugins(trace)], trace)

    def time_reached(self, trace: str) -> list[Offer]:
        """Ask the plugins for which something has come due."""
        return self._asked([], trace)

    def is_due(self) -> bool:
        """Tell whether something has come due: a wake, or the morning's look at quiet threads."""
        now, wake = self.clock.now(), self.next_wake()
        return (wake is not None and wake <= now) or self.engine.quiet.pending(now, self._wishes())

    def next_wake(self) -> datetime | None:
        """Return the time of the earliest wake of a plugin that can be asked."""
        return self.index.next_wake([one.manifest.name for one in self._awake()])

    def _awake(self) -> list[Running]:
        """Return the plugins that are not left alone because of what they failed with."""
        now = self.clock.now()
        return [one for one in self.running if not one.rests(now)]

    def _wishes(self) -> dict[str, Quiet]:
        """Return of which quiet threads plugins want to be told."""
        return {one.manifest.name: one.quiet for one in self._awake() if one.quiet is not None}

    def _kinds_told(self) -> dict[str, tuple[Kind, ...]]:
        """Return of which kinds of finished work plugins want to be told."""
        return {one.manifest.name: one.collections for one in self._awake() if one.collections}

    def _collections(self) -> Sequence[Bodies]:
        from samantha.signals.collections import collections

        files = self.index.documents(media="file")
        return collections(files, self.index.vector, self.clock.now())

    def _asked(self, occasions: list[tuple[LoadedPlugin, Moment]], trace: str) -> list[Offer]:
        now, names = self.clock.now(), [one.manifest.name for one in self._awake()]
        quiet = self.engine.quiet.due(now, self._wishes())
        return self._all_asked(occasions, [quiet, self.engine.wakes.due(now, names)], trace)

    def _all_asked(
        self,
        occasions: list[tuple[LoadedPlugin, Moment]],
        due: Sequence[Mapping[str, Moment]],
        trace: str,
    ) -> list[Offer]:
        for some in due:
            # A turn for each moment: a plugin can have several of them in one morning.
            occasions += [(one, some[one.name]) for one in self.plugins(trace) if one.name in some]
        return self.engine.all_happened(occasions, trace)

    def close(self) -> None:
        """End the workers and close the databases."""
        for source in self.sources:
            source.stop()
        self.notifier.stop()
        self.desk.close()
        self.reader.close()
        self.embedder.close()
        self.chosen.close()
        self.executor.close()
        for one in self.running:
            one.close()
        self.index.close()
        self.state.close()


def _likely_booking(document: Document) -> bool:
    from samantha.signals.reservations import worth_extracting

    return worth_extracting(document)


def _suggestible(document: Document) -> bool:
    return document.mail is None or document.mail.folder not in ("spam", "trash", "drafts")


def fingerprint_now(document: Document) -> str:
    """Return the sha256 of the document's bytes as they are on disk now; '' if gone."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    path = document.path
    if document.media == "mail" and not os.path.lexists(path):
        path = flagged_now(path) or path
    try:
        fd = os.open(os.fsencode(path), flags)
    except NotADirectoryError:
        found = message_at(path)
        return hashlib.sha256(found[0]).hexdigest() if found is not None else ""
    except OSError:
        return ""
    with os.fdopen(fd, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def make_source(section: SourceSection, config: Config, places: Places) -> TreeSource:
    """Return the source of one configured place, exclusions in force."""
    if section.kind != "files":
        patterns = Exclusions((*config.exclude, *section.exclude))
        return MAIL_SOURCES[section.kind](section.name, str(section.path), patterns)
    own = (config.output.folder, places.state, places.data, places.cache, places.config)
    exclusions = Exclusions(
        (*config.exclude, *section.exclude), own_folders=tuple(str(p) for p in own)
    )
    return FilesSource(section.name, str(section.path), exclusions)


def calendar_source(config: Config, places: Places) -> list[TreeSource]:
    """Return the calendar folder as a source, where it is there and no other source holds it."""
    folder = config.calendar_folder()
    inside = any(folder.is_relative_to(s.path) for s in config.sources if s.kind == "files")
    kept = inside and not folder.is_relative_to(config.output.folder)
    if kept or not folder.is_dir() or any(s.name == "calendar" for s in config.sources):
        return []
    own = (places.state, places.data, places.cache, places.config)
    exclusions = Exclusions(config.exclude, own_folders=tuple(str(p) for p in own))
    return [FilesSource("calendar", str(folder), exclusions)]


def assemble(
    config: Config,
    places: Places,
    clock: Clock,
    notifier: Notifier,
    tried: Collection[str] = (),
    learns: bool = True,
) -> Assembly:
    """Join the parts of one user's samantha; ``tried`` plugins run without consent, in a host."""
    places.make()
    recover(places)
    mail = mail_link(config, places)
    state = Store(places.state_db)
    rows = plugin_list(config, places, state, tried)
    desk = Desk()
    running = _at_work(rows, config, Troubles(state), desk)
    return Assembly(
        config=config,
        places=places,
        clock=clock,
        notifier=notifier,
        state=state,
        index=SqliteIndex(places.index_db),
        reader=BookingReader(KItinerary(installed()), _likely_booking),
        embedder=LlamaEmbedder(
            places.cache, idle_s=config.model.idle_minutes * 60, enabled=config.model.enabled
        ),
        executor=WorkerExecutor(accounts=[a.account() for a in config.accounts]),
        mail=mail,
        sources=(
            *(make_source(s, config, places) for s in config.sources),
            *calendar_source(config, places),
            *mail_sources(config, places, mail),
        ),
        listed=rows,
        running=running,
        desk=desk,
        learns=learns,
    )


def _at_work(rows: list[Listed], config: Config, troubles: Troubles, desk: Desk) -> list[Running]:
    """Return the plugins that run; a row of one that cannot be loaded is replaced."""
    running: list[Running] = []
    for at, row in enumerate(rows):
        table = config.plugins.get(row.name, {})
        if row.manifest is None or row.state in (PluginState.DISABLED, PluginState.NEEDS_CONSENT):
            continue
        if row.files is not None or config.isolate_builtin:
            # A stranger's: not a line of it is run before something happens, and then in a jail.
            files = row.files or snapshot(row.manifest.folder)
            running.append(Hosted(row.manifest, files, table, troubles, desk=desk))
            continue
        loaded = load(row.manifest, table, troubles)
        if isinstance(loaded, Running):
            running.append(loaded)
        else:
            rows[at] = loaded
    return running


def plugin_list(
    config: Config, places: Places, state: Store, tried: Collection[str] = ()
) -> list[Listed]:
    """List the plugins with their states."""
    return listed(
        places.plugins,
        config.plugins,
        Lock(places.plugin_lock),
        lambda name: state.setting(f"plugin/{name}/switched"),
        Troubles(state),
        config.zone(),
        tried,
    )


def expand(path: str) -> Path:
    """Return an absolute path from what a user typed."""
    return Path(path).expanduser().absolute()
