"""Dates: absolute ones in six languages, ambiguous ones, and relative ones against a day."""

from __future__ import annotations

from datetime import date

import pytest

from samantha.signals.dates import find_days, later

WEDNESDAY = date(2026, 11, 25)


def days(text: str, language: str = "en", reference: date = WEDNESDAY) -> list[tuple[str, str]]:
    found = find_days(text, ((0, len(text)),), reference, language)
    return [(d.value.isoformat(), text[d.start : d.end]) for d in found]


ABSOLUTE = (
    ("on 2026-12-04 at noon", "en", "2026-12-04", "2026-12-04"),
    ("2026/12/04", "en", "2026-12-04", "2026/12/04"),
    ("due 4 December 2026.", "en", "2026-12-04", "4 December 2026"),
    ("December 4th, 2026", "en", "2026-12-04", "December 4th, 2026"),
    ("Dec. 4, 2026", "en", "2026-12-04", "Dec. 4, 2026"),
    ("August 3 , 2014", "en", "2014-08-03", "August 3 , 2014"),
    ("the 4th of December", "en", "2026-12-04", "4th of December"),
    ("Friday, 4 December", "en", "2026-12-04", "Friday, 4 December"),
    ("Fri, 04 Dec 2026", "en", "2026-12-04", "Fri, 04 Dec 2026"),
    ("04.12.2026", "de", "2026-12-04", "04.12.2026"),
    ("4.12.26", "de", "2026-12-04", "4.12.26"),
    ("bis zum 4.12. zahlen", "de", "2026-12-04", "4.12."),
    ("am 4. Dezember 2026", "de", "2026-12-04", "4. Dezember 2026"),
    ("Freitag, den 4. Dezember", "de", "2026-12-04", "Freitag, den 4. Dezember"),
    ("7. März 2027", "de", "2027-03-07", "7. März 2027"),
    ("le 1er janvier 2027", "fr", "2027-01-01", "1er janvier 2027"),
    ("le 16 août 2027", "fr", "2027-08-16", "16 août 2027"),
    ("el 15 de enero de 2027", "es", "2027-01-15", "15 de enero de 2027"),
    ("il 3 maggio 2027", "it", "2027-05-03", "3 maggio 2027"),
    ("op 19 april 2027", "nl", "2027-04-19", "19 april 2027"),
)


@pytest.mark.parametrize(("text", "language", "value", "quote"), ABSOLUTE)
def test_an_absolute_date_is_read_with_its_span(
    text: str, language: str, value: str, quote: str
) -> None:
    """The notations of six languages give one date, quoted as it is written."""
    assert days(text, language) == [(value, quote)]


ROMANCE = (
    # From Wednesday 25 November 2026.
    ("jeudi prochain", "fr", "2026-12-03"),
    ("lundi dernier", "fr", "2026-11-23"),
    ("le premier mars", "fr", "2027-03-01"),
    ("le vingt-cinq de ce mois", "fr", "2026-11-25"),
    ("le 3 du mois prochain", "fr", "2026-12-03"),
    ("avant le 30.", "fr", "2026-11-30"),
    ("à la fin du mois", "fr", "2026-11-30"),
    ("fin janvier", "fr", "2027-01-31"),
    ("mardi en huit", "fr", "2026-12-08"),
    ("mardi de la semaine prochaine", "fr", "2026-12-01"),
    ("le dernier vendredi du mois", "fr", "2026-11-27"),
    ("le premier lundi d'avril", "fr", "2027-04-05"),
    ("dans trois jours ouvrés", "fr", "2026-11-30"),
    ("d'ici deux semaines", "fr", "2026-12-09"),
    ("avant Noël", "fr", "2026-12-25"),
    ("avant-hier", "fr", "2026-11-23"),
    ("le 3/12", "fr", "2026-12-03"),
    ("el próximo lunes", "es", "2026-11-30"),
    ("el lunes pasado", "es", "2026-11-23"),
    ("a finales de enero", "es", "2027-01-31"),
    ("el 3 del próximo mes", "es", "2026-12-03"),
    ("el martes de la semana que viene", "es", "2026-12-01"),
    ("en tres días hábiles", "es", "2026-11-30"),
    ("d'ici un an", "fr", "2027-11-25"),
    ("le premier mars 2028", "fr", "2028-03-01"),
    ("el quince de marzo de 2028", "es", "2028-03-15"),
    ("a finales de enero de 2028", "es", "2028-01-31"),
    ("le premier lundi d'avril 2028", "fr", "2028-04-03"),
)


