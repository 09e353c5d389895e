"""What runs out for a private person: subscriptions, trials, policies, warranties, return windows.

Shops and services say it in a line: what, and until when. The words right before and behind the
date tell what happens on it; a word for what it is must stand near.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from samantha.signals.clause_words import Length, lengths
from samantha.signals.day import Day
from samantha.signals.passages import Passages, Span, matches, sentence

_WHAT = {
    "trial": r"(?:free[ -])?trial\b|période d['’]essai|período de prueba|probe(?:abo\w*|monat\w*"
    r"|zeitraum|phase)|test(?:phase"
    r"|zeitraum|abo)",
    "return": r"\breturn(?!ing customer)(?:s|ed|able)?\b|\brückgabe\w*|zurück(?:geben|senden"
    r"|schicken"
    r"|zugeben|zusenden)|umtausch\w*|rücksendung|widerruf\w*|exchange\b",
    "warranty": r"\bwarrant(?:y|ies)\b|\bguarantee\b|garantie\w*|gewährleistung\w*|protection plan",
    "domain": r"\bdomain\w*|web ?hosting|\bssl\b|certificate\b|zertifikat\w*",
    "insurance": r"\b(?:insurance|coverage|(?:home|car|auto|travel|health|life|renters?)"
    r"[\w']* policy|policy (?:number|no|renewal))|your policy|versicherung\w*|police\b"
    r"|\bassurance|\bseguro\b|contrat habitation",
    "membership": r"membership\b|mitgliedschaft\w*|\bmember(?:s)? since|mitgliedsbeitrag",
    "subscription": r"subscription\w*|\bplan\b|\babos?\b|abonnements?|suscripción|\bpremium\b"
    r"|licen[cs]e\b"
    r"|lizenz\w*"
    r"|season ticket|jahreskarte|bahncard",
    "contract": r"\b(?:contrat|bail|contrato)\b|(?:contract|agreement|lease|tenancy)\b"
    r"|vertrags?\b|\w+vertrag\b|vertragslaufzeit",
}
_WHATS = {name: re.compile(rf"(?<![^\W\d_])(?:{p})", re.I) for name, p in _WHAT.items()}
_RENEWING = re.compile(
    r"(?:renew(?:s|ed|al)?(?: date| automatically)?|(?:erneuert|verlängert) sich(?: automatisch)?"
    r"(?: um [^.,\n]{1,30})?|verlängerung(?:sdatum)?|next (?:renewal|billing|charge)(?: date)?)"
    r"(?:\s(?:will be|is|ist|set|due|automatically|for [^.\n]{1,30}))*[\s:]{0,3}"
    r"(?:(?:on|at|from|am|zum|ab dem|ab|erfolgt am)\s)?$",
    re.I,
)
_ENDING = re.compile(
    r"(?:expir(?:es?|ing|y|ation)(?: date)?|ends?|ending|run(?:s)? out|lapses?|up for renewal"
    r"|valid (?:until|through|thru|to)|cover(?:ed|s)?(?: you)? (?:until|through)|good (?:until"
    r"|through)"
    r"|active until|endet|läuft(?: \w+){0,3}|gültig(?:keit)? bis|befristet bis|gilt bis"
    r"|abgedeckt bis"
    r"|(?:garantie|gewährleistung|laufzeit|vertrag\w*) (?:bis|ende)|window closes"
    r"|à échéance|prend fin|expire(?:ra)?|se termine|valables? jusqu['’]au|vence|finaliza|caduca)"
    r"(?:\s(?:will|is|ist|noch))*[\s:]{0,3}(?:(?:on|at|in|by|am|zum|bis(?: zum)?|mit dem|le|el"
    r"|au)\s)?$",
    re.I,
)
_RETURNING = re.compile(
    r"(?:return\w*|exchange\w*|rückgabe\w*|umtausch\w*|rücksendung|widerruf\w*|zurück\w*)\b"
    r"[^.!?\n]{0,60}?(?:\b(?:by|until|before|through|on or before|bis(?: zum| spätestens)*)\s"
    r"|:\s?)$",
    re.I,
)
_BACK_AFTER = re.compile(r"[^.!?\n]{0,30}\b(?:zurück\w*|umtausch\w*|retour\w*|widerruf\w*)", re.I)
_CANCELLING = re.compile(
    r"(?:cancel\w*|opt out|turn off auto-?renew\w*|kündbar|kündig\w*|kündigung\w*)\b[^.!?\n]{0,60}?"
    r"\b(?:by|before|until|no later than|on or before|bis(?: zum| spätestens)*|vor dem)\s$",
    re.I,
)
_STRICTLY = re.compile(r"(?<!on or )\b(?:before|vor dem)\s$", re.I)
_CANCEL_AFTER = re.compile(r"[^.!?\n]{0,40}\b(?:kündig\w*|gekündigt|to cancel|abbestell\w*)", re.I)
_RUNS_OUT_AFTER = re.compile(r"\s?(?:ab|aus)\b", re.I)
_SALES = re.compile(
    r"\b(?:offers?|sales?|coupons?|vouchers?|promo\w*|deals?|discount\w*|save|% off|code|early bird"
    r"|register|registration|submission\w*|tickets? on sale|angebot\w*|gutschein\w*|rabatt\w*"
    r"|aktion"
    r"|sparen|upgrade (?:now|today)|webinar|contest|gewinnspiel)\b",
    re.I,
)
_FROM_PURCHASE = re.compile(
    r"['’]?s?['’]?(?: of)?(?: the)?(?: \w+){0,2}? ?(?:from|of|after|ab|nach)(?: the| your| dem"
    r"| der)?"
    r"(?: date of| day of| tag der)? ?(?:purchase|delivery|receipt|receiving|order|kauf\w*"
    r"|liefer\w*"
    r"|erhalt\w*|rechnungsdatum|invoice)",
    re.I,
)
_BOUGHT = re.compile(
    r"\b(?:order (?:confirmation|confirmed|number|no\b|#)|thank(?:s| you) for (?:your|the) "
    r"(?:recent )?(?:order|purchase)|your (?:order|package|parcel|item)s? (?:has|have|was|were|is) "
    r"(?:been |now )?(?:shipped|delivered|on its way|confirmed)|(?:deiner?|ihrer?) bestellung"
    r"|your (?:[^\W\d_]+ ){1,3}(?:has|have) (?:arrived|been delivered)"
    r"|bestellnummer|kaufbeleg|rechnung|invoice|quittung|(?:wurde|ist) (?:geliefert|zugestellt))\b",
    re.I,
)
_GOODS = re.compile(
    r"\brefund|\bitems?\b|rückerstatt|\bartikel|return window|your (?:order|purchase)|receipt", re.I
)
_CLAUSE = re.compile(r"[.!?;]\s|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class RunsOut:
    """Something that runs out on a day: what it is, where it is said, whether it goes on."""

    what: str
    day: date
    span: Span
    renews: bool
    confidence: float


def find_running_out(
    text: str, within: Passages, days: tuple[Day, ...], subject: str, bought: date
) -> tuple[RunsOut | None, RunsOut | None]:
    """Return what runs out, and the last day on which it can be called off, where they are said.

    ``subject`` helps to tell what it is; ``bought`` is the day from which windows count.
    """
    ends: list[RunsOut] = []
    calls: list[RunsOut] = []
    for day in days:
        before, after = _before(text, within, day.start), text[day.end : day.end + 60]
        near = text[max(0, day.start - 160) : day.end + 100]
        span = sentence(text, day.start, day.end, within, 200)
        said = text[span[0] : span[1]]
        if _SALES.search(said):
            continue
        if _CANCELLING.search(before) or (
            re.search(r"\bbis(?: zum| spätestens)*\s$", before) and _CANCEL_AFTER.match(after)
        ):
            what = _what(said) or _what(near) or _what(subject)
            if what:
                last = day.value - timedelta(days=bool(_STRICTLY.search(before)))
                calls.append(RunsOut(what, last, span, True, day.confidence))
            continue
        found = _happens(before, after)
        if not found:
            continue
        what = "return" if found == "return" else _what(said) or _what(subject) or _what(near)
        if what == "return" and not _is_purchase(text, within):
            continue
        if what:
            renews = found == "renew" or _goes_on(near)
            ends.append(RunsOut(what, day.value, span, renews, day.confidence * 0.95))
    if not ends:
        ends.extend(_windows(text, within, bought))
    best = max(ends, key=lambda e: (e.confidence, -e.span[0]), default=None)
    return best, max(calls, key=lambda c: (c.confidence, -c.span[0]), default=None)


def _is_purchase(text: str, within: Passages) -> bool:
    low, high = within[0][0], within[-1][1]
    return any(p.search(text, low, high) is not None for p in (_BOUGHT, _GOODS))


def _before(text: str, within: Passages, start: int) -> str:
    low = next((a for a, b in within if a <= start < b), 0)
    return _CLAUSE.split(text[max(low, start - 110) : start])[-1].replace("\n", " ")


def _happens(before: str, after: str) -> str:
    if _RETURNING.search(before):
        return "return"
    if re.search(r"\bbis(?: zum| spätestens)*\s$", before) and _BACK_AFTER.match(after):
        return "return"
    if _RENEWING.search(before):
        return "renew"
    runs = re.search(r"\bläuft\b", before)
    if _ENDING.search(before) and (not runs or "bis" in before or _RUNS_OUT_AFTER.match(after)):
        return "end"
    return ""


def _goes_on(near: str) -> bool:
    return (
        re.search(
            r"auto(?:matically|-?renew)|will (?:be )?renew|automatisch|verlängert sich"
            r"|unless you cancel"
            r"|will be (?:charged|billed)|tacite|reconduit|renouvelé|tácita|se renov|se renueva"
            r"|automáticamente",
            near,
            re.I,
        )
        is not None
        and re.search(
            r"not (?:automatically )?renew|auto-?renew\w* is off|nicht"
            r" (?:automatisch )?verläng",
            near,
            re.I,
        )
        is None
    )


def _what(said: str) -> str:
    return next((name for name, pattern in _WHATS.items() if pattern.search(said)), "")


def _windows(text: str, within: Passages, bought: date) -> Iterator[RunsOut]:
    """Count "30 days from purchase" for returns and warranties of what was just bought."""
    if not any(True for _ in matches(_BOUGHT, text, within, 1)):
        return
    for name in ("return", "warranty"):
        for match in matches(_WHATS[name], text, within, 10):
            span = sentence(text, match.start(), match.end(), within, 200)
            for length in lengths(text, *span):
                value = _counted(text, span, length, bought, name)
                if value is not None:
                    # Every shop's small print has a return window; few want to hear of each.
                    sure = 0.55 if name == "return" else 0.65
                    yield RunsOut(name, value, span, False, sure)
                    break


def _counted(text: str, span: Span, length: Length, bought: date, name: str) -> date | None:
    after = text[length.span[1] : min(span[1], length.span[1] + 60)]
    before = text[max(span[0], length.span[0] - 16) : length.span[0]].lower()
    within = name == "return" and re.search(
        r"(?:within|have|innerhalb(?: von)?|binnen)\s+$", before
    )
    if not within and not _FROM_PURCHASE.match(after):
        return None
    return length.after(bought)
