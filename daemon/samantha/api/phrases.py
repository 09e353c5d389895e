"""What samantha writes where no model does: short mails in English and German, Sie and du.

Nothing is left to be filled in. The facts in them come from the arguments and are quoted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

Language = Literal["en", "de"]
QUOTED = 240
"""Characters of a quote in a mail."""

MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}
MARKS = {"en": ("“", "”"), "de": ("„", "“")}
GREETING = {
    ("en", False): ("Hello {name},", "Hello,"),
    ("en", True): ("Hi {name},", "Hi,"),
    ("de", False): ("Guten Tag {name},", "Guten Tag,"),
    ("de", True): ("Hallo {name},", "Hallo,"),
}
CLOSING = {
    ("en", False): "Kind regards,",
    ("en", True): "Best wishes,",
    ("de", False): "Mit freundlichen Grüßen",
    ("de", True): "Viele Grüße",
}


def day(value: date, language: str) -> str:
    """Return a day as people write it: 30 June 2026, 30. Juni 2026."""
    month = MONTHS.get(language, MONTHS["en"]).split()[value.month - 1]
    dot = "." if language == "de" else ""
    return f"{value.day}{dot} {month} {value.year}"


def quoted(words: str, language: Language) -> str:
    """Return words on one line between the quotation marks of the language, bounded."""
    text = " ".join(words.split())
    if len(text) > QUOTED:
        text = text[: QUOTED - 1].rstrip() + "…"
    before, after = MARKS[language]
    return f"{before}{text}{after}"


def block(words: str) -> str:
    """Return words as a mail quotes them: one line behind ``> ``, bounded."""
    text = " ".join(words.split())
    return "> " + (text if len(text) <= QUOTED else text[: QUOTED - 1].rstrip() + "…")


def listed(names: Sequence[str], language: Language) -> str:
    """Return names of files in quotation marks: “a.pdf” and “b.pdf”."""
    before, after = MARKS[language]
    some = [f"{before}{' '.join(name.split())}{after}" for name in names]
    last = " und " if language == "de" else " and "
    return some[0] if len(some) == 1 else ", ".join(some[:-1]) + last + some[-1]


# --- the sentences -------------------------------------------------------------------------


def reminds(sent: date, language: Language) -> str:
    """Return how a follow-up begins, before the quoted question."""
    if language == "de":
        return f"ich komme auf meine Mail vom {day(sent, 'de')} zurück. Darin stand:"
    return f"I am coming back to my mail of {day(sent, 'en')}, in which I wrote:"


def asks_again(language: Language, familiar: bool) -> str:
    """Return the request of a follow-up."""
    if language == "en":
        return (
            "I have not seen an answer yet, so I wanted to ask whether you have had a chance to "
            "look at it. A short reply would help me."
        )
    who, whom = (
        ("du schon dazu gekommen bist", "dir")
        if familiar
        else (
            "Sie schon dazu gekommen sind",
            "Ihnen",
        )
    )
    return (
        f"Bisher habe ich keine Antwort gesehen und wollte fragen, ob {who}. Eine kurze "
        f"Rückmeldung von {whom} würde mir helfen."
    )


def thanks(received: date, language: Language, familiar: bool) -> str:
    """Return how an answer begins, before the quoted question."""
    if language == "en":
        return f"Thank you for your mail of {day(received, 'en')}. You wrote:"
    yours, wrote = ("deine", "Du schreibst:") if familiar else ("Ihre", "Sie schreiben:")
    return f"danke für {yours} Mail vom {day(received, 'de')}. {wrote}"


def answers(facts: int, files: Sequence[str], language: Language, familiar: bool) -> str:
    """Return the paragraph of an answer: what follows below, what is attached, or neither."""
    said = []
    if files:
        said.append(attached(files, language, familiar))
    if facts and language == "en":
        said.append("This is what I have on it:")
    elif facts:
        said.append("Das habe ich dazu:")
    if not said and language == "en":
        said.append("I have read it and will look into it; you will hear from me.")
    elif not said:
        heard = "du hörst" if familiar else "Sie hören"
        said.append(f"Ich habe es gelesen und kümmere mich darum; {heard} von mir.")
    return " ".join(said)


def fact(quote: str, title: str, language: Language) -> str:
    """Return a fact as a line with the name of the document it stands in."""
    source = " ".join(title.split())[:80]
    told = quoted(quote, language)
    if not source:
        return f"- {told}"
    return f"- {told} (aus: {source})" if language == "de" else f"- {told} (from: {source})"


def attached(files: Sequence[str], language: Language, familiar: bool) -> str:
    """Return the sentence that says what is attached."""
    names = listed(files, language)
    if language == "de":
        find = "findest du" if familiar else "finden Sie"
        return f"Im Anhang {find} {names}."
    return f"Please find {names} attached."


def promised(sent: date, language: Language) -> str:
    """Return how a mail begins that keeps a promise, before the quoted promise."""
    if language == "de":
        return f"am {day(sent, 'de')} habe ich geschrieben:"
    return f"On {day(sent, 'en')} I wrote:"


def forgot(sent: date, files: Sequence[str], language: Language, familiar: bool) -> str:
    """Return the paragraph of a mail that brings a forgotten attachment."""
    names = listed(files, language)
    if language == "de":
        sorry = "entschuldige bitte" if familiar else "bitte entschuldigen Sie das"
        which = "die Anhänge" if len(files) > 1 else "der Anhang"
        lacked, here = ("fehlten", "Hier sind sie") if len(files) > 1 else ("fehlte", "Hier ist er")
        return f"in meiner Mail vom {day(sent, 'de')} {lacked} {which}, {sorry}. {here}: {names}."
    if len(files) > 1:
        return (
            f"The attachments were missing from my mail of {day(sent, 'en')}, I am sorry. "
            f"Here they are: {names}."
        )
    return (
        f"The attachment was missing from my mail of {day(sent, 'en')}, I am sorry. "
        f"Here it is: {names}."
    )
