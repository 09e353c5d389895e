"""Who a bill is from: said by a label, by a legal form, by its address, or by its first line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from samantha.api.types import Document, Person
from samantha.signals.bill_paper import Line, Paper
from samantha.signals.passages import Span

FORMS = (
    r"GmbH(?: ?& ?Co\.?(?: KG(?:aA)?)?)?|mbH|gGmbH|UG|AG|SE|KG|KGaA|OHG|GbR|e\.? ?K\.?|e\.? ?V\."
    r"|a\.? ?G\.|eG"
    r"|Ltd\.?|Limited|LLC|L\.L\.C\.|LLP|Inc\.?|Incorporated|Corp\.?|Corporation|PLC|plc"
    r"|Pty(?:\.? Ltd\.?)?|Pvt\.? Ltd\.?|GmbH"
    r"|B\.?V\.?|N\.?V\.?|SARL|S\.?à?\.?r\.?l\.?|SASU?|S\.A\.S\.|S\.?A\.?|EURL|S\.?p\.?A\.?"
    r"|S\.?r\.?l\.?|S\.?L\.?U?"
    r"|Oy[j]?|AB|A/S|ApS|AS"
)
_FORM = re.compile(rf"(?<=[\w&.,)\"”] )(?:{FORMS}|GMBH|LTD|INC|Gmbh)(?![\w])")
_SELLER = re.compile(
    r"\s*(?:verkäufer|lieferant|rechnungssteller|leistungserbringer|seller|vendor|supplier"
    r"|issued by|billed by|service provider|"
    r"(?:please )?(?:make )?(?:all )?(?:che(?:que|ck)s?|payments?) payable to|remit(?: payment)? to"
    r"|bill from|invoice from|from|sold by|émetteur|vendeur|fournisseur|emisor|proveedor|fornitore"
    r"|leverancier|payee|zahlungsempfänger)\b"
    r"\s*:?\s*(?P<rest>.*)",
    re.I,
)
_BUYER = re.compile(
    r"(?:^|[^\w])(?:bill(?:ed)? to|ship(?:ped)? to|sold to|invoice to|invoiced to|deliver(?:y"
    r"|ed)? (?:to|address)|customer|client|buyer|attn"
    r"|käufer|kunde|rechnungsempfänger|warenempfänger|rechnungsadresse|lieferadresse|rechnung an"
    r"|empfänger"
    r"|acheteur|destinataire|adresse de (?:livraison|facturation)|facturé à|cliente|klant"
    r"|factuuradres)\b",
    re.I,
)
_CUT = re.compile(
    r"\s*(?:[|•●·,;]|\s[-–—]\s|\s{3,}|\bTel(?:efon)?\b[.:]|\bFax\b|\bPhone\b|\+\d|https?:|www\."
    r"|\S+@\S+|\bis\b|\bGeschäftsführ).*$",
    re.S,
)
_LABELLED = re.compile(
    r"\s*(?:name|firma|company|nummer|globale nummer|gln|lief-?nr)\b\s*:?\s*", re.I
)
_NOISE = re.compile(
    r"\b(?:invoice|rechnung|facture|factuur|factura|receipt|quittung|page|seite|bank|sparkasse"
    r"|iban|tel|fax|date|datum|dear|hello|hi"
    r"|guten (?:tag|morgen)|hallo|bonjour|madame|monsieur|chère?|hola|estimad[oa]"
    r"|sehr|liebe|order|statement|total|original|copy|kopie|beleg|bill|thank|thanks|beispiel"
    r"|stylesheet|www|http)\b|@|https?:|\d{4,}",
    re.I,
)
_ORGANISED = re.compile(
    r"\b(?:(?:city|county|town|borough|university|college) of|\w*amt|stadtwerke|gemeinde|\w*praxis"
    r"|\w*schule|universität|klinik\w*|\w*verein|department|university|college|council|hospital"
    r"|clinic|insurance|district|authority|association)\b",
    re.I,
)
_CELL = re.compile(r"\S(?:[^\s]|\s{1,2}(?=\S))*")
_DOMAIN = re.compile(r"(?:@|www\.|https?://)((?:[\w-]{1,40}\.){1,4})[a-z]{2,12}\b", re.I)
_LETTER = re.compile(r"[^\W\d_]")


def find_issuer(
    paper: Paper, document: Document, speaker: Person | None
) -> tuple[str, Span, float] | None:
    """Return the issuer's name as the text writes it, or None.

    ``speaker`` is who sent the bill: the mail's sender, or that of the mail it passes on.
    """
    found = [*_labelled(paper), *_from_sender(paper, document, speaker), *_by_form(paper)]
    found.extend([*_organised(paper), *_first_line(paper)])
    if not found:
        return None
    domains = {_squashed(m[1].split(".")[-2]) for m in _DOMAIN.finditer(paper.text[:20_000])}
    domains = {d for d in domains if len(d) > 3}
    span, confidence = max(found, key=lambda f: f[1] + _known(paper, f[0], domains) - f[0][0] / 1e7)
    name = " ".join(paper.text[span[0] : span[1]].split())
    return name[:120], span, confidence


def _known(paper: Paper, span: Span, domains: set[str]) -> float:
    """Tell whether an address in the bill bears the name, and whether it is named again."""
    name = paper.text[span[0] : span[1]]
    squashed = _squashed(name)
    bonus = 0.1 if any(d in squashed or squashed[:10] in d for d in domains) else 0.0
    return bonus + (0.03 if paper.text.count(name, 0, 40_000) > 1 else 0.0)


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def _labelled(paper: Paper) -> Iterator[tuple[Span, float]]:
    for number, line in enumerate(paper.lines[:300]):
        match = _SELLER.match(line.text)
        if match is None or len(line.bare) > 90:
            continue
        rest = match["rest"].strip()
        if rest and not rest.startswith("("):
            if ":" in line.text[: match.start("rest")] or _FORM.search(rest):
                yield from _named(line, line.text.index(rest, match.start("rest")), 0.9)
            continue
        for below in paper.lines[number + 1 : number + 7]:
            bare = below.bare
            if not bare or bare.startswith("("):
                continue
            label = _LABELLED.match(below.text)
            at = label.end() if label else len(below.text) - len(below.text.lstrip())
            value = below.text[at:].strip()
            if not value or not _LETTER.search(value) or (label and _is_code(below.text)):
                continue
            yield from _joined(paper, below, at, 0.92)
            break


def _is_code(text: str) -> bool:
    return re.match(r"\s*(?:nummer|globale|gln|lief)", text, re.I) is not None


def _joined(paper: Paper, line: Line, at: int, confidence: float) -> Iterator[tuple[Span, float]]:
    """Take a name that runs on into the next line up to its legal form."""
    number = paper.line_at(line.start)
    following = paper.lines[number + 1] if number + 1 < len(paper.lines) else None
    if following is not None and not _FORM.search(line.text) and not _CUT.search(line.text[at:]):
        form = _FORM.search(following.text)
        if form is not None and not re.search(r"\d|:", following.text[: form.end()]):
            first = line.start + at + len(line.text[at:]) - len(line.text[at:].lstrip())
            yield (first, following.start + form.end()), max(confidence, 0.86)
            return
    yield from _named(line, at, confidence)


def _named(line: Line, at: int, confidence: float) -> Iterator[tuple[Span, float]]:
    """Yield the name that begins in a line, without what else stands there."""
    text = line.text[at:]
    lead = len(text) - len(text.lstrip())
    text = text.strip()
    form = _FORM.search(text)
    cut = _CUT.search(text)
    end = cut.start() if cut else len(text)
    if form is not None and form.end() <= end + 12:
        end = form.end()
    name = text[:end].rstrip(" :,-–")
    if 2 <= len(name) <= 90 and _LETTER.search(name):
        start = line.start + at + lead
        yield (start, start + len(name)), confidence


def _from_sender(
    paper: Paper, document: Document, speaker: Person | None
) -> Iterator[tuple[Span, float]]:
    own = document.mail.sender if document.mail else None
    if speaker is not None and speaker != own and len(speaker.name) >= 3:
        # Named in the header lines of what was passed on, just above it.
        at = paper.text.rfind(speaker.name, 0, paper.within[0][0])
        if at >= 0:
            yield (at, at + len(speaker.name)), 0.68
    for name in (speaker.name if speaker else "", document.meta.get("author", "")):
        if len(name) < 3 or len(name) > 80:
            continue
        for start, end in paper.within:
            at = paper.text.find(name, start, end)
            if at >= 0:
                # What made a PDF is named as the author only where it is the issuer itself.
                yield (at, at + len(name)), 0.9 if speaker or at < start + 200 else 0.6
                break


def _by_form(paper: Paper) -> Iterator[tuple[Span, float]]:
    """Yield the lines that end in a legal form and are not the buyer's."""
    buyer = -9
    for number, line in enumerate(paper.lines[:300]):
        if len(line.bare) <= 60 and _BUYER.search(line.bare):
            buyer = number
        form = _FORM.search(line.text)
        if form is None or number - buyer <= 5:
            continue
        head = line.text[: form.end()]
        start = max(head.rfind(c, 0, form.start()) for c in "|•●·:;(\t") + 1
        spoken = re.search(
            r"\b(?:by|to|from|an|von|bei|at|of|für|der|the|with)\s+(?=[A-ZÄÖÜ])", head
        )
        start = max(start, spoken.end() if spoken else 0)
        start += len(head[start:]) - len(head[start:].lstrip())
        name = head[start:]
        if not 4 <= len(name) <= 70 or re.search(r"\d{3}", name) or len(name.split()) < 2:
            continue
        early = 0.05 if number < 12 else 0.0
        alone = 0.05 if line.bare.startswith(name) else 0.0
        yield (line.start + start, line.start + form.end()), 0.7 + early + alone


