"""The first half: a moment becomes suggestions, and suggestions become offers.

`happened` ends with an offer in the state. What the user makes of it begins in `decided`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from samantha.api.errors import UserError
from samantha.api.plugin import Answer as Said
from samantha.api.plugin import Moment, Silence
from samantha.api.types import Collection, Document, Suggestion, Verdict
from samantha.core.admit import WHY_LIMIT, Permissions, Refusal, admit
from samantha.core.attention import Answer, Candidate, Policy, Situation
from samantha.core.cards import card
from samantha.core.checks import attend, refuse
from samantha.core.grown import GrownCollections
from samantha.core.judging import Judge, borderline
from samantha.core.learning import Chance, own_confidence
from samantha.core.moments import QuietThreads, Wakes
from samantha.core.offering import decided_before, in_view, is_said, new_offer
from samantha.core.payload import Payload
from samantha.core.ports import (
    Builder,
    Clock,
    Index,
    Notifier,
    Offer,
    OfferState,
    Presence,
    State,
)
from samantha.core.rank import rank
from samantha.core.shape import misshapen
from samantha.core.showing import LIVE, Showing
from samantha.core.surroundings import no_meeting, nothing_known, quoted
from samantha.core.text import inert, thing_key
from samantha.core.twins import told_same, two_reasons
from samantha.core.wording import Word, worded

MOST_PROPOSALS = 50
"""How many of one plugin's answers to one moment are looked at, the best first."""
REASON_LIMIT = 200
"""Characters of a plugin's reason to say nothing."""
PUT_OFF = "you put it off"


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that is enabled, as the engine calls it."""

    name: str
    permissions: Permissions
    call: Callable[[Moment], Sequence[Said] | None]
    """Runs ``suggest``; never raises: a failing plugin answers with nothing and is reported.

    None: it takes long, and what it says comes later, by a call of ``happened`` for it alone.
    """
    begin: Callable[[Moment], None] = lambda moment: None
    """Puts the question ahead, so that plugins in processes of their own think side by side."""
    failures: Callable[[], int] = lambda: 0
    """How often it has failed so far."""


class Engine(Showing):
    """Turns moments into offers and shows those whose time has come."""

    def __init__(
        self,
        index: Index,
        state: State,
        builder: Builder,
        notifier: Notifier,
        clock: Clock,
        policy: Policy,
        current_fingerprint: Callable[[Document], str],
        judge: Judge = lambda suggestion, sources: None,
        word: Word = lambda suggestion, sources: None,
        *,
        chance: Chance = own_confidence,
        presence: Callable[[], Presence] = nothing_known,
        meeting: Callable[[], datetime | None] = no_meeting,
        collections: Callable[[], Sequence[Collection]] = tuple,
    ) -> None:
        super().__init__(
            index,
            state,
            notifier,
            clock,
            policy,
            current_fingerprint,
            chance=chance,
            presence=presence,
            meeting=meeting,
        )
        self._builder = builder
        self._judge = judge
        self._word = word
        self.wakes = Wakes(index)
        """When plugins want to be asked again."""
        self.quiet = QuietThreads(index, state, policy.zone)
        """Of which threads plugins want to be told."""
        self.grown = GrownCollections(index, state, collections)
        """Of which bodies of work plugins want to be told."""

    # --- happened ---------------------------------------------------------------------------

    def happened(self, moment: Moment, plugins: Iterable[LoadedPlugin], trace: str) -> list[Offer]:
        """Ask the plugins and return the offers that were made (shown, held or dropped)."""
        return self.all_happened([(plugin, moment) for plugin in plugins], trace)

    def all_happened(
        self, occasions: Iterable[tuple[LoadedPlugin, Moment]], trace: str
    ) -> list[Offer]:
        """Ask each plugin about its moment; what they propose is ranked together."""
        occasions = list(occasions)
        with ExitStack() as broken_off:
            for plugin, moment in occasions:
                broken_off.callback(self._again, plugin.name, moment)
            over, proposals = self._heard(self._begun(occasions), trace)
            permissions = {plugin.name: plugin.permissions for plugin, _ in occasions}
            offers = []
            for name, suggestion in rank(proposals, self._clock.now()):
                offer = self._consider(name, permissions[name], suggestion, trace)
                if offer is not None:
                    offers.append(offer)
            # Only now: a kill before this must not count as told.
            for name, own, failed in over:
                self._over(name, own, failed=failed)
            broken_off.pop_all()
        return offers

    def _begun(
        self, occasions: Iterable[tuple[LoadedPlugin, Moment]]
    ) -> list[tuple[LoadedPlugin, Moment]]:
        """Put the questions, each with what the plugin may read; return who was asked what."""
        asked = []
        for plugin, moment in occasions:
            wanted = plugin.permissions.media()
            seen = tuple(d for d in moment.documents if d.media in wanted)
            own = replace(moment, documents=seen)
            if moment.documents and not seen:
                self._over(plugin.name, own)
                continue
            plugin.begin(own)
            asked.append((plugin, own))
        return asked

    def _heard(
        self, asked: Iterable[tuple[LoadedPlugin, Moment]], trace: str
    ) -> tuple[list[tuple[str, Moment, bool]], list[tuple[str, Suggestion]]]:
        """Return whose moments were answered, and whether with a failure; and what they propose."""
        over: list[tuple[str, Moment, bool]] = []
        proposals: list[tuple[str, Suggestion]] = []
        for plugin, own in asked:
            failures = plugin.failures()
            answers = plugin.call(own)
            if answers is None:
                continue
            over.append((plugin.name, own, plugin.failures() > failures))
            rest = self._without_wakes(plugin, own, answers, trace)
            said = [a for a in rest if not isinstance(a, Silence)]
            good = self._well_formed(plugin.name, said, trace)
            proposals += [(plugin.name, one) for one in good]
            self._leave_unsaid(plugin.name, own, rest, good)
        return over, proposals

    def _again(self, plugin: str, moment: Moment) -> None:
        """Let a moment come again: it was broken off, by a full disk for example."""
        self.wakes.again(plugin, moment)
        self.quiet.again(plugin, moment)
        self.grown.again(plugin, moment)

    def _over(self, plugin: str, moment: Moment, *, failed: bool = False) -> None:
        self.wakes.over(plugin, moment, failed=failed)
        self.quiet.over(plugin, moment, failed=failed)
        self.grown.over(plugin, moment, failed=failed)

    def _without_wakes(
        self, plugin: LoadedPlugin, moment: Moment, answers: Sequence[Said], trace: str
    ) -> list[Suggestion | Silence]:
        """Keep the wakes among a plugin's answers, and return the others."""
        media = plugin.permissions.media()
        rest, refused = self.wakes.answered(plugin.name, moment, answers, media)
        for reason in refused:
            now = self._clock.now()
            self._state.audit(trace, "refused", now, plugin=plugin.name, reason=reason)
        return rest

    def _well_formed(
        self, plugin: str, answers: Sequence[Suggestion], trace: str
    ) -> list[Suggestion]:
        """Return a plugin's proposals that are values, the best of them when they are too many."""
        now, good = self._clock.now(), []
        for answer in answers:
            wrong = misshapen(answer)
            if wrong:
                reason = f"its {wrong} is not a proper value"
                self._state.audit(trace, "refused", now, plugin=plugin, reason=reason)
            else:
                good.append(answer)
        best = [one for _, one in rank([(plugin, one) for one in good], now)]
        if len(best) > MOST_PROPOSALS:
            # What was offered before gives way, so that the rest comes another day, and not never.
            best.sort(
                key=lambda one: self._state.offer_for(plugin, thing_key(one.thing)) is not None
            )
            reason = f"too many at once: {len(best)}, the best {MOST_PROPOSALS} were looked at"
            self._state.audit(trace, "refused", now, plugin=plugin, reason=reason)
        return best[:MOST_PROPOSALS]

    def _leave_unsaid(
        self,
        plugin: str,
        moment: Moment,
        answers: Sequence[Suggestion | Silence],
        good: Sequence[Suggestion],
    ) -> None:
        """Keep why a plugin is silent, and take back what it calls settled."""
        silences = [
            replace(one, reason=inert(one.reason, REASON_LIMIT))
            for one in answers
            if isinstance(one, Silence)
            and all(isinstance(v, str) for v in (one.document, one.reason, one.thing))
        ]
        quoted = {e.document for one in good for e in one.evidence}
        about = {*(d.id for d in moment.documents), *quoted}
        self._index.keep_silences(plugin, silences, about, moment.now)
        for silence in silences:
            if silence.thing:
                self._settle(plugin, silence.thing)

    def _settle(self, plugin: str, thing: str) -> None:
        """Take back what is still on its way about a thing that is settled."""
        offer, now = self._state.offer_for(plugin, thing_key(thing)), self._clock.now()
        if offer is None:
            return
        if offer.state in LIVE:
            self.void(offer, "it is settled")
            return
        entry = self._state.outbox_for(offer.id)
        for step in entry.undo if entry is not None else ():
            if step["effect"]["type"] == "add_reminder":
                cancelled = self._state.cancel_reminder(str(step["facts"]["key"]))
                if cancelled:
                    self._state.audit(offer.trace, "reminder_cancelled", now, offer=offer.id)

    def _consider(
        self, plugin: str, permissions: Permissions, suggestion: Suggestion, trace: str
    ) -> Offer | None:
        now = self._clock.now()
        admitted = admit(suggestion, permissions, self._index.document, now)
        if isinstance(admitted, Refusal):
            self._state.audit(trace, "refused", now, plugin=plugin, reason=admitted.reason)
            return None
        candidate, sources = admitted
        thing = thing_key(candidate.thing)
        earlier = self._state.offer_for(plugin, thing)
        decided = decided_before(earlier)
        wanted = not (decided or self._state.suppressed(plugin, thing, candidate.kind))
        if wanted and borderline(candidate.confidence, self._needed(plugin, candidate)):
            candidate = self._judged(plugin, candidate, sources, earlier, trace)
        try:
            payload = self._builder.build(candidate.action, sources)
        except UserError as problem:
            self._state.audit(trace, "refused", now, plugin=plugin, reason=problem.what)
            return None
        said = {str(name): sources[name] for name in quoted(candidate)}
        looked_at = self._looked_at(plugin, candidate, said)
        about = self._around.about(self._around.now(now), plugin, candidate.kind, thing)
        about = replace(about, suppressed=about.suppressed or decided)
        if earlier is not None and earlier.state in (*LIVE, OfferState.DROPPED):
            about = replace(about, done=self._around.done_since(earlier))
        if refuse(looked_at, about, self._policy) is None:
            about = replace(about, same=self._twin(plugin, candidate, payload, earlier, trace))
        answer = self._verdict(looked_at, self._written(about, looked_at), earlier)
        back = self._comes_back(plugin, thing, earlier)
        if back is not None and answer.verdict is Verdict.SHOW:
            answer = Answer(Verdict.HOLD, PUT_OFF)
        offer = self._offer(looked_at, thing, candidate, sources, payload, answer, earlier, trace)
        if offer is None or back is None:
            return offer
        self._state.update_offer(offer.id, snoozed_until=back)
        return self._state.offer(offer.id)

    def _comes_back(self, plugin: str, thing: str, earlier: Offer | None) -> datetime | None:
        """Return when a thing comes back that the user has put off, in whatever version."""
        until = self._put_off.get((plugin, thing))
        if earlier is not None and earlier.state in LIVE:
            until = earlier.snoozed_until
        return until if until is not None and until > self._clock.now() else None

    def _verdict(self, looked_at: Candidate, situation: Situation, earlier: Offer | None) -> Answer:
        answer = attend(looked_at, situation, self._policy)
        if answer.verdict is Verdict.HOLD and in_view(earlier):
            # The user has this thing in front of them: a new version takes its place and costs no
            # second piece of the budget. Quiet hours and a pause hold it all the same.
            free = replace(situation, shown_today=0, shown_this_hour=0)
            if attend(looked_at, free, self._policy).verdict is Verdict.SHOW:
                return Answer(Verdict.SHOW, "new version of an offer that is already shown")
        return answer

    def _twin(
        self,
        plugin: str,
        candidate: Suggestion,
        payload: Payload,
        earlier: Offer | None,
        trace: str,
    ) -> str:
        """Return which offer of another plugin says the same, in words; it gets this reason too."""
        if earlier is not None and earlier.state in LIVE:
            return ""
        found = self._around.twin(plugin, payload.action, quoted(candidate), self._clock.now())
        if found is None:
            return ""
        why = two_reasons(found, plugin, candidate.why, WHY_LIMIT) if found.state in LIVE else ""
        if why:
            self._state.update_offer(found.id, why=why)
            if found.state is OfferState.OPEN and found.trace == trace:
                # It came a moment ago: its card is still being read.
                self._notifier.post(card(replace(found, why=why)))
        return told_same(found)

    def _needed(self, plugin: str, candidate: Suggestion) -> float:
        return self._policy.needed(f"{plugin}/{candidate.kind}")[0]

    def _judged(
        self,
        plugin: str,
        candidate: Suggestion,
        sources: Mapping[str, Document],
        earlier: Offer | None,
        trace: str,
    ) -> Suggestion:
        """Let a borderline suggestion pass or fall; each thing is judged once.

        The reason is a model's words about a document: it stays with the offer, out of the audit.
        """
        if earlier is not None:
            return replace(candidate, confidence=earlier.confidence, why=earlier.why)
        judgement = self._judge(candidate, sources)
        if judgement is None:
            return candidate
        now, threshold = self._clock.now(), self._needed(plugin, candidate)
        self._state.audit(trace, "judged", now, plugin=plugin, passes=judgement.passes)
        why = f"{candidate.why} The model: {judgement.reason}" if judgement.reason else ""
        confidence = max(candidate.confidence, threshold)
        if not judgement.passes:
            confidence = min(candidate.confidence, max(0.0, threshold - 0.01))
        return replace(candidate, confidence=confidence, why=inert(why, WHY_LIMIT) or candidate.why)

    def _offer(
        self,
        looked_at: Candidate,
        thing: str,
        suggestion: Suggestion,
        sources: Mapping[str, Document],
        payload: Payload,
        answer: Answer,
        earlier: Offer | None,
        trace: str,
    ) -> Offer | None:
        now = self._clock.now()
        if earlier is not None and is_said(earlier, payload, answer):
            return None
        if earlier is not None and earlier.state in LIVE:
            if answer.verdict is Verdict.DROP:
                return None
            self.void(earlier, "replaced by a newer version of the same suggestion")
        if answer.verdict is Verdict.SHOW:
            suggestion = worded(suggestion, self._word(suggestion, sources))
        offer = self._state.add_offer(
            new_offer(looked_at.plugin, thing, suggestion, payload, answer, trace, now), payload
        )
        self._state.audit(
            trace,
            "suggested",
            now,
            offer=offer.id,
            plugin=offer.plugin,
            kind=offer.kind,
            chance=round(looked_at.chance, 3),
            verdict=str(answer.verdict),
            reason=answer.reason,
            payload=payload.hash,
        )
        if answer.verdict is Verdict.SHOW:
            self.show(offer)
        return self._state.offer(offer.id)
