"""Why a bill is passed over: not the user's to pay, paid, no bill at all, or not to be trusted."""

from __future__ import annotations

import re
from datetime import date, timedelta

from samantha.api import Context, Document, Kind
from samantha.api.correspondence import impersonal

from .bill import Bill, domain_of, key_of

_PLAIN = 0.7
"""Confidence of a bill without a number whose amount and due date both stand at a label."""
_UNWANTED = {"spam": "it lies in the spam folder", "trash": "it lies in the trash"}
_QUOTE = re.compile(
    r"(?im)^\W{0,4}(?:your |ihr |unser )?(?:price )?(?:quotation|quote|estimate|cost estimate"
    r"|pro[- ]?forma(?: invoice)?|offer|order confirmation"
    r"|angebot|kostenvoranschlag|auftragsbestätigung|proforma-?rechnung|devis|preventivo|offerte"
    r"|presupuesto)\b"
)
_QUOTE_SUBJECT = re.compile(
    r"(?i)\b(?:quotation|quote|estimate|pro[- ]?forma|angebot|kostenvoranschlag|devis|preventivo"
    r"|offerte|presupuesto)\b"
)
_URGENT = re.compile(
    r"(?i)\b(?:urgent\w*|immediately|within (?:12|24|48) hours|last warning|final warning"
    r"|suspend\w*|verify your|confirm your (?:identity|account|details)"
    r"|will be (?:blocked|closed|terminated)|gesperrt|sperrung|letzte mahnung|unverzüglich"
    r"|umgehend|bestätigen sie ihre|inkasso)\b"
)
_TOLD = re.compile(
    r"(?i)\b(?:remember|recall|was|were|used to|erinnerst|weißt du noch|war|waren|hatte[nt]?)\b"
)
"""Tells of a bill that was, as people do in a letter."""
_LINK = re.compile(r"(?i)https?://|www\.|\bclick (?:here|below|the (?:link|button))|klicken sie")
_OWN_PAYMENT = re.compile(
    r"(?i)\b(?:i|we)(?:['’]ve| have)? (?:just |already )?(?:paid|transferred|wired"
    r"|sent the (?:money|payment))|payment (?:was |is )?(?:sent|made|on its way)"
    r"|\b(?:überwiesen|bezahlt|beglichen|angewiesen)\b"
)


def why_silent(bill: Bill, context: Context) -> str:
    """Return why nothing is offered for a document by itself, or ''."""
    document = bill.document
    return (
        _not_received(document, context)
        or _nothing_to_pay(document)
        or _no_bill(bill)
        or _own_file(bill, context)
        or _lure(bill)
    )


def _not_received(document: Document, context: Context) -> str:
    mail = document.mail
    if mail is None:
        return ""
    if mail.folder in _UNWANTED:
        return _UNWANTED[mail.folder]
    if mail.folder == "drafts":
        return "a draft of yours"
    sender = mail.sender.address if mail.sender else ""
    if mail.folder == "sent" or sender in context.identity.addresses:
        return "you sent it: somebody else has to pay"
    return ""


def _nothing_to_pay(document: Document) -> str:
    if document.signals("credit_note"):
        return "a credit note: nothing is to be paid"
    if document.analysis.kind is Kind.RECEIPT:
        return "a receipt: it is paid"
    if document.signals("paid"):
        return f"paid already: “{_short(document.signals('paid')[0].quote)}”"
    if document.signals("direct_debit"):
        return f"drawn by direct debit: “{_short(document.signals('direct_debit')[0].quote)}”"
    return ""


