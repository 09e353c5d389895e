"""How the user writes to a person: their own greeting and closing, Sie or du, mails as examples.

Read from the mails that the user has sent, to the same person first; what a correspondent wrote
never becomes the user's tone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from samantha.api.languages import common_language
from samantha.api.phrases import CLOSING, GREETING, Language
from samantha.api.plugin import Context
from samantha.api.types import Document, Person

EXAMPLES = 2
_LOOKED_AT = 8
_PERSONAL, _EVERYBODY = 24, 16
"""How many of the user's newest mails are read: a draft must not cost the whole mailbox."""
_LEAST_WORDS = 12
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|hallo|liebe[rs]?|moin|servus|"
    r"grüezi|guten (?:tag|morgen|abend)|sehr geehrte[rs]?)\b[^\n@/<>\d]{0,60}[,!:]?",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:(?:best|kind|warm|many|with (?:best|kind|warm))?\s*(?:regards|wishes|thanks)|best|cheers|"
    r"yours(?: \w+)?|all the best|sincerely|love|thank you|take care|"
    r"(?:(?:viele|liebe|beste|herzliche|schöne|freundliche)n?|mit \w+ ?\w*)\s*gr[üu](?:ß|ss)e?n?|"
    r"lg|vg|mfg|gru(?:ß|ss)|herzlich|danke)[,.!]?",
    re.IGNORECASE,
)
_NAME = re.compile(r"[^\W\d_][^\W\d_'’.\- ]*(?:[ '’.\-]+[^\W\d_]+\.?){0,3}")
_DU = re.compile(r"\b(?:du|dir|dich|dein(?:e[mnrs]?)?|euch|eue?re?)\b", re.IGNORECASE)
_SIE = re.compile(r"(?<![.!?:\n] )(?<!^)\b(?:Sie|Ihnen|Ihr(?:e[mnrs]?)?)\b", re.MULTILINE)
_FIRST = re.compile(r"\b(?:hi|hey|hallo|moin|servus|liebe[rs]?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tone:
    """How a mail to one person begins and ends, and mails by the user that show how they write."""

    language: Language
    greeting: str
    closing: str
    """One or more lines, the user's name last."""
    familiar: bool
    """du in German; first names in English."""
    examples: tuple[Document, ...] = ()


def tone_to(context: Context, person: Person | None, about: Document) -> Tone:
    """Return how the user would write to a person in answer to a mail or about it."""
    address = person.address if person is not None else ""
    sent = context.library.mails_with(address, author="user", limit=_PERSONAL) if address else ()
    to_them = _sent(context, sent, address) if address else []
    language = _language(about, to_them)
    same = [one for one in to_them if _tongue(one) == language]
    familiar = _familiar(same, language)
    greeting = next((g for one in same if (g := _greeting(one))), "")
    names = context.identity.names
    closing = next((c for one in same if (c := _closing(one, names))), "")
    return Tone(
        language,
        greeting or _greets(person, language, familiar),
        closing or _closes(context, language, familiar),
        familiar,
        _examples(context, same, language),
    )


def _sent(context: Context, mails: Sequence[Document], address: str) -> list[Document]:
    """Return the user's own mails to one person alone, newest first."""
    found = []
    for one in mails:
        mail = one.mail
        if mail is None or mail.sender is None or not context.identity.owns(mail.sender.address):
            continue
        to = [p.address.lower() for p in mail.to]
        if mail.folder != "drafts" and (to == [address.lower()] if address else True):
            found.append(one)
    return found[:_LOOKED_AT]


def _tongue(document: Document) -> str:
    return document.analysis.language or common_language(document.body())


def _language(about: Document, to_them: Sequence[Document]) -> Language:
    """Return the mail's own language, or that of the user's mails to this person."""
    for one in (about, *to_them):
        found = _tongue(one)
        if found == "de":
            return "de"
        if found:
            return "en"
    return "en"


def _familiar(own: Sequence[Document], language: Language) -> bool:
    if language == "de":
        text = "\n".join(one.body() for one in own)
        return len(_DU.findall(text)) > len(_SIE.findall(text))
    return any(_FIRST.match(_greeting(one)) for one in own)


def _lines(document: Document) -> list[str]:
    return [line.strip() for line in document.body().splitlines() if line.strip()]


def _greeting(document: Document) -> str:
    first = next(iter(_lines(document)), "")
    return first if _GREETING.fullmatch(first) else ""


def _closing(document: Document, names: Sequence[str]) -> str:
    """Return the closing with the user's own name below it, of two or three short lines.

    A mail may end in words of somebody else that nothing marks as quoted: nobody signs as them.
    What follows the name (a telephone number, an address) is the mail program's to add again.
    """
    own = [r for r in document.regions if r.role in ("body", "signature")]
    text = "\n".join(document.text[r.start : r.end] for r in own) or document.text
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for at in range(len(lines) - 2, 0, -1):
        if _CLOSING.fullmatch(lines[at]) and _own_name(lines[at + 1], names):
            more = lines[at + 2 : at + 3]
            return "\n".join([*lines[at : at + 2], *(one for one in more if _own_name(one, names))])
    return ""


def _own_name(line: str, names: Sequence[str]) -> bool:
    """Tell whether a line is the user's name, a part of it, or its initials."""
    if not _NAME.fullmatch(line) or len(line) > 40:
        return False
    words = {word.casefold() for name in names for word in name.split()}
    initials = {"".join(word[0] for word in name.split()).casefold() for name in names if name}
    said = line.casefold().replace(".", " ").split()
    return bool(said) and (all(word in words for word in said) or "".join(said) in initials)


def _greets(person: Person | None, language: Language, familiar: bool) -> str:
    named, nameless = GREETING[language, familiar]
    name = " ".join(person.name.split()) if person is not None else ""
    # A display name is a stranger's text: one that is no plain name is left out.
    if not _NAME.fullmatch(name) or len(name) > 40 or "," in name:
        return nameless
    if familiar or language == "en":
        name = name.split()[0]
    return named.format(name=name)


def _closes(context: Context, language: Language, familiar: bool) -> str:
    name = next(iter(context.identity.names), "")
    if familiar and name:
        name = name.split()[0]
    return "\n".join(part for part in (CLOSING[language, familiar], name) if part)


def _examples(
    context: Context, to_them: Sequence[Document], language: Language
) -> tuple[Document, ...]:
    """Return mails that show the user's own words, those to the same person first."""
    own = context.library.documents(media="mail", author="user", limit=_EVERYBODY)
    some = [*to_them, *_sent(context, own, "")]
    found = {
        one.id: one
        for one in some
        if _tongue(one) == language and len(one.body().split()) >= _LEAST_WORDS
    }
    return tuple(found.values())[:EXAMPLES]