def _organised(paper: Paper) -> Iterator[tuple[Span, float]]:
    """Yield the lines near the top that name an office, a school, a practice: no legal form."""
    for number, line in enumerate(paper.lines[:12]):
        name = _CUT.sub("", line.bare).strip()
        if not 5 <= len(name) <= 60 or not _ORGANISED.search(name):
            continue
        buyer = number > 0 and _BUYER.search(paper.lines[number - 1].bare)
        if not buyer and not re.search(r"\d|:", name) and not _NOISE.search(name):
            start = line.start + line.text.index(name[:3])
            yield (start, start + len(name)), 0.67


def _first_line(paper: Paper) -> Iterator[tuple[Span, float]]:
    """Yield the first line, or the first cell of one, that could be a name: letterheads are on top.

    What stands below "bill to" is the buyer.
    """
    buyer = False
    for number, line in enumerate(paper.lines[:6]):
        bare = line.bare
        if not bare or len(bare) > 110:
            continue
        for cell in _CELL.finditer(line.text):
            name = _CUT.sub("", cell[0]).strip()
            if buyer or not 3 <= len(name) <= 60 or not _LETTER.search(name):
                continue
            if _NOISE.search(name) or _BUYER.search(name):
                continue
            start = line.start + cell.start() + cell[0].index(name[:3])
            if number == 0 and cell.start() == 0 and not re.search(r"\d|:", name):
                yield from _joined(paper, line, cell[0].index(name[:3]), 0.66)
                return
            if not name.endswith(":") and not re.search(r"\d", name):
                yield (start, start + len(name)), 0.45
                return
        buyer = bool(_BUYER.search(bare)) and len(bare) <= 40
