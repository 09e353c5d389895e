"""Dates as they are said in French and Spanish: "jeudi prochain", "le 20", "a finales de marzo"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from samantha.signals.calendar_words import MONTHS, UNITS, WEEKDAYS, Names, alternatives
from samantha.signals.day import Day, later, months_on, nearest, real_date
from samantha.signals.feasts import feast
from samantha.signals.passages import Passages, lowered, matches, mentions

_DAY_NAMES = (
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lunes", "martes",
    "miércoles", "jueves", "viernes", "sábado", "sabado", "domingo",
)  # fmt: skip
_NUMBERS = (
    ("premier", "primero"), ("deux", "dos"), ("trois", "tres"), ("quatre", "cuatro"),
    ("cinq", "cinco"), ("six", "seis"), ("sept", "siete"), ("huit", "ocho"), ("neuf", "nueve"),
    ("dix", "diez"), ("onze", "once"), ("douze", "doce"), ("treize", "trece"),
    ("quatorze", "catorce"), ("quinze", "quince"), ("seize", "dieciséis"),
    ("dix-sept", "diecisiete"), ("dix-huit", "dieciocho"), ("dix-neuf", "diecinueve"),
    ("vingt", "veinte"), ("vingt et un", "veintiuno"), ("vingt-deux", "veintidós"),
    ("vingt-trois", "veintitrés"), ("vingt-quatre", "veinticuatro"), ("vingt-cinq", "veinticinco"),
    ("vingt-six", "veintiséis"), ("vingt-sept", "veintisiete"), ("vingt-huit", "veintiocho"),
    ("vingt-neuf", "veintinueve"), ("trente", "treinta"), ("trente et un", "treinta y uno"),
)  # fmt: skip
_DAYS = {word: number for number, words in enumerate(_NUMBERS, 1) for word in words} | {"1er": 1}
_COUNTED = _DAYS | {"un": 1, "une": 1, "una": 1}
_NTH = Names({
    "premier": 1, "deuxième": 2, "second": 2, "troisième": 3, "quatrième": 4, "dernier": -1,
    "primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4, "último": -1,
})  # fmt: skip
_FEASTS = Names({
    "noël": "christmas", "navidad": "christmas", "pâques": "easter", "pascua": "easter",
    "la pentecôte": "pfingsten", "nochebuena": "christmas eve", "nochevieja": "silvester",
    "la saint-sylvestre": "silvester", "la veille de noël": "christmas eve",
})  # fmt: skip
_HINTS = (
    "prochain", "dernier", "suivant", "proch", "próxim", "proxim", "pasad", "viene", "fin", "début",
    "mois", "mes", "le ", "el ", "día", "soir", "noche", "ouvr", "hábiles", "ici", "noël", "navid",
    "pâques", "pascua", "pentec", "noche", "sylvestre", "hier", "ayer", "huit", "quinze", "lundi",
    "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
)  # fmt: skip

_MONTH = alternatives([m for m in MONTHS if len(m) > 2])
_WEEKDAY = alternatives(_DAY_NAMES)
_SAID = alternatives([word for word in _DAYS if word != "1er"])
"""Days in words; one with a figure is read as in other languages."""
_DAY = rf"(?:\d{{1,2}}|{alternatives(_DAYS)})"
_MANY = rf"(?:\d{{1,2}}|{alternatives(_COUNTED)})"
_UNITS = Names({**UNITS, "an": "year"})
_UNIT = alternatives(_UNITS)
_YEAR = r"(?: (?:de |del |en )?(?P<year>(?:19|20)\d\d)(?!\d))?"
_STOP = (
    r"(?=\s*(?:[.!?,;)](?!\d)|$|\n|à\b|a las\b|pour\b|para\b|et\b(?! demi)|y\b|au\b|par\b"
    r"|si\b|ou\b|o\b))"
)

_BESIDE = re.compile(
    rf"\s*(?:,|et|ou|au|y|o|al)\s+(?:(?:le|el) )?\d{{1,2}}(?:er)? (?:de )?"
    rf"(?P<month>{_MONTH})(?!\w)",
    re.I,
)
"""Another day beside one, whose month is that of both: "le 5 ou le 6 mars"."""

Reading = Callable[[re.Match[str], date], date | None]


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/.-]){words}(?!\w)", re.I)


def _monday(reference: date) -> date:
    return reference - timedelta(days=reference.weekday())


def _number(said: str) -> int:
    low = " ".join(said.lower().split())
    return int(low) if low.isdigit() else _COUNTED.get(low, 0)


def _coming(match: re.Match[str], reference: date) -> date:
    weekday = WEEKDAYS[match["weekday"].lower()]
    return reference + timedelta(days=(weekday - reference.weekday()) % 7 or 7)


def _gone(match: re.Match[str], reference: date) -> date:
    weekday = WEEKDAYS[match["weekday"].lower()]
    return reference - timedelta(days=(reference.weekday() - weekday) % 7 or 7)


def _week_after(match: re.Match[str], reference: date) -> date:
    """Read "mardi en huit" and "en quinze": a week, two weeks after the coming one."""
    weeks = 2 if match["far"].lower() == "quinze" else 1
    return _coming(match, reference) + timedelta(days=7 * weeks)


def _next_week(match: re.Match[str], reference: date) -> date:
    return _monday(reference) + timedelta(days=7 + WEEKDAYS[match["weekday"].lower()])


def _last_week(match: re.Match[str], reference: date) -> date:
    return _monday(reference) + timedelta(days=WEEKDAYS[match["weekday"].lower()] - 7)


def _this_month(match: re.Match[str], reference: date) -> date | None:
    return real_date(reference.year, reference.month, _number(match["day"]))


def _next_month(match: re.Match[str], reference: date) -> date | None:
    month = months_on(reference.replace(day=1), 1)
    return real_date(month.year, month.month, _number(match["day"]))


def _nearest_day(match: re.Match[str], reference: date) -> date | None:
    """Read "le 20" as the next day of that number, or of the month that the day beside it has."""
    beside = _BESIDE.match(match.string, match.end(), match.end() + 40)
    if beside is not None:
        return nearest(reference, MONTHS[beside["month"].lower()], _number(match["day"]))
    for ahead in range(3):
        month = months_on(reference.replace(day=1), ahead)
        found = real_date(month.year, month.month, _number(match["day"]))
        if found is not None and found >= reference:
            return found
    return None


def _of_month(match: re.Match[str], reference: date) -> date | None:
    month, day = MONTHS[match["month"].lower()], _number(match["day"])
    return (
        real_date(int(match["year"]), month, day)
        if match["year"]
        else nearest(reference, month, day)
    )


def _slashed(match: re.Match[str], reference: date) -> date | None:
    month = int(match["month"])
    return nearest(reference, month, int(match["day"])) if 1 <= month <= 12 else None


def _end_of_this(match: re.Match[str], reference: date) -> date:
    return months_on(reference.replace(day=1), 1) - timedelta(days=1)


def _end_of(match: re.Match[str], reference: date) -> date | None:
    start = _start_of(match, reference)
    return months_on(start, 1) - timedelta(days=1) if start else None


def _start_of(match: re.Match[str], reference: date) -> date | None:
    month = MONTHS[match["month"].lower()]
    return date(int(match["year"]), month, 1) if match["year"] else nearest(reference, month, 1)


def _end_of_week(match: re.Match[str], reference: date) -> date:
    return _monday(reference) + timedelta(days=4 if reference.weekday() < 5 else 6)


def _nth_weekday(match: re.Match[str], reference: date) -> date | None:
    number, weekday = _NTH[match["nth"].lower()], WEEKDAYS[match["weekday"].lower()]
    start: date | None = reference.replace(day=1)
    if match["month"]:
        start = _start_of(match, reference)
    elif match["next"]:
        start = months_on(reference.replace(day=1), 1)
    if start is None:
        return None
    if number > 0:
        first = start + timedelta(days=(weekday - start.weekday()) % 7)
        return first + timedelta(days=7 * (number - 1))
    end = months_on(start, 1) - timedelta(days=1)
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def _working(match: re.Match[str], reference: date) -> date:
    left, found = min(_number(match["n"]), 60), reference
    while left > 0:
        found += timedelta(days=1)
        left -= found.weekday() < 5
    return found


def _counted(match: re.Match[str], reference: date) -> date | None:
    return later(reference, _number(match["n"]), _UNITS[match["unit"].lower()])


def _feast(match: re.Match[str], reference: date) -> date | None:
    name = _FEASTS[" ".join(match["feast"].lower().split())]
    found = [d for y in (0, 1) if (d := feast(name, reference.year + y)) and d >= reference]
    return min(found, default=None)


def _shifted(days: int) -> Reading:
    return lambda match, reference: reference + timedelta(days=days)


_RULES: tuple[tuple[re.Pattern[str], Reading, float], ...] = (
    (
        _pattern(rf"(?P<weekday>{_WEEKDAY}) (?:de )?(?:la semaine derni[èe]re?|la semana pasada)"),
        _last_week,
        0.8,
    ),
    (_pattern(rf"(?:le |el )?(?P<weekday>{_WEEKDAY}) (?:prochain|próximo)"), _next_week, 0.75),
    (_pattern(r"(?:le )?lendemain"), _shifted(1), 0.5),
    (_pattern(r"apr[eè]s[- ]demain"), _shifted(2), 0.8),
    (
        _pattern(
            rf"(?:(?P<weekday>{_WEEKDAY}) (?:de )?la (?:semaine prochaine?|semana que viene"
            r"|próxima semana|semana próxima))"
        ),
        _next_week,
        0.8,
    ),
    (
        _pattern(
            rf"(?:(?:le |el )?(?P<weekday>{_WEEKDAY}) (?:qui vient|suivant|que viene"
            r"|siguiente))"
        ),
        _coming,
        0.75,
    ),
    (_pattern(rf"(?:el )?(?:próximo|proximo) (?P<weekday>{_WEEKDAY})"), _coming, 0.75),
    (_pattern(rf"(?:le |el )?(?P<weekday>{_WEEKDAY}) (?:dernier|passé|pasado)"), _gone, 0.75),
    (_pattern(rf"(?P<weekday>{_WEEKDAY}) en (?P<far>huit|quinze)"), _week_after, 0.8),
    (
        _pattern(rf"(?:(?:le|el|día|el día) )?(?P<day>{_DAY}) (?:de ce mois|de este mes)"),
        _this_month,
        0.8,
    ),
    (
        _pattern(
            rf"(?:(?:le|el|día|el día) )?(?P<day>{_DAY}) (?:du mois prochain|del próximo mes"
            r"|del mes que viene)"
        ),
        _next_month,
        0.8,
    ),
    (
        _pattern(rf"(?:le |el )?(?P<day>{_SAID}) (?:de )?(?P<month>{_MONTH}){_YEAR}"),
        _of_month,
        0.8,
    ),
    (
        _pattern(r"(?:le|du|au|el|del|al) (?P<day>[0-3]?\d)/(?P<month>[01]?\d)(?![/\d])"),
        _slashed,
        0.7,
    ),
    (
        _pattern(rf"(?:le|jusqu'au|avant le|el día|hasta el) (?P<day>[1-3]?\d){_STOP}"),
        _nearest_day,
        0.5,
    ),
    (
        _pattern(
            r"(?:d['’]ici )?(?:à |a )?(?:la )?(?:fin du mois|fin de mois|fin de mes|finales de mes"
            r"|fin de ce mois|final de mes)"
        ),
        _end_of_this,
        0.8,
    ),
    (
        _pattern(
            rf"(?:d['’]ici )?(?:à |a )?(?:la )?(?:fin|finales de|fines de|final de) "
            rf"(?P<month>{_MONTH}){_YEAR}"
        ),
        _end_of,
        0.7,
    ),
    (_pattern(rf"(?:au )?(?:début|a principios de) (?P<month>{_MONTH}){_YEAR}"), _start_of, 0.5),
    (_pattern(r"(?:d['’]ici )?(?:à |en )?(?:la )?(?:fin de (?:la )?semaine)"), _end_of_week, 0.6),
    (
        _pattern(
            rf"(?:le |el )?(?P<nth>{alternatives(_NTH)}) (?P<weekday>{_WEEKDAY})"
            rf"(?: (?:(?:du|de ce) mois(?P<next> prochain)?|del mes|d['’]|de |du mois de |d['’]?)"
            rf"(?:(?P<month>{_MONTH}){_YEAR})?)"
        ),
        _nth_weekday,
        0.8,
    ),
    (
        _pattern(
            rf"(?:dans|sous|en|dentro de|d['’]ici)(?: les)? (?P<n>{_MANY}) "
            r"(?:jours? ouvr(?:és|ables?|é)|días hábiles|días laborables)"
        ),
        _working,
        0.85,
    ),
    (
        _pattern(rf"(?:d['’]ici|dans les|sous les)(?: à)? (?P<n>{_MANY}) (?P<unit>{_UNIT})"),
        _counted,
        0.8,
    ),
    (
        _pattern(
            rf"(?:à|pour|avant|après|d['’]ici|en|por|para|antes de) "
            rf"(?P<feast>{alternatives(_FEASTS)})"
        ),
        _feast,
        0.6,
    ),
    (_pattern(r"(?P<feast>la veille de noël)"), _feast, 0.6),
    (_pattern(r"(?:ce soir|cet après-midi|esta noche|esta tarde)"), _shifted(0), 0.75),
    (_pattern(r"(?:avant[- ]hier|anteayer|antes de ayer)"), _shifted(-2), 0.8),
)


def find_romance(text: str, within: Passages, reference: date, language: str) -> Iterator[Day]:
    """Return the dates that are said in French or Spanish, as they are found."""
    if language in ("en", "de") or not mentions(lowered(text, within), _HINTS):
        return
    for pattern, reading, confidence in _RULES:
        for match in matches(pattern, text, within, 40):
            try:
                value = reading(match, reference)
            except (ValueError, OverflowError):
                continue
            if value is not None and 1970 <= value.year <= 2100:
                relative = reading not in (_of_month, _slashed)
                yield Day(value, match.start(), match.end(), confidence, relative)
