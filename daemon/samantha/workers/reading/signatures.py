"""Finds the signature below a mail's new text: a delimiter, a device, a block of contact lines."""

from __future__ import annotations

import re

_SIGNATURE = re.compile(r"^[ \t]*--[ \t\u00a0]*$|^[ \t]*(?:__|—|–)[ \t]*$")
_SENT_FROM = re.compile(
    r"^[ \t*]*(?:sent (?:from|with|via|by) .{2,60}|(?:von|mit) mein(?:em|er) .{2,40} gesendet|"
    r"gesendet (?:von|mit|aus) .{2,60}|diese nachricht wurde von .{2,60} gesendet.?|"
    r"envoyé (?:de|depuis|avec|à partir de) .{2,60}|enviado (?:desde|do|con) .{2,60}|"
    r"inviato (?:da|con) .{2,60}|verzonden (?:vanaf|met|via) .{2,60}|"
    r"get outlook for (?:ios|android).{0,60}|outlook für (?:ios|android) .{0,60}|"
    r"von unterwegs gesendet.{0,40})[ \t*]*$",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^[ \t*]*(?:(?:with )?(?:my |our )?(?:best|kind(?:est)?|warm(?:est)?|many)"
    r"(?: (?:wishes|regards|thanks))?|regards|cheers|"
    r"(?:yours|sincerely)(?: (?:sincerely|truly|faithfully|ever|yours))?|all the best|"
    r"take care|thanks(?: (?:again|so much|a lot|in advance|and regards))?|thank you|many thanks|"
    r"respectfully|cordially|(?:with )?(?:much |lots of |all my )?love|warmly|"
    r"mit (?:freundlichen|besten|herzlichen|lieben|vielen) grü(?:ß|ss)en|mfg|vg|lg|"
    r"(?:viele|liebe|beste|herzliche|freundliche|schöne|sonnige|ganz liebe) grü(?:ß|ss)e"
    r"(?: (?:aus|von) .{2,30})?|(?:schönen|lieben|besten|herzlichen) gru(?:ß|ss)|"
    r"(?:bien )?cordialement|bien à vous|amicalement|sincères salutations|bises|"
    r"(?:un )?(?:saludos?|abrazo)(?: cordial(?:es)?)?|atentamente|cordiali saluti|"
    r"(?:distinti |un caro )?salut[io]|met vriendelijke groet(?:en)?|groet(?:en|jes)?|"
    r"atenciosamente|abraços?)[ \t]*[,.!–-]*[ \t*]*$",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"@|https?://|www\.|\+?\d[\d ()/.\-]{6,}\d|\b(?:tel|fax|phone|mobile?|mob)\b", re.I
)

MAX_SIGNATURE_LINES = 12


def names_device(line: str) -> bool:
    """Tell whether a line is what a device or an app puts below every mail."""
    return _SENT_FROM.match(line) is not None


def closes(line: str) -> bool:
    """Tell whether a line is a closing formula."""
    return _CLOSING.match(line) is not None


def signature_at(lines: list[str]) -> int | None:
    """Return the line at which the signature of a stretch of new text begins, or None."""
    full = [n for n, line in enumerate(lines) if line.strip()]
    if len(full) < 2:
        alone = full and _SENT_FROM.match(lines[full[0]])
        return full[0] if alone else None
    for place, n in enumerate(full):
        below = len(full) - place - 1
        if _SIGNATURE.match(lines[n]) and below <= MAX_SIGNATURE_LINES:
            return n
    for place in range(len(full) - 1, max(-1, len(full) - 4), -1):
        if _SENT_FROM.match(lines[full[place]]):
            earlier = _closing(lines, full[:place])
            return full[place] if earlier is None else earlier
    return _closing(lines, full)


def _closing(lines: list[str], full: list[int]) -> int | None:
    """Return the first line below a closing formula, where only short lines of contact follow."""
    for place in range(len(full) - 1, max(0, len(full) - MAX_SIGNATURE_LINES) - 1, -1):
        if not _CLOSING.match(lines[full[place]]):
            continue
        below = full[place + 1 :]
        texts = [lines[n].strip() for n in below]
        if not texts or any(len(text) > 90 for text in texts):
            return None
        named = len(texts) <= 3 and all(len(text) <= 60 for text in texts)
        contact = any(_CONTACT.search(text) for text in texts)
        sentences = sum(text.endswith((".", "?", "!")) and len(text) > 40 for text in texts)
        return below[0] if (named or contact) and not sentences else None
    return None
