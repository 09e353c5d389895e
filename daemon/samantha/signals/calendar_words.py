"""Names of months and weekdays, numbers and units in six languages."""

from __future__ import annotations

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
MONTHS = {name: at for at, names in enumerate(_MONTHS, 1) for name in names.split()}

_WEEKDAYS = (
    "monday mon montag lundi lunes lunedì maandag",
    "tuesday tue tues dienstag mardi martes martedì dinsdag",
    "wednesday wed mittwoch mercredi miércoles mercoledì woensdag",
    "thursday thu thurs donnerstag jeudi jueves giovedì donderdag",
    "friday fri freitag vendredi viernes venerdì vrijdag",
    "saturday sat samstag sonnabend samedi sábado sabato zaterdag",
    "sunday sun sonntag dimanche domingo domenica zondag",
)
WEEKDAYS = {name: at for at, names in enumerate(_WEEKDAYS) for name in names.split()}

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
UNITS = {name: unit for unit, names in _UNITS.items() for name in names.split()}


def alternatives(words: object) -> str:
    """Return words as alternatives of a pattern, longest first."""
    return "|".join(sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


def count(word: str) -> int:
    """Return the number that digits or a word stand for, 0 if none."""
    return int(word) if word.isdigit() else NUMBERS.get(word.lower(), 0)
