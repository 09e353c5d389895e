"""Who wrote a document: the user, somebody else, or nobody can tell; with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from samantha.api.types import Author, Document, Identity, Kind
from samantha.signals.books import Book, byline, copyright_holder
from samantha.signals.letterform import LetterForm
from samantha.signals.names import Names, looks_like_name, names_of, tokens
from samantha.signals.shape import Shape
from samantha.signals.wording import words

RECEIVED = words(
    "received inbox incoming downloads download downloaded empfangen erhalten erhaltene "
    "posteingang eingang eingegangen reçus recibidas recibidos ricevute ricevuti ontvangen "
    "library bibliothek ebooks books bücher buecher empfangene empfangenes"
)
"""Words of folders that hold what others wrote."""
_TO_ME = frozenset(("to me", "an mich", "from others", "by others", "von anderen", "à moi"))
OWN = words(
    "sent gesendet geschrieben mine meine own eigene writing writings schreiben werk werke "
    "works drafts entwürfe manuscripts manuskripte"
)
_FROM_OTHERS = frozenset(
    (Kind.INVOICE, Kind.RECEIPT, Kind.TICKET, Kind.NEWSLETTER, Kind.INVITATION, Kind.CONTRACT)
)
_NO_AUTHOR = re.compile(
    r"^(?:user|admin\w*|author|unknown|owner|microsoft.*|python-docx|libreoffice.*|root|pc|.*\\.*|"
    r"(?:windows|mac).*|un-named)$",
    re.I,
)
_SENDER = re.compile(r"^(?:from|von|absender|de|sender|abs\.?)\s*:\s*(?P<who>.{2,80})$", re.I)
_RECIPIENT = re.compile(r"^(?:to|an|empfänger|à|recipient)\s*:\s*(?P<who>.{2,80})$", re.I)
_ADDRESSEE = re.compile(
    r"^(?:(?:an|to|für|for)\s+)?(?:(?:s[r]?\.?|den|die|the)\s+)?(?:herrn|frau|frl\.?|fräulein|"
    r"mr\.?|mrs\.?|"
    r"ms\.?|miss|monsieur|madame|wohlgeboren|an|to|hochwohlgeboren)\b",
    re.I,
)
_BEFORE_FROM = words("brief briefe letter letters lettre mail karte antwort post")
_USER_LEAST, _OTHER_LEAST = 1.4, -1.0


@dataclass(frozen=True, slots=True)
class Mark:
    """One piece of evidence about the author; positive speaks for the user."""

    weight: float
    reason: str


def author_of(
    document: Document, shape: Shape, form: LetterForm, book: Book, identity: Identity, kind: Kind
) -> tuple[Author, str]:
    """Return the author and the reason in words."""
    if document.mail is not None:
        return _of_mail(document, identity)
    names = names_of(identity.names)
    marks = tuple(_marks(document, shape, form, book, names, kind))
    total = sum(m.weight for m in marks)
    strongest = sorted(marks, key=lambda m: -abs(m.weight))
    author: Author = "unknown"
    if total >= _USER_LEAST:
        author = "user"
    elif total <= _OTHER_LEAST:
        author = "other"
    speaking = [m.reason for m in strongest if author == "unknown" or m.weight * total > 0]
    return author, "; ".join(speaking[:2]) or "nothing in it names an author"


def _of_mail(document: Document, identity: Identity) -> tuple[Author, str]:
    mail = document.mail
    assert mail is not None
    if mail.sender is None:
        if mail.folder in ("sent", "drafts"):
            return "user", f"it lies in the {mail.folder} folder"
        return "unknown", "it names no sender"
    if identity.owns(mail.sender.address):
        return "user", f"sent from {mail.sender.address}"
    if mail.folder in ("sent", "drafts") and names_of(identity.names).signed(mail.sender.name):
        return "user", f"it lies in the {mail.folder} folder and names the user as sender"
    return "other", f"sent by {mail.sender.name or mail.sender.address}"


def _marks(
    document: Document, shape: Shape, form: LetterForm, book: Book, names: Names, kind: Kind
) -> Iterator[Mark]:
    if book.reason:
        yield Mark(-4.0, f"it looks like a published book: {book.reason}")
    yield from _by_signature(form, names)
    yield from _by_salutation(form, names)
    yield from _by_block(shape, form, names)
    yield from _by_title(document, shape, names, bool(form.salutation))
    yield from _by_place(document, shape, names)
    if kind in _FROM_OTHERS:
        yield Mark(-1.0, f"documents of this kind ({kind}) come from others")


def _by_signature(form: LetterForm, names: Names) -> Iterator[Mark]:
    best = max((names.signed(s.name) for s in form.signatures), default=0.0)
    if best >= 0.5:
        signed = max(form.signatures, key=lambda s: (names.signed(s.name), s.closed))
        weight = 3.0 if best >= 0.65 else 2.0 if signed.closed else 1.0
        yield Mark(weight, f"signed “{signed.name.strip(' .,')}” at the end")
        return
    said = set(tokens(form.addressed))
    for signature in form.signatures:
        if said & set(tokens(signature.name)):
            continue
        if 0 < names.signed(signature.name) < 0.5:
            return
        short = len(signature.name.strip(" .")) <= 2
        weight = (-1.2 if short else -3.0) if signature.closed else -0.8
        if not signature.closed and signature.last and _full_name(signature.name):
            weight = -1.2
        if form.salutation or form.closing or form.heading:
            yield Mark(weight, f"signed “{signature.name.strip(' .,')}” at the end")
        return


def _full_name(name: str) -> bool:
    words = name.strip(" .,").split()
    return 2 <= len(words) <= 3 and all(len(w) >= 3 and not w.isupper() for w in words)


def _by_salutation(form: LetterForm, names: Names) -> Iterator[Mark]:
    if not form.addressed:
        return
    if names.addressed(form.addressed):
        # Somebody who signs with the user's own name writes to a namesake.
        signed = any(names.signed(s.name) >= 0.65 for s in form.signatures)
        weight = -0.5 if signed else -3.0
        yield Mark(weight, f"addressed to the user: “{form.salutation.strip(' ,;:!–—-')}”")


def _by_block(shape: Shape, form: LetterForm, names: Names) -> Iterator[Mark]:
    """Look at the lines above the salutation: header lines, sender's and addressee's blocks."""
    above = form.before if form.salutation else shape.lines[:4]
    for at, line in enumerate(above[:8]):
        if len(line) > 90:
            continue
        sender, to = _SENDER.match(line), _RECIPIENT.match(line)
        if sender:
            own = bool(names.named(sender.group("who")) or names.signed(sender.group("who")) >= 0.7)
            yield Mark(2.5 if own else -2.5, f"its first lines say “{line}”")
        elif to:
            if names.addressed(to.group("who")):
                yield Mark(-2.5, f"its first lines say “{line}”")
        elif names.named(line) or (at == 0 and names.signed(line) >= 0.9 and len(line) > 3):
            addressee = bool(_ADDRESSEE.match(line)) or (
                at > 0 and bool(_ADDRESSEE.match(above[at - 1]))
            )
            weight = -2.0 if addressee else 1.5
            what = "addressed to" if addressee else "headed with"
            yield Mark(weight, f"{what} the user's name: “{line}”")
            return


def _by_title(document: Document, shape: Shape, names: Names, is_letter: bool) -> Iterator[Mark]:
    line = "" if is_letter else byline(shape)
    if line:
        own = names.signed(line) >= 0.65 or names.named(line)
        yield Mark(2.5 if own else -2.5, f"it says “by {line}”")
    holder = copyright_holder(shape)
    if holder and holder != line:
        own = names.signed(holder) >= 0.65 or names.named(holder)
        yield Mark(2.0 if own else -2.0, f"a copyright notice names {holder}")
    stated = document.meta.get("author", "").strip()
    if stated and not _NO_AUTHOR.match(stated):
        if names.signed(stated) >= 0.65 or names.named(stated):
            yield Mark(2.0, f"the file's metadata name {stated} as its author")
        elif looks_like_name(stated):
            yield Mark(-1.5, f"the file's metadata name {stated} as its author")


def _by_place(document: Document, shape: Shape, names: Names) -> Iterator[Mark]:
    for folder in shape.folders[:3]:
        if RECEIVED & set(folder) or " ".join(folder[-2:]) in _TO_ME:
            yield Mark(-1.2, f"it lies in a folder named “{' '.join(folder)}”")
            break
        if OWN & set(folder):
            yield Mark(0.6, f"it lies in a folder named “{' '.join(folder)}”")
            break
    for at, (word, following) in enumerate(zip(shape.name, shape.name[1:], strict=False)):
        # “von” is “from” only where no name goes before it: “brief von anna”, not “frau von stein”.
        says_from = word in ("from", "by") or (
            word in ("von", "de") and (at == 0 or shape.name[at - 1] in _BEFORE_FROM)
        )
        if says_from and following.isalpha() and len(following) > 2:
            own = following in names.words
            yield Mark(1.5 if own else -1.2, f"its name says “{word} {following}”")
            return
        if word in ("to", "an") and following in names.words:
            yield Mark(-1.5, f"its name says “{word} {following}”")
            return
