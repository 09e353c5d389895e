"""Words that speak for a kind of document, with weights; and what files and folders are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from samantha.api.types import Kind


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a document may say, in any of several ways; all is matched against folded text."""

    weight: float
    words: frozenset[str]
    phrases: tuple[str, ...]
    pattern: re.Pattern[str] | None

    def said(self, words: frozenset[str], text: str) -> bool:
        """Tell whether it is said: sets and substrings first, they cost next to nothing."""
        if not self.words.isdisjoint(words) or any(p in text for p in self.phrases):
            return True
        return self.pattern is not None and self.pattern.search(text) is not None


def _term(weight: float, words: str, phrases: str = "", pattern: str = "") -> Term:
    said = tuple(p.strip() for p in phrases.split("|") if p.strip())
    return Term(weight, frozenset(words.split()), said, re.compile(pattern) if pattern else None)


_INVOICE = (
    _term(
        1.0,
        "invoice rechnung facture factura fattura factuur gutschrift stornorechnung",
        "rechnungskorrektur",
    ),
    _term(
        1.2,
        "rechnungsnummer rechnungsdatum rechnungsnr",
        "invoice no | invoice num | invoice date | invoice id | invoice # | invoice nr | "
        "rechnung nr | "
        "rechnungs-nr | rechnungs nr | rechnung re- | facture n | date facture | date de facture | "
        "rechnung-nr | your invoice",
    ),
    _term(
        0.9,
        "zahlbar zahlungsziel fällig rechnungsbetrag gesamtbetrag fälligkeit",
        "amount due | total due | balance due | please pay | please transfer | please remit | "
        "due date | "
        "payable by | payable within | zu zahlen | überweisen sie | bitte überweisen | net à "
        "payer | "
        "à régler | montant total | total ttc | payment terms | past due | zahlungsbedingung",
    ),
    _term(
        0.5,
        "vat ust mwst umsatzsteuer mehrwertsteuer tva iva steuernummer versicherungssteuer",
        "ust-id | sales tax",
    ),
    _term(0.4, "iban bic bankverbindung", "bank details | account number | bank account"),
)
_RECEIPT = (
    _term(
        1.1,
        "receipt quittung kassenbon kassenbeleg beleg reçu recibo resit zahlungsbestätigung",
        "ticket de caisse | payment confirmation",
    ),
    _term(
        0.8,
        "visa mastercard girocard rückgeld tendered rounding cash cashier barzahlung change",
        "ec-karte | debit card | payment mode",
    ),
    _term(
        0.6,
        "subtotal zwischensumme qty",
        "sub-total | sub total | grand total | total sales | total amount | total rm | total "
        "incl | "
        "total (",
        r"\b(?:total|summe)\b[ :]{0,4}(?:rm|\$|€|£|eur|usd)?\s?\d",
    ),
    _term(
        0.9,
        "bezahlt",
        "thank you for your purchase | thank you for your payment | thank you for shopping | "
        "thank you for coming | thank you for your visit | thanks for your purchase | thank you, "
        "please | "
        "thank you please | please come again | vielen dank für ihren einkauf | "
        "vielen dank für ihren besuch | vielen dank für ihre zahlung | received your payment | "
        "goods sold are not | not refundable | payment received | payment was received | has "
        "been paid | "
        "this is not a tax invoice | exchangeable",
    ),
    _term(
        0.9,
        "pos cashier kasse counter resit bediente",
        "gst id | gst reg | gst no | gst summary | served by | bon-nr | tax invoice",
    ),
)
_CONTRACT = (
    _term(
        0.7,
        "agreement contract vertrag mietvertrag arbeitsvertrag kaufvertrag contrat vereinbarung "
        "lease contrato",
        "geschäftsbedingungen | terms and conditions",
    ),
    _term(
        0.9,
        "hereby hereto hereinafter whereas herein thereof nachfolgend nachstehend hiermit",
        "im folgenden | ci-après",
    ),
    _term(
        0.9,
        "parties vertragsparteien vertragspartner mieter vermieter arbeitnehmer auftragnehmer "
        "auftraggeber licensor licensee lessee lessor tenant landlord mieterin vermieterin",
        "by and between | the party | les parties",
    ),
    _term(
        0.8,
        "shall indemnify gerichtsstand kündigungsfrist schriftform vertragslaufzeit termination "
        "salvatorische",
        "in witness whereof | governing law | effective date | ordentliche kündigung",
    ),
    _term(
        0.5,
        "",
        "",
        r"(?:^|\n)[ \t]{0,8}(?:§\s?\d|article\s+[\divx]+|section\s+\d|artikel\s+\d|\d{1,2}\.\d\s)",
    ),
)
_TICKET = (
    _term(
        1.4,
        "eticket bordkarte fahrkarte eintrittskarte fahrschein flugticket fahrkarten",
        "e-ticket | boarding pass | online-ticket | ticket number | ticket no | ticket nr | "
        "admit one | "
        "your ticket | ihr ticket | ihre tickets | mobile ticket",
    ),
    _term(
        1.0,
        "buchungsnummer buchungscode buchungsbestätigung pnr auftragsnummer reservierungsnummer",
        "booking reference | booking number | booking code | booking confirmation | booking id | "
        "reservation number | reservation code | confirmation number | confirmation code | "
        "record locator | numéro de réservation",
    ),
    _term(
        0.8,
        "departure departs arrival arrives abfahrt ankunft abflug gate gleis hinfahrt rückfahrt "
        "flight flug boarding",
        "check-in | platform ",
    ),
    _term(
        0.7,
        "seat sitzplatz passenger reisende fahrgast einlass barcode coach",
        "doors open | qr code | qr-code",
        r"\bwagen\s?\d|\brow\s\d|\breihe\s?\d",
    ),
)
_INVITATION = (
    _term(
        1.5,
        "invite invited inviting invitation invitations einladung eingeladen einzuladen",
        "save the date | vous invit",
        r"\b(?:lade|laden|lädt)\b[^.\n]{0,60}\bein\b",
    ),
    _term(
        1.1,
        "rsvp zusage",
        "r.s.v.p | um antwort | u.a.w.g | please reply by | please confirm by | "
        "let us know if you can | let us know whether | accept the invitation | répondre avant",
    ),
    _term(
        0.5,
        "party wedding birthday celebrate celebration reception dinner ceremony anniversary "
        "hochzeit geburtstag feier fest empfang vernissage jubiläum taufe premiere gartenfest",
    ),
    _term(
        0.6,
        "venue",
        "where: | when: | ort: | wann: | wo:",
        r"\b(?:at|um|from|ab)\s\d{1,2}(?:[:.]\d\d)?\s?(?:am|pm|uhr|o'clock|h)\b",
    ),
)
_NEWSLETTER = (
    _term(
        0.9,
        "unsubscribe abbestellen désabonner unsubscribing",
        "opt out | opt-out | remove yourself | remove me from | stop receiving | newsletter "
        "abmelden | "
        "vom newsletter",
    ),
    _term(
        0.9,
        "",
        "in your browser | view online | im browser | online-version | manage your | "
        "update your preferences | view this email",
    ),
    _term(
        0.8,
        "newsletter digest weekly monthly rundbrief",
        "this week | this month | in this issue | "
        "diese woche | in dieser ausgabe | you are receiving this | you received this",
        r"\bissue (?:no\.? ?)?#?\d+|\bvol(?:ume|\.)\s?\d+",
    ),
)
TERMS: Mapping[Kind, tuple[Term, ...]] = {
    Kind.INVOICE: _INVOICE,
    Kind.RECEIPT: _RECEIPT,
    Kind.CONTRACT: _CONTRACT,
    Kind.TICKET: _TICKET,
    Kind.INVITATION: _INVITATION,
    Kind.NEWSLETTER: _NEWSLETTER,
}
BUSINESS = _term(
    1.5,
    "unsubscribe login password",
    "http:// | https:// | {{ | support team | customer service | "
    "all rights reserved | click | your account | kundenservice | kundennummer",
)
"""What machines and firms write in mails that begin like letters."""