def _no_bill(bill: Bill) -> str:
    document = bill.document
    subject = document.mail.subject if document.mail else document.title
    if _QUOTE_SUBJECT.search(subject) or _QUOTE.search(document.text[:1_500]):
        return "a quote or a confirmation, not a bill"
    mail = document.mail
    bulk = mail is not None and bool(mail.list_id or mail.list_unsubscribe or mail.automatic)
    newsletter = document.analysis.kind is Kind.NEWSLETTER
    # Firms send statements through the machinery of newsletters: then both labels must be plain.
    plain = bill.confidence >= _PLAIN and not (mail and mail.list_id)
    if (newsletter or (bulk and not bill.number)) and not plain:
        return "a newsletter or a list, not a bill"
    if bill.amount is None:
        return "it does not say what is to be paid"
    if bill.due is None:
        return "it does not say when it is due"
    if bill.amount <= 0:
        return "nothing is to be paid"
    if _told(bill):
        return "it only tells of a bill"
    if not bill.issuer:
        return "it does not say who is to be paid"
    return ""


def _told(bill: Bill) -> bool:
    """Tell whether a person's sentence speaks of a sum in the past, with nothing to pay it by."""
    document = bill.document
    if bill.number or bill.ibans or impersonal(document) or not bill.evidence:
        return False
    start, end = bill.evidence[0].start, bill.evidence[0].end
    line = document.text[max(0, start - 80) : end].rpartition("\n")[2]
    return document.analysis.kind is not Kind.INVOICE and bool(_TOLD.search(line))


def _own_file(bill: Bill, context: Context) -> str:
    """Tell an invoice that the user wrote: it bears their name, or went out with their mail."""
    document = bill.document
    names = {key_of(n) for n in context.identity.names if n}
    if names and (
        bill.issuer_key in names or any(f" {n} " in f" {bill.issuer_key} " for n in names)
    ):
        return "your own invoice: somebody else has to pay"
    if document.media != "file":
        return ""
    name = document.path.rpartition("/")[2]
    for own in context.library.documents(author="user", media="mail"):
        if own.mail and any(a.name == name for a in own.mail.attachments):
            return "you sent this file to somebody: your own invoice"
    return ""


def _lure(bill: Bill) -> str:
    """Tell the usual bait: pressure and a link, but neither a number nor the user's name."""
    document = bill.document
    mail = document.mail
    if mail is None or bill.number:
        return ""
    said = document.text if bill.passed_on else document.body()
    text = f"{mail.subject}\n{said[:6_000]}"
    if _URGENT.search(text) and _LINK.search(text):
        return "it presses and has a link, but no number: it looks like phishing"
    return ""


def settled(bill: Bill, context: Context) -> str:
    """Return how it is known that the bill was paid later, or ''."""
    for document in context.library.documents(signal="paid", since=bill.document.when):
        if document.id != bill.document.id and speaks_of(document, bill):
            return f"paid: “{_short(document.signals('paid')[0].quote)}”"
    if bill.document.mail is None:
        return ""
    for answer in context.library.thread(bill.document.id):
        mail = answer.mail
        if mail is None or mail.sender is None or answer.when < bill.document.when:
            continue
        if mail.sender.address in context.identity.addresses and _OWN_PAYMENT.search(answer.body()):
            return "you answered that it is paid"
    return ""


def speaks_of(document: Document, bill: Bill) -> bool:
    """Tell whether a document names a bill, by its number or by sender and sum."""
    folder, subject = (document.mail.folder, document.mail.subject) if document.mail else ("", "")
    if folder in _UNWANTED or folder == "drafts":
        return False
    if len(bill.number_key) >= 3:
        # 2026-1 is not named by 2026-12.
        whole = re.compile(rf"(?<!\w){re.escape(bill.number)}(?!\w)")
        return any(bill.number in text and whole.search(text) for text in (document.text, subject))
    sender = document.mail.sender if document.mail else None
    same = sender is not None and bill.domain and domain_of(sender.address) == bill.domain
    return bool(same) and f"{bill.amount}" in document.text


def long_ago(due: date, today: date, grace_days: int) -> str:
    """Return why an overdue bill is passed over, or '' while it may still be worth a word."""
    if due < today - timedelta(days=grace_days):
        return f"it was due long ago, on {due.isoformat()}"
    return ""


def _short(quote: str) -> str:
    words = " ".join(quote.split())
    return words if len(words) <= 100 else words[:99].rstrip() + "…"