@pytest.mark.parametrize(("text", "language", "value"), ROMANCE)
def test_french_and_spanish_say_dates_in_their_own_way(
    text: str, language: str, value: str
) -> None:
    """A date that is said in French or Spanish is read, once, from the day the mail came."""
    assert [found for found, _ in days(f"Réponse {text}", language)] == [value]


def test_letters_that_patterns_fold_are_no_stumbling_block() -> None:
    """Old prints have a long s, Turkish keyboards an i without a dot: read, and never an error."""
    assert days("Dienſtag, den 3. Auguſt 2027", "de")[0][0] == "2027-08-03"
    assert days("this frıday", "en")[0][0] == "2026-11-27"
    assert days("le premier lundı d'avril", "fr")[0][0] == "2027-04-05"


@pytest.mark.parametrize(
    "text", ["On the premier floor", "la fin justifie", "le 3 et demi", "mes 20"]
)
def test_french_words_are_not_all_dates(text: str) -> None:
    """What only looks like a said date gives none."""
    assert days(text, "") == []


RELATIVE = (
    ("tomorrow", "en", "2026-11-26"),
    ("the day after tomorrow", "en", "2026-11-27"),
    ("by Friday", "en", "2026-11-27"),
    ("next Friday", "en", "2026-12-04"),
    ("this Friday", "en", "2026-11-27"),
    ("on Wednesday", "en", "2026-12-02"),
    ("within 14 days", "en", "2026-12-09"),
    ("within two weeks", "en", "2026-12-09"),
    ("in three months", "en", "2027-02-25"),
    ("by the end of the month", "en", "2026-11-30"),
    ("morgen", "de", "2026-11-26"),
    ("übermorgen", "de", "2026-11-27"),
    ("binnen 14 Tagen", "de", "2026-12-09"),
    ("innerhalb von zwei Wochen", "de", "2026-12-09"),
    ("bis Freitag", "de", "2026-11-27"),
    ("nächsten Freitag", "de", "2026-12-04"),
    ("am kommenden Montag", "de", "2026-11-30"),
    ("bis Ende des Monats", "de", "2026-11-30"),
    ("demain", "fr", "2026-11-26"),
    ("dans 10 jours", "fr", "2026-12-05"),
)


@pytest.mark.parametrize(("text", "language", "value"), RELATIVE)
def test_a_relative_date_counts_from_the_reference(text: str, language: str, value: str) -> None:
    """Tomorrow, next Friday and within 14 days count from the day of the mail."""
    assert [d for d, _ in days(text, language)] == [value]


ORDERS = (
    ("3/4/2026 costs £5", "en", "2026-04-03"),
    ("3/4/2026 costs $5", "en", "2026-03-04"),
    ("3/4/2026", "en", "2026-03-04"),
    ("3/4/2026", "de", "2026-04-03"),
    ("3/4/2026", "fr", "2026-04-03"),
    ("13/4/2026", "en", "2026-04-13"),
    ("4/13/2026", "de", "2026-04-13"),
    ("3.4.2026 for $5", "en", "2026-04-03"),
)


@pytest.mark.parametrize(("text", "language", "value"), ORDERS)
def test_the_order_of_an_ambiguous_date_follows_language_and_money(
    text: str, language: str, value: str
) -> None:
    """3/4 is March the fourth only where nothing speaks for the third of April."""
    assert days(text, language)[0][0] == value


def test_the_order_follows_the_other_dates_of_the_document() -> None:
    """One date that can be read in one way only settles the others."""
    assert [d for d, _ in days("11/03/2026, 11/17/2026, € 5")] == ["2026-11-03", "2026-11-17"]
    assert [d for d, _ in days("03/11/2026, 17/11/2026, $ 5")] == ["2026-11-03", "2026-11-17"]


