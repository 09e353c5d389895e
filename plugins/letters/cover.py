"""The words that go with the work: the manuscript's title, the subject line, the cover mail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

from samantha.api import Collection, Document, Identity, Kind

from .matching import Fit

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
_NOUNS = {
    "en": {
        Kind.LETTER: ("Letter", "Letters"),
        Kind.POEM: ("Poem", "Poems"),
        Kind.STORY: ("Story", "Stories"),
        Kind.ESSAY: ("Essay", "Essays"),
        Kind.MANUSCRIPT: ("Chapter", "Chapters"),
    },
    "de": {
        Kind.LETTER: ("Brief", "Briefe"),
        Kind.POEM: ("Gedicht", "Gedichte"),
        Kind.STORY: ("Erzählung", "Erzählungen"),
        Kind.ESSAY: ("Essay", "Essays"),
        Kind.MANUSCRIPT: ("Kapitel", "Kapitel"),
    },
}
_NUMBERS = {
    "en": "One Two Three Four Five Six Seven Eight Nine Ten Eleven Twelve",
    "de": "Ein Zwei Drei Vier Fünf Sechs Sieben Acht Neun Zehn Elf Zwölf",
}
_GENERIC = frozenset(
    [
        "letters",
        "letter",
        "poems",
        "poetry",
        "stories",
        "story",
        "essays",
        "essay",
        "writing",
        "writings",
        "texts",
        "documents",
        "docs",
        "drafts",
        "finished",
        "home",
        "files",
        "my",
        "work",
        "works",
        "notes",
        "briefe",
        "brief",
        "gedichte",
        "lyrik",
        "erzählungen",
        "geschichten",
        "texte",
        "dokumente",
        "eigene",
        "schreiben",
        "text",
        "sent",
        "archive",
        "out",
        "done",
        "new",
        "old",
    ]
)
_SLOT = re.compile(r"[\[<{(]\s*([^\[\]<>{}()]{2,40})\s*[\]>})]")


def day(moment: datetime, language: str) -> str:
    """Return a day as people write it: 30 June, 30. Juni."""
    month = _MONTHS.get(language, _MONTHS["en"]).split()[moment.month - 1]
    return f"{moment.day}. {month}" if language == "de" else f"{moment.day} {month}"


def title_of(collection: Collection, pieces: Sequence[Document], language: str) -> str:
    """Return the manuscript's title: the piece's own, the folder's name, or 'Seven Letters'."""
    if len(pieces) == 1:
        return piece_title(pieces[0])
    folder = collection.folder.rstrip("/").rpartition("/")[2].replace("_", " ").strip()
    words = re.findall(r"[^\W\d_]+", folder.casefold())
    if len(words) > 1 and not set(words) <= _GENERIC:
        return folder[:1].upper() + folder[1:]
    return _counted(len(pieces), collection.kind, language)


def piece_title(document: Document) -> str:
    """Return a piece's title; a file name in place of one is made readable."""
    words = document.title.replace("_", " ").strip()
    if "-" in words and " " not in words:
        words = words.replace("-", " ")
    return words[:1].upper() + words[1:] if words else "Untitled"


def _counted(count: int, kind: Kind, language: str) -> str:
    numbers = _NUMBERS.get(language, _NUMBERS["en"]).split()
    number = numbers[count - 1] if count <= len(numbers) else str(count)
    return f"{number} {_noun(kind, count, language)}"


def _noun(kind: Kind, count: int, language: str) -> str:
    return _NOUNS.get(language, _NOUNS["en"])[kind][0 if count == 1 else 1]


def cover_mail(
    fit: Fit, title: str, identity: Identity, zone: tzinfo, about: str = ""
) -> tuple[str, str]:
    """Return subject and text in the language of the call; nothing is left to be filled in.

    ``about`` is a paragraph on the work; it goes before the thanks.
    """
    german = fit.language == "de"
    name = next(iter(identity.names), "")
    subject = _subject(fit, title, name, german)
    lines = _german(fit, title, zone) if german else _english(fit, title, zone)
    if about:
        lines.insert(-1, about)
    closing = "Mit freundlichen Grüßen" if german else "With kind regards"
    address = next(iter(identity.addresses), "")
    signed = "\n".join(row for row in (name, address) if row)
    return subject, "\n\n".join(
        [*lines, f"{closing},\n{signed}" if not german else f"{closing}\n{signed}"]
    ) + "\n"


