"""Whether what is attached to a mail is worth fetching: its text, or a file's name, says so."""

from __future__ import annotations

import re
import unicodedata

from samantha.api.types import Document, Kind

LEFT_OUT = "left_on_server"
"""In a mail's metadata: the names of the readable files that lie on the server alone."""
_KINDS = (Kind.INVOICE, Kind.RECEIPT, Kind.CONTRACT, Kind.TICKET, Kind.INVITATION)
_SIGNALS = frozenset(
    (
        *("amount_due", "due_date", "invoice_number", "iban", "credit_note", "direct_debit"),
        *("reservation", "cancelled", "open_call"),
        *("expiry", "notice_period", "term", "renewal_term"),
    )
)
_WORDS = re.compile(
    r"invoice|rechnung|factur|fattur|faktur|fatura|lasku|rakning|szamla|\bbill\b|billing|mahnung|"
    r"receipt|quittung|beleg|recu\b|recibo|ricevuta|statement|kontoauszug|"
    r"ticket|fahrkarte|fahrschein|boarding|bordkarte|billet|biglietto|itinerar|voucher|"
    r"booking|buchung|reserv|confirmation|bestatigung|"
    r"contract|vertrag|contrat|kontrakt|agreement|lease|polic[ye]|kundigung|"
    r"open.?call|call.?for|ausschreibung|guidelines|einladung|invitation|invito|"
    r"рахунок|счет|договор|билет|請求書|発票|发票|合同|契約"
)


def wants_attachments(document: Document) -> bool:
    """Tell whether files of a mail that were left on the server are to be fetched."""
    mail = document.mail
    if mail is None or not document.meta.get(LEFT_OUT):
        return False
    seen = document.analysis
    if seen.kind in _KINDS or any(s.kind in _SIGNALS for s in seen.signals):
        return True
    return bool(_WORDS.search(_folded(f"{mail.subject} {document.meta[LEFT_OUT]}")))


def _folded(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in spread if not unicodedata.combining(c))