NAMES: Mapping[Kind, frozenset[str]] = {
    kind: frozenset(words.split())
    for kind, words in {
        Kind.LETTER: "letter letters brief briefe briefen lettre lettres carta cartas lettera "
        "lettere brieven correspondence korrespondenz correspondance briefwechsel epistle epistles",
        Kind.POEM: "poem poems poetry gedicht gedichte lyrik poème poèmes poesie poesía verse "
        "verses sonnet sonnets haiku haikus lieder",
        Kind.STORY: "story stories erzählung erzählungen erzaehlung erzaehlungen geschichte "
        "geschichten kurzgeschichte kurzgeschichten fiction novelle novellen märchen tale tales "
        "cuento cuentos nouvelles",
        Kind.ESSAY: "essay essays aufsatz aufsätze essai essais column columns kolumne kolumnen "
        "article articles blog review reviews",
        Kind.MANUSCRIPT: "chapter chapters kapitel novel roman manuscript manuskript manuscripts "
        "manuskripte chapitre ch kap book",
        Kind.NOTES: "note notes notizen notiz todo todos ideas ideen idea list liste einkaufsliste "
        "shopping minutes protokoll agenda jotting jottings stichpunkte scratch brainstorm "
        "packliste checklist",
        Kind.CODE: "log logs readme src code script config changelog requirements cmakelists",
        Kind.INVOICE: "invoice invoices rechnung rechnungen facture factures bill bills factura "
        "fattura",
        Kind.RECEIPT: "receipt receipts beleg belege quittung quittungen kassenbon bon reçu",
        Kind.CONTRACT: "contract contracts vertrag verträge vertraege mietvertrag arbeitsvertrag "
        "agreement lease contrat nda agb",
        Kind.TICKET: "ticket tickets fahrkarte boarding bordkarte booking buchung reservation "
        "reservierung",
        Kind.INVITATION: "invitation invitations einladung einladungen invite rsvp",
    }.items()
}

CODE_LINE = re.compile(
    r"[;{}]\s*$|^(?:def|class|import|from \w+ import|return|if\s*\(|for\s*\(|while\s*\(|#include|"
    r"function|const|let|var|public|private|static|elif|else:|try:|except|fn|use|package|echo|"
    r"sudo|SELECT|INSERT|CREATE|export)\b.*[\w)\]:;{\"']$|^\s*(?://|/\*|\*/|<\?|</?\w+[^>]*>$)|"
    r"^@\w+|\w\([^()]{0,80}\)\s*[:{;]?$|^[\w.\[\]\"']{1,60}\s*[+\-*/]?=\s*\S|=>|->|::|&&|\|\|"
)
LOG_LINE = re.compile(
    r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|^\[?\d\d[:.]\d\d[:.]\d\d|"
    r"^(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+\d{1,2}\s\d\d:\d\d:\d\d|"
    r"^(?:\[?(?:DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|TRACE)\]?)[\s:]|^\d{1,3}(?:\.\d{1,3}){3}\s"
)
