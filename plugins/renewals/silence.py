"""Why nothing is said: not the user's, over, called off, renewed by hand, or not sure enough."""

from __future__ import annotations

import re
from collections.abc import Sequence

from samantha.api import Context, Document, Kind

from .ending import Ending, domain_of

_PLACES = {
    "spam": "it lies in the spam folder",
    "trash": "it lies in the trash",
    "drafts": "a draft of yours",
    "sent": "you sent it",
}
_NO_CONTRACT = (
    Kind.STORY,
    Kind.POEM,
    Kind.ESSAY,
    Kind.MANUSCRIPT,
    Kind.NOTES,
    Kind.CODE,
    Kind.TICKET,
)
_YOU = re.compile(r"(?i)\b(?:you|your|yours|ihr|ihre[nmrs]?|sie|du|dein|deine[nmrs]?)\b")
_CALLED_OFF = re.compile(
    r"(?i)(?:cancell?ation (?:has been |is |was )?(?:confirmed|received|complete|effective)"
    r"|confirm\w*[^.\n]{0,40}cancell?ation|(?:has been|was|is now|have been) cancell?ed"
    r"|you(?:['’]ve| have) (?:successfully )?cancell?ed|has been terminated"
    r"|kündigungsbestätigung|bestätigen (?:wir )?[^.\n]{0,40}kündigung|(?:wurde|ist) gekündigt"
    r"|kündigung (?:ist |wurde )?(?:bestätigt|eingegangen|erhalten|wirksam))"
)
_ONLY_IF = re.compile(r"(?i)\b(?:if|once|when|until|unless|wenn|falls|sobald|bis|sofern)\b[^.\n]*$")
_OWN_WORD = re.compile(
    r"(?i)(?:(?:hereby|i (?:want|would like|wish) to) (?:cancel|terminate)|please cancel (?:my|the)"
    r"|(?:cancel|terminate) (?:my|the|our) (?:\w+ )?(?:contract|subscription|membership|lease"
    r"|policy)"
    r"|kündige (?:ich )?(?:hiermit|meinen|mein|den|das|die)|hiermit kündige|kündigung zum)"
)
_RENEWED = re.compile(
    r"(?i)(?:has been (?:successfully )?(?:renewed|extended)|(?:was|successfully) renewed"
    r"|renewal (?:is |has been |was )?(?:confirmed|confirmation|complete|successful)"
    r"|thank(?:s| you) for renewing|you(?:['’]ve| have) renewed"
    r"|(?:wurde|ist|haben) (?:[^.\n]{1,40} )?verlängert\b|verlängerung (?:ist |wurde )?bestätigt"
    r"|danke?,? (?:für|dass) [^.\n]{0,40}verläng)"
)


def why_silent(ending: Ending, context: Context, least: float) -> str:
    """Return why nothing is offered about what runs out in a document by itself, or ''."""
    return (
        _misplaced(ending, context)
        or _of_others(ending, context)
        or _bulk(ending)
        or ("not sure enough of the day" if ending.confidence < least else "")
    )


def _misplaced(ending: Ending, context: Context) -> str:
    document = ending.document
    mail = document.mail
    if mail is not None:
        if mail.folder in _PLACES:
            return _PLACES[mail.folder]
        if mail.sender is not None and mail.sender.address in context.identity.addresses:
            return "you sent it"
        told = _CALLED_OFF.search(document.body()[:3_000])
        before = document.body()[: told.start()][-60:] if told else ""
        if told and not _ONLY_IF.search(before):
            return "it was called off"
    if document.analysis.kind in _NO_CONTRACT:
        return "no contract: it only speaks of one"
    return ""


def _of_others(ending: Ending, context: Context) -> str:
    if ending.passed_on:
        return "somebody passed it on: it is theirs"
    if ending.what != "contract":
        return ""
    names = [n for n in context.identity.names if " " in n.strip()] or list(context.identity.names)
    text = " ".join(ending.document.text.casefold().split())
    named = any(" ".join(n.casefold().split()) in text for n in names if n.strip())
    if names and not named and not any(a in text for a in context.identity.addresses):
        return "a contract of other people: it does not name you"
    return ""


def _bulk(ending: Ending) -> str:
    mail = ending.document.mail
    if mail is None or mail.sender is None:
        return ""
    newsletter = ending.document.analysis.kind is Kind.NEWSLETTER
    if mail.list_id or (mail.automatic and newsletter):
        return "a newsletter or a list"
    if (newsletter or mail.list_unsubscribe) and not _plain(ending):
        return "a newsletter or a list"
    return ""


def _plain(ending: Ending) -> bool:
    """Tell a note about the reader's own subscription, sent through a mailing system."""
    told = any(_YOU.search(e.quote) for e in ending.evidence)
    return told and ending.what not in ("return", "warranty") and ending.confidence >= 0.8


def settled(ending: Ending, context: Context) -> str:
    """Return how it is known that it was called off or renewed since, or ''."""
    for later in _since(ending, context):
        reason = settles(later, context)
        if reason:
            return reason
    return ""


def settles(document: Document, context: Context) -> str:
    """Return what a mail says that settles a contract with its correspondent, or ''."""
    mail = document.mail
    if mail is None:
        return ""
    said = f"{mail.subject}\n{document.body()[:6_000]}"
    own = mail.sender is not None and context.library.sends_from(mail.sender.address)
    if own or mail.folder == "sent":
        return "you have called it off" if _OWN_WORD.search(said) else ""
    if _CALLED_OFF.search(said):
        return "it was called off"
    return "it was renewed already" if _RENEWED.search(said) else ""


def _since(ending: Ending, context: Context) -> Sequence[Document]:
    mail = ending.brought_by.mail if ending.brought_by else None
    if mail is None or mail.sender is None or ending.brought_by is None:
        return ()
    start = ending.brought_by.when
    found = [
        *context.library.mails_with(mail.sender.address, since=start),
        *context.library.thread(ending.brought_by.id),
    ]
    return [d for d in found if d.id != ending.document.id and d.when > start]


def domains_of(document: Document) -> set[str]:
    """Return the domains of all who wrote or received a mail."""
    mail = document.mail
    if mail is None:
        return set()
    people = (*((mail.sender,) if mail.sender else ()), *mail.to, *mail.cc)
    return {domain_of(p.address) for p in people if p.address}