def test_an_ambiguous_date_is_less_sure() -> None:
    """A date whose order was guessed says so by its confidence."""
    text = "3/4/2026"
    guessed = find_days(text, ((0, len(text)),), WEDNESDAY, "en")[0]
    sure = find_days(text, ((0, len(text)),), WEDNESDAY, "de")[0]
    assert guessed.confidence < 0.7 < sure.confidence


YEARS = (
    ("5 January", date(2026, 12, 20), "2027-01-05"),
    ("20 December", date(2027, 1, 5), "2026-12-20"),
    ("15 March", date(2026, 4, 20), "2026-03-15"),
    ("Monday 4 January", date(2026, 12, 20), "2027-01-04"),
)


@pytest.mark.parametrize(("text", "reference", "value"), YEARS)
def test_a_date_without_a_year_takes_the_nearest(text: str, reference: date, value: str) -> None:
    """Around new year the nearest year is meant, not the current one."""
    assert [d for d, _ in days(text, "en", reference)] == [value]


NO_DATES = (
    "Guten Morgen, heute Morgen war es kalt",
    "+49 711-50885524",
    "version 1.2.3 and 10.0.0.1",
    "you may 5 times",
    "IBAN DE89 3704 0044 0532 0130 00",
    "RE-20140522/501",
    "31.02.2026",
    "45/77/2026",
    "12-34-56",
    "08.30 - 12.30 Uhr",
    "EUR 1.234,50",
)


@pytest.mark.parametrize("text", NO_DATES)
def test_what_has_no_date_gives_none(text: str) -> None:
    """Telephone numbers, versions, prices, times and impossible days are no dates."""
    language = "de" if "Uhr" in text or "Guten" in text else "en"
    assert [d for d in days(text, language) if "heute" not in d[1]] == []


def test_months_are_counted_to_their_last_day() -> None:
    """A month after the 31st ends where the shorter month ends."""
    assert later(date(2026, 1, 31), 1, "month") == date(2026, 2, 28)
    assert later(date(2026, 11, 30), 30, "day") == date(2026, 12, 30)
    assert later(date(2026, 11, 30), 99_999, "year") is None


def test_only_the_passages_are_looked_at() -> None:
    """A date outside the given spans does not exist."""
    text = "2026-12-04 and 2026-12-05"
    found = find_days(text, ((11, len(text)),), WEDNESDAY, "en")
    assert [d.value.isoformat() for d in found] == ["2026-12-05"]


SPOKEN = (
    ("See you on the first Friday of June", "en", "2027-06-04"),
    ("the second Tuesday of next month", "en", "2026-12-08"),
    ("Friday the 18th works", "en", "2026-12-18"),
    ("see you on the 9th", "en", "2026-12-09"),
    ("the 3rd of next month", "en", "2026-12-03"),
    ("next week Thursday", "en", "2026-12-03"),
    ("on Tuesday of last week", "en", "2026-11-17"),
    ("two weeks from tomorrow", "en", "2026-12-10"),
    ("1 month and 3 days ago", "en", "2026-10-22"),
    ("in three business days", "en", "2026-11-30"),
    ("September the twenty-first nineteen seventy eight", "en", "1978-09-21"),
    ("December twenty-second", "en", "2026-12-22"),
    ("on Friday 12/4", "en", "2026-12-04"),
    ("by the end of next week", "en", "2026-12-04"),
    ("send it by EOB Friday", "en", "2026-11-27"),
    ("send it by EOB", "en", "2026-11-25"),
    ("the day before yesterday", "en", "2026-11-23"),
    ("on next Friday", "en", "2026-12-04"),
    ("before Easter 2027", "en", "2027-03-28"),
    ("Lunch Thursday?", "en", "2026-11-26"),
    ("am ersten Dezember", "de", "2026-12-01"),
    ("übernächste Woche am Freitag", "de", "2026-12-11"),
    ("nächste Woche Dienstag", "de", "2026-12-01"),
    ("bis zum 15. bitte", "de", "2026-12-15"),
    ("vorgestern", "de", "2026-11-23"),
    ("vor Weihnachten", "de", "2026-12-25"),
    ("Ende der Woche", "de", "2026-11-27"),
    ("am letzten Freitag im Dezember", "de", "2026-12-25"),
)


