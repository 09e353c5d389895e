"""Signals of single sentences in a mail: asked, promised, arranged, thanked, called off.

Each carries its sentence as an exact quote. Only new text is looked at: no quoted mail, no
signature. Who is asked is said where the header or the sentence tells it cheaply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from samantha.api.types import Document, Identity, Mail, Signal
from samantha.signals.acts import ACTS, ALONE, Act, ActHead, act_heads, among, chance, traits_of
from samantha.signals.answering import expects_answer
from samantha.signals.dates import Day
from samantha.signals.passages import seen
from samantha.signals.receivers import asked_one, from_user
from samantha.signals.said import Said, Speech
from samantha.signals.sentences import Sentence
from samantha.signals.speech import cues
from samantha.signals.standing import standing_signals
from samantha.signals.wording import words

LEAST: dict[Act, float] = {
    "request": 0.5,
    "commitment": 0.2,
    "question": 0.5,
    "event_sentence": 0.6,
}
"""Probability from which a sentence does it; whoever acts on one looks at how sure it is."""
LONE = 0.6
"""Log odds of a request in a mail of one sentence: few write only to tell."""
CONCERNS = 1.5
"""Log odds of a meeting for what somebody means to do or can, in a mail about a meeting."""
AD_COST = 2.0
"""Log odds that a meeting loses for each mark of advertising or machine mail."""
MEETING = frozenset(["meet_noun", "meet_core", "meet_verb", "meet_avail", "label_when"])
TIME_ALONE = 2.0
"""Log odds of a meeting that a promise without a word of one loses."""
IMPERATIVE = 0.3
"""Log odds of an imperative, for it among people and against it in advertising."""
MEANT = words("i_will i_will_be i_would i_can going_to we_could hedge let_know")
PEOPLE = frozenset(["first", "first_many", "second"])
COMMISSIVE = words(
    "i_will will_send i_will_be i_let_know going_to happy_to i_can i_would i_present will_start "
    "will_do my_turn i_owe somebody_will let_me comes_later i_must"
)
"""Without one of these cues nobody promises anything."""
BRIEF = 4
"""Words up to which a reason is one."""
SHOWN = 25
"""Signals of one kind that are kept of one mail, the likeliest."""


def sentence_signals(
    document: Document,
    speech: Speech,
    days: tuple[Day, ...],
    reference: date,
    identity: Identity,
) -> Iterator[Signal]:
    """Yield what single sentences of a mail do; nothing for other documents."""
    mail = document.mail
    if document.media != "mail" or mail is None:
        return
    said, bulk = speech.said, speech.bulk
    found: list[Signal] = []
    for act in ACTS:
        for one, confidence in _likely(act, said, mail, bulk):
            value = _value(act, document, one.sentence, days, reference, identity)
            value["because"] = _because(_head(act, len(said)), one)
            found.append(seen(document.text, act, value, one.sentence.span, confidence))
    yield from found
    yield from expects_answer(document, found, identity)
    yield from standing_signals(document, [(one.sentence, one.cues) for one in said])


def _likely(act: Act, said: Sequence[Said], mail: Mail, bulk: int) -> list[tuple[Said, float]]:
    """Return the sentences that do it, in their order, with calibrated probabilities."""
    head = _head(act, len(said))
    scores = [head.score(one.traits) - 9.0 * ("header" in one.cues) for one in said]
    if act == "request":
        scores = [s + _meant(one, bulk, len(said)) for s, one in zip(scores, said, strict=True)]
    elif act == "commitment":
        scores = [
            s if COMMISSIVE & one.cues.keys() else -9.0 for s, one in zip(scores, said, strict=True)
        ]
    elif act == "event_sentence":
        scores = [
            score - AD_COST * bulk - TIME_ALONE * _only_promises(one)
            for score, one in zip(scores, said, strict=True)
        ]
        found = cues(mail.subject)
        subject = chance(head.score(traits_of(mail.subject, found)))
        if not bulk and _about_meeting(scores, subject, found):
            scores = [s + CONCERNS * _concerns(one) for s, one in zip(scores, said, strict=True)]
        scores = among(scores, subject)
    rated = [(one, round(chance(score), 3)) for one, score in zip(said, scores, strict=True)]
    kept = sorted((r for r in rated if r[1] >= LEAST[act]), key=lambda r: -r[1])[:SHOWN]
    return sorted(kept, key=lambda r: r[0].sentence.start)


def _head(act: Act, number: int) -> ActHead:
    """Return the head for an act in a mail of a number of sentences."""
    return act_heads()[ALONE if act == "request" and number < 2 else act]


def _meant(one: Said, bulk: int, number: int) -> float:
    """Return log odds for a lone sentence, and for a bare imperative, which is nothing in an ad."""
    if number < 2:
        return LONE if not bulk else 0.0
    if "imperative" not in one.cues:
        return 0.0
    return IMPERATIVE if not bulk else -IMPERATIVE * (bulk > 1)


def _about_meeting(scores: Sequence[float], subject: float, found: Mapping[str, str]) -> bool:
    """Tell whether a mail is about a meeting: its subject says so, or much of it does."""
    if subject >= 0.5 or "meet_noun" in found:
        return True
    return sum(chance(score) >= 0.7 for score in scores) >= max(2, len(scores) / 4)


def _concerns(one: Said) -> bool:
    """Tell whether people say in it what they mean to do, can or might."""
    return bool(PEOPLE & one.cues.keys() and MEANT & one.cues.keys())


def _only_promises(one: Said) -> bool:
    """Tell whether a time is that of a promise ("I'll send it on Monday") and of no meeting."""
    return bool(COMMISSIVE & one.cues.keys()) and not MEETING & one.cues.keys()


def _because(head: ActHead, one: Said) -> str:
    """Return the words of the sentence that speak for the act most, to be shown to the user."""
    told: dict[str, float] = {}
    for trait in one.traits:
        said = one.cues.get(trait.removesuffix("_bare"), "")
        if said and not trait.startswith("mark") and head.weight(trait) > 0:
            told[said] = told.get(said, 0.0) + head.weight(trait)
    # "could you" speaks with the weight of "could" and of "you"; a whole sentence explains nothing.
    brief = [said for said in sorted(told) if len(said.split()) <= BRIEF] or sorted(told)
    whole = {said: sum(w for part, w in told.items() if part in said) for said in brief}
    return max(brief, key=lambda said: whole[said], default="?" if "mark" in one.cues else "")


def _value(
    act: Act,
    document: Document,
    sentence: Sentence,
    days: tuple[Day, ...],
    reference: date,
    identity: Identity,
) -> dict[str, object]:
    value: dict[str, object] = {"due": _due(sentence, days, reference)}
    if act == "request":
        value["of"] = asked_one(document, sentence.words, identity)
    elif act == "commitment":
        value["by"] = _speaker(document, identity)
    return value


def _due(sentence: Sentence, days: tuple[Day, ...], reference: date) -> str | None:
    """Return the first day in the sentence that is not past."""
    for day in days:
        if sentence.start <= day.start < sentence.end and day.value >= reference:
            return day.value.isoformat()
    return None


def _speaker(document: Document, identity: Identity) -> str:
    mail = document.mail
    if mail is None or (mail.sender is None and mail.folder != "sent"):
        return "unknown"
    return "user" if from_user(mail, identity) else "other"