def _subject(fit: Fit, title: str, name: str, german: bool) -> str:
    asked = fit.call.outlet.subject.strip()
    if not asked:
        count = f"{_words(fit.words, german)}"
        head = "Einsendung" if german else "Submission"
        return f"{head}: {title} ({count})"
    filled = _SLOT.sub(lambda m: _filled(m, fit, title, name, german), asked)
    return re.sub(r"\s+", " ", filled).strip(" -–—:/|,") or title


def _filled(slot: re.Match[str], fit: Fit, title: str, name: str, german: bool) -> str:
    """Fill a slot of the subject line the call asks for; one that is not understood goes."""
    wanted = slot[1].casefold()
    if any(word in wanted for word in ("title", "titel")):
        return title
    if any(word in wanted for word in ("name", "author", "autor", "nachname")):
        last = any(word in wanted for word in ("last", "sur", "nach"))
        return name.split()[-1] if last and name else name
    if any(word in wanted for word in ("genre", "category", "kategorie", "gattung")):
        return _noun(fit.collection.kind, len(fit.pieces), "de" if german else "en")
    if any(word in wanted for word in ("word", "wörter", "wort", "count")):
        return _words(fit.words, german)
    return slot[0] if slot[0].startswith("(") else ""


def _words(count: int, german: bool) -> str:
    step = 10 if count < 100 else 100
    shown = f"{max(step, round(count / step) * step):,}"
    return f"etwa {shown.replace(',', '.')} Wörter" if german else f"about {shown} words"


def _english(fit: Fit, title: str, zone: tzinfo) -> list[str]:
    outlet, count = fit.call.outlet, len(fit.pieces)
    noun = _noun(fit.collection.kind, count, "en").lower()
    call = f"I am writing in answer to your call for submissions{_dated(fit, zone, 'en')}."
    if fit.call.document is None:
        call = "I should like to submit my work to you."
    what = f"Attached is “{title}”: {count} {noun}, {_words(fit.words, False)} in all"
    lines = [
        f"Dear editors of {outlet.name},",
        f"{call} {what}, in standard manuscript format as a {_format(fit)} file.",
    ]
    if 1 < count <= 20:
        lines.append("It contains:\n" + _listed(fit))
    if outlet.anonymous:
        lines.append("As you ask, my name does not appear in the manuscript or in the file.")
    lines.append("Thank you for your time and for reading.")
    return lines


def _german(fit: Fit, title: str, zone: tzinfo) -> list[str]:
    outlet, count = fit.call.outlet, len(fit.pieces)
    noun = _noun(fit.collection.kind, count, "de")
    call = f"auf Ihre Ausschreibung{_dated(fit, zone, 'de')} hin sende ich Ihnen meine Arbeit."
    if fit.call.document is None:
        call = "gern möchte ich Ihnen meine Arbeit vorstellen."
    what = f"Im Anhang finden Sie „{title}“: {count} {noun}, {_words(fit.words, True)} insgesamt"
    lines = [
        f"Guten Tag, liebe Redaktion von {outlet.name},",
        f"{call} {what}, als Manuskript im Standardformat ({_format(fit)}-Datei).",
    ]
    if 1 < count <= 20:
        lines.append("Es enthält:\n" + _listed(fit))
    if outlet.anonymous:
        lines.append("Wie gewünscht steht mein Name weder im Manuskript noch in der Datei.")
    lines.append("Vielen Dank für Ihre Zeit und fürs Lesen.")
    return lines


def _dated(fit: Fit, zone: tzinfo, language: str) -> str:
    document = fit.call.document
    if document is None:
        return ""
    told = document.mail.subject.strip() if document.mail else ""
    told = re.sub(r"^(?:(?:re|fwd?|aw|wg)\s*:\s*)+", "", told, flags=re.IGNORECASE)
    date = day(document.when.astimezone(zone), language)
    if language == "de":
        return f" „{told}“ vom {date}" if told else f" vom {date}"
    return f" “{told}” of {date}" if told else f" of {date}"


def _listed(fit: Fit) -> str:
    return "\n".join(f"  {at}. {piece_title(d)}" for at, d in enumerate(fit.pieces, 1))


def _format(fit: Fit) -> str:
    return "PDF" if fit.attach[0] == "pdf" else ".docx" if fit.language != "de" else "DOCX"
