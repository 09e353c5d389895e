"""Does a written text claim anything that its sources do not: the same check for every text.

The writer may be a small model, or an attacker who speaks through one. So a text that names an
address, a link, a number, a date or a name which none of its sources holds is not used at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from samantha.api.languages import common_language, words_of
from samantha.api.phrases import MONTHS

_POINTER = re.compile(
    r"""[@<>{}\[\]|\\^`~#*_=]|://|\bwww\.|[^\W\d_]{2,}\.[^\W\d_]|(?:^|\s)/\S|\+\d|"""
    r"[\u2500-\u27bf\U0001f000-\U0001ffff]"
)
_STRANGE = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Sk", "So")
_NUMBER = re.compile(r"\d+(?:[.,:/\-]\d+)*")
_IN_PARTS = re.compile(r"\d+|\d{1,2}\.\d{1,2}\.\d+|\d+(?:[/:\-]\d+)+")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?:[.!?:…]['\"“”„»«]?\s+|[\"“„»«(]\s*)$")
_MONEY = re.compile(
    r"[€$£¥]|\b(?:euros?|eur|usd|dollars?|pounds?|cents?|iban|bic)\b", re.IGNORECASE
)
# Words that say when: each must stand in a source, in whatever form.
_WHEN = {
    "en": "monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday "
    "tonight noon midnight weekend " + MONTHS["en"].lower(),
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag heute morgen "
    "übermorgen gestern mittag mitternacht wochenende " + MONTHS["de"].lower(),
}
_COUNTS = {
    "en": "two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty "
    "hundred thousand million dozen half twice",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig "
    "fünfzig hundert tausend million dutzend zweimal dreimal",
}
# Of these, what is also an everyday word of a language, or of the other one.
_ALSO = {"en": {"may", "march", "elf"}, "de": {"morgen", "half", "march", "may"}}
# What sentences begin with, and German nouns of every mail: they name nothing.
_PLAIN = {
    "en": "i i'd i'll i'm i've a about after all also although an and any anything are as at "
    "attached because before below both but by can could did do does either enclosed every for "
    "from given good great had has have having he hello here his hope how however if in is it "
    "it's its just kindly last let like looking many may maybe might more most my no not nothing "
    "of on once one only or otherwise our over perhaps please possibly regarding same see she "
    "should since so some something sorry still thank thanks that that's the their them then "
    "there these they they're this those thus to under until up was we we'd we'll we're we've "
    "well were what when whenever where whether which while who why will with within without "
    "would yes yet pay send reply answer ask check read review file renew cancel return finish "
    "open sign write you you'd you'll you're you've your yours",
    "de": "anfrage angabe angaben angelegenheit anhang anhänge anlage antwort antworten aufwand "
    "auskunft bescheid bitte danke dank datei dateien ding dinge einschätzung ende entschuldigung "
    "erinnerung fall fassung frage fragen gedanke gedanken gelegenheit geduld gespräch grund gruß "
    "grüße hilfe hinweis information informationen interesse mail mails meinung mühe möglichkeit "
    "nachfrage nachricht nachrichten punkt rückfrage rückmeldung sache sachen schreiben seite "
    "stand stelle teil text texte thema tage tag termin unterlagen verständnis vorschlag weise "
    "woche wochen wort worte wunsch zeit zeilen zusage zusammenhang sie ihnen ihr ihre ihrem "
    "ihren ihrer ihres du dir dich dein deine deinem deinen deiner deines ich wir es er das der "
    "die dies diese dieser dieses den dem ein eine einen einem einer und oder aber auch als am an "
    "auf aus außerdem bei beim bisher da daher damals damit dann dazu denn deshalb doch dort "
    "falls für gern gerne gibt gäbe habe haben hat hatte hier hiermit hoffentlich im in ist ja "
    "jetzt kann kannst konnten konntest könnten könntest könnte lassen lass leider lieber man mein "
    "meine meinem meinen meiner melde melden mir mit möchte nach natürlich nein nicht noch nun nur "
    "ob schon sehr seit sobald sofern so sollte sollten sind solltest teile teilen trotzdem um "
    "unser unsere vielen vielleicht viel vom von vor wann war waren was weil weiter welche welcher "
    "wenn wer wie wieso wir wird wissen wo wäre wären würde würden würdest zu zum zur zudem "
    "zunächst über hast habt bist seid kannst könnt magst mögen möchtest willst wollen wollt "
    "soll sollst darf dürfen dürfte gib geben schick schicke schicken schreib schreiben sag sagen "
    "zahlen antworten prüfen lesen darin daran darauf damals eventuell ansonsten sonst",
}
_STEM = 5
"""Characters that two forms of a word share at least: Vertrags, Vertrag; not Martha, market."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that a text may speak of: words and numbers of its sources, in one look-up."""

    words: frozenset[str]
    stems: frozenset[str]
    numbers: frozenset[str]
    money: bool

    def knows(self, word: str, language: str) -> bool:
        """Tell whether a word, or in German another form of it, stands in a source."""
        wanted = word.casefold().replace("’", "'")
        if wanted in self.words or wanted.removesuffix("'s") in self.words:
            return True
        if language != "de" or len(wanted) <= _STEM:
            return False
        return _bare(wanted)[: max(_STEM, len(wanted) - 2)] in self.stems


def known_of(texts: Iterable[str]) -> Known:
    """Return what the texts hold."""
    whole = "\n".join(texts)
    joined = {word.casefold().replace("’", "'") for word in _WORD.findall(whole)}
    words = frozenset(joined | set(words_of(whole)))
    bare = {_bare(word) for word in words}
    stems = frozenset(word[:size] for word in bare for size in range(_STEM, len(word) + 1))
    return Known(words, stems, frozenset(_plain_numbers(whole)), bool(_MONEY.search(whole)))


def _bare(word: str) -> str:
    """Return a word without the dots of umlauts, which come and go between its forms."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))


def _plain_numbers(text: str) -> list[str]:
    """Return numbers as they stand, and the parts of a date or time: 3.5.2026 holds 3, 5 and 2026.

    An amount is one number: what 81.40 holds is neither 81 nor 40.
    """
    found = []
    for number in _NUMBER.findall(text):
        found.append(number)
        if _IN_PARTS.fullmatch(number):
            found += [part.lstrip("0") or "0" for part in re.findall(r"\d+", number)]
    return found


def sound(
    untrusted_text: str,
    known: Known,
    *,
    language: str,
    least: int,
    most: int,
    sentences: bool = True,
) -> str:
    """Return the text on one line if it claims nothing of its own; '' otherwise.

    ``least`` and ``most`` bound its characters. ``sentences``: it ends like one, and is in the
    language; a title need not.
    """
    text = " ".join(unicodedata.normalize("NFC", untrusted_text).split())
    if not least <= len(text) <= most or _POINTER.search(text):
        return ""
    if any(unicodedata.category(ch) in _STRANGE for ch in text):
        return ""
    if sentences and (text[-1] not in ".!?…" or not _in(text, language)):
        return ""
    if _MONEY.search(text) and not known.money:
        return ""
    if not all(_number_known(number, known) for number in _NUMBER.findall(text)):
        return ""
    return text if _words_known(text, known, language) else ""


def _in(text: str, language: str) -> bool:
    found = common_language(text)
    # A short sentence may be unsure; it is not another language.
    return found == language or (not found and len(text.split()) < 12)


def _number_known(number: str, known: Known) -> bool:
    return number in known.numbers or (
        number.isdigit() and (number.lstrip("0") or "0") in known.numbers
    )


def _words_known(text: str, known: Known, language: str) -> bool:
    """Tell whether every word that names or dates something stands in a source.

    Names are told by their capitals. German gives them to every noun, so there the nouns of every
    mail are exempt wherever they stand; in English only the words that begin a sentence are.
    """
    plain = frozenset(_PLAIN.get(language, "").split())
    telling = _telling(language)
    for match in _WORD.finditer(text):
        word, lower = match[0], match[0].casefold().replace("’", "'")
        if lower in telling and lower not in known.words:
            return False
        if not any(ch.isupper() for ch in word) or known.knows(word, language):
            continue
        begins = language == "de" or lower.split("'")[0] == "i" or _begins(text, match.start())
        if lower not in plain or not begins:
            return False
    return True


@cache
def _telling(language: str) -> frozenset[str]:
    """Return the words that say when or how many, in either language."""
    every = " ".join((*_WHEN.values(), *_COUNTS.values())).split()
    return frozenset(every) - _ALSO.get(language, set())


def _begins(text: str, at: int) -> bool:
    return bool(_SENTENCE.search(text[max(0, at - 8) : at])) if at else True


def missing(wanted: str, text: str) -> Sequence[str]:
    """Return the numbers of a text that another one does not hold."""
    held = frozenset(_plain_numbers(text))
    return [number for number in _NUMBER.findall(wanted) if number not in held]
