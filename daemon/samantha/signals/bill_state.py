"""What a bill says about itself: paid already, drawn by direct debit, or money back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.api.types import Signal
from samantha.signals.bill_paper import Paper
from samantha.signals.passages import Span, matches, seen, sentence

_PAID = re.compile(
    r"(?<![^\W\d_])(?:(?:has|have) (?:already )?been paid|(?:was|is|were) (?:already "
    r"|fully )?paid|paid (?:in full|by|on|via|with|through)\b"
    r"|(?:we(?: have|['’]ve)? )?received your payment|payment (?:was |has been )?(?:received"
    r"|successful|posted|confirmed|confirmation|complete[d]?|processed|receipt)"
    r"|thank(?:s| you) (?:very much )?for your payment|no (?:further )?payment is (?:due|required"
    r"|necessary)|nothing (?:further )?is due|do not pay"
    r"|this is (?:a|your) receipt|(?:is|here is|as) (?:the|your|a) receipt|receipt for your"
    r"|official receipt"
    r"|successfully (?:charged|paid)|(?:has been|was|were|we(?:['’]ve"
    r"| have)?) charged (?:to )?(?:your|the) (?:card|credit card|account|visa|mastercard)"
    r"|(?:bereits|dankend|vollständig) (?:(?:per|mit|über|via|durch|am) [\w.]{1,20} ){0,2}"
    r"(?:bezahlt|beglichen|erhalten)|(?:wurde|ist|sind) (?:bereits |vollständig )?"
    r"(?:bezahlt|beglichen)|betrag (?:dankend )?erhalten"
    r"|zahlung (?:ist |haben wir |wurde )?(?:dankend )?(?:erhalten|eingegangen|bestätigt"
    r"|erfolgreich)|(?:haben|wir) (?:ihre|deine) zahlung (?:erhalten|erhielten)?"
    r"|zahlungs(?:eingang|bestätigung)|vielen dank für (?:ihre|deine) zahlung"
    r"|keine (?:aufforderung zur zahlung|zahlung erforderlich)|bezahlt (?:per|mit|am|via)"
    r"|merci (?:de|pour) votre (?:paiement|règlement)|votre paiement (?:a été|est) "
    r"|facture acquittée|payée? (?:le|par)\b|reçu de paiement"
    r"|(?:is|reeds|al) (?:betaald|voldaan)|betaald (?:met|via|op)|pago recibido|pagado"
    r"|pagamento ricevuto|già pagat[oa]|quittung)(?![^\W\d_])",
    re.I,
)
_NOT_PAID = re.compile(
    r"\b(?:if|when|once|until|unless|before|after|should|must|not|n['’]t|never|unpaid|to be"
    r"|will be|can be|may be|yet)\b"
    r"|\b(?:wenn|falls|sofern|sollte[n]?|nicht|noch|sobald|bis|nach|muss|kann)\b|\b(?:si|sauf|ne"
    r"|pas|niet|indien|als)\b",
    re.I,
)
_DEBIT = re.compile(
    r"(?<![^\W\d_])(?:(?:by|via|per|through) direct debit|direct debit (?:will|is|on|payment)"
    r"|(?:will|is going to) be (?:automatically )?(?:debited|collected|withdrawn|taken|deducted)"
    r"|payment (?:is|has been) scheduled|scheduled payment"
    r"|(?:we|i)(?: will|['’]ll) (?:automatically )?(?:debit|charge|collect|deduct|withdraw)"
    r"|will (?:be )?(?:automatically )?(?:charged?|billed) (?:to |automatically )?(?:your"
    r"|the) (?:card|credit card|account|default|payment|visa|mastercard|paypal)"
    r"|your (?:card|credit card|account|bank account"
    r"|payment method)[^.\n]{0,40}will be (?:automatically )?(?:charged|debited|billed)|auto-?pay"
    r"|automatic payments?"
    r"|(?:per|mit|durch|im|via) (?:sepa-?)?(?:basis-?)?(?:lastschrift(?:verfahren)?|bankeinzug)"
    r"|(?:sepa-?)?lastschrift(?:einzug|mandat)?|abgebucht|abbuchen|bankeinzug"
    r"|(?:ziehen|buchen) (?:wir|den)(?:[^.\n]|(?<=\d)\.){0,80}?\b(?:ein|ab)\b|eingezogen"
    r"|prélevée?|prélèvement"
    r"|domiciliación|addebit\w+|automatische incasso|geïncasseerd|afgeschreven)(?![^\W\d_])",
    re.I,
)
_MAYBE = re.compile(
    r"\b(?:if|would|could|can|may|set up|sign up|switch to|instead"
    r"|(?<!are )(?<!re )(?<!is )(?<!been )enrol\w*|easier|option\w*"
    r"|failed|returned)\b"
    r"|würde[n]?|\b(?:wenn|falls|sofern|könn(?:en|ten)|möglich|einfacher|gerne|rück)|rücklast"
    r"|erteilen|\bsi\b|pourr|indien",
    re.I,
)
_CREDIT = re.compile(
    r"(?<![^\W\d_])(?:credit (?:note|memo)(?! (?:will|can|may))|refund note|gutschrift"
    r"|rechnungs-?korrektur|stornorechnung|storno|korrekturrechnung"
    r"|note de crédit|avoir(?= (?:n°|nº|[A-Z]{1,4}-?\d))|facture d['’]avoir|nota de crédito"
    r"|nota di credito|creditnota|creditfactuur)(?![^\W\d_])",
    re.I,
)


def states(paper: Paper) -> Iterator[Signal]:
    """Find what says that nothing is to be paid by hand, each with its sentence."""
    yield from _first("paid", _PAID, _NOT_PAID, paper, 70, 8)
    yield from _first("direct_debit", _DEBIT, _MAYBE, paper, 120, 60)
    for match in matches(_CREDIT, paper.text, paper.within, 20):
        number = paper.line_at(match.start())
        line = paper.lines[number] if number >= 0 else None
        # A heading, not a remark: it begins a short line.
        if line is not None and len(line.bare) <= 90 and line.bare.startswith(match[0]):
            start = line.start + line.text.index(match[0])
            yield seen(
                paper.text, "credit_note", True, (start, line.start + len(line.text.rstrip())), 0.9
            )
            return


def _first(
    kind: str,
    said: re.Pattern[str],
    unless: re.Pattern[str],
    paper: Paper,
    before: int,
    after: int,
) -> Iterator[Signal]:
    for match in matches(said, paper.text, paper.within, 30):
        span = sentence(paper.text, match.start(), match.end(), paper.within, 240)
        low, high = max(span[0], match.start() - before), min(span[1], match.end() + after)
        around = paper.text[low : match.start()] + " " + paper.text[match.end() : high]
        if unless.search(around):
            continue
        yield seen(paper.text, kind, True, span, 0.9)
        return


def zero_due(paper: Paper, span: Span) -> Signal:
    """Return that a bill asks for nothing, quoted from where it says so."""
    return seen(paper.text, "paid", True, span, 0.9)