@pytest.mark.parametrize(("text", "language", "value"), SPOKEN)
def test_a_date_is_understood_as_it_is_said(text: str, language: str, value: str) -> None:
    """Ordinals, days without a month, weekdays of a week, spans from a day, feasts."""
    assert value in [d for d, _ in days(text, language)]


NOT_SPOKEN = (
    "You may 5 times try",
    "1/2 of the 3/4 inch pipes, 24/7",
    "the second option is the first choice",
    "on the 3rd floor",
    "It cost $12 May or may not",
    "version 4.22 of it",
)


@pytest.mark.parametrize("text", NOT_SPOKEN)
def test_numbers_and_ordinals_of_other_things_are_no_dates(text: str) -> None:
    """Fractions, floors, versions and options are not taken for days."""
    assert days(text) == []


COUNTED = [
    # 15 April 2026 is a Wednesday.
    ("en", "two weeks from Friday", "2026-05-01"),
    ("en", "a week from Monday", "2026-04-27"),
    ("en", "a week on Friday", "2026-04-24"),
    ("en", "Tuesday week", "2026-04-28"),
    ("en", "a fortnight from today", "2026-04-29"),
    ("en", "within a fortnight", "2026-04-29"),
    ("en", "in half a year", "2026-10-15"),
    ("en", "ten days after 1 May 2026", "2026-05-11"),
    ("en", "the day after 1 May 2026", "2026-05-02"),
    ("en", "Monday the week after next", "2026-04-27"),
    ("en", "the Friday after next", "2026-04-24"),
    ("en", "the end of the quarter", "2026-06-30"),
    ("en", "quarter end", "2026-06-30"),
    ("en", "end of Q3", "2026-09-30"),
    ("en", "end of Q1", "2027-03-31"),
    ("en", "the end of the second quarter of 2027", "2027-06-30"),
    ("en", "the end of the year", "2026-12-31"),
    ("en", "year-end", "2026-12-31"),
    ("en", "end of next month", "2026-05-31"),
    ("en", "the beginning of next quarter", "2026-07-01"),
    ("en", "1st of the month", "2026-05-01"),
    ("en", "last working day of May", "2026-05-29"),
    ("en", "first working day of August", "2026-08-03"),
    ("de", "Freitag in zwei Wochen", "2026-05-01"),
    ("de", "heute in acht Tagen", "2026-04-22"),
    ("de", "morgen in einer Woche", "2026-04-23"),
    ("de", "Samstag über eine Woche", "2026-04-25"),
    ("de", "übernächsten Montag", "2026-04-27"),
    ("de", "vier Wochen ab heute", "2026-05-13"),
    ("de", "zehn Tage nach dem 1. Mai 2026", "2026-05-11"),
    ("de", "in einem halben Jahr", "2026-10-15"),
    ("de", "Quartalsende", "2026-06-30"),
    ("de", "Ende des dritten Quartals", "2026-09-30"),
    ("de", "Ende des Jahres", "2026-12-31"),
    ("de", "Ende nächsten Monats", "2026-05-31"),
    ("de", "Monatsersten", "2026-05-01"),
    ("de", "erster Werktag im August", "2026-08-03"),
]


@pytest.mark.parametrize(("language", "phrase", "wanted"), COUNTED)
def test_days_that_are_counted(language: str, phrase: str, wanted: str) -> None:
    """Edges of periods and spans from another day are one date, and the whole phrase its quote."""
    text = f"Please send it by {phrase}." if language == "en" else f"Bitte bis {phrase} senden."
    found = find_days(text, ((0, len(text)),), date(2026, 4, 15), language)
    assert [d.value.isoformat() for d in found] == [wanted]
    assert text[found[0].start : found[0].end].endswith(phrase)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Give notice 30 days before 31 December 2026.", ["2026-12-31"]),
        ("An end-of-year book about the last quarter of town.", []),
        ("On Friday we talked for a week.", ["2026-04-17"]),
        ("He came in the end of his own accord.", []),
    ],
)
def test_what_only_sounds_counted(text: str, wanted: list[str]) -> None:
    """A notice leaves the day it counts back from; a turn of phrase is no edge of a period."""
    found = find_days(text, ((0, len(text)),), date(2026, 4, 15), "en")
    assert [d.value.isoformat() for d in found] == wanted
