"""Names of months and weekdays, numbers and units in six languages."""

from __future__ import annotations

from typing import TypeVar

_Meant = TypeVar("_Meant")
_FOLDED = str.maketrans({"ſ": "s", "ı": "i", "\u0307": None})


class Names(dict[str, _Meant]):
    """Words in lower case and what they mean, found as patterns find them: "Auguſt" is August.

    Patterns that ignore case fold letters which ``str.lower`` leaves alone.
    """

    def __missing__(self, word: str) -> _Meant:
        folded = word.translate(_FOLDED)
        if folded == word:
            raise KeyError(word)
        return self[folded]


_MONTHS = (
    "january jan januar jänner janvier janv enero gennaio januari",
    "february feb februar feber février fevrier févr febrero febbraio februari",
    "march mar märz maerz mär mars marzo maart mrt",
    "april apr avril avr abril aprile abr",
    "may mai mayo maggio mei",
    "june jun juni juin junio giugno",
    "july jul juli juillet juil julio luglio",
    "august aug août aout agosto augustus",
    "september sept sep septembre septiembre settembre",
    "october oct oktober okt octobre octubre ottobre",
    "november nov novembre noviembre",
    "december dec dezember dez décembre decembre déc diciembre dicembre dic",
)
MONTHS = Names({name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()})

_WEEKDAYS = (
    "monday mon montag lundi lunes lunedì maandag",
    "tuesday tue tues dienstag mardi martes martedì dinsdag",
    "wednesday wed mittwoch mercredi miércoles mercoledì woensdag",
    "thursday thu thur thurs donnerstag jeudi jueves giovedì donderdag",
    "friday fri freitag vendredi viernes venerdì vrijdag",
    "saturday sat samstag sonnabend samedi sábado sabato zaterdag",
    "sunday sun sonntag dimanche domingo domenica zondag",
)
WEEKDAYS = Names({name: at for at, names in enumerate(_WEEKDAYS) for name in names.split()})

_NUMBERS = (
    "a an one ein eine einem einer einen un une una uno een",
    "two zwei deux dos due twee",
    "three drei trois tres tre drie",
    "four vier quatre cuatro quattro",
    "five fünf fuenf cinq cinco cinque vijf",
    "six sechs seis sei zes",
    "seven sieben sept siete sette zeven",
    "eight acht huit ocho otto",
    "nine neun neuf nueve nove negen",
    "ten zehn dix diez dieci tien",
    "eleven elf onze once undici",
    "twelve zwölf zwoelf douze doce dodici twaalf",
)
NUMBERS = {name: at for at, names in enumerate(_NUMBERS, 1) for name in names.split()} | {
    "fourteen": 14,
    "vierzehn": 14,
    "quatorze": 14,
    "quattordici": 14,
    "veertien": 14,
    "fifteen": 15,
    "fünfzehn": 15,
    "quinze": 15,
    "quince": 15,
    "quindici": 15,
    "twenty": 20,
    "zwanzig": 20,
    "vingt": 20,
    "thirty": 30,
    "dreißig": 30,
    "dreissig": 30,
    "trente": 30,
    "treinta": 30,
    "trenta": 30,
    "dertig": 30,
    "sixty": 60,
    "sechzig": 60,
}

_UNITS = {
    "day": "day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen",
    "week": "week weeks woche wochen semaine semaines semana semanas settimana settimane weken",
    "month": "month months monat monate monaten mois mes meses mese mesi maand maanden",
    "year": "year years jahr jahre jahren ans années año años anno anni jaar",
}
VERBS = frozenset(["may", "march", "mar", "sept", "mars", "mai", "jan", "jun", "mei", "dic"])
"""Names of months that are words of another meaning where they are not written like names."""
UNITS = Names({name: unit for unit, names in _UNITS.items() for name in names.split()})


_ORDINALS = (
    "first erste",
    "second zweite",
    "third dritte",
    "fourth vierte",
    "fifth fünfte",
    "sixth sechste",
    "seventh siebte siebente",
    "eighth achte",
    "ninth neunte",
    "tenth zehnte",
    "eleventh elfte",
    "twelfth zwölfte",
    "thirteenth dreizehnte",
    "fourteenth vierzehnte",
    "fifteenth fifteen fünfzehnte",
    "sixteenth sechzehnte",
    "seventeenth siebzehnte",
    "eighteenth achtzehnte",
    "nineteenth neunzehnte",
    "twentieth twenty zwanzigste",
)
_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_GERMAN_ONES = ["ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]


def _ordinals() -> dict[str, int]:
    """Return the days of a month in words, from "first" to "einunddreißigsten"."""
    found = {name: at for at, names in enumerate(_ORDINALS, 1) for name in names.split()}
    english = [names.split()[0] for names in _ORDINALS]
    for at in range(1, 10):
        for joint in (" ", "-"):
            found[f"twenty{joint}{english[at - 1]}"] = 20 + at
            found[f"twenty{joint}{_ONES[at - 1]}"] = 20 + at
        found[f"{_GERMAN_ONES[at - 1]}undzwanzigste"] = 20 + at
    found |= {"thirtieth": 30, "thirty": 30, "dreißigste": 30, "einunddreißigste": 31}
    found |= {f"thirty{j}{one}": 31 for j in " -" for one in ("first", "one")}
    german = {
        f"{name}{end}": at for name, at in found.items() if name.endswith("te") for end in "nr"
    }
    return found | german


ORDINALS = _ordinals()
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_TEENS = [
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]


def day_number(said: str) -> int:
    """Return the day of a month that digits or words stand for, 0 if none."""
    digits = "".join(c for c in said if c.isdigit())
    return int(digits) if digits else ORDINALS.get(said.lower(), 0)


def spoken_year(said: str) -> int | None:
    """Return the year that words such as "nineteen seventy eight" stand for."""
    words = said.lower().replace("-", " ").replace(" and ", " ").split()
    if words[:2] == ["two", "thousand"]:
        rest = _below_hundred(words[2:])
        return None if rest is None else 2000 + rest
    if len(words) > 1 and words[0] in ("nineteen", "twenty"):
        rest = 0 if words[1:] == ["hundred"] else _below_hundred(words[1:])
        # "twenty one" is a day.
        enough = words[0] == "nineteen" or (len(words) == 2 and words[1] in _TEENS + _TENS)
        if rest is not None and (enough or len(words) > 2):
            return (1900 if words[0] == "nineteen" else 2000) + rest
    return None


def _below_hundred(words: list[str]) -> int | None:
    if words and words[0] in ("oh", "zero", "o"):
        words = words[1:]
    total = 0
    for word in words:
        if word in _TENS:
            total += 20 + 10 * _TENS.index(word)
        elif word in _TEENS:
            total += 10 + _TEENS.index(word)
        elif word in _ONES:
            total += 1 + _ONES.index(word)
        else:
            return None
    return total


def alternatives(words: object) -> str:
    """Return words as alternatives of a pattern, longest first."""
    return "|".join(sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


def count(word: str) -> int:
    """Return the number that digits or a word stand for, 0 if none."""
    return int(word) if word.isdigit() else NUMBERS.get(word.lower(), 0)
