"""The sentence of a mail that asks for a document."""

from __future__ import annotations

import re

from samantha.api import Document, Signal

_GIVE = re.compile(
    r"(?i)\b(?:send|forward|e-?mail|mail|share|attach|provide|pass (?:me|us|on)|give (?:me|us)|"
    r"get (?:me|us)|let (?:me|us) have|do you (?:still )?have|have you (?:still )?got|need|"
    r"could (?:i|we) (?:have|get|see)|can (?:i|we) (?:have|get|see)|may (?:i|we) (?:have|see)|"
    r"(?:zu)?(?:schick|send)\w*|weiterleit\w*|leit\w* .{0,60}weiter|zukommen|mail\w* (?:mir|uns)|"
    r"gib\w* (?:mir|uns)|geben sie (?:mir|uns)|ha(?:st|ben) (?:du|sie|ihr)(?: noch)?|brauch\w*|"
    r"benötig\w*|kann ich .{0,60}(?:haben|bekommen|sehen))\b"
)
_THING = re.compile(
    r"(?i)\b(?:cop(?:y|ies)|files?|documents?|pdf|docx?|scans?|papers?|reports?|lists?|plans?|"
    r"contracts?|agreements?|invoices?|receipts?|minutes|notes|slides|presentation|spreadsheets?|"
    r"drafts?|manuscripts?|letters?|proposals?|budgets?|schedules?|agendas?|cv|resume|résumé|"
    r"photos?|pictures?|drawings?|maps?|forms?|certificates?|statements?|summar(?:y|ies)|memos?|"
    r"versions?|chapters?|poems?|stories|story|recipes?|offers?|quotes?|quotations?|protocols?|"
    r"tickets?|itinerar(?:y|ies)|"
    r"\w*(?:datei|dokument|unterlage|bericht|liste|plan|pläne|vertrag|verträge|rechnung|beleg|"
    r"protokoll|notiz|folie|präsentation|tabelle|entwurf|entwürfe|manuskript|brief|angebot|"
    r"lebenslauf|foto|bild|zeichnung|karte|formular|bescheinigung|zusammenfassung|kapitel|"
    r"gedicht|rezept|fassung|budget|kopie|quittung|urkunde)\w{0,2})\b|\.\w{2,4}\b"
)
_NOT_A_FILE = re.compile(
    r"(?i)\b(?:send|mail|schick\w*) (?:me |us |mir |uns )?(?:an? |eine? )?"
    r"(?:e-?mail|message|note|word|line|answer|reply|money|check|cheque|nachricht|antwort|zeile)\b"
)
_WHAT_FOR = re.compile(
    r"(?i)(?:[,;:.–—-]|\bso)\s+(?:then|so that|because|as i|since i|dann|damit|weil|denn|afin"
    r"|pour que|"
    r"(?:i|we|ich|wir) (?:need|want|have|brauche\w*|will|wollen|muss|müssen))\b"
)
"""Where a request begins to tell what the document is wanted for."""


def thing_in(quote: str) -> str:
    """Return the part of a request that names the document, without what it is wanted for."""
    match = _WHAT_FOR.search(quote)
    named = quote[: match.start()] if match else quote
    return named if _THING.search(named) else quote


def asks_for_document(document: Document, least: float) -> Signal | None:
    """Return the surest sentence that asks the user for a document, None where there is none."""
    for kind in ("request", "question"):
        for signal in document.signals(kind):
            words = " ".join(signal.quote.split())
            if signal.confidence < least or _of(signal) == "other":
                continue
            if _GIVE.search(words) and _THING.search(words) and not _NOT_A_FILE.search(words):
                return signal
    return None


def _of(signal: Signal) -> str:
    value = signal.value
    return str(value.get("of", "")) if isinstance(value, dict) else ""
